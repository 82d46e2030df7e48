package chat.flutter

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Order
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.DisabledIf

/** Runs behind all others. */
@Order(Int.MAX_VALUE)
class LastTest {
    @Test
    @DisabledIf("isAlone")
    fun `every call was made by some story`() {
        assertEquals(emptySet<String>(), CALLS.keys - Dart.MADE)
    }

    /** Whether only some of the stories ran. */
    fun isAlone(): Boolean = System.getProperty("test") != null
}
