package chat.flutter

import io.flutter.plugin.common.BinaryMessenger
import io.flutter.plugin.common.EventChannel
import io.flutter.plugin.common.EventChannel.EventSink
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.util.concurrent.ConcurrentHashMap

/**
 * What Dart watches: each stream has an event channel of its own, `chat.sdk/streams/NUMBER`, from when it is asked for until
 * it ends or nobody listens any more. A stream tells at most one event for each frame of a screen; the SDK puts together what
 * comes in between.
 */
internal class Streams(
    private val messenger: BinaryMessenger,
    private val main: CoroutineDispatcher,
    private val scope: CoroutineScope,
) {
    private val open = ConcurrentHashMap<Long, Stream>()
    private var ended = 0L

    /** Makes the channel, unless whoever asked for it is gone. It begins when Dart listens. */
    suspend fun add(number: Long, owner: Long, events: Flow<Any?>) = withContext(main) {
        if (number <= ended) return@withContext
        val stream = Stream(number, owner, events)
        open[number] = stream
        stream.channel.setStreamHandler(stream)
    }

    /** Ends those that came out of this client, list or timeline: Dart sees their end. On the main thread, as all below. */
    fun endOf(owner: Long) = open.values.filter { it.owner == owner }.forEach { it.end() }

    /** Takes a channel away, for one that Dart does not listen to. */
    fun remove(number: Long) = open.remove(number)?.remove()

    /** Takes all channels up to this number away, whenever they come: nobody is there to see their end. */
    fun clear(through: Long) {
        ended = maxOf(ended, through)
        open.keys.filter { it <= through }.forEach { remove(it) }
    }

    /** Takes all away, for good. */
    fun close() = clear(Long.MAX_VALUE)

    /** A channel stays until Dart cancels, also behind the end: Dart cancels even then. */
    private inner class Stream(private val number: Long, val owner: Long, private val events: Flow<Any?>) :
        EventChannel.StreamHandler {
        val channel = EventChannel(messenger, "chat.sdk/streams/$number")
        private var work: Job? = null
        private var sink: EventSink? = null
        private var hasEnded = false

        override fun onListen(arguments: Any?, sink: EventSink) {
            this.sink = sink
            work?.cancel()
            if (hasEnded) sink.endOfStream() else work = scope.launch { tell(sink) }
        }

        override fun onCancel(arguments: Any?) {
            this@Streams.remove(number)
        }

        fun end() {
            hasEnded = true
            work?.cancel()
            sink?.endOfStream()
        }

        fun remove() {
            work?.cancel()
            channel.setStreamHandler(null)
        }

        private suspend fun tell(sink: EventSink) {
            val failure = try {
                events.collect { event ->
                    withContext(main) { sink.success(event) }
                    delay(FRAME_MS)
                }
                null
            } catch (cancelled: CancellationException) {
                throw cancelled
            } catch (error: Throwable) {
                Failure.of(error)
            }
            withContext(main) {
                failure?.let { sink.error(it.code, it.detail, it.details) }
                sink.endOfStream()
                hasEnded = true
            }
        }
    }

    private companion object {
        const val FRAME_MS = 16L
    }
}
