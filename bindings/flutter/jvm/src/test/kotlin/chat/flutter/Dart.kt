package chat.flutter

import android.content.Context
import android.net.ConnectivityManager
import chat.sdk.Server
import com.google.gson.JsonParser
import io.flutter.embedding.engine.plugins.FlutterPlugin.FlutterPluginBinding
import io.flutter.plugin.common.BinaryMessenger
import io.flutter.plugin.common.BinaryMessenger.BinaryMessageHandler
import io.flutter.plugin.common.BinaryMessenger.BinaryReply
import io.flutter.plugin.common.MethodCall
import io.flutter.plugin.common.StandardMethodCodec
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.channels.toList
import kotlinx.coroutines.completeWith
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import java.io.File
import java.nio.ByteBuffer
import java.nio.file.Files
import java.util.Collections
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executors

/**
 * An engine with the plugin in it, seen from Dart: calls and streams as bytes, on a main thread of its own. Whatever the
 * plugin does with a channel elsewhere is a fault here, as it is in Flutter; and every call has the arguments that
 * `golden/calls.json` gives it.
 */
class Dart(val home: File = Files.createTempDirectory("chat-flutter").toFile()) : BinaryMessenger, AutoCloseable {
    val network = ConnectivityManager()
    private val handlers = ConcurrentHashMap<String, BinaryMessageHandler>()
    private val streams = ConcurrentHashMap<String, DartStream>()
    private val main = Executors.newSingleThreadExecutor { Thread(it, MAIN) }.asCoroutineDispatcher()
    private val plugin = ChatPlugin { main }
    private val faults = mutableListOf<String>()
    private val binding = FlutterPluginBinding(
        object : Context() {
            override fun getNoBackupFilesDir() = home

            override fun getCacheDir() = home.resolve("cache")

            override fun <T> getSystemService(service: Class<T>): T = service.cast(network)
        },
        this,
    )

    /** What this app answers when it is asked for a token, as an envelope. */
    var token: (MethodCall) -> ByteBuffer? = { null }

    /** Is completed when this app is asked for a token; it then answers nothing. */
    var silence: CompletableDeferred<Unit>? = null

    /** The channels that the plugin listens on. */
    val channels: Set<String> get() = handlers.keys.toSet()

    init {
        runBlocking { withContext(main) { plugin.onAttachedToEngine(binding) } }
    }

    /** Makes a call. */
    suspend fun call(method: String, vararg arguments: Pair<String, Any?>): Any? = begin(method, *arguments).await()

    /** Makes a call and waits for nothing: calls are made in the order of these. */
    suspend fun begin(method: String, vararg arguments: Pair<String, Any?>): CompletableDeferred<Any?> {
        val names = checkNotNull(CALLS[method]) { "$method is not in calls.json" }
        check(names == arguments.map { it.first }.toSet()) { "$method takes $names" }
        MADE += method
        return raw(CALLS_CHANNEL, method, mapOf(*arguments))
    }

    /** Sends bytes on a channel, whatever they say. */
    suspend fun raw(channel: String, method: String, arguments: Any?): CompletableDeferred<Any?> {
        val answer = CompletableDeferred<Any?>()
        withContext(main) {
            val message = StandardMethodCodec.INSTANCE.encodeMethodCall(MethodCall(method, arguments))
            val handler = handlers[channel]
            if (handler == null) {
                answer.completeExceptionally(NoSuchElementException(channel))
            } else {
                handler.onMessage(message) { reply ->
                    onMain()
                    if (reply == null) answer.completeExceptionally(NoSuchElementException(method))
                    else answer.completeWith(runCatching { StandardMethodCodec.INSTANCE.decodeEnvelope(reply) })
                }
            }
        }
        return answer
    }

    /** Watches what this call begins. */
    suspend fun watch(method: String, vararg arguments: Pair<String, Any?>): DartStream =
        listen(call(method, *arguments))

    /** Listens to the stream of this number. */
    suspend fun listen(stream: Any?): DartStream {
        val name = "chat.sdk/streams/$stream"
        val stream = DartStream(this, name)
        streams[name] = stream
        raw(name, "listen", null).await()
        return stream
    }

    /** As when the app ends, or lets the engine go. */
    suspend fun detach() = withContext(main) { plugin.onDetachedFromEngine(binding) }

    override fun send(channel: String, message: ByteBuffer?) = send(channel, message, null)

    override fun send(channel: String, message: ByteBuffer?, callback: BinaryReply?) {
        onMain()
        if (channel == CALLS_CHANNEL && silence?.complete(Unit) == null) {
            callback?.reply(token(StandardMethodCodec.INSTANCE.decodeMethodCall(checkNotNull(message))))
        } else if (channel != CALLS_CHANNEL) {
            // As Flutter does behind the end of a stream.
            if (message == null) main.executor.execute { cancel(channel) }
            streams[channel]?.take(message)
        }
    }

    override fun setMessageHandler(channel: String, handler: BinaryMessageHandler?) {
        onMain()
        if (handler == null) handlers.remove(channel) else handlers[channel] = handler
    }

