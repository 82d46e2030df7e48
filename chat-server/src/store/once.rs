//! Answers to calls that were made under an idempotency key, kept for a day so that a repeated call gets the same one. Of what
//! is done to messages under the client's own id only that it was done: there the answer is empty.

use super::{Conn, sql};
use chat_core::{Timestamp, UserId};
use uuid::Uuid;

/// What names a call that must happen once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Once {
    pub(crate) user_id: UserId,
    /// The client's word for the call; for what is done to a message, with the message before it.
    pub(crate) key: String,
    /// Of the call and what it says; another one under the same key is a mistake.
    pub(crate) request_hash: i64,
}

/// The answer that was given, with the hash of what was asked.
pub(crate) async fn find(
    conn: &mut Conn,
    user: UserId,
    key: &str,
) -> sqlx::Result<Option<(i64, String)>> {
    type Row = (i64, String);
    sql!(
        conn,
        fetch_optional as Row,
        "select request_hash, reply from once where user_id = $1 and key = $2",
        user.uuid(),
        key,
    )
}

pub(crate) async fn insert(
    conn: &mut Conn,
    once: &Once,
    reply: &str,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into once (user_id, key, request_hash, reply, at) values ($1, $2, $3, $4, $5)",
        once.user_id.uuid(),
        once.key.as_str(),
        once.request_hash,
        reply,
        now.ms(),
    )
    .map(drop)
}

/// Whose answers show somebody, and under which keys.
pub(crate) async fn showing(conn: &mut Conn, id: UserId) -> sqlx::Result<Vec<(UserId, String)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, String),
        "select user_id, key from once where reply like $1",
        format!("%{id}%"),
    )?;
    Ok(rows
        .into_iter()
        .map(|(whose, key)| (UserId::new(whose), key))
        .collect())
}

/// Forgets an answer.
pub(crate) async fn delete(conn: &mut Conn, whose: UserId, key: &str) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "delete from once where user_id = $1 and key = $2",
        whose.uuid(),
        key,
    )
    .map(drop)
}

/// Forgets answers given before a moment.
pub(crate) async fn delete_before(conn: &mut Conn, moment: Timestamp) -> sqlx::Result<u64> {
    sql!(conn, execute, "delete from once where at < $1", moment.ms())
}
