package chat.sdk

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

class OutageTest : WithServer() {
    @Test
    fun `a store that is begun anew still sends what waits in it`() = story {
        val (name, bob) = name() to somebody()
        val (_, group) = asleep(name, bob)
        Chat.open(kept(name), keeper(name)).use { ann ->
            ann.send(group, "for later")
            ann.shutdown()
        }

        val aside = Chat.rebuild(kept(name).storePath!!)

        assertTrue(File(aside!!).isFile, aside)
        Chat.open(kept(name), keeper(name)).use { ann ->
            ann.start()
            bob.said(group, "for later")
        }
        bob.close()
    }

    @Test
    fun `the server is killed and comes back, and what was said meanwhile is said once and in order`() = pair { ann, bob, hall ->
        ann.sendAndWait(hall, OutgoingMessage(text = "before"))
        ann.said(hall, "before")
        server.kill()
        try {
            ann.connection().soon("away") { it is ConnectionState.BackingOff }
            for (text in listOf("one", "two", "three")) ann.send(hall, text)
            val waiting = ann.outbox().filter { it.state !is SendState.Sent }
            assertEquals(listOf("one", "two", "three"), waiting.map { (it.action as QueuedAction.Send).text })
        } finally {
            server.startAgain()
        }
        ann.reconnectNow()

        bob.said(hall, "before", "one", "two", "three")
        ann.said(hall, "before", "one", "two", "three")
        assertTrue(ann.outbox(hall).none { it.state !is SendState.Sent })
        ann.connection().soon("back") { it is ConnectionState.Online }
    }

    @Test
    fun `who waits for what is refused is told not to say it again`() = pair { ann, bob, hall ->
        bob.block(ann.me()!!)
        val refused = failing<ChatException.Api> { ann.sendAndWait(hall, OutgoingMessage(text = "once")) }
        assertEquals(Retry.Never, refused.retry)
        bob.unblock(ann.me()!!)
        assertTrue(ann.retry(hall, ann.outbox(hall).single().key))
        bob.said(hall, "once")
    }

    @Test
    fun `who waits in vain for what is queued is told that it is, and where`() = pair { ann, _, hall ->
        server.kill()
        try {
            val waiting = async { failing<ChatException.ShutDown> { ann.sendAndWait(hall, OutgoingMessage(text = "once")) } }
            while (ann.outbox(hall).isEmpty()) yield()
            ann.shutdown()
            val ended = waiting.await()
            assertEquals(Retry.Never, ended.retry)
            assertTrue(ann.outbox(hall).single().key in ended.detail, ended.detail)
        } finally {
            server.startAgain()
        }
    }

    @Test
    fun `a process that is killed with a full outbox loses and doubles nothing`() = pair { _, bob, _ ->
        val name = name()
        val (user, group) = asleep(name, bob)
        // Nothing is reachable there, so everything stays in the outbox until the process is dead.
        val kept = Dying.run(directory, name, server.url, group, 200)
        assertEquals(200, kept.size)

        Chat.open(kept(name), keeper(name)).use { client ->
            assertEquals(kept, client.outbox(group).map { it.key })
            client.start()
            val heard = bob.shown(group) { all -> all.count { it.senderId == user } >= kept.size }
            assertEquals(kept, heard.filter { it.senderId == user }.map { it.clientId })
            client.said(group, *(1..200).map { "message $it" }.toTypedArray())
        }
    }

    @Test
    fun `without a network it waits, and what the app says of it counts at once`() = pair { ann, bob, hall ->
        ann.networkChanged(false)
        ann.stop()
        ann.start()
        ann.connection().soon("waits for a network") { it is ConnectionState.WaitingForNetwork }
        ann.send(hall, "hello")
        ann.networkChanged(true)
        bob.said(hall, "hello")
    }

    @Test
    fun `an app that is woken for a moment catches up and sends what waits`() = pair { ann, bob, hall ->
        ann.stop()
        ann.send(hall, "hello")
        bob.sendAndWait(hall, OutgoingMessage(text = "are you there"))

        val done = ann.syncOnce()

        assertEquals(WakeUpResult(isCaughtUp = true, queued = 0uL), done)
        ann.shown(hall) { all -> all.map { it.text }.containsAll(listOf("hello", "are you there")) }
        assertEquals(ConnectionState.Idle, ann.connection().soon("let go") { it is ConnectionState.Idle })
    }

    @Test
    fun `a refused message says why, and can be tried again or dropped`() = pair { ann, bob, hall ->
        bob.block(ann.me()!!)
        val key = ann.send(hall, "hello")
        val failed = ann.shown(hall) { all -> all.any { it.sendState is SendState.Failed } }.last()
        assertEquals(key, failed.clientId)
        assertEquals("forbidden", (failed.sendState as SendState.Failed).code)
        assertEquals(1u, ann.conversation(hall)?.failedCount)

        bob.unblock(ann.me()!!)
        assertTrue(ann.retry(hall, key))
        bob.said(hall, "hello")
        assertFalse(ann.retry(hall, key))

        bob.block(ann.me()!!)
        val dropped = ann.send(hall, "never mind")
        ann.shown(hall) { all -> all.any { it.clientId == dropped && it.sendState is SendState.Failed } }
        assertTrue(ann.discard(hall, dropped))
        ann.said(hall, "hello")
    }

    @Test
    fun `who is slow gets the list, not every step`() = pair { ann, bob, hall ->
        val timeline = bob.timeline(hall)
        val watch = timeline.observe()
        val rows = mutableListOf<TimelineItem>()
        rows.followRows(watch.next()!!)
        val wanted = (1..200).map { "$it" }
        for (text in wanted) ann.send(hall, text)
        // Everything is there before anybody looks again.
        bob.said(hall, *wanted.toTypedArray())

        fun texts() = rows.mapNotNull { it.message }.filter { it.kind == MessageType.TEXT }.map { it.text }
        var batches = 0
        while (texts().lastOrNull() != "200") {
            rows.followRows(watch.next()!!)
            batches += 1
        }
        assertEquals(wanted, texts())
        // One was made ahead.
        assertTrue(batches <= 3, "$batches batches")
        watch.close()
        timeline.close()
    }

    @Test
    fun `a flow that is collected slowly elsewhere runs ahead of nobody`() = pair { ann, bob, hall ->
        val rows = mutableListOf<TimelineItem>()
        val wanted = (1..200).map { "$it" }
        var batches = 0
        val isBegun = CompletableDeferred<Unit>()
        val isSaid = CompletableDeferred<Unit>()
        fun texts() = rows.mapNotNull { it.message }.filter { it.kind == MessageType.TEXT }.map { it.text }
        val slow = async(Dispatchers.IO) {
            bob.timeline(hall).use { timeline ->
                timeline.diffs().first { steps ->
                    rows.followRows(steps)
                    batches += 1
                    isBegun.complete(Unit)
                    isSaid.await()
                    texts() == wanted
                }
            }
        }
        isBegun.await()
        for (text in wanted) ann.send(hall, text)
        bob.said(hall, *wanted.toTypedArray())
        isSaid.complete(Unit)

        slow.await()
        // One was on its way, one was made ahead.
        assertTrue(batches <= 4, "$batches batches")
    }
}
