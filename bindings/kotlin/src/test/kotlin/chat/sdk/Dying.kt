package chat.sdk

import kotlinx.coroutines.runBlocking
import java.io.File
import java.util.concurrent.TimeUnit

/**
 * A process that says things and is killed: a JVM of its own that opens somebody's store, says each message without starting
 * the connection, or a file with it, and tells on standard output which ones the SDK has taken.
 */
object Dying {
    /**
     * Runs one until it has told so many and until [late] is over, kills it as `kill -9` does, and gives the ids it told.
     */
    suspend fun run(
        directory: File,
        name: String,
        server: String,
        conversation: String,
        count: Int,
        file: File? = null,
        late: suspend () -> Unit = {},
    ): List<String> {
        val java = File(System.getProperty("java.home"), "bin/java").path
        val command = listOf(
            java, "-cp", System.getProperty("java.class.path"),
            "-Djna.library.path=${System.getProperty("jna.library.path")}",
            "chat.sdk.DyingKt", directory.path, name, server, conversation,
        ) + listOfNotNull(file?.path)
        val process = ProcessBuilder(command).redirectError(directory.resolve("dying.log")).start()
        try {
            val lines = process.inputReader().lineSequence()
            val told = lines.take(count).toList()
            check(told.size == count) { directory.resolve("dying.log").readText() }
            late()
            return told
        } finally {
            process.destroyForcibly()
            check(process.waitFor(60, TimeUnit.SECONDS)) { "the process does not end" }
        }
    }
}

fun main(arguments: Array<String>) = runBlocking {
    val (path, name, server, conversation) = arguments
    val directory = File(path)
    val config = ClientConfig(server, storePath = directory.resolve("$name.db").path)
    val client = Chat.open(config, FileSessionKeeper(directory.resolve("$name.session")))
    val file = arguments.getOrNull(4)
    if (file != null) {
        client.start()
        println(client.say(conversation, file))
    } else {
        // It stops by itself, too, so that what was not told was not said.
        for (number in 1..200) println(client.send(conversation, "message $number"))
    }
    Thread.sleep(120_000)
}
