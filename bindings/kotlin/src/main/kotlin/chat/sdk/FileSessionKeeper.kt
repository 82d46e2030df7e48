package chat.sdk

import java.io.File
import java.io.FileOutputStream
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardCopyOption.REPLACE_EXISTING

/**
 * Keeps a session in a file, whole or not at all, that only this user of the system can read. On Android it belongs below
 * `Context.getNoBackupFilesDir()`; safer still is a keeper of the app's own over the key store.
 */
class FileSessionKeeper(private val file: File) : SessionKeeper {
    override fun save(session: String) {
        val fresh = File(file.path + ".new")
        FileOutputStream(fresh).use { out ->
            // Before anything is in it.
            fresh.setReadable(false, false)
            fresh.setReadable(true, true)
            fresh.setWritable(false, false)
            fresh.setWritable(true, true)
            out.write(session.toByteArray())
            out.fd.sync()
        }
        Files.move(fresh.toPath(), file.toPath(), ATOMIC_MOVE, REPLACE_EXISTING)
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
