package chat.sdk

import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import java.io.IOException
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicLong
import kotlin.concurrent.thread

/**
 * Something between clients and a server: it hands on what both say, counts the bytes of the clients, and keeps back what is
 * beyond a bound.
 */
class Relay(private val server: Server) : AutoCloseable {
    private val door = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
    private val ends = ConcurrentHashMap.newKeySet<Socket>()

    /** Where clients find it. */
    val url = "http://127.0.0.1:${door.localPort}"

    /** So many bytes of clients it has handed on. */
    val carried = MutableStateFlow(0L)

    /** The parts of files that clients have begun to send: from which byte on, and how many the server had said to have. */
    val parts = CopyOnWriteArrayList<Pair<Long, Long>>()
    private val had = AtomicLong()

    /** It hands on no more than so many. */
    val most = MutableStateFlow(Long.MAX_VALUE)

    init {
        inBackground { while (true) join(door.accept()) }
    }

    /** Hands on so many bytes more; gives how many there were. */
    fun allow(bytes: Long): Long = carried.value.also { most.value = it + bytes }

    /** Waits until it keeps something back. */
    suspend fun full() = withTimeout(60_000) { carried.first { it + PIECE > most.value } }

    /** Ends every connection, with what it keeps back of it. */
    fun cut() = ends.forEach(Socket::close)

    override fun close() {
        door.close()
        cut()
        most.value = Long.MAX_VALUE
    }

    private fun join(client: Socket) {
        val (host, port) = server.address.split(':')
        val far = try {
            Socket(host, port.toInt())
        } catch (_: IOException) {
            return client.close()
        }
        ends += listOf(client, far)
        handOn(far, client) { answer, bytes ->
            HAS.find(answer.text(bytes))?.let { had.set(it.groupValues[1].toLong()) }
        }
        handOn(client, far) { said, bytes ->
            PART.find(said.text(bytes))?.let { parts += it.groupValues[1].toLong() to had.get() }
            most.first { carried.value + bytes <= it }
            carried.update { it + bytes }
        }
    }

    /** Hands on what one end says, when it is [heard], until one of the two is gone. */
    private fun handOn(from: Socket, to: Socket, heard: suspend (ByteArray, Int) -> Unit) = inBackground {
        from.use {
            to.use {
                val piece = ByteArray(PIECE)
                while (true) {
                    val bytes = from.getInputStream().read(piece)
                    if (bytes < 0) break
                    runBlocking { heard(piece, bytes) }
                    to.getOutputStream().write(piece, 0, bytes)
                }
            }
        }
    }

    private fun inBackground(work: () -> Unit) {
        thread(isDaemon = true) {
            try {
                work()
            } catch (_: IOException) {
                // An end is gone, and the other one with it.
            }
        }
    }

    private companion object {
        const val PIECE = 16 * 1024

        /** How a client begins to send a part of a file, and how the server says how much of it is there. */
        val PART = Regex("^PATCH \\S*[?&]offset=(\\d+)")
        val HAS = Regex("\"offset\":(\\d+)")

        fun ByteArray.text(bytes: Int) = String(this, 0, minOf(bytes, 2_000), Charsets.ISO_8859_1)
    }
}
