//! The rows of the index: putting them in, changing them, taking them out.

use super::{asked::quoted, text};
use crate::{
    search::document,
    store::{
        Conn, Kind, number, sql, sql_rows,
        values::{in_powers, values},
    },
};
use chat_core::{ConversationId, Message, MessageId};
use uuid::Uuid;

/// A message that comes into the index.
pub(super) struct NewRow {
    pub(super) id: Uuid,
    pub(super) place: ConversationId,
    pub(super) words: String,
}

/// The text of a message as it lies there, whatever that is.
pub(super) fn content(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "cast(x.content as blob)",
        Kind::Postgres => "convert_to(x.content, 'UTF8')",
    }
}

/// Puts rows into the index, behind all that are there.
pub(super) async fn insert(conn: &mut Conn, new: Vec<NewRow>) -> sqlx::Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    match conn.kind() {
        Kind::Sqlite => insert_matched(conn, &new).await,
        Kind::Postgres => insert_queried(conn, &new).await,
    }
}

async fn insert_matched(conn: &mut Conn, new: &[NewRow]) -> sqlx::Result<()> {
    let (last,) = sql!(
        conn,
        fetch_one as (i64,),
        "select coalesce(max(id), 0) from search_rows"
    )?;
    let new: Vec<_> = (last + 1..).zip(new).collect();
    for part in in_powers(&new) {
        let text = |rows| {
            format!(
                "insert into search_rows (id, message_id, conversation_id) {}",
                values(rows, 3)
            )
        };
        sql_rows!(
            conn,
            execute,
            text,
            part,
            |query, (row, new)| query.bind(*row).bind(new.id).bind(new.place.uuid()),
            query
        )?;
        let text = |rows| format!("insert into search (rowid, words) {}", values(rows, 2));
        sql_rows!(
            conn,
            execute,
            text,
            part,
            |query, (row, new)| query.bind(*row).bind(new.words.as_str()),
            query
        )?;
    }
    Ok(())
}

async fn insert_queried(conn: &mut Conn, new: &[NewRow]) -> sqlx::Result<()> {
    let text = |rows| {
        format!(
            "insert into search_rows (id, message_id, conversation_id, words)
             select nextval('search_rows_id'), v.column1, v.column2, cast(v.column3 as tsvector) from ({}) v",
            values(rows, 3)
        )
    };
    let rows: Vec<_> = new.iter().map(|new| (new, vector(&new.words))).collect();
    sql_rows!(
        conn,
        execute,
        text,
        &rows,
        |query, (new, words)| query
            .bind(new.id)
            .bind(new.place.uuid())
            .bind(words.as_str()),
        query
    )
    .map(drop)
}

/// Words with their places, as PostgreSQL reads them.
fn vector(words: &str) -> String {
    let mut text = String::with_capacity(words.len() * 2);
    for (place, word) in (1..).zip(words.split(' ')) {
        text.push_str(&quoted(word));
        text.push_str(&format!(":{place} "));
    }
    text
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
    let new = NewRow {
        id: before.id.uuid(),
        place: before.conversation_id,
        words,
    };
    insert(conn, vec![new]).await
}

/// Takes messages out of the index, as long as their texts are still there.
pub(crate) async fn forget(conn: &mut Conn, ids: &[MessageId]) -> sqlx::Result<()> {
    if conn.kind() == Kind::Postgres {
        let text = |rows| {
            format!(
                "delete from search_rows where message_id in (select v.column1 from ({}) v)",
                values(rows, 1)
            )
        };
        return sql_rows!(
            conn,
            execute,
            text,
            ids,
            |query, id| query.bind(Some(id.uuid())),
            query.bind(None::<Uuid>)
        )
        .map(drop);
    }
    let text = |rows| {
        format!(
            "select r.id, r.conversation_id, cast(x.content as blob)
             from ({}) v join search_rows r on r.message_id = v.column1 join messages x on x.id = r.message_id",
            values(rows, 1)
        )
    };
    let found = sql_rows!(
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
    if conn.kind() == Kind::Postgres {
        let text = "delete from search_rows where conversation_id = $1";
        return sql!(conn, execute, text, id.uuid()).map(drop);
    }
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

/// FTS5 keeps no text: to take a row out it is told the words again, which only the text of then gives.
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
        sql_rows!(
            conn,
            execute,
            text,
            part,
            |query, (row, words)| query.bind(*row).bind(words.as_str()),
            query
        )?;
    }
    let text = |rows| format!("delete from search_rows where id in ({})", values(rows, 1));
    sql_rows!(
        conn,
        execute,
        text,
        &rows,
        |query, (row, _)| query.bind(Some(*row)),
        query.bind(None::<i64>)
    )
    .map(drop)
}
