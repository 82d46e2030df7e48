package chat.flutter

import chat.sdk.Chat
import chat.sdk.ChatException
import chat.sdk.ClientConfig
import chat.sdk.Retry
import io.flutter.plugin.common.StandardMethodCodec.Failure
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.io.File

class FailureTest {
    @Test
    fun `a refusal of the server comes with its code, its status and whether to try again`() = World.run {
        val dart = engine()
        val client = dart.open(server)

        val error = failure {
            dart.call("signIn", "client" to client, "identifier" to "nobody", "password" to "wrong")
        }

        assertEquals(error.code, error.details.at("code"))
        assertEquals("api", error.details.at("type"))
        assertEquals(401, error.details.at("status"))
        assertEquals(mapOf("type" to "never"), error.details.at("retry"))
    }

    @Test
    fun `a server that cannot be reached is told apart, and may be tried again`() = World.run {
        val ann = join("ann")
        server.kill()

        val error = failure { ann.call("account") }

        assertEquals("network", error.details.at("type"))
        assertEquals("later", error.details.at("retry").at("type"))
    }

    @Test
    fun `a wrong argument is named`() = World.run {
        val ann = join("ann")

        val id = failure { ann.send("the hall", "hello") }
        val kind = failure { ann.call("setDisplayName", "displayName" to 7) }
        val missing = failure { ann.call("setDisplayName", "displayName" to null) }

        assertEquals("invalidInput" to "conversation_id", id.details.at("type") to id.details.at("field"))
        assertEquals("displayName must be a string", kind.message)
        assertEquals("displayName is missing" to "invalid", missing.message to missing.code)
    }

    @Test
    fun `without a session there is one thing to do`() = World.run {
        val dart = engine()
        val client = dart.open(server)

        val error = failure { dart.call("account", "client" to client) }

        assertEquals("signedOut" to "afterSignIn", error.details.at("type") to error.details.at("retry").at("type"))
    }

    @Test
    fun `a wrong key of a store is told`() = World.run {
        val dart = engine()
        val client = dart.open(server, "storeKey" to ByteArray(32) { 1 })
        dart.call("close", "client" to client)

        val wrong = failure { dart.open(server, "storeKey" to ByteArray(32) { 2 }) }
        val short = failure { dart.open(server, "storeKey" to ByteArray(3)) }

        assertEquals("store" to "wrong_key", wrong.details.at("type") to wrong.code)
        assertEquals("store_key", short.details.at("field"))
    }

    @Test
    fun `a store whose key is lost can be thrown away, when nobody has it open`() = World.run {
        val ann = engine()
        val client = ann.open(server, "storeKey" to ByteArray(32) { 1 })
        val files = arrayOf("storePath" to "chat.db", "sessionPath" to "chat.session")
        assertEquals("storePath", failure { ann.call("forget", *files) }.details.at("field"))
        ann.call("close", "client" to client)

        ann.call("forget", *files)

        assertNull(ann.call("me", "client" to ann.open(server, "storeKey" to ByteArray(32) { 2 })))
    }

    @Test
    fun `a store can be begun anew with what waits in it, when nobody has it open`() = World.run {
        val ann = join("ann")
        val files = arrayOf("storePath" to "chat.db", "storeKey" to null)
        assertEquals("storePath", failure { ann.dart.call("rebuild", *files) }.details.at("field"))
        ann.call("close")

        val aside = ann.dart.call("rebuild", *files) as String

        assertTrue(File(aside).isFile, aside)
        assertEquals(ann.id, ann.dart.call("me", "client" to ann.dart.open(server)))
    }

    @Test
    fun `a session that cannot be read counts as none`() = World.run {
        val ann = join("ann")
        ann.call("close")
        ann.dart.home.resolve("chat/chat.session").writeText("{")

        assertNull(ann.dart.call("me", "client" to ann.dart.open(server)))
    }

    @Test
    fun `what is closed says so`() = World.run {
        val ann = join("ann")
        ann.call("close")

        val error = failure { ann.call("account") }

        assertEquals("shutDown" to "this client is closed: open it again", error.details.at("type") to error.message)
    }

    @Test
    fun `a call that meets a closed object says that it is closed`() = runBlocking {
        val client = Chat.open(ClientConfig("http://127.0.0.1:1"))
        client.close()

        val error = runCatching { client.account() }.exceptionOrNull()

        assertEquals("shut_down", chat.flutter.Failure.of(error!!).code)
    }

    @Test
    fun `a number that Dart cannot count is as much as it can`() {
        val late = ChatException.Network("rate_limited", "slowly", Retry.Later(ULong.MAX_VALUE))

        assertEquals(Long.MAX_VALUE, chat.flutter.Failure.of(late).details.at("retry").at("afterMs"))
    }

    @Test
    fun `a call that there is not is not implemented`() = World.run {
        assertThrows<NoSuchElementException> { runBlocking { engine().raw("chat.sdk/calls", "fly", null).await() } }
    }
}

internal inline fun failure(call: () -> Any?): Failure = try {
    error("no failure, but ${call()}")
} catch (failure: Failure) {
    failure
}
