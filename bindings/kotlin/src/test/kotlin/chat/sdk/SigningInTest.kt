package chat.sdk

import kotlinx.coroutines.flow.first
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.nio.file.Files
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.CopyOnWriteArrayList

class SigningInTest : WithServer() {
    @Test
    fun `a session that is kept comes back signed in, and is gone after signing out`() = story {
        val name = name()
        somebody(name).use { client ->
            assertEquals(client.me(), client.account().userId)
            client.setDisplayName("Ann A.")
        }
        val modes = Files.getPosixFilePermissions(directory.resolve("$name.session").toPath())
        assertEquals("rw-------", PosixFilePermissions.toString(modes))

        Chat.open(kept(name), keeper(name)).use { again ->
            assertEquals("Ann A.", again.account().displayName)
            again.signOut()
            assertNull(again.me())
            assertNull(keeper(name).load())
        }
        Chat.open(kept(name), keeper(name)).use { assertNull(it.me()) }
    }

    @Test
    fun `a wrong password is refused with a code, a sentence and whether to try again`() = story {
        Chat.open(ClientConfig(server.url)).use { client ->
            val refused = failing<ChatException.Api> { client.signIn("nobody", "a wrong password") }

            assertEquals(Triple("wrong_credentials", 401.toUShort(), Retry.Never), Triple(refused.code, refused.status, refused.retry))
            assertTrue(refused.detail.isNotEmpty())
            assertNotNull(refused.requestId)
        }
    }

    @Test
    fun `an app that makes its own tokens signs nobody in`() = story {
        val name = name()
        val user = somebody(name).use { it.me()!! }
        val asked = CopyOnWriteArrayList<TokenCause>()
        val tokens = object : TokenProvider {
            override suspend fun token(cause: TokenCause): String {
                asked += cause
                return if (asked.size == 1) "not.a.token" else tokenOf(name)
            }
        }

        Chat.open(ClientConfig(server.url, userId = user), tokens = tokens).use { client ->
            assertEquals(user, client.me())
            client.start()
            client.connection().soon("online") { it is ConnectionState.Online }
            assertEquals(listOf(TokenCause.INITIAL, TokenCause.REFUSED), asked)
        }
    }

    @Test
    fun `without a token to be had the connection stops, and what the app throws otherwise is tried again`() = story {
        val signedOut = object : TokenProvider {
            override suspend fun token(cause: TokenCause): String = throw ChatException.SignedOut("unauthenticated", "gone", Retry.AfterSignIn)
        }
        val broken = object : TokenProvider {
            override suspend fun token(cause: TokenCause): String = error("the app's own fault")
        }
        val user = "01890a5d-ac96-774b-bcce-b302099a8001"

        Chat.open(ClientConfig(server.url, userId = user), tokens = signedOut).use { client ->
            client.start()
            val state = client.connection().soon("stopped") { it is ConnectionState.Stopped } as ConnectionState.Stopped
            assertEquals(StopCause.SIGNED_OUT, state.cause)
        }
        Chat.open(ClientConfig(server.url, userId = user), tokens = broken).use { client ->
            client.start()
            client.connection().soon("backing off") { it is ConnectionState.BackingOff }
        }
    }

    @Test
    fun `what the user did not mean is said before anything is asked`() = story {
        Chat.open(ClientConfig(server.url)).use { client ->
            val name = failing<ChatException.InvalidInput> { client.signUp("a b", "a@example.org", PASSWORD) }
            val id = failing<ChatException.InvalidInput> { client.send("hall", "hello") }
            val nobody = failing<ChatException.SignedOut> { client.account() }

            assertEquals("username" to "conversation_id", name.field to id.field)
            assertEquals("conversation_id must be a UUID", id.detail)
            assertEquals(Retry.AfterSignIn, nobody.retry)
        }
        val address = failing<ChatException.InvalidInput> { Chat.open(ClientConfig("not an address")) }
        assertEquals("server_url", address.field)
    }

    @Test
    fun `a store opens with its key only`() = story {
        val name = name()
        val key = ByteArray(32) { it.toByte() }
        val config = kept(name).copy(storeKey = key)
        Chat.open(config, keeper(name)).use { client ->
            client.signUp(name, "$name@example.org", PASSWORD)
            client.setDraft("01890a5d-ac96-774b-bcce-b302099a8001", "a secret thought")
            client.shutdown()
        }

        val locked = failing<ChatException.Store> { Chat.open(config.copy(storeKey = ByteArray(32)), keeper(name)) }
        assertEquals("wrong_key", locked.code)
        val short = failing<ChatException.InvalidInput> { Chat.open(config.copy(storeKey = ByteArray(5))) }
        assertEquals("store_key", short.field)
        // The journal beside it goes when the last one has closed it.
        val files = directory.listFiles()!!.filter { it.name.startsWith("$name.db") }
        val bytes = files.mapNotNull { runCatching { it.readText(Charsets.ISO_8859_1) }.getOrNull() }
        assertTrue(bytes.isNotEmpty() && bytes.none { "a secret thought" in it })
        Chat.open(config, keeper(name)).use { client ->
            assertEquals("a secret thought", client.draft("01890a5d-ac96-774b-bcce-b302099a8001"))
        }
    }

    @Test
    fun `a server that is not there is a fault of the network`() = story {
        Chat.open(ClientConfig("http://127.0.0.1:1")).use { client ->
            val fault = failing<ChatException.Network> { client.signIn("ann", PASSWORD) }

            assertTrue(fault.retry is Retry.Later, "$fault")
            assertEquals(ConnectionState.Idle, client.connection().first())
        }
    }

    /** What the app's own server would do: get a token for somebody. */
    private fun tokenOf(name: String): String {
        val request = HttpRequest.newBuilder(URI("${server.url}/api/v1/auth/login"))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("""{"identifier":"$name","password":"$PASSWORD"}"""))
        val answer = HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString()).body()
        return Regex(""""access_token":"([^"]+)"""").find(answer)!!.groupValues[1]
    }
}
