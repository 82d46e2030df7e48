//! What changes about a stored message while it lives: its text, whom it names, whether it is pinned.

use super::KeptExtras;
use crate::store::{Conn, at, number, search, sql};
use chat_core::{ConversationId, Message, MessageEdited, MessageId, Seq, Timestamp, UserId};

/// Gives a message another text; the one before goes into its history, of which the newest hundred are kept.
pub(crate) async fn set_content(
    conn: &mut Conn,
    before: &Message,
    edit: &MessageEdited,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into revisions (message_id, number, content, at)
         select $1, coalesce(max(number), 0) + 1, $2, $3 from revisions where message_id = $1",
        before.id.uuid(),
        before.content.as_str(),
        before.edited_at.unwrap_or(before.created_at).ms(),
    )?;
    sql!(
        conn,
        execute,
        "delete from revisions where message_id = $1
             and number <= (select max(number) from revisions where message_id = $1) - 99",
        before.id.uuid(),
    )?;
    search::change(conn, before, &edit.content).await?;
    let mut extras = KeptExtras::from(&before.extras);
    extras.mentions.clone_from(&edit.mentions);
    sql!(
        conn,
        execute,
        "update messages set content = $2, edited_at = $3, extras = $4 where id = $1",
        before.id.uuid(),
        edit.content.as_str(),
        edit.edited_at.ms(),
        extras.json(),
    )
    .map(drop)
}

/// The texts that a message had before, oldest first, with the moments since when it had them.
pub(crate) async fn revisions(
    conn: &mut Conn,
    id: MessageId,
) -> sqlx::Result<Vec<(String, Timestamp)>> {
    let rows = sql!(
        conn,
        fetch_all as (String, i64),
        "select content, at from revisions where message_id = $1 order by number",
        id.uuid(),
    )?;
    Ok(rows
        .into_iter()
        .map(|(content, when)| (content, at(when)))
        .collect())
}

/// Notes that a message names somebody, or no more. False for who is no member, or has read it already.
pub(crate) async fn set_mention(
    conn: &mut Conn,
    (place, seq, sender): (ConversationId, Seq, UserId),
    user: UserId,
    is_named: bool,
) -> sqlx::Result<bool> {
    let (place, seq) = (place.uuid(), number(seq));
    match is_named {
        true => sql!(
            conn,
            execute,
            "insert into mentions (conversation_id, user_id, seq, sender_id) values ($1, $2, $3, $4)
             on conflict do nothing",
            place,
            user.uuid(),
            seq,
            sender.uuid(),
        )?,
        false => sql!(
            conn,
            execute,
            "delete from mentions where conversation_id = $1 and user_id = $2 and seq = $3",
            place,
            user.uuid(),
            seq,
        )?,
    };
    let waits = sql!(
        conn,
        fetch_optional as (i64,),
        "select read_seq from members where conversation_id = $1 and user_id = $2 and read_seq < $3",
        place,
        user.uuid(),
        seq,
    )?;
    Ok(waits.is_some())
}

/// Pins a message, or lets it go.
pub(crate) async fn set_pinned(
    conn: &mut Conn,
    id: MessageId,
    pinned_at: Option<Timestamp>,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update messages set pinned_at = $2 where id = $1",
        id.uuid(),
        pinned_at.map(Timestamp::ms),
    )
    .map(drop)
}

/// How many messages of a conversation are pinned.
pub(crate) async fn count_pinned(
    conn: &mut Conn,
    conversation: ConversationId,
) -> sqlx::Result<i64> {
    let (count,) = sql!(
        conn,
        fetch_one as (i64,),
        "select count(*) from messages where conversation_id = $1 and pinned_at is not null",
        conversation.uuid(),
    )?;
    Ok(count)
}
