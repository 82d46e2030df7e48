//! Messages as they are stored. A message's row is also its entry `message.new` in the log.

mod bury;
mod change;
mod end;
mod own;
mod page;
mod row;
mod send;

pub(crate) use bury::{Due, bury, bury_due, due, due_unread, is_any_due};
pub(crate) use change::{count_pinned, revisions, set_content, set_mention, set_pinned};
pub(crate) use end::{newest, shown, since};
pub(crate) use own::of_sender;
pub(super) use page::all_between;
pub(crate) use page::{after, before, last_of_each, pinned};
pub(crate) use row::{KeptExtras, StoredMessage, kind_word};
pub(crate) use send::{
    NewMessage, SendKey, Sendable, insert, insert_mentions, is_stored, sendable,
};

use super::{Conn, sql, values::values};
use chat_core::{ConversationId, Message, MessageId, text};
use row::{MessageRow, messages, select_message};
use uuid::Uuid;

/// Reads the messages of a condition; where they cannot be read as a whole, each of them alone, and only the broken one is
/// left out. What is found may be fewer than a limit for that alone: pages of a log go on behind it ([`page`]).
macro_rules! readable {
    ($conn:expr, $which:literal $(, $bind:expr)* $(,)?) => {{
        let text = concat!($crate::store::message::row::select_message!(), $which);
        let rows = $crate::store::sql!(
            $conn, fetch_all as $crate::store::message::row::MessageRow, text $(, $bind)*
        );
        match $crate::store::message::whole($conn, rows).await {
            Err(error) if $crate::store::message::is_damage(&error) => {
                let text = concat!("select x.id from messages x ", $which);
                let ids = $crate::store::sql!($conn, fetch_all as (uuid::Uuid,), text $(, $bind)*)?;
                $crate::store::message::one_by_one($conn, ids.into_iter().map(|(id,)| id)).await
            }
            page => page,
        }
    }};
}
use readable;

/// Whether a row is there but cannot be read, so that trying again changes nothing.
pub(crate) fn is_damage(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)
    )
}

pub(crate) async fn find(conn: &mut Conn, id: MessageId) -> sqlx::Result<Option<Message>> {
    let row = sql!(
        conn,
        fetch_optional as MessageRow,
        concat!(select_message!(), "where x.id = $1"),
        id.uuid()
    )?;
    Ok(messages(conn, row.into_iter().collect()).await?.pop())
}

/// The conversation of a message, whether the message can be read or not.
pub(crate) async fn place_of(
    conn: &mut Conn,
    id: MessageId,
) -> sqlx::Result<Option<ConversationId>> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select conversation_id from messages where id = $1",
        id.uuid()
    )?;
    Ok(row.map(|(place,)| ConversationId::new(place)))
}

/// Some messages, in no order; what cannot be read is left out.
pub(crate) async fn by_ids(conn: &mut Conn, ids: &[MessageId]) -> sqlx::Result<Vec<Message>> {
    let text = |rows| {
        format!(
            "{}where x.id in (select v.column1 from ({}) v where v.column1 is not null)",
            select_message!(),
            values(rows, 1)
        )
    };
    let rows = super::sql_rows!(
        conn,
        fetch_all as MessageRow,
        text,
        ids,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    );
    match whole(conn, rows).await {
        Err(error) if is_damage(&error) => one_by_one(conn, ids.iter().map(|id| id.uuid())).await,
        found => found,
    }
}

/// The messages of rows that may not have been readable.
async fn whole(conn: &mut Conn, rows: sqlx::Result<Vec<MessageRow>>) -> sqlx::Result<Vec<Message>> {
    messages(conn, rows?).await
}

/// Each message alone; the broken ones are left out.
async fn one_by_one(
    conn: &mut Conn,
    ids: impl Iterator<Item = Uuid>,
) -> sqlx::Result<Vec<Message>> {
    let mut found = Vec::new();
    for id in ids.map(MessageId::new) {
        match find(conn, id).await {
            Err(error) if is_damage(&error) => {
                tracing::error!(message = %id, %error, "a stored message cannot be read");
            }
            message => found.extend(message?),
        }
    }
    Ok(found)
}

/// The beginning of a message's text as it is now.
pub(crate) async fn excerpt(conn: &mut Conn, id: MessageId) -> sqlx::Result<String> {
    let now = conn.now();
    let row = sql!(
        conn,
        fetch_optional as (String,),
        "select content from messages where id = $1 and (expires_at is null or expires_at > $2)",
        id.uuid(),
        now.ms(),
    )?;
    Ok(row.map_or_else(String::new, |(content,)| text::excerpt(&content)))
}
