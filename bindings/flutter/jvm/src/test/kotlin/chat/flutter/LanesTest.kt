package chat.flutter

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

class LanesTest {
    @Test
    fun `what is begun in a lane is done in that order, and holds up no other lane`() = runBlocking {
        val lanes = Lanes()
        val done = mutableListOf<Int>()
        val gate = CompletableDeferred<Unit>()

        val works = List(100) { number ->
            launch(start = CoroutineStart.UNDISPATCHED) {
                lanes.inOrder("one") {
                    if (number == 0) gate.await()
                    withContext(Dispatchers.Default) { done += number }
                }
            }
        }
        assertEquals("free", lanes.inOrder("another") { "free" })
        gate.complete(Unit)
        works.joinAll()

        assertEquals(List(100) { it }, done)
    }
}
