package chat.sdk

import com.sun.jna.CallbackThreadInitializer
import com.sun.jna.Native

/**
 * Where the SDK begins.
 *
 * ```kotlin
 * Chat.open(ClientConfig("https://chat.example.org", storePath = "$directory/chat.db"), FileSessionKeeper(sessionFile)).use { client ->
 *     if (client.me() == null) client.signIn("ann", password)
 *     client.start()
 *     client.conversationList().use { list -> list.items().collect { render(it) } }
 * }
 * ```
 *
 * Every function may be called from any thread, also the one that draws. What takes any time is a `suspend` function: it is
 * done on threads of the SDK, and what goes in and what comes out is copied on one of [kotlinx.coroutines.Dispatchers.Default]. The
 * caller's thread only waits. What is no `suspend` function ([ChatClient.me], [ChatClient.start], [Timeline.setVisible] and
 * their like) touches no disk and no network; it looks at something small, or leaves it, under a lock that nobody holds for
 * longer than that takes. What is watched is a [kotlinx.coroutines.flow.Flow] that begins anew for every collector, and its values are
 * read on [kotlinx.coroutines.Dispatchers.Default]. Whoever takes them out of the objects by hand reads with `next()` there, too, and with
 * `take()` where it is called.
 *
 * Errors are [ChatException]s. Objects are closed with `close()`, which may be called more than once; a call to one that is
 * closed is a fault of the program, an [IllegalStateException], and a flow of it fails with [ChatException.ShutDown]. Records
 * are data classes: `toString()` has a message's text in it, so what goes to a log is a key or an id.
 */
object Chat {
    // The SDK has a few threads that live as long as it does. Attached once, they are not attached anew for every answer.
    private val threads: Unit by lazy {
        val stays = CallbackThreadInitializer(true, false, "chat-client")
        Native.setCallbackThreadInitializer(uniffiRustFutureContinuationCallbackImpl, stays)
    }

    /**
     * Makes a client, with the last state that its store kept and the session that [sessions] kept. It connects to nothing
     * yet: [ChatClient.start] does.
     *
     * @param sessions keeps who is signed in; without it, somebody has to sign in each time.
     * @param tokens makes tokens of the app's own, for [ClientConfig.userId]; then the app signs nobody in.
     * @throws ChatException.Store when the store cannot be opened, for instance with this key.
     * @throws ChatException.InvalidInput when something in the configuration is not valid.
     */
    suspend fun open(
        config: ClientConfig,
        sessions: SessionKeeper? = null,
        tokens: TokenProvider? = null,
    ): ChatClient = elsewhere {
        threads
        ChatClient.open(config, sessions, tokens)
    }

    /**
     * Deletes a store and whatever lies beside its file, also where it cannot be opened: the way on when its key is lost, or
     * to begin anew with what the server has. What was not sent yet is gone with it. No client may have it open.
     *
     * @throws ChatException.Store when a file is there and cannot be deleted.
     */
    suspend fun forget(storePath: String) = elsewhere {
        threads
        forgetStore(storePath)
    }

    /**
     * Puts a store aside and begins a new one with what was queued, read and begun to be written, where that can be read: the
     * way on when what it shows cannot be right. The server tells all else again. No client may have it open.
     *
     * @return where the old file lies now, to be looked at or deleted; null when there was none.
     * @throws ChatException.Store when the store cannot be opened with this key, or no new one can be made.
     */
    suspend fun rebuild(storePath: String, storeKey: ByteArray? = null): String? = elsewhere {
        threads
        rebuildStore(storePath, storeKey)
    }
}
