package chat.flutter

import chat.sdk.ChatException
import chat.sdk.ConnectionState
import chat.sdk.ConversationDiff
import chat.sdk.FieldProblem
import chat.sdk.MessageTarget
import chat.sdk.QueuedAction
import chat.sdk.Retry
import chat.sdk.SendState
import chat.sdk.TimelineDiff
import chat.sdk.TimelineItem
import chat.sdk.code
import chat.sdk.detail
import chat.sdk.retry

// What is one of several cases, as what a channel carries: a map that begins with its `type`.

internal fun ConnectionState.toWire(): Wire = when (this) {
    ConnectionState.Idle -> case("idle")
    ConnectionState.WaitingForNetwork -> case("waitingForNetwork")
    is ConnectionState.Connecting -> case("connecting", "attempt" to attempt.whole())
    ConnectionState.CatchingUp -> case("catchingUp")
    ConnectionState.Online -> case("online")
    is ConnectionState.BackingOff -> case("backingOff", "retryInMs" to retryInMs.whole(), "reason" to reason)
    is ConnectionState.Stopped -> case("stopped", "cause" to cause.word(), "detail" to detail)
}

internal fun ConversationDiff.toWire(): Wire = when (this) {
    is ConversationDiff.Reset -> case("reset", "items" to items.map { it.toWire() })
    is ConversationDiff.Append -> case("append", "items" to items.map { it.toWire() })
    is ConversationDiff.Insert -> case("insert", "index" to index.whole(), "item" to item.toWire())
    is ConversationDiff.Set -> case("set", "index" to index.whole(), "item" to item.toWire())
    is ConversationDiff.Remove -> case("remove", "index" to index.whole())
    is ConversationDiff.Truncate -> case("truncate", "length" to length.whole())
}

internal fun TimelineDiff.toWire(): Wire = when (this) {
    is TimelineDiff.Reset -> case("reset", "items" to items.map { it.toWire() })
    is TimelineDiff.Append -> case("append", "items" to items.map { it.toWire() })
    is TimelineDiff.Insert -> case("insert", "index" to index.whole(), "item" to item.toWire())
    is TimelineDiff.Set -> case("set", "index" to index.whole(), "item" to item.toWire())
    is TimelineDiff.Remove -> case("remove", "index" to index.whole())
    is TimelineDiff.Truncate -> case("truncate", "length" to length.whole())
}

internal fun TimelineItem.toWire(): Wire = when (this) {
    is TimelineItem.Start -> case("start", "key" to key)
    is TimelineItem.Date -> case("date", "key" to key, "dayMs" to dayMs.whole())
    is TimelineItem.Unread -> case("unread", "key" to key)
    is TimelineItem.Gap -> case("gap", "key" to key, "after" to after.whole(), "through" to through.whole())
    is TimelineItem.Message -> case("message", "item" to item.toWire())
}

internal fun MessageTarget.toWire(): Wire = when (this) {
    is MessageTarget.Stored -> case("stored", "messageId" to messageId)
    is MessageTarget.Queued -> case("queued", "clientId" to clientId)
}

internal fun QueuedAction.toWire(): Wire = when (this) {
    is QueuedAction.Send -> case("send", "text" to text)
    is QueuedAction.Edit -> case("edit", "target" to target.toWire(), "text" to text)
    is QueuedAction.Delete -> case("delete", "target" to target.toWire())
    is QueuedAction.React -> case("react", "target" to target.toWire(), "emoji" to emoji, "isOn" to isOn)
    is QueuedAction.Upload -> case("upload", "path" to path, "fileName" to fileName)
}

internal fun SendState.toWire(): Wire = when (this) {
    SendState.Queued -> case("queued")
    SendState.Sending -> case("sending")
    SendState.Sent -> case("sent")
    is SendState.Failed -> case("failed", "code" to code, "detail" to detail)
}

internal fun Retry.toWire(): Wire = when (this) {
    Retry.Never -> case("never")
    is Retry.Later -> case("later", "afterMs" to afterMs?.whole())
    Retry.AfterSignIn -> case("afterSignIn")
}

internal fun FieldProblem.toWire(): Wire = mapOf("field" to field, "details" to details)

/** What goes along with an error, so that the other side knows which of its classes it is. */
internal fun ChatException.toWire(): Wire = when (this) {
    is ChatException.Api -> error(
        "api",
        "status" to status.toInt(),
        "requestId" to requestId,
        "fields" to fields.map { it.toWire() },
    )
    is ChatException.Network -> error("network")
    is ChatException.SignedOut -> error("signedOut")
    is ChatException.InvalidInput -> error("invalidInput", "field" to field)
    is ChatException.Store -> error("store")
    is ChatException.ShutDown -> error("shutDown")
    is ChatException.Internal -> error("internal")
}

private fun ChatException.error(type: String, vararg more: Pair<String, Any?>): Wire =
    case(type, "code" to code, "detail" to detail, "retry" to retry.toWire(), *more)

private fun case(type: String, vararg fields: Pair<String, Any?>): Wire = mapOf("type" to type, *fields)
