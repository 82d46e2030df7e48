package chat.flutter

import chat.sdk.Chat
import chat.sdk.ChatClient
import chat.sdk.ChatException
import chat.sdk.ClientConfig
import chat.sdk.FileSessionKeeper
import chat.sdk.Retry
import chat.sdk.TokenCause
import chat.sdk.TokenProvider
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import java.io.File
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList

/**
 * The clients of this process. A store on disk has one client, however many engines look at it; the last one to let go shuts
 * it down. A client without a store is its engine's alone.
 */
internal object Clients {
    private val turn = Mutex()
    private val byStore = mutableMapOf<String, SharedClient>()

    /** Opens a client, or takes part in the one that is open on the same store. */
    suspend fun open(config: ClientConfig, session: File?, tokens: TokenProvider?): Lease = turn.withLock {
        val store = config.storePath
        val shared = byStore[store] ?: withContext(NonCancellable) { begin(config, session, tokens != null) }
        if (!shared.isFor(config, tokens != null)) {
            throw ChatException.InvalidInput(
                "invalid",
                "storePath is open already, for another configuration: close that client first",
                Retry.Never,
                "storePath",
            )
        }
        if (store != null) byStore[store] = shared
        shared.users += 1
        tokens?.let { shared.tokens.providers.add(it) }
        Lease(shared, tokens)
    }

    suspend fun release(lease: Lease) = withContext(NonCancellable) {
        turn.withLock {
            val shared = lease.shared
            lease.tokens?.let { shared.tokens.providers.remove(it) }
            shared.users -= 1
            if (shared.users > 0) return@withLock
            byStore.remove(shared.config.storePath, shared)
            // Whoever opens this store next waits until everything is on disk.
            shared.client.use { it.shutdown() }
        }
    }

    private suspend fun begin(config: ClientConfig, session: File?, hasTokens: Boolean): SharedClient {
        config.storePath?.let { File(it).absoluteFile.parentFile?.mkdirs() }
        session?.absoluteFile?.parentFile?.mkdirs()
        val tokens = SharedTokens()
        val client = Chat.open(config, session?.let(::FileSessionKeeper), tokens.takeIf { hasTokens })
        return SharedClient(config, hasTokens, client, tokens)
    }
}

/** A client, and how many engines use it. */
internal class SharedClient(
    val config: ClientConfig,
    private val hasTokens: Boolean,
    val client: ChatClient,
    val tokens: SharedTokens,
) {
    var users = 0
    private val lanes = ConcurrentHashMap<String, Mutex>()

    /** What is said and done in a conversation goes one by one, in the order of the calls. */
    fun lane(conversation: String): Mutex = lanes.computeIfAbsent(conversation) { Mutex() }

    fun isFor(other: ClientConfig, withTokens: Boolean): Boolean =
        config.copy(storeKey = null) == other.copy(storeKey = null) &&
            config.storeKey.contentEquals(other.storeKey) && hasTokens == withTokens
}

/** One engine's part in a client. */
internal class Lease(val shared: SharedClient, val tokens: TokenProvider?) {
    val client: ChatClient get() = shared.client

    /** Android says this on a thread of its own, perhaps while the client is closed. */
    fun networkChanged(isThere: Boolean) {
        try {
            client.networkChanged(isThere)
        } catch (_: IllegalStateException) {
            // Closed: it is all the same to it.
        }
    }
}

/** Asks the engine that came last for a token. */
internal class SharedTokens : TokenProvider {
    val providers = CopyOnWriteArrayList<TokenProvider>()

    override suspend fun token(cause: TokenCause): String {
        val newest = providers.lastOrNull()
        return newest?.token(cause) ?: throw noToken("no part of the app that makes tokens is running")
    }
}

internal fun noToken(why: String) = ChatException.Network("unavailable", why, Retry.Later(null))
