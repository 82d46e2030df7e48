package chat.sdk

import java.io.File
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import java.nio.file.StandardOpenOption.CREATE_NEW
import java.nio.file.StandardOpenOption.WRITE
import java.nio.file.attribute.PosixFilePermissions

/**
 * Keeps a session in a file, whole or not at all, that only this user of the system can read. On Android it belongs below
 * `Context.getNoBackupFilesDir()`; safer still is a keeper of the app's own over the key store.
 */
class FileSessionKeeper(private val file: File) : SessionKeeper {
    override fun save(session: String) {
        val fresh = File(file.path + ".new").toPath()
        // What a program left here that died in the middle.
        Files.deleteIfExists(fresh)
        private(fresh).use { out ->
            val bytes = ByteBuffer.wrap(session.toByteArray())
            while (bytes.hasRemaining()) out.write(bytes)
            out.force(true)
        }
        Files.move(fresh, file.toPath(), ATOMIC_MOVE, REPLACE_EXISTING)
    }

    // Made with its mode: whoever opened a file before it is narrowed could go on reading it.
    private fun private(path: Path): FileChannel {
        val isPosix = path.fileSystem.supportedFileAttributeViews().contains("posix")
        val owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        return if (isPosix) FileChannel.open(path, setOf(CREATE_NEW, WRITE), owner) else FileChannel.open(path, CREATE_NEW, WRITE)
    }

    override fun clear() {
        Files.deleteIfExists(file.toPath())
    }

    override fun load(): String? = try {
        file.toPath().let(Files::readAllBytes).decodeToString()
    } catch (_: NoSuchFileException) {
        null
    }
}
