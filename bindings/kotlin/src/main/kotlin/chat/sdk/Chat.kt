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
 * What takes any time is a `suspend` function and runs on threads of the SDK, so every function may be called from any
 * thread, also the one that draws. What is watched is a [kotlinx.coroutines.flow.Flow] that begins anew for every collector.
 * Errors are [ChatException]s. Objects are closed with `close()`, which may be called more than once.
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
    ): ChatClient {
        threads
        return ChatClient.open(config, sessions, tokens)
    }
}
