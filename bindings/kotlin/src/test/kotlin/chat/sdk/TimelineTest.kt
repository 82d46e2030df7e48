package chat.sdk

import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class TimelineTest : WithServer() {
    private val MessageItem.isSaid get() = kind == MessageType.TEXT

    @Test
    fun `ten thousand messages come through, each once and in order`() = pair { ann, bob, _ ->
        // In ten conversations, because one sends the next when the last is stored.
        val groups = (1..10).map { ann.createConversation(ConversationType.GROUP, listOf(bob.me()!!), "group $it") }
        bob.listed { all -> all.map { it.id }.containsAll(groups) }
        val begun = System.nanoTime()
        val heard = groups.map { group ->
            async {
                val rows = mutableListOf<TimelineItem>()
                bob.timeline(group).use { timeline ->
                    timeline.diffs().soon("all of them") { steps ->
                        rows.followRows(steps)
                        rows.lastOrNull()?.message?.text == "1000"
                    }
                }
                rows.mapNotNull { it.message }.filter { it.isSaid }.map { it.text }
            }
        }
        groups.map { group -> launch { for (number in 1..1_000) ann.send(group, "$number") } }.joinAll()
        val queued = System.nanoTime()

        for (texts in heard.awaitAll()) assertEquals((1..1_000).map { "$it" }, texts)
        val ended = System.nanoTime()
        println("kotlin: 10,000 messages queued in ${(queued - begun) / 1_000_000} ms, all heard after ${(ended - begun) / 1_000_000} ms")
    }

    @Test
    fun `a timeline goes back page by page, jumps and comes back to the end`() = pair { ann, bob, hall ->
        (1..300).map { number -> async { ann.send(hall, "$number") } }.awaitAll()
        ann.shown(hall) { all -> all.count { it.isSaid && it.sendState is SendState.Sent } == 300 }
        // A device that knows only the end of it.
        val fresh = Chat.open(ClientConfig(server.url))
        fresh.signIn(bob.account().username, PASSWORD)
        fresh.start()
        fresh.connection().soon("online") { it is ConnectionState.Online }
        val timeline = fresh.timeline(hall, TimelineSettings(limit = 20u))
        val watch = timeline.observe()
        val rows = mutableListOf<TimelineItem>()
        suspend fun until(wanted: (List<MessageItem>) -> Boolean): List<MessageItem> {
            while (true) {
                val messages = rows.mapNotNull { it.message }.filter { it.isSaid }
                if (rows.isNotEmpty() && wanted(messages)) return messages
                rows.followRows(watch.next()!!)
            }
        }

        do { val hasMore = timeline.loadOlder(50u) } while (hasMore)
        val all = until { it.size == 300 }
        assertEquals((1uL..300uL).toList(), all.map { it.seq!! - all.first().seq!! + 1uL })
        assertTrue(rows.first() is TimelineItem.Start, "${rows.first()}")
        assertEquals(rows.size, rows.map { it.key }.distinct().size)

        timeline.jumpTo(all[100].seq!!)
        assertFalse(timeline.isAtEnd())
        until { messages -> messages.any { it.key == all[100].key } && messages.none { it.key == all.last().key } }
        timeline.jumpToMessage(all[200].messageId!!)
        until { messages -> messages.any { it.key == all[200].key } }
        timeline.jumpToEnd()
        assertTrue(timeline.isAtEnd())
        until { messages -> messages.last().key == all.last().key }
        failing<ChatException.InvalidInput> { timeline.jumpTo(999_999uL) }
        watch.close()
        timeline.close()
        fresh.close()
    }

    @Test
    fun `what is missing fills itself when it is on the screen`() = pair { ann, bob, hall ->
        (1..120).map { number -> async { ann.send(hall, "$number") } }.awaitAll()
        ann.shown(hall) { all -> all.count { it.isSaid && it.sendState is SendState.Sent } == 120 }
        val fresh = Chat.open(ClientConfig(server.url))
        fresh.signIn(bob.account().username, PASSWORD)
        fresh.start()
        fresh.connection().soon("online") { it is ConnectionState.Online }
        val timeline = fresh.timeline(hall, TimelineSettings(limit = 10u))

        timeline.items().soon("all of them") { rows ->
            // All of it is on the screen.
            timeline.setVisible(0u, rows.size.toUInt())
            rows.count { it.message?.isSaid == true } == 120
        }
        timeline.close()
        fresh.close()
    }

    @Test
    fun `what came onto the screen without a network fills itself when there is one`() = pair { ann, bob, hall ->
        (1..120).map { number -> async { ann.send(hall, "$number") } }.awaitAll()
        ann.shown(hall) { all -> all.count { it.isSaid && it.sendState is SendState.Sent } == 120 }
        val fresh = Chat.open(ClientConfig(server.url))
        fresh.signIn(bob.account().username, PASSWORD)
        fresh.start()
        fresh.connection().soon("online") { it is ConnectionState.Online }
        fresh.stop()
        val timeline = fresh.timeline(hall, TimelineSettings(limit = 10u))
        // Once, before there are any rows: a list that stands still says nothing more.
        timeline.setVisible(0u, 50u)
        var begun = false
        timeline.items().soon("a page") { rows ->
            if (!begun) fresh.start()
            begun = true
            rows.count { it.message?.isSaid == true } >= 10
        }
        timeline.close()
        fresh.close()
    }
}
