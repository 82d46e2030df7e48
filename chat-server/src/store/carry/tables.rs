//! What is carried: every table but the index of words and the keys, which are in a file there, in an order in which no row names one that is not there yet.

/// A table, and what orders its rows.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The columns of its primary key, in order.
    pub(super) key: &'static [&'static str],
}

const fn table(name: &'static str, key: &'static [&'static str]) -> Table {
    Table { name, key }
}

/// Says which place the files of a database are in, and nothing of what is in the database.
pub(super) const MEDIA_STORE: &str = "media_store";

pub(super) static TABLES: [Table; 25] = [
    table("users", &["id"]),
    table("sessions", &["id"]),
    table("conversations", &["id"]),
    table("members", &["conversation_id", "user_id"]),
    table("messages", &["conversation_id", "seq"]),
    table("events", &["conversation_id", "seq"]),
    table("inbox_events", &["user_id", "conversation_id", "kind"]),
    table("once", &["user_id", "key"]),
    table("mail_tokens", &["hash"]),
    table("deletions", &["user_id"]),
    table("contacts", &["user_id", "contact_id"]),
    table("blocks", &["user_id", "blocked_id"]),
    table("mark_moves", &["conversation_id", "user_id", "kind", "seq"]),
    table("invites", &["code"]),
    table("bans", &["conversation_id", "user_id"]),
    table("mentions", &["conversation_id", "user_id", "seq"]),
    table("revisions", &["message_id", "number"]),
    table("reactions", &["message_id", "emoji", "user_id"]),
    table("attachments", &["id"]),
    table("message_attachments", &["message_id", "place"]),
    table("avatars", &["id"]),
    table("reports", &["id"]),
    table("report_attachments", &["report_id", "attachment_id"]),
    table("audit", &["id"]),
    table(MEDIA_STORE, &["id"]),
];
