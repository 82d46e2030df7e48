package chat.sdk

import kotlinx.coroutines.runBlocking
import java.io.File
import java.nio.file.Files

/**
 * Measures what a call costs: `bindings/run figures` runs it over a release build. No server is needed, because nothing is
 * asked of one.
 */
fun main() = runBlocking {
    val directory = Files.createTempDirectory("chat-figures").toFile()
    val user = "01890a5d-ac96-774b-bcce-b302099a8002"
    val config = ClientConfig("http://127.0.0.1:1", storePath = File(directory, "chat.db").path, userId = user)
    // Somebody has to be signed in for whom drafts are kept.
    val tokens = object : TokenProvider {
        override suspend fun token(cause: TokenCause): String = error("nothing is asked of a server")
    }
    for (isAttached in listOf(false, true)) {
        // Once without the SDK's threads being attached for good, as the generated code alone would be.
        val client = if (isAttached) Chat.open(config, null, tokens) else ChatClient.open(config, null, tokens)
        val threads = if (isAttached) "attached once" else "attached for every answer"
        tell("synchronous calls (me)", threads, 200_000) { client.me() }
        tell("asynchronous calls (unreadTotal)", threads, 20_000) { client.unreadTotal() }
        val hall = "01890a5d-ac96-774b-bcce-b302099a8001"
        tell("drafts kept on disk (setDraft)", threads, 2_000) { client.setDraft(hall, "so far") }
        client.shutdown()
        client.close()
    }
    directory.deleteRecursively()
    Unit
}

private suspend fun tell(what: String, threads: String, count: Int, call: suspend () -> Any?) {
    repeat(count / 10) { call() }
    val begun = System.nanoTime()
    repeat(count) { call() }
    val seconds = (System.nanoTime() - begun) / 1e9
    println("$what, threads $threads: ${(count / seconds).toLong()} a second")
}
