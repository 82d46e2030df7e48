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
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import java.io.File
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

    /** Deletes a store and a session that nobody has open. */
    suspend fun forget(store: String?, session: File?) = turn.withLock {
        mustBeClosed(store)
        store?.let { Chat.forget(it) }
        session?.let { FileSessionKeeper(it).clear() }
    }

    /** Begins a store anew that nobody has open, with what is in its outbox; where the old one lies now. */
    suspend fun rebuild(store: String?, key: ByteArray?): String? = turn.withLock {
        mustBeClosed(store)
        store?.let { Chat.rebuild(it, key) }
    }

    private fun mustBeClosed(store: String?) {
        if (store in byStore) {
            throw ChatException.InvalidInput("invalid", "storePath is open: close its client first", Retry.Never, "storePath")
        }
    }

    suspend fun release(lease: Lease) = withContext(NonCancellable) {
        turn.withLock {
            val shared = lease.shared
            lease.tokens?.let { shared.tokens.providers.remove(it) }
            shared.users -= 1
            if (shared.users > 0) return@withLock
            byStore.remove(shared.config.storePath, shared)
            // Whoever opens this store next waits until everything is on disk.
            shared.end()
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
    private val lanes = Lanes()

    // How many are in a lane; [OVER] when nobody may any more.
    private val inside = MutableStateFlow(0)

    /**
     * Does this behind what came before it in this lane. The client is not shut down before it is done, whatever becomes of
     * the engine that asked for it.
     */
    suspend fun <T> inOrder(lane: String, work: suspend () -> T): T {
        inside.update { if (it == OVER) throw closed("client") else it + 1 }
        try {
            return lanes.inOrder(lane, work)
        } finally {
            inside.update { it - 1 }
        }
    }

    /** Shuts the client down, when everything is done that was asked for. */
    suspend fun end() {
        do inside.first { it == 0 } while (!inside.compareAndSet(0, OVER))
        client.use { it.shutdown() }
    }

    fun isFor(other: ClientConfig, withTokens: Boolean): Boolean =
        config.copy(storeKey = null) == other.copy(storeKey = null) &&
            config.storeKey.contentEquals(other.storeKey) && hasTokens == withTokens

    private companion object {
        const val OVER = -1
    }
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

/** Asks the engines for a token, the one that came last first: one that has just come may not be ready to answer. */
internal class SharedTokens : TokenProvider {
    val providers = CopyOnWriteArrayList<TokenProvider>()

    override suspend fun token(cause: TokenCause): String {
        var why = noToken("no part of the app that makes tokens is running")
        for (provider in providers.toList().asReversed()) {
            try {
                return provider.token(cause)
            } catch (none: ChatException.Network) {
                why = none
            }
        }
        throw why
    }
}

internal fun noToken(why: String) = ChatException.Network("unavailable", why, Retry.Later(null))
