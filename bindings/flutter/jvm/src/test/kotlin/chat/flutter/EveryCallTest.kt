package chat.flutter

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.util.Base64

/** Each call that no other story here makes, or not with an answer to look at. */
class EveryCallTest {
    @Test
    fun `an account is looked after`() = World.run {
        val ann = join("ann")
        assertEquals(ann.id, ann.call("me"))
        ann.call("setDisplayName", "displayName" to "Ann A.")
        ann.call("setAvatar", "picture" to PIXEL)
        ann.call("resetPassword", "email" to "ann@example.org")

        val account = ann.call("account")
        assertEquals("Ann A.", account.at("displayName"))
        val picture = ann.call("avatar", "avatarUrl" to account.at("avatarUrl"), "size" to 64)
        assertTrue((picture as ByteArray).isNotEmpty())

        ann.call("signOut")
        assertNull(ann.call("me"))
        ann.call("signIn", "identifier" to "ann", "password" to "correct horse battery")
        assertEquals(ann.id, ann.call("me"))
    }

    @Test
    fun `a group comes together and apart`() = World.run {
        val ann = join("ann")
        val bob = join("bob")
        val found = ann.call("findPeople", "text" to "bo", "limit" to 5, "cursor" to null)
        assertEquals(listOf(bob.id), (found.at("items") as List<*>).map { it.at("userId") })

        val hall = ann.call("createConversation", "kind" to "group", "memberIds" to emptyList<String>(), "title" to "hall")
        ann.call("addMembers", "conversationId" to hall, "userIds" to listOf(bob.id))
        ann.call("setTitle", "conversationId" to hall, "title" to "the hall")
        val change = mapOf("mutedUntilMs" to null, "isPinned" to true, "isArchived" to null, "nickname" to null)
        ann.call("setPrefs", "conversationId" to hall, "change" to change)
        val members = ann.call("members", "conversationId" to hall, "limit" to 10, "cursor" to null)
        assertEquals(listOf("ann", "bob"), (members.at("items") as List<*>).map { it.at("username") })
        val seen = ann.watch("watchConversation", "conversationId" to hall)
        seen.until { it.at("title") == "the hall" && it.at("prefs").at("isPinned") == true }

        ann.call("removeMember", "conversationId" to hall, "userId" to bob.id)
        seen.until { it.at("memberCount") == 1 }
        ann.call("block", "userId" to bob.id)
        ann.call("unblock", "userId" to bob.id)
        ann.call("leave", "conversationId" to hall)
    }

    @Test
    fun `messages are found, kept at hand, said again and looked back at`() = World.run {
        val (ann, bob, hall) = pair()
        val stored = ann.call("sendAndWait", "conversationId" to hall, "message" to message("text" to "tea at five"))
        val id = stored.at("messageId")
        val (timeline, rows) = bob.timeline(hall)
        rows.rowsUntil { "tea at five" in it.texts() }

        val query = mapOf(
            "text" to "tea", "conversationId" to hall, "senderId" to null, "beforeMs" to null, "afterMs" to null,
            "limit" to 5, "cursor" to null,
        )
        // The index follows behind what is said.
        var page = bob.call("search", "query" to query).at("items") as List<*>
        while (page.isEmpty()) page = bob.call("search", "query" to query).at("items") as List<*>
        val found = page.single()
        assertEquals(listOf(0, 3), found.at("highlights"))
        val kept = bob.call("searchKept", "text" to "five", "conversationId" to null, "limit" to 5) as List<*>
        assertEquals(listOf(id), kept.map { it.at("messageId") })

        ann.call("pin", "conversationId" to hall, "messageId" to id)
        ann.call("unpin", "conversationId" to hall, "messageId" to id)
        ann.call("forward", "conversationId" to hall, "messageId" to id, "to" to listOf(hall))
        rows.rowsUntil { it.texts().size == 2 }
        bob.call("receipts", "messageId" to id)
        val called = bob.call("call", "name" to "user.show", "fields" to "{\"user_id\": \"${ann.id}\"}")
        assertTrue("ann" in called as String)

        val here = "timeline" to timeline
        assertFalse(bob.dart.call("loadOlder", here, "limit" to 5) as Boolean)
        assertFalse(bob.dart.call("loadNewer", here, "limit" to 5) as Boolean)
        bob.dart.call("jumpTo", here, "seq" to 1)
        bob.dart.call("jumpToMessage", here, "messageId" to id)
        bob.dart.call("jumpToEnd", here)
        bob.dart.call("setTimelineVisible", here, "first" to 0, "last" to 2)
        assertEquals(true, bob.dart.call("isAtEnd", here))
        bob.dart.call("closeTimeline", here)
        assertEquals("shutDown", failure { bob.dart.call("isAtEnd", here) }.details.at("type"))
    }

