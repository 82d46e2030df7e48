package chat.flutter

import chat.sdk.AttachmentItem
import chat.sdk.ConversationItem
import chat.sdk.ForwardItem
import chat.sdk.MemberItem
import chat.sdk.MemberPageItem
import chat.sdk.MessageItem
import chat.sdk.PersonItem
import chat.sdk.PersonPage
import chat.sdk.PrefsItem
import chat.sdk.PresenceItem
import chat.sdk.QueuedItem
import chat.sdk.ReactionItem
import chat.sdk.ReceiptItem
import chat.sdk.ReplyItem
import chat.sdk.SearchResult
import chat.sdk.SearchResultPage
import chat.sdk.StoredMessage
import chat.sdk.TransferProgress
import chat.sdk.WakeUpResult

// Records as what a channel carries: maps by the names of their fields, in this order. The files in `golden` say how, for
// Rust and Dart, too. A whole number has the smaller of two widths that holds it, as Dart writes it.

internal typealias Wire = Map<String, Any?>

internal fun Long.whole(): Any = if (this in Int.MIN_VALUE..Int.MAX_VALUE) toInt() else this

/** What is more than Dart can count is as much as it can: one enormous number does not end a whole list. */
internal fun ULong.whole(): Any = coerceAtMost(Long.MAX_VALUE.toULong()).toLong().whole()

internal fun UInt.whole(): Any = toLong().whole()

/** `SIGNED_OUT` as `signedOut`. */
internal fun Enum<*>.word(): String =
    name.lowercase().split('_').reduce { word, next -> word + next.replaceFirstChar(Char::uppercase) }

internal fun AttachmentItem.toWire(): Wire = mapOf(
    "id" to id,
    "fileName" to fileName,
    "size" to size.whole(),
    "mimeType" to mimeType,
    "width" to width?.whole(),
    "height" to height?.whole(),
    "durationMs" to durationMs?.whole(),
    "waveform" to waveform,
    "blurhash" to blurhash,
    "hasThumbnail" to hasThumbnail,
)

internal fun ConversationItem.toWire(): Wire = mapOf(
    "id" to id,
    "kind" to kind.word(),
    "title" to title,
    "description" to description,
    "avatarUrl" to avatarUrl,
    "messageTtlS" to messageTtlS?.whole(),
    "memberCount" to memberCount.whole(),
    "members" to members.map { it.toWire() },
    "role" to role.word(),
    "canSend" to canSend,
    "unreadCount" to unreadCount.whole(),
    "mentionCount" to mentionCount.whole(),
    "readSeq" to readSeq.whole(),
    "last" to last?.toWire(),
    "draft" to draft,
    "lastQueued" to lastQueued,
    "failedCount" to failedCount.whole(),
    "typing" to typing,
    "presence" to presence?.toWire(),
    "updatedAtMs" to updatedAtMs.whole(),
    "prefs" to prefs.toWire(),
)

internal fun ForwardItem.toWire(): Wire = mapOf(
    "senderId" to senderId,
    "senderName" to senderName,
    "sentAtMs" to sentAtMs.whole(),
)

internal fun MemberItem.toWire(): Wire = mapOf(
    "userId" to userId,
    "username" to username,
    "displayName" to displayName,
    "avatarUrl" to avatarUrl,
    "role" to role.word(),
    "readSeq" to readSeq.whole(),
    "deliveredSeq" to deliveredSeq.whole(),
)

internal fun MemberPageItem.toWire(): Wire = mapOf("items" to items.map { it.toWire() }, "nextCursor" to nextCursor)

internal fun MessageItem.toWire(): Wire = mapOf(
    "key" to key,
    "conversationId" to conversationId,
    "clientId" to clientId,
    "messageId" to messageId,
    "seq" to seq?.whole(),
    "senderId" to senderId,
    "senderName" to senderName,
    "senderAvatarUrl" to senderAvatarUrl,
    "isMine" to isMine,
    "kind" to kind.word(),
    "text" to text,
    "replyTo" to replyTo?.toWire(),
    "replyTarget" to replyTarget?.toWire(),
    "forwardedFrom" to forwardedFrom?.toWire(),
    "attachments" to attachments.map { it.toWire() },
    "uploads" to uploads,
    "mentions" to mentions,
    "mentionsAll" to mentionsAll,
    "namesMe" to namesMe,
    "reactions" to reactions.map { it.toWire() },
    "sentAtMs" to sentAtMs.whole(),
    "editedAtMs" to editedAtMs?.whole(),
    "pinnedAtMs" to pinnedAtMs?.whole(),
    "expiresAtMs" to expiresAtMs?.whole(),
    "isDeleted" to isDeleted,
    "sendState" to sendState.toWire(),
    "waiting" to waiting,
    "failed" to failed,
    "metadata" to metadata,
)

internal fun PersonItem.toWire(): Wire = mapOf(
    "userId" to userId,
    "username" to username,
    "displayName" to displayName,
    "avatarUrl" to avatarUrl,
    "isBot" to isBot,
)

internal fun PersonPage.toWire(): Wire = mapOf("items" to items.map { it.toWire() }, "nextCursor" to nextCursor)

internal fun PrefsItem.toWire(): Wire = mapOf(
    "mutedUntilMs" to mutedUntilMs?.whole(),
    "isPinned" to isPinned,
    "isArchived" to isArchived,
    "nickname" to nickname,
)

internal fun PresenceItem.toWire(): Wire = mapOf(
    "userId" to userId,
    "status" to status.word(),
    "lastSeenAtMs" to lastSeenAtMs?.whole(),
)

internal fun QueuedItem.toWire(): Wire = mapOf(
    "key" to key,
    "conversationId" to conversationId,
    "createdAtMs" to createdAtMs.whole(),
    "action" to action.toWire(),
    "state" to state.toWire(),
)

internal fun ReactionItem.toWire(): Wire = mapOf("emoji" to emoji, "count" to count.whole(), "userIds" to userIds)

internal fun ReceiptItem.toWire(): Wire = mapOf(
    "person" to person.toWire(),
    "isDelivered" to isDelivered,
    "deliveredAtMs" to deliveredAtMs?.whole(),
    "isRead" to isRead,
    "readAtMs" to readAtMs?.whole(),
)

internal fun ReplyItem.toWire(): Wire = mapOf(
    "messageId" to messageId,
    "seq" to seq.whole(),
    "senderId" to senderId,
    "excerpt" to excerpt,
)

internal fun SearchResult.toWire(): Wire = mapOf("item" to item.toWire(), "highlights" to highlights.map { it.whole() })

internal fun SearchResultPage.toWire(): Wire = mapOf("items" to items.map { it.toWire() }, "nextCursor" to nextCursor)

internal fun StoredMessage.toWire(): Wire = mapOf(
    "messageId" to messageId,
    "seq" to seq.whole(),
    "sentAtMs" to sentAtMs.whole(),
)

internal fun TransferProgress.toWire(): Wire = mapOf("done" to done.whole(), "total" to total?.whole())

internal fun WakeUpResult.toWire(): Wire = mapOf("isCaughtUp" to isCaughtUp, "queued" to queued.whole())
