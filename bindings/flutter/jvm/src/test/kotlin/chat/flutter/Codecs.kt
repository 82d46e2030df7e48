package chat.flutter

import chat.sdk.AttachmentItem
import chat.sdk.ChatException
import chat.sdk.ClientConfig
import chat.sdk.ConnectionState
import chat.sdk.ConversationDiff
import chat.sdk.ConversationFilter
import chat.sdk.ConversationItem
import chat.sdk.ConversationType
import chat.sdk.FieldProblem
import chat.sdk.ForwardItem
import chat.sdk.MemberItem
import chat.sdk.MemberPageItem
import chat.sdk.MessageItem
import chat.sdk.MessageTarget
import chat.sdk.MessageType
import chat.sdk.OutgoingMessage
import chat.sdk.PersonItem
import chat.sdk.PersonPage
import chat.sdk.PrefsChange
import chat.sdk.PrefsItem
import chat.sdk.PresenceItem
import chat.sdk.PresenceStatus
import chat.sdk.QueuedAction
import chat.sdk.QueuedItem
import chat.sdk.ReactionItem
import chat.sdk.ReceiptItem
import chat.sdk.ReplyItem
import chat.sdk.Retry
import chat.sdk.Role
import chat.sdk.SearchQuery
import chat.sdk.SearchResult
import chat.sdk.SearchResultPage
import chat.sdk.SendState
import chat.sdk.StopCause
import chat.sdk.StoredMessage
import chat.sdk.TimelineDiff
import chat.sdk.TimelineItem
import chat.sdk.TimelineSettings
import chat.sdk.TokenCause
import chat.sdk.TransferProgress
import chat.sdk.WakeUpResult
import kotlin.reflect.KClass

private inline fun <reified T : Any> writer(crossinline write: (T) -> Any?): Pair<KClass<*>, (Any) -> Any?> =
    T::class to { value -> write(value as T) }

/** How the plugin writes what goes to Dart. */
internal val WRITERS: Map<KClass<*>, (Any) -> Any?> = mapOf(
    writer<AttachmentItem> { it.toWire() },
    writer<ChatException> { it.toWire() },
    writer<ConnectionState> { it.toWire() },
    writer<ConversationDiff> { it.toWire() },
    writer<ConversationItem> { it.toWire() },
    writer<ConversationType> { it.word() },
    writer<FieldProblem> { it.toWire() },
    writer<ForwardItem> { it.toWire() },
    writer<MemberItem> { it.toWire() },
    writer<MemberPageItem> { it.toWire() },
    writer<MessageItem> { it.toWire() },
    writer<MessageTarget> { it.toWire() },
    writer<MessageType> { it.word() },
    writer<PersonItem> { it.toWire() },
    writer<PersonPage> { it.toWire() },
    writer<PrefsItem> { it.toWire() },
    writer<PresenceItem> { it.toWire() },
    writer<PresenceStatus> { it.word() },
    writer<QueuedAction> { it.toWire() },
    writer<QueuedItem> { it.toWire() },
    writer<ReactionItem> { it.toWire() },
    writer<ReceiptItem> { it.toWire() },
    writer<ReplyItem> { it.toWire() },
    writer<Retry> { it.toWire() },
    writer<Role> { it.word() },
    writer<SearchResult> { it.toWire() },
    writer<SearchResultPage> { it.toWire() },
    writer<SendState> { it.toWire() },
    writer<StopCause> { it.word() },
    writer<StoredMessage> { it.toWire() },
    writer<TimelineDiff> { it.toWire() },
    writer<TimelineItem> { it.toWire() },
    writer<TokenCause> { it.word() },
    writer<TransferProgress> { it.toWire() },
    writer<WakeUpResult> { it.toWire() },
)

/** How the plugin reads what comes from Dart, here under the name `it`. */
internal val READERS: Map<KClass<*>, (Arguments) -> Any> = mapOf(
    ClientConfig::class to { it.inner("it").config() },
    ConversationFilter::class to { it.inner("it").filter() },
    ConversationType::class to { it.conversationType("it") },
    MessageTarget::class to { it.inner("it").target() },
    OutgoingMessage::class to { it.inner("it").outgoing() },
    PrefsChange::class to { it.inner("it").prefsChange() },
    SearchQuery::class to { it.inner("it").searchQuery() },
    TimelineSettings::class to { it.inner("it").timelineSettings() },
)
