package chat.flutter

import chat.sdk.Server
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout

/** A server, and engines that are all let go of at the end. */
class World : AutoCloseable {
    val server: Server = Server.begin()
    private val engines = mutableListOf<Dart>()

    fun engine(): Dart = Dart().also(engines::add)

    /** Another engine of the same app. */
    fun besides(dart: Dart): Dart = Dart(dart.home).also(engines::add)

    suspend fun join(name: String, url: String = server.url): Person = engine().join(server, name, url)

    /** Ann and Bob in a conversation of theirs; Ann finds the server under this address. */
    suspend fun pair(url: String = server.url): Triple<Person, Person, Any?> {
        val ann = join("ann", url)
        val bob = join("bob")
        val hall = ann.call("createConversation", "kind" to "direct", "memberIds" to listOf(bob.id), "title" to null)
        ann.knows(hall)
        bob.knows(hall)
        return Triple(ann, bob, hall)
    }

    override fun close() {
        engines.forEach(Dart::close)
        server.close()
    }

    companion object {
        fun run(test: suspend World.() -> Unit) = runBlocking {
            withTimeout(600_000) { World().use { it.test() } }
        }
    }
}

/** Waits until a conversation is known on this device. */
suspend fun Person.knows(conversation: Any?) {
    val seen = watch("watchConversation", "conversationId" to conversation)
    seen.next()
    seen.cancel()
}

suspend fun Person.timeline(conversation: Any?): Pair<Any?, DartStream> {
    val timeline = call("openTimeline", "conversationId" to conversation, "settings" to null)
    return timeline to dart.watch("watchTimeline", "timeline" to timeline)
}

suspend fun Person.send(conversation: Any?, text: String) =
    call("send", "conversationId" to conversation, "text" to text)
