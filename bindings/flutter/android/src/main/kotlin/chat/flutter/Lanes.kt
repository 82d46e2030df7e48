package chat.flutter

import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/**
 * Work that is done one by one, each lane for itself, in the order in which it came. A lane is there for as long as somebody
 * is in it.
 */
internal class Lanes {
    private val lanes = mutableMapOf<String, Lane>()

    private class Lane {
        val turn = Mutex()
        var users = 0
    }

    suspend fun <T> inOrder(name: String, work: suspend () -> T): T {
        val lane = synchronized(lanes) { lanes.getOrPut(name, ::Lane).apply { users += 1 } }
        try {
            return lane.turn.withLock { work() }
        } finally {
            synchronized(lanes) {
                lane.users -= 1
                if (lane.users == 0) lanes.remove(name)
            }
        }
    }
}
