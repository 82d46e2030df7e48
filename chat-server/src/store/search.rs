//! The index of words: SQLite's FTS5, behind words that the program makes itself. It only proposes; what is shown is read
//! from `messages`, as it is now and for members only.
//!
//! Rows go into the index some time after their message, and out of it in the transaction that deletes or changes the
//! text. The index keeps no text: to take a row out it is told the words again, which only the text of then gives.

mod latest;

pub(crate) use latest::{Said, latest};

use super::{
    Conn, Engine, at, number, sql,
    values::{in_powers, padded, values},
};
use crate::search::document;
use chat_core::{ConversationId, Message, MessageId, Timestamp, UserId};
use sqlx::error::DatabaseError;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Instructions of SQLite between looks at the time.
const LOOK_EVERY: i32 = 1_000;

/// What is looked for, besides words.
pub(crate) struct Wanted {
    /// Who looks: only in their conversations.
    pub(crate) user: UserId,
    /// No rows after this one.
    pub(crate) upto: i64,
    /// No rows before this one.
    pub(crate) from: i64,
    pub(crate) sender: Option<UserId>,
    pub(crate) before: Option<Timestamp>,
    pub(crate) after: Option<Timestamp>,
    pub(crate) now: Timestamp,
    pub(crate) limit: u32,
}

/// A message that may be what is looked for.
pub(crate) struct Candidate {
    pub(crate) row: i64,
    pub(crate) id: MessageId,
    pub(crate) created_at: Timestamp,
    pub(crate) content: String,
}

/// The messages stored last that have the words of an expression in the language of the index, newest first.
pub(crate) async fn candidates(
    conn: &mut Conn,
    expression: &str,
    wanted: &Wanted,
) -> sqlx::Result<Vec<Candidate>> {
    type Row = (i64, Uuid, i64, Vec<u8>);
    // In this order: the index gives its rows newest first, and only as many are looked at as it takes.
    let rows = sql!(
        conn,
        fetch_all as Row,
        "select r.id, x.id, x.created_at, cast(x.content as blob)
         from search
         cross join search_rows r on r.id = search.rowid
         cross join members m on m.conversation_id = r.conversation_id and m.user_id = $2
         cross join messages x on x.id = r.message_id
         where search match $1 and search.rowid <= $3 and search.rowid >= $9 and x.deleted_at is null
             and (x.expires_at is null or x.expires_at > $4)
             and ($5 is null or x.sender_id = $5)
             and ($6 is null or x.created_at < $6)
             and ($7 is null or x.created_at > $7)
         order by search.rowid desc limit $8",
        expression,
        wanted.user.uuid(),
        wanted.upto,
        wanted.now.ms(),
        wanted.sender.map(UserId::uuid),
        wanted.before.map(Timestamp::ms),
        wanted.after.map(Timestamp::ms),
        i64::from(wanted.limit),
        wanted.from,
    )?;
    Ok(rows
        .into_iter()
        .map(|(row, id, when, content)| Candidate {
            row,
            id: MessageId::new(id),
            created_at: at(when),
            content: text(content),
        })
        .collect())
}

/// A user's conversations.
pub(crate) async fn conversations(
    conn: &mut Conn,
    user: UserId,
) -> sqlx::Result<Vec<ConversationId>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "select conversation_id from members where user_id = $1",
        user.uuid(),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id,)| ConversationId::new(id))
        .collect())
}

/// While it is kept, statements on the connection are broken off when the time is up.
pub(crate) struct Deadline(#[expect(dead_code, reason = "it is there to be dropped")] Arc<()>);

pub(crate) async fn limit_time(conn: &mut Conn, most: Duration) -> sqlx::Result<Deadline> {
    let Engine::Sqlite(conn) = conn.engine();
    let (kept, until) = (Arc::new(()), Instant::now() + most);
    let holder = Arc::downgrade(&kept);
    conn.lock_handle()
        .await?
        .set_progress_handler(LOOK_EVERY, move || {
            // Who asked may be gone, and others use the connection by now.
            holder.strong_count() == 0 || Instant::now() < until
        });
    Ok(Deadline(kept))
}

/// Whether a statement was broken off because its time was up.
pub(crate) fn is_out_of_time(error: &sqlx::Error) -> bool {
    const INTERRUPTED: &str = "9";
    error
        .as_database_error()
        .and_then(DatabaseError::code)
        .is_some_and(|code| code == INTERRUPTED)
}

/// Conversations of which something is not in the index yet.
pub(crate) async fn behind(conn: &mut Conn) -> sqlx::Result<Vec<ConversationId>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "select id from conversations where last_message_seq > indexed_seq"
    )?;
    Ok(rows
        .into_iter()
        .map(|(id,)| ConversationId::new(id))
        .collect())
}

