package chat.sdk

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.io.File
import javax.imageio.ImageIO

class FilesTest : WithServer() {
    @Test
    fun `a file goes up with a message and comes down whole`() = pair { ann, bob, hall ->
        val file = file(3_000_000)
        // A connection that is there would carry it at once.
        ann.stop()
        val key = ann.upload(hall, file.path, "map.bin", "application/octet-stream")
        ann.sendMessage(hall, OutgoingMessage(text = "look", uploads = listOf(key)))
        assertEquals(listOf(key), ann.shown(hall) { it.isNotEmpty() }.last().uploads)
        ann.start()
        ann.uploading(hall, key).toList().zipWithNext { before, after -> assertTrue(after.done >= before.done) }

        val carried = bob.said(hall, "look").last().attachments.single()
        assertEquals("map.bin" to 3_000_000uL, carried.fileName to carried.size)
        val place = directory.resolve("down.bin")
        val told = bob.downloading(carried.id, place.path).toList()
        assertEquals(TransferProgress(3_000_000uL, 3_000_000uL), told.last())
        assertArrayEquals(file.readBytes(), place.readBytes())
    }

    @Test
    fun `who stops fetching a file has nothing or all of it under its name, and goes on later`() = pair { ann, bob, hall ->
        val file = file(9_000_000)
        val key = ann.upload(hall, file.path, "big.bin", "application/octet-stream")
        ann.sendMessage(hall, OutgoingMessage(uploads = listOf(key)))
        val big = bob.shown(hall) { all -> all.any { it.attachments.isNotEmpty() } }.last().attachments.single()
        val place = directory.resolve("big.bin")

        bob.downloading(big.id, place.path).first()
        // Fast machines were done before it was let go.
        if (place.exists()) assertArrayEquals(file.readBytes(), place.readBytes())

        // As a try leaves it that broke after a million bytes; they are not fetched again, whatever they are.
        val later = directory.resolve("later.bin")
        directory.resolve("later.bin.${big.id}.part").writeBytes(ByteArray(1_000_000))
        val rest = bob.downloading(big.id, later.path).toList()
        assertTrue(rest.first().done >= 1_000_000uL && rest.last().done == 9_000_000uL)
        val whole = later.readBytes()
        assertArrayEquals(ByteArray(1_000_000), whole.copyOf(1_000_000))
        assertArrayEquals(file.readBytes().copyOfRange(1_000_000, 9_000_000), whole.copyOfRange(1_000_000, 9_000_000))
        val nowhere = directory.resolve("nowhere.bin")
        val unknown = failing<ChatException.Api> { bob.downloading(hall, nowhere.path).toList() }
        assertEquals("not_found", unknown.code)
    }

    @Test
    fun `an upload that is dropped takes its message along`() = pair { ann, _, hall ->
        ann.networkChanged(false)
        ann.stop()
        val key = ann.upload(hall, file(10).path, "a.txt", "text/plain")
        ann.sendMessage(hall, OutgoingMessage(text = "look", uploads = listOf(key)))
        assertEquals(2, ann.outbox(hall).size)

        assertTrue(ann.discard(hall, key))
        assertTrue(ann.outbox(hall).isEmpty())
        assertTrue(ann.uploading(hall, key).toList().isEmpty())
    }

    @Test
    fun `a picture has a small one, and people have theirs`() = pair { ann, bob, hall ->
        val png = ByteArrayOutputStream().also { ImageIO.write(BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB), "png", it) }.toByteArray()
        val file = File.createTempFile("file", ".png", directory).also { it.writeBytes(png) }
        val key = ann.upload(hall, file.path, "sea.png", "image/png")
        ann.sendMessage(hall, OutgoingMessage(uploads = listOf(key)))
        val picture = bob.shown(hall) { all -> all.any { it.attachments.isNotEmpty() } }.last().attachments.single()
        assertEquals(640u to 480u, picture.width to picture.height)
        assertTrue(picture.hasThumbnail && bob.thumbnail(picture.id).isNotEmpty())

        ann.setAvatar(png)
        val seen = bob.conversationChanges(hall).soon("a face") { it.avatarUrl != null }
        assertTrue(bob.avatar(seen.avatarUrl!!, 64u).isNotEmpty())
    }
}
