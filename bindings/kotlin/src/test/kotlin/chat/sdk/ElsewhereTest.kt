package chat.sdk

import com.sun.management.ThreadMXBean
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.lang.management.ManagementFactory
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method
import java.util.concurrent.Executors
import kotlin.coroutines.Continuation
import kotlin.coroutines.intrinsics.suspendCoroutineUninterceptedOrReturn
import kotlin.time.Duration.Companion.seconds

/** The thread that asks does no work: what goes in is copied on another, and what comes out is read there. */
class ElsewhereTest : WithServer() {
    private val screen = Executors.newSingleThreadExecutor().asCoroutineDispatcher()

    @AfterEach
    fun darken() = screen.close()

    @Test
    fun `every asynchronous call of every object is begun on another thread than the one that asks`() = story {
        val calls = objects().flatMap { type -> type.methods.filter { it.isSuspending }.map { type to it } }
        assertTrue(calls.size > 60, "$calls")

        for ((type, call) in calls) {
            // Nothing is behind it, so its first step fails, wherever that is done.
            val empty = type.getConstructor(NoHandle::class.java).newInstance(NoHandle)
            val fault = failing<InternalException> { withContext(screen) { call.on(empty) } }
            val first = generateSequence<Throwable>(fault) { it.cause }.last()
            assertTrue(first.stackTrace.any { it.className.startsWith(DEFAULT) }, "${type.simpleName}.${call.name}: ${first.stackTraceToString()}")
        }
    }

    @Test
    fun `whatever else is asynchronous is looked at by a test below`() {
        val others = classes().filter { it !in objects() && it.isNamed }.flatMap { type ->
            type.methods.filter { it.isSuspending && it.declaringClass == type }.map { "${type.simpleName}.${it.name}" }
        }
        val interfaces = objects().map { "${it.simpleName}Interface." } + listOf("SessionKeeper.", "TokenProvider.")
        val known = setOf("open", "forget", "rebuild").map { "Chat.$it" } +
            listOf("Companion.open", "Chat_sdkKt.forgetStore", "Chat_sdkKt.rebuildStore")
        val inside = setOf("Chat_sdkKt.uniffiRustCallAsync", "ElsewhereKt.elsewhere")
        assertEquals(known.toSet(), others.filter { name -> interfaces.none(name::startsWith) }.toSet() - inside)
    }

    @Test
    fun `what is large is copied neither in nor out on the thread that asks`() = pair { ann, bob, hall ->
        ann.stop()
        for (number in 1..300) ann.send(hall, "$number ".padEnd(4_000, '.'))
        val much = "x".repeat(LARGE)
        val (picture, nowhere) = ByteArray(LARGE) to ClientConfig(much)

        isSpared("outbox") { assertEquals(300, ann.outbox(hall).size) }
        isSpared("send") { failing<ChatException.InvalidInput> { ann.send(hall, much) } }
        isSpared("setAvatar") { failing<ChatException> { ann.setAvatar(picture) } }
        isSpared("timeline") { ann.timeline(hall, TimelineSettings(limit = 400u)).use { it.items().first() } }
        isSpared("next") { ann.timeline(hall, TimelineSettings(limit = 400u)).use { it.observe().use { rows -> rows.next() } } }
        isSpared("forget") { failing<ChatException> { Chat.forget(much) } }
        isSpared("forgetStore") { failing<ChatException> { forgetStore(much) } }
        isSpared("rebuild") { failing<ChatException> { Chat.rebuild(much) } }
        isSpared("rebuildStore") { failing<ChatException> { rebuildStore(much) } }
        isSpared("Chat.open") { failing<ChatException> { Chat.open(nowhere) } }
        isSpared("open") { failing<ChatException> { ChatClient.open(nowhere) } }
        assertEquals(hall, bob.conversation(hall)?.id)
    }

    @Test
    fun `what is begun when nobody waits any more is begun all the same, and an object that comes too late is closed`() = pair { ann, bob, hall ->
        val isHere = CompletableDeferred<Unit>()
        val begun = launch(screen) {
            isHere.complete(Unit)
            ann.send(hall, "hello")
        }
        isHere.await()
        begun.cancelAndJoin()
        bob.said(hall, "hello")

        val (isAsked, mayCome) = CompletableDeferred<Unit>() to CompletableDeferred<Unit>()
        val isClosed = CompletableDeferred<Unit>()
        val asking = launch(screen) {
            elsewhere<AutoCloseable> {
                isAsked.complete(Unit)
                withContext(NonCancellable) { mayCome.await() }
                AutoCloseable { isClosed.complete(Unit) }
            }
        }
        isAsked.await()
        asking.cancelAndJoin()
        mayCome.complete(Unit)
        withTimeout(60.seconds) { isClosed.await() }
    }

    /** Asks on the thread that draws, and looks at how much memory that took there: whoever copies, takes it. */
    private suspend fun isSpared(what: String, ask: suspend () -> Any?) {
        val taken = withContext(screen) {
            // What is loaded for the first time takes memory, too.
            ask()
            val before = threads.currentThreadAllocatedBytes
            ask()
            threads.currentThreadAllocatedBytes - before
        }
        assertTrue(taken in 1 until LARGE / 4, "$what took $taken bytes")
    }

    private companion object {
        const val LARGE = 1 shl 20

        /** What the threads of [Dispatchers.Default] run in. */
        const val DEFAULT = "kotlinx.coroutines.scheduling."
        val threads = ManagementFactory.getThreadMXBean() as ThreadMXBean

        val Method.isSuspending get() = !isSynthetic && parameterTypes.lastOrNull() == Continuation::class.java

        /** Whether it is more than a piece of a function. */
        val Class<*>.isNamed get() = !isSynthetic && enclosingMethod == null && !isAnonymousClass

        /** All of the SDK's classes. */
        fun classes(): List<Class<*>> {
            val place = File(ChatClient::class.java.protectionDomain.codeSource.location.toURI()).resolve("chat/sdk")
            val names = place.list().orEmpty().filter { it.endsWith(".class") }.map { it.removeSuffix(".class") }
            return names.map { Class.forName("chat.sdk.$it", false, ChatClient::class.java.classLoader) }
        }

        /** Those that stand for something in the library. */
        fun objects() = classes().filter { type -> type.constructors.any { it.parameterTypes.contentEquals(arrayOf(NoHandle::class.java)) } }

        suspend fun Method.on(thing: Any): Any? = suspendCoroutineUninterceptedOrReturn { waiting ->
            val values = parameterTypes.dropLast(1).map(::value)
            try {
                invoke(thing, *values.toTypedArray(), waiting)
            } catch (fault: InvocationTargetException) {
                throw fault.targetException
            }
        }

        /** Anything of this type. */
        fun value(type: Class<*>): Any = when (type) {
            String::class.java -> ""
            Int::class.java -> 0
            Long::class.java -> 0L
            Boolean::class.java -> false
            ByteArray::class.java -> ByteArray(0)
            List::class.java -> emptyList<Any>()
            MessageTarget::class.java -> MessageTarget.Stored("")
            OutgoingMessage::class.java -> OutgoingMessage()
            SearchQuery::class.java -> SearchQuery()
            PrefsChange::class.java -> PrefsChange()
            TimelineSettings::class.java -> TimelineSettings()
            ConversationType::class.java -> ConversationType.GROUP
            TokenCause::class.java -> TokenCause.INITIAL
            else -> error("a call takes a ${type.name}: say here what one is")
        }
    }
}
