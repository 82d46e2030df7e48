package chat.sdk

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.FlowPreview
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.timeout
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.BeforeAll
import java.io.File
import java.nio.file.Files
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

const val PASSWORD = "correct horse battery"

/** A test class with a server of its own, a directory for what clients keep, and people. */
abstract class WithServer {
    companion object {
        lateinit var server: Server
        lateinit var directory: File
        private val people = AtomicInteger()

        @JvmStatic
        @BeforeAll
        fun begin() {
            directory = Files.createTempDirectory("chat-clients").toFile()
            server = Server.begin()
        }

        @JvmStatic
        @AfterAll
        fun end() {
            server.close()
            directory.deleteRecursively()
        }

        /** A name that nobody has. */
        fun name(): String = "person${people.incrementAndGet()}"
    }

    /** What a device is made with that keeps everything in files of this name. */
    fun kept(name: String, url: String = server.url) = ClientConfig(url, storePath = directory.resolve("$name.db").path)

    /** Keeps the session of this device. */
    fun keeper(name: String) = FileSessionKeeper(directory.resolve("$name.session"))

    /** A file of so many bytes, the same ones each time. */
    fun file(bytes: Long): File =
        File.createTempFile("file", ".bin", directory).also { it.writeBytes(Random(1).nextBytes(bytes.toInt())) }

    /** Somebody new, signed in and connected, who keeps everything. */
    suspend fun somebody(name: String = name(), url: String = server.url): ChatClient {
        val client = Chat.open(kept(name, url), keeper(name))
        client.signUp(name, "$name@example.org", PASSWORD)
        client.start()
        client.connection().soon("online") { it is ConnectionState.Online }
        return client
    }

    /** Somebody new in a group with somebody else, and nothing of theirs runs: who they are, and the group. */
    suspend fun asleep(name: String, other: ChatClient, url: String = server.url): Pair<String, String> {
        val user = somebody(name, url).use { client ->
            client.shutdown()
            client.me()!!
        }
        val group = other.createConversation(ConversationType.GROUP, listOf(user), "us")
        Chat.open(kept(name, url), keeper(name)).use { client ->
            client.syncOnce()
            client.shutdown()
        }
        return user to group
    }

    /** Two people and their conversation. */
    fun pair(story: suspend CoroutineScope.(ChatClient, ChatClient, String) -> Unit) = story {
        somebody().use { ann ->
            somebody().use { bob ->
                val hall = ann.createConversation(ConversationType.DIRECT, listOf(bob.me()!!))
                // Who makes one is told of it as everybody is, and may be the last.
                for (person in listOf(ann, bob)) person.listed { list -> list.any { it.id == hall } }
                story(ann, bob, hall)
            }
        }
    }

    /** A story that ends. The time is only for one that hangs: what has to come soon waits with [soon]. */
    fun story(story: suspend CoroutineScope.() -> Unit) = runBlocking(Dispatchers.Default) {
        withTimeout(10.minutes) { story() }
    }
}

/**
 * The first value that is as wanted. It fails when nothing new came for so long, which is more than a client takes to come
 * back; a slow machine that goes on is no fault.
 */
@OptIn(FlowPreview::class)
suspend fun <T> Flow<T>.soon(what: String, patience: Duration = 60.seconds, wanted: suspend (T) -> Boolean): T {
    var last: Any? = "nothing"
    return try {
        timeout(patience).first {
            last = it
            wanted(it)
        }
    } catch (late: TimeoutCancellationException) {
        throw AssertionError("$what: the last was ${last.toString().takeLast(600)}", late)
    }
}

/** The conversation list as soon as it is as wanted. */
suspend fun ChatClient.listed(wanted: (List<ConversationItem>) -> Boolean): List<ConversationItem> =
    conversationList().use { list -> list.items().soon("listed") { wanted(it) } }

/** The messages of a conversation as soon as they are as wanted. */
suspend fun ChatClient.shown(conversation: String, wanted: (List<MessageItem>) -> Boolean): List<MessageItem> =
    // All that is known: whoever shows a part of it looks in TimelineTest.
    timeline(conversation, TimelineSettings(limit = 100_000u)).use { timeline ->
        var messages = emptyList<MessageItem>()
        timeline.items().soon("shown") { rows ->
            messages = rows.mapNotNull { it.message }
            wanted(messages)
        }
        messages
    }

/** Waits until these texts, and nothing else, are stored in this order. */
suspend fun ChatClient.said(conversation: String, vararg texts: String): List<MessageItem> =
    shown(conversation) { messages ->
        messages.filter { it.kind != MessageType.SYSTEM }.map { it.text } == texts.toList() && messages.all { it.sendState is SendState.Sent }
    }

/** Says "look" with the file at this place; gives the key of the file. */
suspend fun ChatClient.say(conversation: String, path: String): String {
    val key = upload(conversation, path, "map.bin", "application/octet-stream")
    sendMessage(conversation, OutgoingMessage(text = "look", uploads = listOf(key)))
    return key
}

/** The fault that this ends with. */
suspend inline fun <reified E : Throwable> failing(crossinline call: suspend () -> Unit): E {
    try {
        call()
    } catch (fault: Throwable) {
        return fault as? E ?: throw AssertionError("another fault: $fault", fault)
    }
    throw AssertionError("it did not fail")
}
