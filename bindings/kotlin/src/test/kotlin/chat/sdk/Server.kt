package chat.sdk

import java.io.File
import java.nio.file.Files
import java.util.concurrent.TimeUnit

/**
 * A real server: `chat serve` in a directory of its own. It is ended by its process id, and can be started again on the
 * same port with the same database.
 */
class Server private constructor(private val home: File, private var process: Process, val address: String) : AutoCloseable {
    /** Where clients find it. */
    val url: String get() = "http://$address"

    /** Ends it in the middle of whatever it does, as `kill -9` does. */
    fun kill() {
        process.destroyForcibly()
        check(process.waitFor(60, TimeUnit.SECONDS)) { "the server does not end" }
    }

    /** Starts it again where it was. */
    fun startAgain() {
        process = start(home, address).first
    }

    override fun close() {
        kill()
        home.deleteRecursively()
    }

    companion object {
        /** Starts one on a free port. */
        fun begin(): Server {
            val home = Files.createTempDirectory("chat-server").toFile()
            val (process, address) = start(home, "127.0.0.1:0")
            return Server(home, process, address)
        }

        private fun start(home: File, listen: String): Pair<Process, String> {
            val programs = File(System.getProperty("chat.programs"))
            val command = listOf(
                programs.resolve("chat").path, "serve", "--listen", listen,
                "--database", "sqlite://${home.path}/chat.db",
                "--set", "limits.sends_per_minute=1000000", "--set", "limits.calls_per_minute=1000000",
                "--set", "limits.conversation_sends_per_minute=1000000", "--set", "limits.reads_per_minute=1000000",
                "--set", "limits.anonymous_calls_per_minute=1000000", "--set", "limits.searches_per_minute=1000000",
            )
            val builder = ProcessBuilder(command).directory(home)
            builder.environment().keys.removeAll { it.startsWith("CHAT_") || it.startsWith("XDG_") }
            builder.environment()["HOME"] = home.path
            builder.redirectError(ProcessBuilder.Redirect.appendTo(home.resolve("log")))
            val process = builder.start()
            val line = process.inputReader().readLine() ?: error(home.resolve("log").readText())
            val prefix = "listening on http://"
            check(line.startsWith(prefix)) { "not an address: $line" }
            return process to line.removePrefix(prefix)
        }
    }
}
