package chat.sdk

import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.milliseconds

class ClosingTest : WithServer() {
    @Test
    fun `a send whose coroutine is cancelled is sent all the same`() = pair { ann, bob, hall ->
        val sends = (1..50).map { number ->
            // Each is begun, and cancelled before or while it waits.
            launch(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) { ann.send(hall, "$number") }.also { it.cancel() }
        }
        sends.forEach { it.join() }

        val heard = bob.shown(hall) { all -> all.count { it.kind == MessageType.TEXT } == 50 }
        assertEquals((1..50).map { "$it" }.sorted(), heard.filter { it.kind == MessageType.TEXT }.map { it.text }.sorted())
        withTimeoutOrNull(0.milliseconds) { ann.sendAndWait(hall, OutgoingMessage(text = "never begun")) }
        withTimeoutOrNull(1.milliseconds) { ann.sendAndWait(hall, OutgoingMessage(text = "last")) }
        bob.shown(hall) { all -> all.last().text == "last" }
    }

    @Test
    fun `who stops looking and looks again misses nothing`() = pair { ann, bob, hall ->
        val timeline = bob.timeline(hall)
        val watch = timeline.observe()
        val rows = mutableListOf<TimelineItem>()
        rows.followRows(watch.next()!!)
        val sending = launch { for (number in 1..100) ann.send(hall, "$number") }
        var taken = 0
        while (rows.mapNotNull { it.message }.lastOrNull()?.text != "100") {
            // Cancelled in the middle of waiting, again and again.
            withTimeoutOrNull((taken++ % 3).milliseconds) { watch.ready() }
            watch.take()?.let { rows.followRows(it) }
        }
        sending.join()

        assertEquals((1..100).map { "$it" }, rows.mapNotNull { it.message }.filter { it.kind == MessageType.TEXT }.map { it.text })
        watch.close()
        timeline.close()
    }

    @Test
    fun `closing and shutting down may be done more than once, and what is watched ends`() = pair { ann, _, hall ->
        val timeline = ann.timeline(hall)
        val all = listOf(
            async { ann.connection().toList().size },
            async { ann.unread().toList().size },
            async { ann.conversationList().use { it.diffs().toList() }.size },
            async { timeline.diffs().toList().size },
            async { ann.presence(emptyList()).toList().size },
            async { ann.conversationChanges(hall).toList().size },
        )
        ann.connection().first()
        ann.shutdown()
        ann.shutdown()

        // Each of them ends; how much it told before is its own affair.
        all.awaitAll()
        assertEquals("shut_down", failing<ChatException.ShutDown> { ann.account() }.code)
        val state = ann.connectionState() as ConnectionState.Stopped
        assertEquals(StopCause.SHUT_DOWN, state.cause)
        timeline.close()
        timeline.close()
        ann.close()
        ann.close()
        failing<IllegalStateException> { ann.account() }
        assertEquals("shut_down", failing<ChatException.ShutDown> { ann.connection().first() }.code)
    }

    @Test
    fun `a client that is only closed ends what is watched, too`() = story {
        val client = somebody()
        val isWatched = CompletableDeferred<Unit>()
        val watching = async { client.connection().onEach { isWatched.complete(Unit) }.toList() }
        isWatched.await()

        client.close()

        assertEquals(StopCause.SHUT_DOWN, (watching.await().last() as ConnectionState.Stopped).cause)
    }

    @Test
    fun `a call that nobody waits for any more is let go, and the next one works`() = pair { ann, _, hall ->
        for (round in 1..20) {
            val job = launch { ann.search(SearchQuery(text = "anything", limit = 10u)) }
            if (round % 2 == 0) ann.unreadTotal()
            job.cancelAndJoin()
        }
        assertEquals(hall, ann.conversation(hall)?.id)
    }
}
