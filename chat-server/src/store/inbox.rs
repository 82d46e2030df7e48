//! Each user's own log: what came, what went, what moved on another device.
//!
//! Of each kind only the newest entry about a thing (a conversation, a person, the user themselves) is kept, and it is
//! told as the thing is now; of a conversation that is gone, only that it is, for a year. So a log does not grow beyond
//! what the user has, and had in this year. The column `conversation_id` names the thing.

use super::{
    Conn, at, number, seq, sql,
    values::{Rows, values},
};
use chat_core::{ConversationId, Seq, Timestamp, UserId};
use std::collections::HashMap;
use uuid::Uuid;

/// An entry: its place, its kind, what it is about, when.
pub(crate) type Entry = (Seq, String, Uuid, Timestamp);

/// Users in one statement: their rows must stay below SQLite's 32,766 parameters.
const USERS_AT_ONCE: usize = 2_048;

/// Adds the same entry to the logs of many users. Returns its place in each.
pub(crate) async fn insert(
    conn: &mut Conn,
    users: &[UserId],
    kind: &'static str,
    subject: Uuid,
    now: Timestamp,
) -> sqlx::Result<HashMap<UserId, Seq>> {
    let mut places = HashMap::with_capacity(users.len());
    for part in users.chunks(USERS_AT_ONCE) {
        places.extend(insert_part(conn, part, kind, subject, now).await?);
    }
    Ok(places)
}

async fn insert_part(
    conn: &mut Conn,
    users: &[UserId],
    kind: &'static str,
    subject: Uuid,
    now: Timestamp,
) -> sqlx::Result<Vec<(UserId, Seq)>> {
    let text = |rows| {
        let values = values(rows, 1);
        format!(
            "update users set inbox_seq = inbox_seq + 1 from ({values}) v where users.id = v.column1
             returning id, inbox_seq"
        )
    };
    let places = super::sql_rows!(
        conn,
        fetch_all as (Uuid, i64),
        text,
        users,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    )?;
    let text = |rows| {
        format!(
            "insert into inbox_events (user_id, kind, conversation_id, seq, at)
             select v.column1, v.column2, v.column3, v.column4, v.column5 from ({}) v where v.column1 is not null
             on conflict (user_id, conversation_id, kind) do update set seq = excluded.seq, at = excluded.at",
            values(rows, 5)
        )
    };
    super::sql_rows!(
        conn,
        execute,
        text,
        &places,
        |query, (user, place)| query
            .bind(Some(*user))
            .bind(Some(kind))
            .bind(Some(subject))
            .bind(Some(*place))
            .bind(Some(now.ms())),
        query
            .bind(None::<Uuid>)
            .bind(None::<&str>)
            .bind(None::<Uuid>)
            .bind(None::<i64>)
            .bind(None::<i64>)
    )?;
    Ok(places
        .into_iter()
        .map(|(user, place)| (UserId::new(user), seq(place)))
        .collect())
}

/// Forgets what some users were told of a conversation that is theirs no more, but that it is gone.
pub(crate) async fn delete_but_gone(
    conn: &mut Conn,
    users: &[UserId],
    conversation: ConversationId,
) -> sqlx::Result<()> {
    for part in users.chunks(USERS_AT_ONCE) {
        let text = |rows: Rows| {
            format!(
                "delete from inbox_events where conversation_id = ${} and kind in ('conversation.new', 'my.changed')
                     and user_id in (select v.column1 from ({}) v where v.column1 is not null)",
                rows.place(1, 1),
                values(rows, 1)
            )
        };
        super::sql_rows!(
            conn,
            execute,
            text,
            part,
            |query, id| query.bind(Some(id.uuid())),
            query.bind(None::<Uuid>),
            conversation.uuid()
        )?;
    }
    Ok(())
}

/// Whether somebody was told before a moment that a conversation is gone.
pub(crate) async fn is_any_gone(conn: &mut Conn, before: Timestamp) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (i64,),
        "select at from inbox_events where kind = 'conversation.deleted' and at < $1 limit 1",
        before.ms()
    )?;
    Ok(row.is_some())
}

/// Forgets so many of these entries. Who has not come for so long learns what is gone by their positions.
pub(crate) async fn delete_gone(
    conn: &mut Conn,
    before: Timestamp,
    limit: u32,
) -> sqlx::Result<u64> {
    sql!(
        conn,
        execute,
        "delete from inbox_events where (user_id, conversation_id, kind) in
             (select user_id, conversation_id, kind from inbox_events
              where kind = 'conversation.deleted' and at < $1 limit $2)",
        before.ms(),
        i64::from(limit)
    )
}

/// The entries after a place, in order.
pub(crate) async fn after(
    conn: &mut Conn,
    user: UserId,
    after: Seq,
    limit: u32,
) -> sqlx::Result<Vec<Entry>> {
    type Row = (i64, String, Uuid, i64);
    let rows = sql!(
        conn,
        fetch_all as Row,
        "select seq, kind, conversation_id, at from inbox_events where user_id = $1 and seq > $2 order by seq limit $3",
        user.uuid(),
        number(after),
        i64::from(limit),
    )?;
    Ok(rows
        .into_iter()
        .map(|(place, kind, subject, when)| (seq(place), kind, subject, at(when)))
        .collect())
}
