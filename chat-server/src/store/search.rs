//! The index of words: SQLite's FTS5 or PostgreSQL's text search, behind words that the program makes itself. It only
//! proposes; what is shown is read from `messages`, as it is now and for members only.
//!
//! Rows go into the index some time after their message, and out of it in the transaction that deletes or changes the
//! text.

mod asked;
mod latest;
mod rows;

pub(crate) use asked::Phrase;
pub(crate) use latest::{Said, latest};
pub(crate) use rows::{change, forget, forget_all_in};

use super::{
    Conn, Engine, Kind, at, sql,
    values::{Rows, values},
};
use crate::search::document;
use chat_core::{ConversationId, MessageId, Timestamp, UserId};
use rows::NewRow;
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

/// From the index of an engine to the messages.
macro_rules! select_candidates {
    ($content:literal, $found:literal, $row:literal) => {
        concat!(
            "select r.id, x.id, x.created_at, ",
            $content,
            $found,
            " and x.deleted_at is null
             and (x.expires_at is null or x.expires_at > $4)
             and ($5 is null or x.sender_id = $5)
             and ($6 is null or x.created_at < $6)
             and ($7 is null or x.created_at > $7)
             order by ",
            $row,
            " desc limit $8"
        )
    };
}

/// The messages stored last that have all the phrases, newest first: in one of the conversations with these names, or in
/// any where there is none.
pub(crate) async fn candidates(
    conn: &mut Conn,
    phrases: &[Phrase<'_>],
    places: &[String],
    wanted: &Wanted,
) -> sqlx::Result<Vec<Candidate>> {
    type Row = (i64, Uuid, i64, Vec<u8>);
    let asked = asked::expression(conn.kind(), phrases, places);
    let text = match conn.kind() {
        // In this order: the index gives its rows newest first, and only as many are looked at as it takes.
        Kind::Sqlite => select_candidates!(
            "cast(x.content as blob)",
            " from search
             cross join search_rows r on r.id = search.rowid
             cross join members m on m.conversation_id = r.conversation_id and m.user_id = $2
             cross join messages x on x.id = r.message_id
             where search match $1 and search.rowid <= $3 and search.rowid >= $9",
            "search.rowid"
        ),
        Kind::Postgres => select_candidates!(
            "convert_to(x.content, 'UTF8')",
            " from search_rows r
             join members m on m.conversation_id = r.conversation_id and m.user_id = $2
             join messages x on x.id = r.message_id
             where r.words @@ cast($1 as tsquery) and r.id <= $3 and r.id >= $9",
            "r.id"
        ),
    };
    let rows = sql!(
        conn,
        fetch_all as Row,
        text,
        asked,
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
            content: self::text(content),
        })
        .collect())
}

/// So many conversations are named to the index at once.
pub(crate) fn named_at_once(conn: &Conn) -> usize {
    match conn.kind() {
        Kind::Sqlite => 256,
        // The time that a search may take is counted for each statement there, and a question is a megabyte at most.
        Kind::Postgres => 4_096,
    }
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

/// While it is kept, statements on the connection are broken off when the time is up. On PostgreSQL that holds until the
/// transaction ends.
pub(crate) struct Deadline(#[expect(dead_code, reason = "it is there to be dropped")] Arc<()>);

pub(crate) async fn limit_time(conn: &mut Conn, most: Duration) -> sqlx::Result<Deadline> {
    let (kept, until) = (Arc::new(()), Instant::now() + most);
    match conn.engine() {
        Engine::Sqlite(conn) => {
            let holder = Arc::downgrade(&kept);
            conn.lock_handle()
                .await?
                .set_progress_handler(LOOK_EVERY, move || {
                    // Who asked may be gone, and others use the connection by now.
                    holder.strong_count() == 0 || Instant::now() < until
                });
        }
        Engine::Postgres(..) => {
            sql!(
                conn,
                execute,
                "select set_config('statement_timeout', $1, true)",
                most.as_millis().to_string()
            )?;
        }
    }
    Ok(Deadline(kept))
}

/// Whether a statement was broken off because its time was up.
pub(crate) fn is_out_of_time(error: &sqlx::Error) -> bool {
    // SQLite's `interrupt`, PostgreSQL's `query_canceled`.
    const BROKEN_OFF: [&str; 2] = ["9", "57014"];
    error
        .as_database_error()
        .and_then(DatabaseError::code)
        .is_some_and(|code| BROKEN_OFF.contains(&code.as_ref()))
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
    let kind = conn.kind();
    let text = |rows| stretches(kind, rows, stretch);
    let mut messages = super::sql_rows!(
        conn,
        fetch_all as (Uuid, Uuid, Vec<u8>),
        text,
        ids,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    )?;
    // Not in the statement: for the order of the ids, SQLite would rather read all messages there are by their ids.
    messages.sort_unstable_by_key(|(id, ..)| *id);
    let documents = messages.into_iter().filter_map(|(id, place, content)| {
        let place = ConversationId::new(place);
        document(place, &self::text(content)).map(|words| NewRow { id, place, words })
    });
    rows::insert(conn, documents.collect()).await?;
    let text = |rows| {
        format!(
            "update conversations set indexed_seq =
                 case when last_seq < indexed_seq + {stretch} then last_seq else indexed_seq + {stretch} end
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

/// The next stretch of some conversations' logs. `cross join` keeps SQLite to this order: from the places in the logs to
/// the messages, however many of them there are.
fn stretches(kind: Kind, rows: Rows, stretch: usize) -> String {
    let content = rows::content(kind);
    format!(
        "select x.id, x.conversation_id, {content}
         from ({}) v cross join conversations c cross join messages x
         where c.id = v.column1 and x.conversation_id = c.id
             and x.seq > c.indexed_seq and x.seq <= c.indexed_seq + {stretch}
             and x.deleted_at is null and (x.kind is null or x.kind <> 'system')",
        values(rows, 1)
    )
}

/// A stored text, as far as it can be read: the same whenever it is read.
fn text(content: Vec<u8>) -> String {
    match String::from_utf8(content) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, clock::SystemClock, store::Db};

    /// It did once: for the order of the ids, all of them were read for each stretch.
    #[tokio::test]
    async fn what_comes_into_the_index_is_not_looked_for_among_all_messages() {
        let dir = tempfile::tempdir().unwrap();
        let database = format!("sqlite://{}", dir.path().join("chat.db").display());
        let config = Config {
            database,
            ..Config::default()
        };
        let db = Db::open(&config, Arc::new(SystemClock)).await.unwrap();
        let text = format!(
            "explain query plan {}",
            stretches(Kind::Sqlite, Rows::Marks(64), 2)
        );

        let mut conn = db.read().await.unwrap();
        let steps = sql!(
            conn,
            fetch_all as (i64, i64, i64, String),
            sqlx::AssertSqlSafe(text)
        )
        .unwrap();

        let is_found = |step: &str| step.starts_with("SEARCH x USING PRIMARY KEY");
        assert!(steps.iter().any(|step| is_found(&step.3)), "{steps:?}");
        assert!(
            steps
                .iter()
                .all(|step| step.3 != "USE TEMP B-TREE FOR ORDER BY")
        );
    }
}
