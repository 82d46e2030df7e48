package chat.flutter

import com.google.gson.JsonParser
import io.flutter.plugin.common.StandardMethodCodec
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.delay
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers

class EngineTest {
    @Test
    fun `a stream that nobody listens to any more tells nothing and has no channel`() = World.run {
        val (ann, bob, hall) = pair()
        val (timeline, his) = bob.timeline(hall)
        val witness = bob.dart.watch("watchTimeline", "timeline" to timeline)
        his.next()

        his.cancel()
        his.waiting()
        ann.send(hall, "hello")
        witness.rowsUntil { "hello" in it.texts() }

        assertEquals(emptyList<Any?>(), his.waiting())
        assertEquals(2, bob.dart.channels.size)
    }

    @Test
    fun `a stream that was asked for and not listened to is taken back`() = World.run {
        val ann = join("ann")
        val stream = ann.call("watchUnread")

        ann.dart.call("unwatch", "stream" to stream)

        assertEquals(setOf("chat.sdk/calls"), ann.dart.channels)
    }

    @Test
    fun `closing a client ends its streams`() = World.run {
        val (ann, _, hall) = pair()
        val streams = listOf(ann.timeline(hall).second, ann.watch("watchConnection"), ann.watch("watchUnread"))

        ann.call("close")

        streams.forEach { it.all() }
        ann.dart.settle()
        assertEquals(setOf("chat.sdk/calls"), ann.dart.channels)
    }

    @Test
    fun `an engine that goes closes everything it held`() = World.run {
        val (ann, _, hall) = pair()
        val rows = ann.timeline(hall).second
        rows.next()
        ann.send(hall, "before the end")

        ann.dart.detach()

        assertEquals(emptySet<String>(), ann.dart.channels)
        assertEquals(0, ann.dart.network.listeners())
        val again = besides(ann.dart)
        val client = again.open(server)
        assertEquals(ann.id, again.call("me", "client" to client))
        val outcome = again.call("syncOnce", "client" to client, "budgetMs" to 60_000)
        assertEquals(mapOf("isCaughtUp" to true, "queued" to 0), outcome)
    }

    @Test
    fun `what Dart has said is kept though the engine goes before it is done`() = World.run {
        val (ann, _, hall) = pair()
        ann.call("stop")
        val words = List(50) { "word $it" }

        for (word in words) ann.dart.begin("send", "client" to ann.client, "conversationId" to hall, "text" to word)
        ann.dart.detach()

        val again = besides(ann.dart)
        val client = again.open(server)
        val kept = suspend {
            val queued = again.call("outbox", "client" to client, "conversationId" to hall) as List<*>
            queued.map { it.at("action").at("text") }
        }
        // What the engine that went had begun is done beside this one.
        withTimeoutOrNull(DartStream.WAIT_MS) { while (kept() != words) delay(10) }
        assertEquals(words, kept())
    }

    @Test
    fun `what Dart has said is kept though it closes the client at once`() = World.run {
        val (ann, _, hall) = pair()
        ann.call("stop")
        val words = List(50) { "word $it" }

        val sends = words.map { ann.dart.begin("send", "client" to ann.client, "conversationId" to hall, "text" to it) }
        ann.call("close")

        sends.awaitAll()
        val queued = ann.dart.call("outbox", "client" to ann.dart.open(server), "conversationId" to hall) as List<*>
        assertEquals(words, queued.map { it.at("action").at("text") })
    }

    @Test
    fun `a file has one client, however its path is written`() = World.run {
        val ann = join("ann")
        val other = failure { besides(ann.dart).open(server, "storePath" to "./chat.db", "deviceName" to "another") }
        assertEquals("storePath", other.details.at("field"))
    }

    @Test
    fun `a client that the program before was still opening is not left behind`() = World.run {
        val dart = engine()
        val opening = dart.begin("open", *config(server).toList().toTypedArray())

        dart.call("attach")

        opening.await()
        val late = failure { dart.call("me", "client" to opening.await().at("client")) }
        assertEquals("shutDown", late.details.at("type"))
        // The store is free for whatever else is made of it.
        dart.open(server, "deviceName" to "another")
    }

    @Test
    fun `a program that was asked for a token and has ended holds up nobody`() = World.run {
        val ann = join("ann")
        ann.call("close")
        val first = engine()
        first.token = { StandardMethodCodec.INSTANCE.encodeSuccessEnvelope(signedIn("ann")) }
        val second = besides(first).apply { silence = CompletableDeferred() }
        val client = first.open(server, "hasTokens" to true, "userId" to ann.id, "sessionPath" to null)
        val same = second.open(server, "hasTokens" to true, "userId" to ann.id, "sessionPath" to null)
        second.call("start", "client" to same)
        second.silence?.await()

        second.call("attach")

        first.watch("watchConnection", "client" to client).until { it.at("type") == "online" }
    }