    @Test
    fun `what waits on this device is looked at, tried again and dropped`() = World.run {
        val (ann, _, hall) = pair()
        val target = mapOf("type" to "queued", "clientId" to "n1")
        ann.call("stop")
        ann.call("setDraft", "conversationId" to hall, "text" to "I th")
        assertEquals("I th", ann.call("draft", "conversationId" to hall))
        val key = ann.send(hall, "later")
        ann.send(hall, "last")

        val queued = ann.call("outbox", "conversationId" to hall) as List<*>
        assertEquals(listOf("later", "last"), queued.map { it.at("action").at("text") })
        assertEquals("last", ann.call("conversation", "conversationId" to hall).at("lastQueued"))
        assertEquals(false, ann.call("retry", "conversationId" to hall, "key" to key))
        assertEquals(true, ann.call("discard", "conversationId" to hall, "key" to key))
        assertEquals(1, (ann.call("outbox", "conversationId" to null) as List<*>).size)
        val of = arrayOf("conversationId" to hall, "target" to target)
        ann.call("react", *of, "emoji" to "👍")
        ann.call("unreact", *of, "emoji" to "👍")
        assertEquals(0, ann.call("lostCount"))

        val done = ann.call("syncOnce", "budgetMs" to 60_000)
        assertEquals(true, done.at("isCaughtUp"))
        assertEquals(0, ann.call("unreadTotal"))
    }

    @Test
    fun `the app says what it knows, and what is on the screen`() = World.run {
        val ann = join("ann")
        ann.call("foreground")
        ann.call("networkChanged", "hasNetwork" to true)
        ann.call("reconnectNow")
        ann.call("background")
        val list = ann.call("openConversationList", "filter" to null)
        ann.dart.call("setListVisible", "list" to list, "first" to 0, "last" to 10)
        ann.dart.call("closeConversationList", "list" to list)

        val again = failure { ann.dart.call("setListVisible", "list" to list, "first" to 0, "last" to 10) }
        assertEquals("this list is closed: open it again", again.message)
    }

    @Test
    fun `an image has a small picture`() = World.run {
        val (ann, _, hall) = pair()
        val file = File(ann.dart.home, "a.png").apply { writeBytes(PIXEL) }
        val key = ann.call(
            "upload", "conversationId" to hall, "path" to file.path, "fileName" to "a.png", "mimeType" to "image/png",
        )
        ann.call("sendMessage", "conversationId" to hall, "message" to message("uploads" to listOf(key)))
        val rows = ann.timeline(hall).second.rowsUntil { rows -> rows.messages().any { it.at("seq") == 1 } }
        val image = (rows.messages().single().at("attachments") as List<*>).single()

        assertEquals(true, image.at("hasThumbnail"))
        assertTrue((ann.call("thumbnail", "attachmentId" to image.at("id")) as ByteArray).isNotEmpty())
    }

    private companion object {
        /** An image of one pixel. */
        val PIXEL: ByteArray = Base64.getDecoder().decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
        )
    }
}
