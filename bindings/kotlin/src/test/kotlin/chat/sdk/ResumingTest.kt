package chat.sdk

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Files that break off at half go on from the byte that the server has. */
class ResumingTest : WithServer() {
    @Test
    fun `an upload whose server is killed at half of it goes on with the rest when that is back`() = between { relay, bob ->
        somebody(url = relay.url).use { ann ->
            val hall = ann.createConversation(ConversationType.DIRECT, listOf(bob.me()!!))
            val file = file(WHOLE)
            relay.allow(HALF)
            val key = ann.say(hall, file.path)
            relay.full()
            val told = async { ann.uploading(hall, key).toList() }

            server.kill()
            val before = relay.begunAnew(PART / 2)
            server.startAgain()
            ann.reconnectNow()
            relay.full()
            val again = ann.uploading(hall, key).first()
            relay.allow(WHOLE * 2)

            assertArrayEquals(file.readBytes(), bob.fetched(hall))
            val all = told.await() + again
            assertTrue(all.all { it.done >= PART.toULong() }, "$all")
            relay.assertRest(before)
        }
    }

    @Test
    fun `a process that is killed at half of an upload sends the rest in its next life`() = between { relay, bob ->
        val name = name()
        val (_, group) = asleep(name, bob, relay.url)
        val file = file(WHOLE)
        relay.allow(HALF)
        Dying.run(directory, name, relay.url, group, 1, file) { relay.full() }

        relay.cut()
        val before = relay.begunAnew(WHOLE * 2)
        Chat.open(kept(name, relay.url), keeper(name)).use { client ->
            client.start()
            assertArrayEquals(file.readBytes(), bob.fetched(group))
        }
        relay.assertRest(before)
    }

    private fun between(story: suspend CoroutineScope.(Relay, ChatClient) -> Unit) = story {
        Relay(server).use { relay -> somebody().use { bob -> story(relay, bob) } }
    }

    /** The file that somebody was sent. */
    private suspend fun ChatClient.fetched(conversation: String): ByteArray {
        listed { all -> all.any { it.id == conversation } }
        val file = said(conversation, "look").last().attachments.single()
        val place = directory.resolve("${file.id}.bin")
        downloading(file.id, place.path).collect()
        return place.readBytes()
    }

    /** Hands on so many bytes more, and forgets which parts it has seen; gives how many bytes there were. */
    private fun Relay.begunAnew(bytes: Long): Long {
        parts.clear()
        return allow(bytes)
    }

    /**
     * Each part begins at the byte that the server has said to have, the first behind what it had when all broke off, and
     * nothing goes that belongs to no part. A busy machine may break off another one: from there the next goes on.
     */
    private fun Relay.assertRest(before: Long) {
        val begun = parts.map { it.first }
        assertEquals(parts.map { it.second }, begun)
        assertEquals(begun.sorted(), begun)
        assertTrue(begun.first() in PART until WHOLE, "$begun")
        val bytes = carried.value - before
        val most = begun.sumOf { minOf(PART, WHOLE - it) } + TALK
        // What was on its way when all broke off may have got there still.
        assertTrue(bytes in WHOLE - 2 * PART..most, "$bytes bytes in parts from $begun of $WHOLE")
    }

    private companion object {
        /** A client sends so many bytes of a file at once, and the next ones when the server has these. */
        const val PART = 4L shl 20
        const val WHOLE = 3 * PART

        /** In the middle of the second part. */
        const val HALF = PART + PART / 2

        /** What else a client says meanwhile is less. */
        const val TALK = 100_000L
    }
}
