package chat.flutter

import chat.sdk.ChatException
import chat.sdk.ClientConfig
import chat.sdk.ConversationFilter
import chat.sdk.ConversationType
import chat.sdk.MessageTarget
import chat.sdk.OutgoingMessage
import chat.sdk.PrefsChange
import chat.sdk.Retry
import chat.sdk.SearchQuery
import chat.sdk.TimelineSettings

/**
 * What came with a call, read by name. What is missing or is something else is an error that names it.
 *
 * @property number of the call, in the order in which calls come; what comes of it is known by it.
 */
internal class Arguments(private val values: Map<*, *>, val number: Long = 0) {
    fun text(name: String): String = textOrNull(name) ?: wrong(name, "is missing")

    fun textOrNull(name: String): String? = value(name, "a string")

    fun flag(name: String): Boolean = flagOrNull(name) ?: wrong(name, "is missing")

    fun flagOrNull(name: String): Boolean? = value(name, "true or false")

    fun whole(name: String): Long = wholeOrNull(name) ?: wrong(name, "is missing")

    fun wholeOrNull(name: String): Long? = value<Number>(name, "a whole number")?.toLong()

    /** A whole number of which none is below zero. */
    fun count(name: String): ULong {
        val number = whole(name)
        return if (number < 0) wrong(name, "must not be below zero") else number.toULong()
    }

    /** A count that is not enormous. */
    fun place(name: String): UInt {
        val number = count(name)
        return if (number > UInt.MAX_VALUE) wrong(name, "is too large") else number.toUInt()
    }

    fun bytes(name: String): ByteArray = bytesOrNull(name) ?: wrong(name, "is missing")

    fun bytesOrNull(name: String): ByteArray? = value(name, "bytes")

    fun texts(name: String): List<String> = (value<List<*>>(name, "a list") ?: wrong(name, "is missing")).map {
        it as? String ?: wrong(name, "must be a list of strings")
    }

    fun inner(name: String): Arguments = innerOrNull(name) ?: wrong(name, "is missing")

    fun innerOrNull(name: String): Arguments? = value<Map<*, *>>(name, "a map")?.let { Arguments(it) }

    fun wrong(name: String, rule: String): Nothing =
        throw ChatException.InvalidInput("invalid", "$name $rule", Retry.Never, name)

    private inline fun <reified T> value(name: String, kind: String): T? {
        val value = values[name] ?: return null
        return value as? T ?: wrong(name, "must be $kind")
    }
}

internal fun Arguments.config() = ClientConfig(
    serverUrl = text("serverUrl"),
    storePath = textOrNull("storePath"),
    storeKey = bytesOrNull("storeKey"),
    deviceName = textOrNull("deviceName"),
    userId = textOrNull("userId"),
)

internal fun Arguments.filter() = ConversationFilter(
    unread = flag("unread"),
    archived = flag("archived"),
    name = textOrNull("name"),
)

internal fun Arguments.conversationType(name: String): ConversationType {
    val word = text(name)
    return ConversationType.entries.find { it.word() == word } ?: wrong(name, "is no kind of conversation")
}

internal fun Arguments.target(): MessageTarget = when (text("type")) {
    "stored" -> MessageTarget.Stored(text("messageId"))
    "queued" -> MessageTarget.Queued(text("clientId"))
    else -> wrong("target", "must be stored or queued")
}

internal fun Arguments.outgoing() = OutgoingMessage(
    text = textOrNull("text"),
    replyTo = innerOrNull("replyTo")?.target(),
    uploads = texts("uploads"),
    attachmentIds = texts("attachmentIds"),
    mentions = texts("mentions"),
    isVoice = flag("isVoice"),
    metadata = textOrNull("metadata"),
)

internal fun Arguments.prefsChange() = PrefsChange(
    mutedUntilMs = wholeOrNull("mutedUntilMs"),
    isPinned = flagOrNull("isPinned"),
    isArchived = flagOrNull("isArchived"),
    nickname = textOrNull("nickname"),
)

internal fun Arguments.searchQuery() = SearchQuery(
    text = textOrNull("text"),
    conversationId = textOrNull("conversationId"),
    senderId = textOrNull("senderId"),
    beforeMs = wholeOrNull("beforeMs"),
    afterMs = wholeOrNull("afterMs"),
    limit = place("limit"),
    cursor = textOrNull("cursor"),
)

internal fun Arguments.timelineSettings() = TimelineSettings(
    limit = place("limit"),
    utcOffsetS = whole("utcOffsetS").toInt(),
)
