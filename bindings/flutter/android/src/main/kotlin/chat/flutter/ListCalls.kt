package chat.flutter

import chat.sdk.ChatClient
import chat.sdk.ConversationList
import chat.sdk.Timeline
import chat.sdk.connection
import chat.sdk.conversationChanges
import chat.sdk.diffs
import chat.sdk.downloading
import chat.sdk.presence
import chat.sdk.unread
import chat.sdk.uploading
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.withContext

/** The lists on a screen, and everything that is watched. A watch answers with the number of its stream. */
internal val listCalls = mapOf(
    "openConversationList" to call {
        val owner = it.whole("client")
        keep(it.number, owner, held.client(owner).client.conversationList(it.innerOrNull("filter")?.filter()))
    },
    "setFilter" to lastOfList { setFilter(it.inner("filter").filter()) },
    "setListVisible" to lastOfList { setVisible(it.place("first"), it.place("last")) },
    "closeConversationList" to call { forget(it.whole("list")) },
    "openTimeline" to call {
        val owner = it.whole("client")
        val settings = it.innerOrNull("settings")?.timelineSettings()
        keep(it.number, owner, held.client(owner).client.timeline(it.text("conversationId"), settings))
    },
    "loadOlder" to onTimeline { loadOlder(it.place("limit")) },
    "loadNewer" to onTimeline { loadNewer(it.place("limit")) },
    "jumpTo" to onTimeline { jumpTo(it.count("seq")) },
    "jumpToMessage" to onTimeline { jumpToMessage(it.text("messageId")) },
    "jumpToEnd" to onTimeline { jumpToEnd() },
    "isAtEnd" to onTimeline { isAtEnd() },
    "setTimelineVisible" to lastOfTimeline { setVisible(it.place("first"), it.place("last")) },
    "closeTimeline" to call { forget(it.whole("timeline")) },
    "watchConversationList" to call { call ->
        val owner = call.whole("list")
        watch(call.number, owner, held.list(owner).diffs().map { steps -> steps.map { it.toWire() } })
    },
    "watchTimeline" to call { call ->
        val owner = call.whole("timeline")
        watch(call.number, owner, held.timeline(owner).diffs().map { steps -> steps.map { it.toWire() } })
    },
    "watchConnection" to watch { connection().map { it.toWire() } },
    "watchUnread" to watch { unread().map { it.whole() } },
    "watchConversation" to watch { call -> conversationChanges(call.text("conversationId")).map { it.toWire() } },
    "watchPresence" to watch { call ->
        presence(call.texts("userIds")).map { people -> people.map { it.toWire() } }
    },
    "watchDownload" to watch { call ->
        downloading(call.text("attachmentId"), call.text("path")).map { it.toWire() }
    },
    "watchUpload" to watch { call ->
        uploading(call.text("conversationId"), call.text("key")).map { it.toWire() }
    },
)

/** A call to a list of which the last one counts. */
private fun lastOfList(run: ConversationList.(Arguments) -> Any?) =
    last("list") { arguments, number -> held.list(number).run(arguments) }

private fun lastOfTimeline(run: Timeline.(Arguments) -> Any?) =
    last("timeline") { arguments, number -> held.timeline(number).run(arguments) }

private fun last(of: String, run: Engine.(Arguments, Long) -> Any?) = Call(isKept = false) { arguments ->
    val number = arguments.whole(of)
    lanes.inOrder("$of $number") { withContext(Dispatchers.Default) { run(arguments, number) } }
}

private fun onTimeline(run: suspend Timeline.(Arguments) -> Any?) =
    call { arguments -> held.timeline(arguments.whole("timeline")).run(arguments) }

private fun watch(events: ChatClient.(Arguments) -> Flow<Any?>) = call { arguments ->
    val owner = arguments.whole("client")
    watch(arguments.number, owner, held.client(owner).client.events(arguments))
}