    @Test
    fun `two engines of an app share the client of a store, and one may go`() = World.run {
        val (ann, bob, hall) = pair()
        val background = besides(ann.dart)
        val same = background.open(server)
        val other = failure { background.open(server, "deviceName" to "another") }
        assertEquals("storePath", other.details.at("field"))

        ann.dart.detach()
        background.call("send", "client" to same, "conversationId" to hall, "text" to "still here")

        bob.timeline(hall).second.rowsUntil { "still here" in it.texts() }
    }

    @Test
    fun `a program that starts anew in the same engine finds nothing of the one before`() = World.run {
        val ann = join("ann")
        ann.watch("watchConnection").next()

        ann.dart.call("attach")

        assertEquals(setOf("chat.sdk/calls"), ann.dart.channels)
        assertEquals("shutDown", failure { ann.call("me") }.details.at("type"))
    }

    @Test
    fun `the last state is shown before there is any network`() = World.run {
        val (ann, _, hall) = pair()
        ann.send(hall, "kept")
        ann.timeline(hall).second.rowsUntil { rows -> rows.messages().any { it.at("seq") == 1 } }
        ann.dart.detach()
        server.kill()

        val later = besides(ann.dart)
        val again = Person(later, later.open(server), ann.id)

        assertEquals(listOf<Any?>("kept"), again.timeline(hall).second.rowsUntil { it.texts().isNotEmpty() }.texts())
        server.startAgain()
    }

    @Test
    fun `what Android says of the network is heeded`() = World.run {
        val ann = join("ann")
        val states = ann.watch("watchConnection")
        states.until { it.at("type") == "online" }

        ann.dart.network.change(false)
        server.kill()
        states.until { it.at("type") == "waitingForNetwork" }
        server.startAgain()
        ann.dart.network.change(true)

        states.until { it.at("type") == "online" }
        assertEquals("online", ann.call("connectionState").at("type"))
    }

    @Test
    fun `a client that was opened without a network connects when there is one, whoever says so`() = World.run {
        val ann = join("ann")
        ann.dart.detach()
        val push = besides(ann.dart)
        push.network.change(false)
        val woken = Person(push, push.open(server), ann.id)
        woken.call("start")
        val states = woken.watch("watchConnection")
        states.until { it.at("type") == "waitingForNetwork" }

        // The screen's engine sees a network, and nobody tells the first one.
        besides(ann.dart).open(server)
        states.until { it.at("type") == "online" }

        // One that may not be used for a while is none; and then it is one again.
        push.network.block(true)
        server.kill()
        states.until { it.at("type") == "waitingForNetwork" }
        server.startAgain()
        push.network.block(false)
        states.until { it.at("type") == "online" }
    }

    @Test
    fun `the app is asked for tokens, and may have none`() = World.run {
        val dart = engine()
        val asked = mutableListOf<Any?>()
        dart.token = { call ->
            asked += call.arguments.at("cause")
            StandardMethodCodec.INSTANCE.encodeErrorEnvelope("unauthenticated", "sign in to the app", null)
        }
        val nobody = "01890a5d-ac96-774b-bcce-b302099a8001"
        val client = dart.open(server, "hasTokens" to true, "userId" to nobody, "sessionPath" to null)

        val states = dart.watch("watchConnection", "client" to client)
        dart.call("start", "client" to client)

        val stopped = states.until { it.at("type") == "stopped" }
        assertEquals("signedOut", stopped.at("cause"))
        assertEquals("initial", asked.first())
    }

    @Test
    fun `the app makes a token when there is none that the server takes`() = World.run {
        val ann = join("ann")
        ann.call("close")
        val asked = mutableListOf<Any?>()
        val dart = engine()
        dart.token = { call ->
            asked += call.arguments.at("cause")
            val token = if (asked.size == 1) "not.a.token" else signedIn("ann")
            StandardMethodCodec.INSTANCE.encodeSuccessEnvelope(token)
        }

        val client = dart.open(server, "hasTokens" to true, "userId" to ann.id, "sessionPath" to null)
        dart.call("start", "client" to client)

        dart.watch("watchConnection", "client" to client).until { it.at("type") == "online" }
        assertEquals(listOf("initial", "refused"), asked)
    }

    @Test
    fun `a stream that is listened to behind its end is at its end`() = World.run {
        val ann = join("ann")
        val stream = ann.call("watchUnread")
        ann.call("close")

        val late = ann.dart.listen(stream)

        assertEquals(emptyList<Any?>(), late.all())
    }
}

/** A token of this user, as an app's own server would make one. */
private fun World.signedIn(name: String): String {
    val body = "{\"identifier\": \"$name\", \"password\": \"correct horse battery\"}"
    val request = HttpRequest.newBuilder(URI("${server.url}/api/v1/auth/login"))
        .header("content-type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build()
    val answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body()
    return JsonParser.parseString(answer).asJsonObject["access_token"].asString
}
