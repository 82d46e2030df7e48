package chat.flutter

import chat.sdk.ChatException
import chat.sdk.ConversationList
import chat.sdk.Retry
import chat.sdk.Timeline

/** What one engine holds, by the numbers that Dart knows it by. Once let go of, it takes nothing more. */
internal class Held {
    private val items = mutableMapOf<Long, Item>()
    private var last = 0L
    // Everything up to this number is let go of, also what is being made meanwhile.
    private var ended = 0L

    private class Item(val owner: Long, val thing: Any)

    /** A number that nothing has yet. */
    @Synchronized
    fun number(): Long = ++last

    /**
     * Keeps this under a number; false when what it came out of is gone, the program that asked or the engine, and then it is
     * the caller's to let go of.
     */
    @Synchronized
    fun keep(number: Long, owner: Long, thing: Any): Boolean {
        if (number <= ended || owner != 0L && owner !in items) return false
        items[number] = Item(owner, thing)
        return true
    }

    fun client(number: Long): Lease = find(number, "client")

    fun list(number: Long): ConversationList = find(number, "list")

    fun timeline(number: Long): Timeline = find(number, "timeline")

    /** All clients there are. */
    @Synchronized
    fun clients(): List<Lease> = items.values.map { it.thing }.filterIsInstance<Lease>()

    /** This, and what came out of it. */
    @Synchronized
    fun cameFrom(number: Long): Set<Long> = items.filter { it.value.owner == number }.keys + number

    /** Lets go of this and of what came out of it. What was a client is given back, to be released. */
    @Synchronized
    fun forget(number: Long): List<Lease> = letGo(items.filter { it.key in cameFrom(number) })

    /** Lets go of everything up to this number, whenever it comes. */
    @Synchronized
    fun clear(through: Long): List<Lease> {
        ended = maxOf(ended, through)
        return letGo(items.filter { it.key <= through })
    }

    /** Lets go of everything, for good. */
    fun close(): List<Lease> = clear(Long.MAX_VALUE)

    private fun letGo(gone: Map<Long, Item>): List<Lease> {
        items.keys.removeAll(gone.keys)
        val things = gone.values.map { it.thing }
        things.filterIsInstance<AutoCloseable>().forEach(AutoCloseable::close)
        return things.filterIsInstance<Lease>()
    }

    @Synchronized
    private fun thing(number: Long): Any? = items[number]?.thing

    private inline fun <reified T> find(number: Long, name: String): T =
        thing(number) as? T ?: throw closed(name)
}

internal fun closed(name: String) =
    ChatException.ShutDown("shut_down", "this $name is closed: open it again", Retry.Never)
