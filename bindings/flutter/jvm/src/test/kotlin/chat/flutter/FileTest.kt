package chat.flutter

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

        val key = ann.call(
            "upload", "conversationId" to hall, "path" to file.path, "fileName" to "notes.bin",
            "mimeType" to "application/octet-stream",
        )
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

internal fun message(vararg changes: Pair<String, Any?>): Map<String, Any?> = mapOf(
    "text" to null, "replyTo" to null, "uploads" to emptyList<String>(), "attachmentIds" to emptyList<String>(),
    "mentions" to emptyList<String>(), "isVoice" to false, "metadata" to null,
) + changes
