package chat.sdk

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

class SigningInTest {
    @Test
    fun `an account is made and is signed in`() = runBlocking {
        Server.begin().use { server ->
            Chat.open(ClientConfig(server.url)).use { ann ->
                val id = ann.signUp("ann", "ann@example.org", "correct horse battery")

                assertEquals(id, ann.me())
            }
        }
    }
}
