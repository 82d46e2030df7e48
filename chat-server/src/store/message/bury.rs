//! The end of a message: what it loses, it loses everywhere in one transaction, and a tombstone is left.

use super::KeptExtras;
use crate::store::{Conn, Kind, at, attachment, search, seq, sql, sql_rows, values::values};
use chat_core::{ConversationId, Message, MessageId, Seq, Timestamp, UserId};
use uuid::Uuid;

/// A message that is to go, as far as that has to be known: its text is not looked at.
pub(crate) struct Due {
    pub(crate) id: MessageId,
    pub(crate) conversation_id: ConversationId,
    pub(crate) seq: Seq,
    pub(crate) sender_id: UserId,
    /// When it is deleted: where its time was up, at that moment.
    pub(crate) deleted_at: Timestamp,
    /// By whom; nobody where its time was up.
    pub(crate) deleted_by: Option<UserId>,
    /// Whom it names.
    pub(crate) mentions: Vec<UserId>,
    mentions_all: bool,
    has_files: bool,
}

/// What is written where a message was.
struct Tombstone {
    id: MessageId,
    deleted_at: Timestamp,
    deleted_by: Option<UserId>,
    extras: Option<String>,
}

/// With the extras as they lie there, whatever that is.
macro_rules! select_due {
    ($extras:literal, $which:literal) => {
        concat!(
            "select id, conversation_id, seq, sender_id, coalesce(expires_at, 0), ",
            $extras,
            ", file_count from messages ",
            $which
        )
    };
}

/// A statement for either engine.
macro_rules! due_text {
    ($conn:expr, $which:literal) => {
        match $conn.kind() {
            Kind::Sqlite => select_due!("cast(extras as blob)", $which),
            Kind::Postgres => select_due!("convert_to(extras, 'UTF8')", $which),
        }
    };
}

type DueRow = (Uuid, Uuid, i64, Uuid, i64, Option<Vec<u8>>, i64);

/// What cannot be read of a message is not needed to let it go.
fn read_due((id, place, nth, sender, up, extras, files): DueRow) -> Due {
    let extras = extras.and_then(|json| serde_json::from_slice(&json).ok());
    let extras: KeptExtras = extras.unwrap_or_default();
    Due {
        id: MessageId::new(id),
        conversation_id: ConversationId::new(place),
        seq: seq(nth),
        sender_id: UserId::new(sender),
        deleted_at: at(up),
        deleted_by: None,
        mentions: extras.mentions,
        mentions_all: extras.mentions_all,
        has_files: files > 0,
    }
}

/// Messages whose time has run out, the longest overdue first.
pub(crate) async fn due(conn: &mut Conn, now: Timestamp, limit: u32) -> sqlx::Result<Vec<Due>> {
    let text = due_text!(conn, "where expires_at <= $1 order by expires_at limit $2");
    let rows = sql!(conn, fetch_all as DueRow, text, now.ms(), i64::from(limit),)?;
    Ok(rows.into_iter().map(read_due).collect())
}

/// A message that somebody deletes unread; none where there is no such one, or only its tombstone.
pub(crate) async fn due_unread(
    conn: &mut Conn,
    id: MessageId,
    deleted_at: Timestamp,
    deleted_by: Option<UserId>,
) -> sqlx::Result<Option<Due>> {
    let text = due_text!(conn, "where id = $1 and deleted_at is null");
    let row = sql!(conn, fetch_optional as DueRow, text, id.uuid())?;
    Ok(row.map(|row| Due {
        deleted_at,
        deleted_by,
        ..read_due(row)
    }))
}

/// Whether there are any.
pub(crate) async fn is_any_due(conn: &mut Conn, now: Timestamp) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (i64,),
        "select expires_at from messages where expires_at <= $1 limit 1",
        now.ms(),
    )?;
    Ok(row.is_some())
}

/// Leaves a tombstone: the text is gone with its history, and so are the files, the reactions and what the text could
/// be recognised by. Takes the message as its tombstone is to be.
pub(crate) async fn bury(
    conn: &mut Conn,
    tombstone: &Message,
    deleted_at: Timestamp,
) -> sqlx::Result<()> {
    attachment::release(conn, tombstone.id, deleted_at).await?;
    let tombstone = Tombstone {
        id: tombstone.id,
        deleted_at,
        deleted_by: tombstone.deleted_by,
        extras: KeptExtras::from(&tombstone.extras).json(),
    };
    bury_all(conn, &[tombstone]).await
}

/// The same for messages that nobody looks at any more.
pub(crate) async fn bury_due(conn: &mut Conn, due: &[Due]) -> sqlx::Result<()> {
    for message in due.iter().filter(|message| message.has_files) {
        attachment::release(conn, message.id, message.deleted_at).await?;
    }
    let tombstones: Vec<_> = due
        .iter()
        .map(|message| Tombstone {
            id: message.id,
            deleted_at: message.deleted_at,
            deleted_by: message.deleted_by,
            extras: KeptExtras {
                mentions_all: message.mentions_all,
                ..KeptExtras::default()
            }
            .json(),
        })
        .collect();
    bury_all(conn, &tombstones).await
}

async fn bury_all(conn: &mut Conn, tombstones: &[Tombstone]) -> sqlx::Result<()> {
    let ids: Vec<_> = tombstones.iter().map(|tombstone| tombstone.id).collect();
    search::forget(conn, &ids).await?;
    for table in ["revisions", "reactions"] {
        let text = |rows| {
            format!(
                "delete from {table} where message_id in (select v.column1 from ({}) v where v.column1 is not null)",
                values(rows, 1)
            )
        };
        sql_rows!(
            conn,
            execute,
            text,
            &ids,
            |query, id| query.bind(Some(id.uuid())),
            query.bind(None::<Uuid>)
        )?;
    }
    let text = |rows| {
        format!(
            "update messages set content = '', content_hash = null, kind = case when kind in ('voice', 'system') then kind end,
                 extras = v.column4, reply_to = null, file_count = 0, is_reacted = 0, expires_at = null,
                 pinned_at = null, edited_at = null, deleted_at = v.column2, deleted_by = v.column3
             from ({}) v where messages.id = v.column1",
            values(rows, 4)
        )
    };
    sql_rows!(
        conn,
        execute,
        text,
        tombstones,
        |query, tombstone| query
            .bind(Some(tombstone.id.uuid()))
            .bind(Some(tombstone.deleted_at.ms()))
            .bind(tombstone.deleted_by.map(UserId::uuid))
            .bind(tombstone.extras.as_deref()),
        query
            .bind(None::<Uuid>)
            .bind(None::<i64>)
            .bind(None::<Uuid>)
            .bind(None::<&str>)
    )
    .map(drop)
}
