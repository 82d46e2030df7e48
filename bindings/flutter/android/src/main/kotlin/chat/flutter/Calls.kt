package chat.flutter

import chat.sdk.ChatClient
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * What a call does. It begins on the thread on which Dart makes its calls, in their order, and works on another.
 *
 * @property isKept whether it is done even when the engine goes meanwhile.
 */
internal class Call(val isKept: Boolean, val run: suspend Engine.(Arguments) -> Any?)

internal fun call(run: suspend Engine.(Arguments) -> Any?) =
    Call(isKept = false) { arguments -> withContext(Dispatchers.Default) { run(arguments) } }

/** A call to a client. */
internal fun onClient(run: suspend ChatClient.(Arguments) -> Any?) =
    call { arguments -> held.client(arguments.whole("client")).client.run(arguments) }

/** A call to a client that says or does something in a conversation: they are carried out one by one, in their order. */
internal fun inOrder(run: suspend ChatClient.(Arguments) -> Any?) = inLane({ it.text("conversationId") }, run)

/** A call that tells a client something of which the last one counts. */
internal fun hint(run: suspend ChatClient.(Arguments) -> Any?) = inLane({ "the client" }, run)

private fun inLane(lane: (Arguments) -> String, run: suspend ChatClient.(Arguments) -> Any?) =
    Call(isKept = true) { arguments ->
        val shared = held.client(arguments.whole("client")).shared
        shared.inOrder(lane(arguments)) { withContext(Dispatchers.Default) { shared.client.run(arguments) } }
    }

/** Beginning and end, and what the app says of the world around. */
private val clientCalls = mapOf(
    "attach" to call { clear(it.number) },
    "open" to call { open(it) },
    "forget" to call { forgetStore(it) },
    "rebuild" to call { rebuildStore(it) },
    "close" to call { forget(it.whole("client")) },
    "unwatch" to call { unwatch(it.whole("stream")) },
    "start" to hint { start() },
    "stop" to hint { stop() },
    "connectionState" to onClient { connectionState().toWire() },
    "networkChanged" to hint { networkChanged(it.flag("hasNetwork")) },
    "reconnectNow" to hint { reconnectNow() },
    "foreground" to hint { foreground() },
    "background" to hint { background() },
    "syncOnce" to onClient { syncOnce(it.count("budgetMs")).toWire() },
    "lostCount" to onClient { lostCount().whole() },
)

/** Signing in and out, and one's own account. */
private val accountCalls = mapOf(
    "me" to onClient { me() },
    "signIn" to onClient { signIn(it.text("identifier"), it.text("password")) },
    "signUp" to onClient {
        signUp(it.text("username"), it.text("email"), it.text("password"), it.textOrNull("displayName"))
    },
    "signOut" to onClient { signOut() },
    "account" to onClient { account().toWire() },
    "setDisplayName" to onClient { setDisplayName(it.text("displayName")) },
    "setAvatar" to onClient { setAvatar(it.bytes("picture")) },
    "resetPassword" to onClient { resetPassword(it.text("email")) },
)

/** What the user says and does. */
private val talkCalls = mapOf(
    "send" to inOrder { send(it.text("conversationId"), it.text("text")) },
    "sendMessage" to inOrder { sendMessage(it.text("conversationId"), it.inner("message").outgoing()) },
    // It waits for the server, and nothing has to wait for that.
    "sendAndWait" to onClient {
        sendAndWait(it.text("conversationId"), it.inner("message").outgoing()).toWire()
    },
    "edit" to inOrder { edit(it.text("conversationId"), it.inner("target").target(), it.text("text")) },
    "delete" to inOrder { delete(it.text("conversationId"), it.inner("target").target()) },
    "react" to inOrder { react(it.text("conversationId"), it.inner("target").target(), it.text("emoji")) },
    "unreact" to inOrder { unreact(it.text("conversationId"), it.inner("target").target(), it.text("emoji")) },
    "upload" to inOrder {
        upload(it.text("conversationId"), it.text("path"), it.text("fileName"), it.text("mimeType"))
    },
    "markRead" to inOrder { markRead(it.text("conversationId"), it.count("seq")) },
    "setDraft" to inOrder { setDraft(it.text("conversationId"), it.textOrNull("text")) },
    "setTyping" to inOrder { setTyping(it.text("conversationId"), it.flag("isTyping")) },
    "retry" to inOrder { retry(it.text("conversationId"), it.text("key")) },
    "discard" to inOrder { discard(it.text("conversationId"), it.text("key")) },
    "outbox" to onClient { call -> outbox(call.textOrNull("conversationId")).map { it.toWire() } },
    "pin" to onClient { pin(it.text("conversationId"), it.text("messageId")) },
    "unpin" to onClient { unpin(it.text("conversationId"), it.text("messageId")) },
    "forward" to onClient { forward(it.text("conversationId"), it.text("messageId"), it.texts("to")) },
)

/** Looking at what is known, and for what the server has. */
private val lookCalls = mapOf(
    "conversation" to onClient { conversation(it.text("conversationId"))?.toWire() },
    "unreadTotal" to onClient { unreadTotal().whole() },
    "draft" to onClient { draft(it.text("conversationId")) },
    "receipts" to onClient { call -> receipts(call.text("messageId")).map { it.toWire() } },
    "searchKept" to onClient { call ->
        searchKept(call.text("text"), call.textOrNull("conversationId"), call.place("limit")).map { it.toWire() }
    },
    "search" to onClient { search(it.inner("query").searchQuery()).toWire() },
    "thumbnail" to onClient { thumbnail(it.text("attachmentId")) },
    "avatar" to onClient { avatar(it.text("avatarUrl"), it.place("size")) },
    "call" to onClient { call(it.text("name"), it.text("fields")) },
)

/** Conversations and who is in them. */
private val peopleCalls = mapOf(
    "findPeople" to onClient { findPeople(it.text("text"), it.place("limit"), it.textOrNull("cursor")).toWire() },
    "createConversation" to onClient {
        createConversation(it.conversationType("kind"), it.texts("memberIds"), it.textOrNull("title"))
    },
    "setTitle" to onClient { setTitle(it.text("conversationId"), it.text("title")) },
    "setPrefs" to onClient { setPrefs(it.text("conversationId"), it.inner("change").prefsChange()) },
    "members" to onClient {
        members(it.text("conversationId"), it.place("limit"), it.textOrNull("cursor")).toWire()
    },
    "addMembers" to onClient { addMembers(it.text("conversationId"), it.texts("userIds")) },
    "removeMember" to onClient { removeMember(it.text("conversationId"), it.text("userId")) },
    "leave" to onClient { leave(it.text("conversationId")) },
    "block" to onClient { block(it.text("userId")) },
    "unblock" to onClient { unblock(it.text("userId")) },
)

/** Every call that Dart can make; `golden/calls.json` has the same names with what comes along. */
internal val CALLS: Map<String, Call> = clientCalls + accountCalls + talkCalls + lookCalls + peopleCalls + listCalls
