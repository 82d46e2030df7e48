//! How far logs reach: of many conversations and inboxes at once, for who compares them with what was told.

use super::{Conn, at, seq, sql, sql_rows, values::values};
use chat_core::{ConversationId, Seq, Timestamp, UserId};
use uuid::Uuid;

/// Logs in one statement: their rows must stay below SQLite's 32,766 parameters.
const LOGS_AT_ONCE: usize = 8_192;

/// How far the logs of conversations reach.
pub(crate) async fn of_conversations(
    conn: &mut Conn,
    ids: &[ConversationId],
) -> sqlx::Result<Vec<(ConversationId, Seq)>> {
    let mut heads = Vec::with_capacity(ids.len());
    for part in ids.chunks(LOGS_AT_ONCE) {
        let text = |rows| {
            let values = values(rows, 1);
            format!(
                "select c.id, c.last_seq from ({values}) v join conversations c on c.id = v.column1"
            )
        };
        let rows = sql_rows!(
            conn,
            fetch_all as (Uuid, i64),
            text,
            part,
            |query, id| query.bind(Some(id.uuid())),
            query.bind(None::<Uuid>)
        )?;
        heads.extend(
            rows.into_iter()
                .map(|(id, last)| (ConversationId::new(id), seq(last))),
        );
    }
    Ok(heads)
}

/// How far the inbox of a user reaches, and whether they may still be here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InboxHead {
    pub(crate) user: UserId,
    pub(crate) seq: Seq,
    pub(crate) is_disabled: bool,
    /// When everything that let them in was taken back last.
    pub(crate) cut_off_at: Option<Timestamp>,
}

/// How far the inboxes of users reach.
pub(crate) async fn of_inboxes(conn: &mut Conn, users: &[UserId]) -> sqlx::Result<Vec<InboxHead>> {
    let mut heads = Vec::with_capacity(users.len());
    for part in users.chunks(LOGS_AT_ONCE) {
        let text = |rows| {
            let values = values(rows, 1);
            format!(
                "select u.id, u.inbox_seq, u.disabled_at, u.cut_off_at from ({values}) v join users u on u.id = v.column1"
            )
        };
        let rows = sql_rows!(
            conn,
            fetch_all as (Uuid, i64, Option<i64>, Option<i64>),
            text,
            part,
            |query, id| query.bind(Some(id.uuid())),
            query.bind(None::<Uuid>)
        )?;
        let head =
            |(id, last, disabled_at, cut_off_at): (_, _, Option<i64>, Option<i64>)| InboxHead {
                user: UserId::new(id),
                seq: seq(last),
                is_disabled: disabled_at.is_some(),
                cut_off_at: cut_off_at.map(at),
            };
        heads.extend(rows.into_iter().map(head));
    }
    Ok(heads)
}

/// Whose marks moved since a moment, and in which conversations.
pub(crate) async fn marked_since(
    conn: &mut Conn,
    since: Timestamp,
) -> sqlx::Result<Vec<(ConversationId, UserId)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, Uuid),
        "select distinct conversation_id, user_id from mark_moves where at >= $1",
        since.ms(),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id, user)| (ConversationId::new(id), UserId::new(user)))
        .collect())
}
