package chat.flutter

import chat.sdk.Relay
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

class FileTest {
    @Test
    fun `a file goes up behind a message and comes down elsewhere, and both tell how far they are`() = World.run {
        val (ann, bob, hall) = pair()
        val bytes = ByteArray(300_000) { (it % 251).toByte() }
        val file = File(ann.dart.home, "notes.bin").apply { writeBytes(bytes) }

        val key = ann.upload(hall, file)
        val up = ann.watch("watchUpload", "conversationId" to hall, "key" to key)
        ann.call("sendMessage", "conversationId" to hall, "message" to message("uploads" to listOf(key)))
        up.all().forEach { assertTrue((it.at("done") as Int) <= bytes.size) }

        val said = bob.timeline(hall).second.rowsUntil { rows -> rows.messages().any { it.at("seq") == 1 } }
        val attachment = (said.messages().single().at("attachments") as List<*>).single()
        val place = File(bob.dart.home, "copy.bin")
        val down = bob.watch("watchDownload", "attachmentId" to attachment.at("id"), "path" to place.path)
        assertTrue(down.all().all { it.at("total") == bytes.size })

        assertArrayEquals(bytes, place.readBytes())
    }

    @Test
    fun `a file whose server is killed at half of it goes on from what the server has`() = World.run {
        Relay(server).use { relay ->
            val (ann, bob, hall) = pair(relay.url)
            // So many bytes go at once, and the next ones when the server has these.
            val part = 4 shl 20
            val file = File(ann.dart.home, "map.bin").apply { writeBytes(ByteArray(3 * part) { (it % 251).toByte() }) }
            relay.allow(part * 3L / 2)
            val key = ann.upload(hall, file)
            ann.call("sendMessage", "conversationId" to hall, "message" to message("uploads" to listOf(key)))
            relay.full()
            val up = ann.watch("watchUpload", "conversationId" to hall, "key" to key)
            assertTrue(up.next().at("done") as Int >= part)

            server.kill()
            relay.parts.clear()
            val before = relay.allow(part * 60L)
            server.startAgain()
            ann.call("reconnectNow")

            assertTrue(up.all().all { it.at("done") as Int >= part })
            bob.timeline(hall).second.rowsUntil { rows -> rows.messages().any { it.at("seq") == 1 } }
            // Each part that began went once, from what the server had; a busy machine may break off one, which begins anew.
            val begun = relay.parts.map { it.first }
            assertTrue(begun.all { it >= part }, "$begun")
            val bytes = relay.carried.value - before
            assertTrue(bytes < begun.sumOf { minOf(part.toLong(), file.length() - it) } + 100_000, "$bytes bytes in parts from $begun")
        }
    }

    @Test
    fun `a file that is not there ends the stream with a failure`() = World.run {
        val ann = join("ann")
        val nothing = "01890a5d-ac96-774b-bcce-b302099a8001"

        val down = ann.watch("watchDownload", "attachmentId" to nothing, "path" to File(ann.dart.home, "no").path)
        val error = failure { down.all() }

        assertEquals("api" to 404, error.details.at("type") to error.details.at("status"))
        ann.dart.settle()
        assertEquals(setOf("chat.sdk/calls"), ann.dart.channels)
    }
}

private suspend fun Person.upload(conversation: Any?, file: File) = call(
    "upload", "conversationId" to conversation, "path" to file.path, "fileName" to file.name,
    "mimeType" to "application/octet-stream",
)

internal fun message(vararg changes: Pair<String, Any?>): Map<String, Any?> = mapOf(
    "text" to null, "replyTo" to null, "uploads" to emptyList<String>(), "attachmentIds" to emptyList<String>(),
    "mentions" to emptyList<String>(), "isVoice" to false, "metadata" to null,
) + changes
