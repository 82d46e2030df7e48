package chat.flutter

import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class TalkTest {
    @Test
    fun `what one says the other reads, and back`() = World.run {
        val (ann, bob, hall) = pair()
        val (_, hers) = ann.timeline(hall)
        val (_, his) = bob.timeline(hall)

        ann.send(hall, "tea?")
        his.rowsUntil { "tea?" in it.texts() }
        bob.send(hall, "at five ☕")

        val rows = hers.rowsUntil { it.texts() == listOf("tea?", "at five ☕") && it.messages().all { m -> m.at("seq") != null } }
        assertEquals(listOf(true, false), rows.messages().map { it.at("isMine") })
        assertEquals(mapOf("type" to "sent"), rows.messages().first().at("sendState"))
    }

    @Test
    fun `the list of conversations comes whole and then in steps`() = World.run {
        val (ann, bob, hall) = pair()
        val list = bob.call("openConversationList", "filter" to null)
        val steps = bob.dart.watch("watchConversationList", "list" to list)
        steps.rowsUntil { it.size == 1 }

        ann.send(hall, "hello")

        val rows = steps.rowsUntil { rows -> rows.any { it.at("unreadCount") == 1 } }
        assertEquals("hello", rows.single().at("last").at("text"))
    }

    @Test
    fun `a list shows what its filter says`() = World.run {
        val (ann, bob, hall) = pair()
        val list = bob.call("openConversationList", "filter" to null)
        val steps = bob.dart.watch("watchConversationList", "list" to list)
        steps.rowsUntil { it.size == 1 }

        val unread = mapOf("unread" to true, "archived" to false, "name" to null)
        bob.dart.call("setFilter", "list" to list, "filter" to unread)
        steps.rowsUntil { it.isEmpty() }
        ann.send(hall, "hello")

        assertEquals(1, steps.rowsUntil { it.isNotEmpty() }.size)
    }

    @Test
    fun `of filters that nobody waits for the last one counts`() = World.run {
        val (_, bob, _) = pair()
        val list = bob.call("openConversationList", "filter" to null)
        val steps = bob.dart.watch("watchConversationList", "list" to list)
        steps.rowsUntil { it.size == 1 }
        val wanted = List(200) { "nobody $it" } + null

        val calls = wanted.map { name ->
            val filter = mapOf("unread" to false, "archived" to false, "name" to name)
            bob.dart.begin("setFilter", "list" to list, "filter" to filter)
        }
        calls.awaitAll()

        // Who looks anew sees the list of the last one at once.
        val first = bob.dart.watch("watchConversationList", "list" to list).next() as List<*>
        assertEquals(1, (first.first().at("items") as List<*>).size)
    }

    @Test
    fun `calls that nobody waits for are carried out in their order`() = World.run {
        val (ann, bob, hall) = pair()
        val words = List(200) { "word $it" }

        val sends = words.map {
            ann.dart.begin("send", "client" to ann.client, "conversationId" to hall, "text" to it)
        }
        sends.awaitAll()

        val (timeline, rows) = bob.timeline(hall)
        bob.dart.call("loadOlder", "timeline" to timeline, "limit" to 200)
        val texts = rows.rowsUntil { it.texts().size == words.size }.texts()
        assertEquals(words, texts)
    }

    @Test
    fun `a message is changed, answered, and deleted`() = World.run {
        val (ann, bob, hall) = pair()
        val (_, his) = bob.timeline(hall)
        ann.send(hall, "tea?")
        val said = his.rowsUntil { "tea?" in it.texts() }.messages().single()
        val target = mapOf("type" to "stored", "messageId" to said.at("messageId"))

        bob.call("react", "conversationId" to hall, "target" to target, "emoji" to "👍")
        his.rowsUntil { rows -> rows.messages().any { (it.at("reactions") as List<*>).size == 1 } }
        ann.call("edit", "conversationId" to hall, "target" to target, "text" to "coffee?")
        his.rowsUntil { "coffee?" in it.texts() }
        ann.call("delete", "conversationId" to hall, "target" to target)

        val rows = his.rowsUntil { rows -> rows.messages().any { it.at("isDeleted") == true } }
        assertEquals(listOf(""), rows.texts())
    }

    @Test
    fun `who writes and who has read is seen`() = World.run {
        val (ann, bob, hall) = pair()
        val seen = ann.watch("watchConversation", "conversationId" to hall)
        seen.next()

        coroutineScope {
            // A sign goes out by itself after seconds: he goes on until it is seen.
            val writing = launch {
                while (true) {
                    bob.call("setTyping", "conversationId" to hall, "isTyping" to true)
                    delay(1_000)
                }
            }
            seen.until { it.at("typing") == listOf("bob") }
            writing.cancelAndJoin()
        }
        ann.send(hall, "tea?")
        bob.knowsSeq(hall, 1)
        bob.call("markRead", "conversationId" to hall, "seq" to 1)

        seen.until { item -> (item.at("members") as List<*>).any { it.at("username") == "bob" && it.at("readSeq") == 1 } }
        assertEquals(0, bob.watch("watchUnread").until { it == 0 })
    }

    @Test
    fun `whether people are here is told`() = World.run {
        val (ann, bob, _) = pair()
        val people = ann.watch("watchPresence", "userIds" to listOf(bob.id))
        people.until { it == listOf(mapOf("userId" to bob.id, "status" to "online", "lastSeenAtMs" to null)) }

        bob.call("stop")

        val gone = people.until { (it as List<*>).single().at("status") == "offline" }
        assertTrue((gone as List<*>).single().at("lastSeenAtMs") is Long)
    }
}

private suspend fun Person.knowsSeq(conversation: Any?, seq: Int) {
    val seen = watch("watchConversation", "conversationId" to conversation)
    seen.until { it.at("last")?.at("seq") == seq }
    seen.cancel()
}
