package chat.sdk

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.DelicateCoroutinesApi
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlin.coroutines.ContinuationInterceptor
import kotlin.coroutines.coroutineContext
import kotlin.coroutines.resumeWithException

/**
 * Does a call of the generated code on a thread of [Dispatchers.Default], whichever thread asks: what goes in is copied
 * there, what comes out is read there, and both are freed there. The generator puts every asynchronous call in here.
 *
 * Once it is asked for it is begun, also where the caller stops waiting at once: what was said is said. What is only asked is
 * let go then; and an object that comes when nobody waits for it any more is closed.
 */
@OptIn(DelicateCoroutinesApi::class)
internal suspend fun <T> elsewhere(call: suspend () -> T): T {
    if (coroutineContext[ContinuationInterceptor] === Dispatchers.Default) return call()
    return suspendCancellableCoroutine { waiting ->
        // No child of the caller's: a child is never begun when the caller is cancelled before it.
        val work = CoroutineScope(Dispatchers.Default).launch(start = CoroutineStart.ATOMIC) {
            try {
                waiting.resume(call()) { _, late, _ -> (late as? AutoCloseable)?.close() }
            } catch (fault: Throwable) {
                waiting.resumeWithException(fault)
            }
        }
        waiting.invokeOnCancellation { work.cancel() }
    }
}
