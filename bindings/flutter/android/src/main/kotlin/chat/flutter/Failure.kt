package chat.flutter

import chat.sdk.ChatException
import chat.sdk.Retry
import chat.sdk.code
import chat.sdk.detail

/** An error as a channel carries it: a stable word, a sentence, and what Dart makes one of its own classes of. */
internal class Failure private constructor(error: ChatException) {
    val code: String = error.code
    val detail: String = error.detail
    val details: Wire = error.toWire()

    companion object {
        fun of(error: Throwable): Failure = Failure(
            when {
                error is ChatException -> error
                // So say the generated classes after `close()`.
                error is IllegalStateException && error.message.orEmpty().contains("already been destroyed") ->
                    closed("client")
                else -> ChatException.Internal("internal", error.toString(), Retry.Never)
            },
        )
    }
}