    private fun cancel(stream: String) {
        val message = StandardMethodCodec.INSTANCE.encodeMethodCall(MethodCall("cancel", null))
        val handler = handlers[stream] ?: return faults.plusAssign("nobody was there to cancel $stream")
        handler.onMessage(message) { reply -> StandardMethodCodec.INSTANCE.decodeEnvelope(checkNotNull(reply)) }
    }

    /** Waits until everything that this thread has to do is done. */
    suspend fun settle() = withContext(main) {}

    override fun close() {
        runBlocking { detach() }
        main.close()
        check(faults.isEmpty()) { faults }
    }

    private fun onMain() = check(Thread.currentThread().name.startsWith(MAIN)) {
        "a channel was used on ${Thread.currentThread().name}"
    }

    companion object {
        private const val MAIN = "main of Dart"
        private const val CALLS_CHANNEL = "chat.sdk/calls"
        val GOLDEN = File(System.getProperty("chat.golden"))

        /** Each call with the names of its arguments. */
        val CALLS: Map<String, Set<String>> =
            JsonParser.parseString(GOLDEN.resolve("calls.json").readText()).asJsonObject.entrySet()
                .associate { (name, arguments) -> name to arguments.asJsonArray.map { it.asString }.toSet() }

        /** The calls that were made in this process. */
        val MADE: MutableSet<String> = Collections.synchronizedSet(mutableSetOf())
    }
}

/** A stream as Dart has it. */
class DartStream(private val dart: Dart, private val name: String) {
    private val events = Channel<Result<Any?>>(Channel.UNLIMITED)
    private val rows = mutableListOf<Any?>()

    internal fun take(message: ByteBuffer?) {
        if (message == null) events.close()
        else events.trySend(runCatching { StandardMethodCodec.INSTANCE.decodeEnvelope(message) })
    }

    /** The next event; fails with what the stream fails with. */
    suspend fun next(): Any? = withTimeout(WAIT_MS) { events.receive().getOrThrow() }

    /** The first event that is like this. */
    suspend fun until(isIt: (Any?) -> Boolean): Any? {
        var event = next()
        while (!isIt(event)) event = next()
        return event
    }

    /** Takes steps until the rows of a list, or of a timeline, are like this. */
    suspend fun rowsUntil(isIt: (List<Any?>) -> Boolean): List<Any?> {
        while (!isIt(rows)) rows.follow(next())
        return rows.toList()
    }

    /** Everything up to the end of the stream. */
    suspend fun all(): List<Any?> = withTimeout(WAIT_MS) {
        events.toList().map { it.getOrThrow() }
    }

    /** What came and was not taken yet. */
    fun waiting(): List<Any?> = generateSequence { events.tryReceive().getOrNull() }.map { it.getOrThrow() }.toList()

    /** Listens no more. */
    suspend fun cancel() = dart.raw(name, "cancel", null).await()

    companion object {
        const val WAIT_MS = 60_000L
    }
}

/** Someone who is signed in on a device. */
class Person(val dart: Dart, val client: Any?, val id: String) {
    suspend fun call(method: String, vararg arguments: Pair<String, Any?>) =
        dart.call(method, "client" to client, *arguments)

    suspend fun watch(method: String, vararg arguments: Pair<String, Any?>) =
        dart.watch(method, "client" to client, *arguments)
}

/** What a client for this server is opened with. */
fun config(server: Server): Map<String, Any?> = mapOf(
    "serverUrl" to server.url, "storePath" to "chat.db", "storeKey" to null, "deviceName" to null,
    "userId" to null, "sessionPath" to "chat.session", "hasTokens" to false,
)

/** Opens a client for this server, with a store. */
suspend fun Dart.open(server: Server, vararg changes: Pair<String, Any?>): Any? {
    val arguments = config(server) + changes
    val answer = call("open", *arguments.toList().toTypedArray())
    return (answer as Map<*, *>)["client"]
}

/** Opens a client, makes an account, and starts. */
suspend fun Dart.join(server: Server, name: String, url: String = server.url): Person {
    val client = open(server, "serverUrl" to url)
    val id = call(
        "signUp", "client" to client, "username" to name, "email" to "$name@example.org",
        "password" to "correct horse battery", "displayName" to null,
    )
    call("start", "client" to client)
    return Person(this, client, id as String)
}

/** A field of a map. */
fun Any?.at(name: String): Any? = (this as Map<*, *>)[name]

/** Carries out these steps. */
private fun MutableList<Any?>.follow(steps: Any?) {
    for (step in steps as List<*>) {
        val place = (step.at("index") ?: step.at("length")) as Int?
        when (step.at("type")) {
            "reset" -> apply { clear() }.addAll(step.at("items") as List<*>)
            "append" -> addAll(step.at("items") as List<*>)
            "insert" -> add(place!!, step.at("item"))
            "set" -> set(place!!, step.at("item"))
            "remove" -> removeAt(place!!)
            else -> subList(place!!, size).clear()
        }
    }
}

/** The messages among the rows of a timeline. */
fun List<Any?>.messages(): List<Any?> = filter { it.at("type") == "message" }.map { it.at("item") }

/** What the messages among the rows say. */
fun List<Any?>.texts(): List<Any?> = messages().map { it.at("text") }
