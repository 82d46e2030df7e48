package chat.sdk

/** The stable word for what went wrong. */
val ChatException.code: String get() = parts.first

/** What went wrong and what to do, in a sentence. */
val ChatException.detail: String get() = parts.second

/** Whether the same call may succeed later. */
val ChatException.retry: Retry get() = parts.third

private val ChatException.parts: Triple<String, String, Retry>
    get() = when (this) {
        is ChatException.Api -> Triple(code, detail, retry)
        is ChatException.Network -> Triple(code, detail, retry)
        is ChatException.SignedOut -> Triple(code, detail, retry)
        is ChatException.InvalidInput -> Triple(code, detail, retry)
        is ChatException.Store -> Triple(code, detail, retry)
        is ChatException.ShutDown -> Triple(code, detail, retry)
        is ChatException.Internal -> Triple(code, detail, retry)
    }
