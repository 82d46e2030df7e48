//! What is carried: every table but the index of words, the keys, which are in a file there, the name of the
//! installation, and uploads, which are begun anew; in an order in which no row names one that is not there yet.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Config,
        clock::SystemClock,
        store::{Db, sql},
    };
    use std::{collections::BTreeSet, sync::Arc};

    #[tokio::test]
    async fn every_table_is_carried_or_left_out_on_purpose() {
        let config = Config {
            database: "sqlite::memory:".to_owned(),
            ..Config::default()
        };
        let db = Db::open(&config, Arc::new(SystemClock)).await.unwrap();
        let mut conn = db.read().await.unwrap();
        let names = "select name from sqlite_master where type = 'table'";
        let there = sql!(conn, fetch_all as (String,), names).unwrap();
        let is_made_anew =
            |name: &String| name.starts_with("search") || name.starts_with("sqlite_");
        let there: BTreeSet<_> = there
            .into_iter()
            .map(|(name,)| name)
            .filter(|name| !is_made_anew(name))
            .collect();

        let left_out = [
            "_sqlx_migrations",
            "installation",
            "signing_keys",
            "upload_pieces",
            "uploads",
        ];
        let known = TABLES.iter().map(|table| table.name).chain(left_out);
        assert_eq!(there, known.map(str::to_owned).collect());
    }
}