/// Puts the next stretch of some conversations' logs into the index. Returns those of which there is more.
pub(crate) async fn index(
    conn: &mut Conn,
    ids: &[ConversationId],
    stretch: usize,
) -> sqlx::Result<Vec<ConversationId>> {
    let text = |rows| {
        format!(
            "select x.id, x.conversation_id, cast(x.content as blob)
             from ({}) v
             join conversations c on c.id = v.column1
             join messages x on x.conversation_id = c.id and x.seq > c.indexed_seq and x.seq <= c.indexed_seq + {stretch}
             where x.deleted_at is null and (x.kind is null or x.kind <> 'system')",
            values(rows, 1)
        )
    };
    let messages = super::sql_rows!(
        conn,
        fetch_all as (Uuid, Uuid, Vec<u8>),
        text,
        ids,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    )?;
    let (last,) = sql!(
        conn,
        fetch_one as (i64,),
        "select coalesce(max(id), 0) from search_rows"
    )?;
    let documents = messages.into_iter().filter_map(|(id, place, content)| {
        let place = ConversationId::new(place);
        document(place, &self::text(content)).map(|words| (id, place, words))
    });
    let rows: Vec<_> = (last + 1..)
        .zip(documents)
        .map(|(row, (id, place, words))| NewRow {
            row,
            id,
            place,
            words,
        })
        .collect();
    insert(conn, &rows).await?;
    let text = |rows| {
        format!(
            "update conversations set indexed_seq = min(last_seq, indexed_seq + {stretch})
             from ({}) v where conversations.id = v.column1
             returning id, coalesce(last_message_seq, 0) > indexed_seq",
            values(rows, 1)
        )
    };
    let done = super::sql_rows!(
        conn,
        fetch_all as (Uuid, bool),
        text,
        ids,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    )?;
    let more = done.into_iter().filter(|(_, is_behind)| *is_behind);
    Ok(more.map(|(id, _)| ConversationId::new(id)).collect())
}

struct NewRow {
    row: i64,
    id: Uuid,
    place: ConversationId,
    words: String,
}

async fn insert(conn: &mut Conn, new: &[NewRow]) -> sqlx::Result<()> {
    for part in in_powers(new) {
        let text = |rows| {
            format!(
                "insert into search_rows (id, message_id, conversation_id) {}",
                values(rows, 3)
            )
        };
        super::sql_rows!(
            conn,
            execute,
            text,
            part,
            |query, new| query.bind(new.row).bind(new.id).bind(new.place.uuid()),
            query
        )?;
        let text = |rows| format!("insert into search (rowid, words) {}", values(rows, 2));
        super::sql_rows!(
            conn,
            execute,
            text,
            part,
            |query, new| query.bind(new.row).bind(new.words.as_str()),
            query
        )?;
    }
    Ok(())
}

/// Puts a message's new text in the place of the one before. What is not in the index yet comes into it later.
pub(crate) async fn change(conn: &mut Conn, before: &Message, content: &str) -> sqlx::Result<()> {
    let (indexed,) = sql!(
        conn,
        fetch_one as (i64,),
        "select indexed_seq from conversations where id = $1",
        before.conversation_id.uuid(),
    )?;
    if indexed < number(before.seq) {
        return Ok(());
    }
    forget(conn, &[before.id]).await?;
    let Some(words) = document(before.conversation_id, content) else {
        return Ok(());
    };
    let (last,) = sql!(
        conn,
        fetch_one as (i64,),
        "select coalesce(max(id), 0) from search_rows"
    )?;
    let new = NewRow {
        row: last + 1,
        id: before.id.uuid(),
        place: before.conversation_id,
        words,
    };
    insert(conn, &[new]).await
}

/// Takes messages out of the index, as long as their texts are still there.
pub(crate) async fn forget(conn: &mut Conn, ids: &[MessageId]) -> sqlx::Result<()> {
    let text = |rows| {
        format!(
            "select r.id, r.conversation_id, cast(x.content as blob)
             from ({}) v join search_rows r on r.message_id = v.column1 join messages x on x.id = r.message_id",
            values(rows, 1)
        )
    };
    let found = super::sql_rows!(
        conn,
        fetch_all as (i64, Uuid, Vec<u8>),
        text,
        ids,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    )?;
    remove(conn, found).await
}

/// Takes a whole conversation out of the index, as long as its texts are still there.
pub(crate) async fn forget_all_in(conn: &mut Conn, id: ConversationId) -> sqlx::Result<()> {
    let mut after = 0;
    loop {
        let found = sql!(
            conn,
            fetch_all as (i64, Uuid, Vec<u8>, i64),
            "select r.id, r.conversation_id, cast(x.content as blob), x.seq
             from messages x join search_rows r on r.message_id = x.id
             where x.conversation_id = $1 and x.seq > $2 order by x.seq limit 256",
            id.uuid(),
            after,
        )?;
        let Some((.., last)) = found.last() else {
            return Ok(());
        };
        after = *last;
        let found = found
            .into_iter()
            .map(|(row, place, content, _)| (row, place, content));
        remove(conn, found.collect()).await?;
    }
}

async fn remove(conn: &mut Conn, found: Vec<(i64, Uuid, Vec<u8>)>) -> sqlx::Result<()> {
    let rows: Vec<_> = found
        .into_iter()
        .map(|(row, place, content)| {
            let words = document(ConversationId::new(place), &text(content));
            (row, words.unwrap_or_default())
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    for part in in_powers(&rows) {
        let text = |rows| {
            format!(
                "insert into search (search, rowid, words) select 'delete', column1, column2 from ({})",
                values(rows, 2)
            )
        };
        super::sql_rows!(
            conn,
            execute,
            text,
            part,
            |query, (row, words)| query.bind(*row).bind(words.as_str()),
            query
        )?;
    }
    let text = |rows| {
        format!(
            "delete from search_rows where id in ({})",
            values(padded(rows), 1)
        )
    };
    super::sql_rows!(
        conn,
        execute,
        text,
        &rows,
        |query, (row, _)| query.bind(Some(*row)),
        query.bind(None::<i64>)
    )
    .map(drop)
}

/// A stored text, as far as it can be read: the same whenever it is read.
fn text(content: Vec<u8>) -> String {
    match String::from_utf8(content) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}
