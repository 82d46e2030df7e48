package chat.sdk

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

class SigningInTest {
    @Test
    fun `an account is made and is signed in`() = runBlocking {
        Server.begin().use { server ->
            ChatClient.open(ClientConfig(server.url)).use { ann ->
                val id = ann.register("ann", "ann@example.org", "correct horse battery", null)

                assertEquals(id, ann.me())
            }
        }
    }
}
