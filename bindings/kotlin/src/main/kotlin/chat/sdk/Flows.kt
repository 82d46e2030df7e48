package chat.sdk

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.launchIn
import kotlinx.coroutines.flow.onEach

/** How the connection is doing: at once, and whenever it is otherwise. Ends when the client is shut down. */
fun ChatClient.connection(): Flow<ConnectionState> = newest({ watchConnection() }, { it.next() })

/** How much is unread in all conversations that are not put away: at once, and whenever it is something else. */
fun ChatClient.unread(): Flow<ULong> = newest({ watchUnread() }, { it.next() })

/**
 * A conversation by itself, for what stands above its messages: at once where it is known, and whenever it is otherwise, also
 * who writes and how far the others have read.
 */
fun ChatClient.conversationChanges(conversationId: String): Flow<ConversationItem> =
    newest({ watchConversation(conversationId) }, { it.next() })

/** Whether these people are here: at once, and whenever it is otherwise. They are watched for as long as somebody collects. */
fun ChatClient.presence(userIds: List<String>): Flow<List<PresenceItem>> =
    newest({ watchPresence(userIds) }, { it.next() })

/**
 * Fetches a file to a place on this device and tells how far it is; completes when it is whole. Who stops collecting ends the
 * transfer; the next one goes on from there. Where something is at the place already, nothing is fetched: it fails.
 */
fun ChatClient.downloading(attachmentId: String, path: String): Flow<TransferProgress> =
    newest({ download(attachmentId, path) }, { it.next() })

/**
 * How far an upload is; completes when it is stored, has failed or was dropped. Where it broke off it goes on from what the
 * server has. Who stops collecting ends nothing.
 */
fun ChatClient.uploading(conversationId: String, key: String): Flow<TransferProgress> =
    newest({ watchUpload(conversationId, key) }, { it.next() })

/** The steps that change the list, in batches; the first is the whole list. A slow collector gets fewer, larger batches. */
fun ConversationList.diffs(): Flow<List<ConversationDiff>> = steps({ observe() }, { it.next() })

/** The list as it is: at once, and whenever it is otherwise. A slow collector gets the newest. */
fun ConversationList.items(): Flow<List<ConversationItem>> = flow {
    val items = mutableListOf<ConversationItem>()
    diffs().collect { steps ->
        items.follow(steps)
        emit(items.toList())
    }
}.conflate().flowOn(Dispatchers.Default)

/** The steps that change the rows, in batches; the first is all rows. A slow collector gets fewer, larger batches. */
fun Timeline.diffs(): Flow<List<TimelineDiff>> = steps({ observe() }, { it.next() })

/** The rows as they are: at once, and whenever they are otherwise. A slow collector gets the newest. */
fun Timeline.items(): Flow<List<TimelineItem>> = flow {
    val items = mutableListOf<TimelineItem>()
    diffs().collect { steps ->
        items.followRows(steps)
        emit(items.toList())
    }
}.conflate().flowOn(Dispatchers.Default)

/**
 * Calls a listener for each value, one after the other, on a thread of [Dispatchers.Default]: for who has no coroutines. Closing what comes
 * back ends that. A fault of the flow ends it, too, and is handed to [failed].
 */
fun <T> Flow<T>.listen(failed: (Throwable) -> Unit = {}, listener: (T) -> Unit): AutoCloseable {
    val scope = CoroutineScope(Dispatchers.Default)
    onEach { listener(it) }.catch { failed(it) }.launchIn(scope)
    return AutoCloseable { scope.cancel() }
}

/** A value that is watched: whoever is slow gets the newest. */
private fun <S : AutoCloseable, T : Any> newest(begin: () -> S, next: suspend (S) -> T?): Flow<T> =
    made(begin, next).conflate().flowOn(Dispatchers.Default)

/** Steps: the next ones are not made before the last ones were taken. */
private fun <S : AutoCloseable, T : Any> steps(begin: () -> S, next: suspend (S) -> T?): Flow<T> =
    made(begin, next).buffer(Channel.RENDEZVOUS).flowOn(Dispatchers.Default)

/** What [next] gives of an object that is made for each collector and closed behind it. Records are read off the caller's thread. */
private fun <S : AutoCloseable, T : Any> made(begin: () -> S, next: suspend (S) -> T?): Flow<T> = flow {
    val source = try {
        begin()
    } catch (closed: IllegalStateException) {
        // So say the generated classes after `close()`.
        throw ChatException.ShutDown("shut_down", "this is closed: open it again", Retry.Never).initCause(closed)
    }
    source.use {
        while (true) emit(next(it) ?: break)
    }
}
