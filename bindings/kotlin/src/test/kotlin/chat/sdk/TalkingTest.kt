package chat.sdk

import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.seconds

class TalkingTest : WithServer() {
    @Test
    fun `messages go both ways while both look`() = pair { ann, bob, hall ->
        ann.send(hall, "hello")
        val heard = bob.said(hall, "hello").last()
        bob.sendMessage(hall, OutgoingMessage(text = "hi", replyTo = heard.target))

        val answer = ann.said(hall, "hello", "hi").last()
        assertEquals("hello", answer.replyTo?.excerpt)
        assertEquals(bob.me(), answer.senderId)
    }

    @Test
    fun `the key of a message stays from the moment it is sent until it is stored`() = pair { ann, _, hall ->
        val timeline = ann.timeline(hall)
        val keys = mutableListOf<Pair<String, SendState>>()
        // A connection that is there would store it before anybody looks.
        ann.stop()
        ann.send(hall, "hello")
        timeline.diffs().soon("stored") { steps ->
            ann.start()
            val items = steps.flatMap {
                when (it) {
                    is TimelineDiff.Reset -> it.items
                    is TimelineDiff.Append -> it.items
                    is TimelineDiff.Insert -> listOf(it.item)
                    is TimelineDiff.Set -> listOf(it.item)
                    else -> emptyList()
                }
            }
            keys += items.mapNotNull { it.message }.map { it.key to it.sendState }
            keys.any { it.second is SendState.Sent }
        }
        timeline.close()

        assertEquals(1, keys.map { it.first }.distinct().size, "$keys")
        assertTrue(keys.first().second !is SendState.Sent, "$keys")
    }

    @Test
    fun `what is done to a message shows at both ends`() = pair { ann, bob, hall ->
        val stored = ann.sendAndWait(hall, OutgoingMessage(text = "helo"))
        val target = MessageTarget.Stored(stored.messageId)
        ann.edit(hall, target, "hello")
        assertTrue(bob.said(hall, "hello").last().editedAtMs != null)

        bob.react(hall, target, "👍")
        ann.shown(hall) { all -> all.any { it.reactions.map { r -> r.emoji } == listOf("👍") } }
        bob.unreact(hall, target, "👍")
        ann.shown(hall) { all -> all.none { it.reactions.isNotEmpty() } }

        ann.pin(hall, stored.messageId)
        bob.shown(hall) { all -> all.any { it.pinnedAtMs != null } }
        ann.unpin(hall, stored.messageId)
        ann.delete(hall, target)
        bob.shown(hall) { all -> all.any { it.isDeleted && it.text.isEmpty() } }
    }

    @Test
    fun `what is unread is counted until it is read, and the sender sees that`() = pair { ann, bob, hall ->
        val stored = ann.sendAndWait(hall, OutgoingMessage(text = "hello"))
        bob.unread().soon("one unread") { it == 1uL }
        assertEquals(1u, bob.conversation(hall)?.unreadCount)

        bob.markRead(hall, stored.seq)
        bob.unread().soon("nothing unread") { it == 0uL }
        ann.conversationChanges(hall).soon("read") { item ->
            item.members.any { it.userId == bob.me() && it.readSeq >= stored.seq }
        }
        assertEquals(listOf(bob.me() to true), ann.receipts(stored.messageId).map { it.person.userId to it.isRead })
    }

    @Test
    fun `who writes and who is here is told while somebody looks`() = pair { ann, bob, hall ->
        ann.presence(listOf(bob.me()!!)).soon("online") { all -> all.any { it.status == PresenceStatus.ONLINE } }
        val name = bob.account().username
        // A sign goes out by itself after seconds: he goes on until it is seen.
        val writing = launch {
            while (true) {
                bob.setTyping(hall, true)
                delay(1.seconds)
            }
        }
        ann.conversationChanges(hall).soon("writes") { it.typing == listOf(name) }
        writing.cancelAndJoin()
        bob.setTyping(hall, false)
        ann.conversationChanges(hall).soon("stopped") { it.typing.isEmpty() }
        bob.background()
        ann.presence(listOf(bob.me()!!)).soon("away") { all -> all.any { it.status == PresenceStatus.AWAY } }
    }

    @Test
    fun `a word is found on this device and on the server`() = pair { ann, bob, hall ->
        ann.sendAndWait(hall, OutgoingMessage(text = "the quick brown fox"))
        bob.said(hall, "the quick brown fox")

        assertEquals(listOf("the quick brown fox"), bob.searchKept("brown quick").map { it.text })
        var found = bob.search(SearchQuery(text = "brown", conversationId = hall, limit = 10u))
        while (found.items.isEmpty()) found = bob.search(SearchQuery(text = "brown", conversationId = hall, limit = 10u))
        assertEquals(listOf(10u, 15u), found.items.single().highlights)
        assertTrue(bob.searchKept("cat").isEmpty())
    }

    @Test
    fun `a list shows drafts, follows its filter and forgets what is put away`() = pair { ann, _, hall ->
        ann.setDraft(hall, "well")
        val list = ann.conversationList()
        list.items().soon("a draft") { all -> all.single().draft == "well" }
        list.setFilter(ConversationFilter(unread = true, archived = false, name = null))
        list.items().soon("nothing unread") { it.isEmpty() }
        list.setFilter(ConversationFilter(unread = false, archived = false, name = null))
        ann.setPrefs(hall, PrefsChange(isArchived = true))
        list.items().soon("put away") { it.isEmpty() }
        list.setFilter(ConversationFilter(unread = false, archived = true, name = null))
        list.items().soon("there") { it.size == 1 }
        list.close()
    }

    @Test
    fun `a row says whether the other one is here as soon as it is said to be on the screen`() = pair { ann, bob, _ ->
        ann.conversationList().use { list ->
            val unseen = list.items().soon("listed") { it.size == 1 }
            assertEquals(null, unseen.single().presence)
            list.setVisible(0u, 1u)
            list.items().soon("here") { all -> all.single().presence?.status == PresenceStatus.ONLINE }
            bob.background()
            list.items().soon("away") { all -> all.single().presence?.status == PresenceStatus.AWAY }
        }
    }

    @Test
    fun `people are found, brought together and let go`() = pair { ann, bob, _ ->
        val found = ann.findPeople(bob.account().username).items
        assertEquals(bob.me(), found.first { it.username == bob.account().username }.userId)

        val group = ann.createConversation(ConversationType.GROUP, listOf(bob.me()!!), "us")
        bob.listed { all -> all.any { it.id == group && it.title == "us" } }
        ann.setTitle(group, "them")
        bob.conversationChanges(group).soon("another title") { it.title == "them" }
        assertEquals(2, ann.members(group).items.size)
        bob.leave(group)
        bob.listed { all -> all.none { it.id == group } }
        val invite = ann.call("invite.create", """{"conversation_id":"$group"}""")
        assertTrue("\"code\"" in invite, invite)
        val unknown = failing<ChatException.InvalidInput> { ann.call("invite.eat") }
        assertTrue("no call invite.eat" in unknown.detail, unknown.detail)
    }

    @Test
    fun `a listener is called without coroutines until it is closed`() = pair { ann, bob, hall ->
        val seen = LinkedBlockingQueue<ULong>()
        val listening = bob.unread().listen { seen.put(it) }
        ann.sendAndWait(hall, OutgoingMessage(text = "hello"))
        val told = generateSequence { seen.poll(60, TimeUnit.SECONDS) }
        assertEquals(1uL, told.first { it > 0uL })
        listening.close()
    }
}
