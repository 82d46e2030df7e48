package chat.flutter

import android.content.Context
import chat.sdk.ChatException
import chat.sdk.Retry
import chat.sdk.TokenCause
import chat.sdk.TokenProvider
import io.flutter.plugin.common.BinaryMessenger
import io.flutter.plugin.common.MethodCall
import io.flutter.plugin.common.MethodChannel
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineExceptionHandler
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelChildren
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import java.io.File
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException

/**
 * One engine's way to the SDK: takes Dart's calls, answers them on the main thread, and works on none that belongs to Flutter.
 * It decides nothing; what a call does stands in the tables of `Calls.kt`.
 */
internal class Engine(context: Context, messenger: BinaryMessenger, private val main: CoroutineDispatcher) :
    MethodChannel.MethodCallHandler {
    /** What this engine holds. */
    val held = Held()

    /** What is said to a list or a timeline goes one by one. */
    val lanes = Lanes()
    private val home = File(context.noBackupFilesDir, "chat")
    private val cache = File(context.cacheDir, "chat")
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default + UNHEARD)
    private val questions = CoroutineScope(scope.coroutineContext + SupervisorJob(scope.coroutineContext.job))
    private val streams = Streams(messenger, main, scope)
    private val channel = MethodChannel(messenger, "chat.sdk/calls")
    private val network = NetworkWatch(context) { isThere ->
        held.clients().forEach { it.networkChanged(isThere) }
    }

    init {
        channel.setMethodCallHandler(this)
    }

    override fun onMethodCall(call: MethodCall, result: MethodChannel.Result) {
        val action = CALLS[call.method] ?: return result.notImplemented()
        val arguments = Arguments(call.arguments as? Map<*, *> ?: emptyMap<Any, Any>(), held.number())
        // Undispatched, so that calls come to their lane in the order in which Dart made them.
        val outcome = (if (action.isKept) BEHIND else scope).async(start = CoroutineStart.UNDISPATCHED) {
            runCatching { action.run(this@Engine, arguments) }
        }
        // Only the answer needs the engine.
        scope.launch {
            val answer = outcome.await()
            withContext(main) {
                answer.fold({ result.success(it.takeIf { it != Unit }) }) { error ->
                    Failure.of(error).let { result.error(it.code, it.detail, it.details) }
                }
            }
        }
    }

    /** Opens a client, and says under which number and where files may be put that can be fetched again. */
    suspend fun open(arguments: Arguments): Wire = withContext(NonCancellable) {
        val config = arguments.config()
        val number = arguments.number
        val lease = Clients.open(
            config.copy(storePath = store(arguments)),
            session(arguments),
            if (arguments.flag("hasTokens")) Tokens(number) else null,
        )
        // Kept first: what changes from here on reaches it. And whatever another engine has said of the network is over.
        if (held.keep(number, 0, lease)) lease.client.networkChanged(network.isThere) else Clients.release(lease)
        mapOf("client" to number.whole(), "cacheDirectory" to cache.apply { mkdirs() }.path)
    }

    /** Deletes what a client of this configuration would find. */
    suspend fun forgetStore(arguments: Arguments) = Clients.forget(store(arguments), session(arguments))

    /** Begins a store anew with what is in its outbox; where the old one lies now. */
    suspend fun rebuildStore(arguments: Arguments): String? =
        Clients.rebuild(store(arguments), arguments.bytesOrNull("storeKey"))

    // However the path is written, it is one file.
    private fun store(arguments: Arguments) = arguments.textOrNull("storePath")?.let { home.resolve(it).canonicalPath }

    private fun session(arguments: Arguments) = arguments.textOrNull("sessionPath")?.let(home::resolve)

    /** Keeps something that came out of a client, under a number. */
    fun keep(number: Long, owner: Long, thing: AutoCloseable): Any {
        if (!held.keep(number, owner, thing)) thing.close()
        return number.whole()
    }

    /** Tells Dart these events, on a channel of this number. */
    suspend fun watch(number: Long, owner: Long, events: Flow<Any?>): Any {
        streams.add(number, owner, events)
        return number.whole()
    }

    /** Takes back a stream that Dart does not want any more before it listened. */
    suspend fun unwatch(number: Long) = withContext(main) { streams.remove(number) }

    /** Lets go of a client, a list or a timeline, and of what came out of it. */
    suspend fun forget(number: Long) {
        withContext(main) { held.cameFrom(number).forEach(streams::endOf) }
        held.forget(number).forEach { Clients.release(it) }
    }

    /**
     * Lets go of everything that came of calls before this one, whenever it comes: Dart can be started anew in the same engine,
     * and the program before is not there to answer what it was asked.
     */
    suspend fun clear(number: Long) {
        withContext(main) { streams.clear(number) }
        questions.coroutineContext.cancelChildren()
        held.clear(number).forEach { Clients.release(it) }
    }

    /** Lets go of everything, for good; on the main thread. What Dart has said until now is still done. */
    fun close() {
        channel.setMethodCallHandler(null)
        network.close()
        streams.close()
        val leases = held.close()
        scope.cancel()
        BEHIND.launch { leases.forEach { Clients.release(it) } }
    }

    /** Asks Dart for a token. */
    private inner class Tokens(private val number: Long) : TokenProvider {
        override suspend fun token(cause: TokenCause): String {
            val question = questions.async { withContext(main) { asked(cause) } }
            try {
                return question.await()
            } catch (_: CancellationException) {
                currentCoroutineContext().ensureActive()
                throw noToken("the part of the app that makes tokens has ended")
            } finally {
                question.cancel()
            }
        }

        private suspend fun asked(cause: TokenCause): String = suspendCancellableCoroutine { waiting ->
            val question = mapOf("client" to number.whole(), "cause" to cause.word())
            channel.invokeMethod("token", question, object : MethodChannel.Result {
                override fun success(result: Any?) = when (result) {
                    is String -> waiting.resume(result)
                    else -> waiting.resumeWithException(noToken("the app made no token"))
                }

                override fun error(errorCode: String, errorMessage: String?, errorDetails: Any?) {
                    val why = errorMessage ?: "the app has no token"
                    waiting.resumeWithException(
                        if (errorCode == "unauthenticated") {
                            ChatException.SignedOut(errorCode, why, Retry.AfterSignIn)
                        } else {
                            noToken(why)
                        },
                    )
                }

                override fun notImplemented() = waiting.resumeWithException(noToken("the app makes no tokens"))
            })
        }
    }

    private companion object {
        /** A fault that nobody waits for is no reason to end the app. Only its kind is told: its words may be a user's. */
        val UNHEARD = CoroutineExceptionHandler { _, error -> System.err.println("chat: ${error.javaClass.name}") }

        /** For what goes on when an engine is gone. */
        val BEHIND = CoroutineScope(SupervisorJob() + Dispatchers.Default + UNHEARD)
    }
}
