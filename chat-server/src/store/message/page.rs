//! Messages by pages, in the order of their log. What cannot be read is left out, and makes no page of a log shorter: a
//! short page is its end.

use super::{
    is_damage, one_by_one, readable,
    row::{MessageRow, messages, select_message},
    whole,
};
use crate::store::{Conn, number, seq, sql, sql_rows, values::values};
use chat_core::{ConversationId, Message, Seq};
use uuid::Uuid;

/// The oldest messages after a place, oldest first. What cannot be read is left out, and what comes behind it takes its
/// place: fewer than the limit are all there are.
pub(crate) async fn after(
    conn: &mut Conn,
    conversation: ConversationId,
    after: Seq,
    limit: u32,
) -> sqlx::Result<Vec<Message>> {
    let rows = sql!(
        conn,
        fetch_all as MessageRow,
        concat!(
            select_message!(),
            "where x.conversation_id = $1 and x.seq > $2 order by x.seq limit $3"
        ),
        conversation.uuid(),
        number(after),
        i64::from(limit),
    );
    match whole(conn, rows).await {
        Err(error) if is_damage(&error) => {
            let text = "select x.id, x.seq from messages x
                        where x.conversation_id = $1 and x.seq > $2 order by x.seq limit $3";
            past_damage(conn, text, (conversation, after), limit).await
        }
        page => page,
    }
}

/// The newest messages before a place, oldest first; of what cannot be read as [`after`].
pub(crate) async fn before(
    conn: &mut Conn,
    conversation: ConversationId,
    before: Seq,
    limit: u32,
) -> sqlx::Result<Vec<Message>> {
    let rows = sql!(
        conn,
        fetch_all as MessageRow,
        concat!(
            select_message!(),
            "where x.conversation_id = $1 and x.seq < $2 order by x.seq desc limit $3"
        ),
        conversation.uuid(),
        number(before),
        i64::from(limit),
    );
    let mut page = match whole(conn, rows).await {
        Err(error) if is_damage(&error) => {
            let text = "select x.id, x.seq from messages x
                        where x.conversation_id = $1 and x.seq < $2 order by x.seq desc limit $3";
            past_damage(conn, text, (conversation, before), limit).await?
        }
        page => page?,
    };
    page.reverse();
    Ok(page)
}

/// Goes on from a place until there are as many messages that can be read as were asked for, or no more: whoever counts
/// them may take a short page for the end. The statement takes a conversation, a place and a limit.
async fn past_damage(
    conn: &mut Conn,
    text: &'static str,
    (conversation, mut place): (ConversationId, Seq),
    limit: u32,
) -> sqlx::Result<Vec<Message>> {
    let wanted = limit as usize;
    let mut found = Vec::with_capacity(wanted);
    loop {
        let rows = sql!(
            conn,
            fetch_all as (Uuid, i64),
            text,
            conversation.uuid(),
            number(place),
            i64::from(limit),
        )?;
        let Some((_, last)) = rows.last() else {
            return Ok(found);
        };
        place = seq(*last);
        let is_end = rows.len() < wanted;
        found.extend(one_by_one(conn, rows.into_iter().map(|(id, _)| id)).await?);
        found.truncate(wanted);
        if is_end || found.len() == wanted {
            return Ok(found);
        }
    }
}

/// The oldest messages after a place and up to another; what cannot be read is an error.
pub(in crate::store) async fn all_between(
    conn: &mut Conn,
    conversation: ConversationId,
    after: Seq,
    upto: Seq,
    limit: u32,
) -> sqlx::Result<Vec<Message>> {
    let rows = sql!(
        conn,
        fetch_all as MessageRow,
        concat!(
            select_message!(),
            "where x.conversation_id = $1 and x.seq > $2 and x.seq <= $3 order by x.seq limit $4"
        ),
        conversation.uuid(),
        number(after),
        number(upto),
        i64::from(limit),
    )?;
    messages(conn, rows).await
}

/// The newest message of each conversation; what cannot be read is left out.
pub(crate) async fn last_of_each(
    conn: &mut Conn,
    ids: &[ConversationId],
) -> sqlx::Result<Vec<Message>> {
    let text = |rows| {
        format!(
            "{}join conversations c on c.id = x.conversation_id and c.last_message_seq = x.seq
             where c.id in (select v.column1 from ({}) v where v.column1 is not null)",
            select_message!(),
            values(rows, 1)
        )
    };
    let rows = sql_rows!(
        conn,
        fetch_all as MessageRow,
        text,
        ids,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    );
    let mut found = match whole(conn, rows).await {
        Err(error) if is_damage(&error) => Vec::with_capacity(ids.len()),
        found => return found,
    };
    for id in ids {
        found.extend(readable!(
            conn,
            "where x.conversation_id = $1
                 and x.seq = (select c.last_message_seq from conversations c where c.id = $1)",
            id.uuid(),
        )?);
    }
    Ok(found)
}

/// The pinned messages of a conversation, last pinned first; what cannot be read is left out.
pub(crate) async fn pinned(
    conn: &mut Conn,
    conversation: ConversationId,
) -> sqlx::Result<Vec<Message>> {
    let mut page = readable!(
        conn,
        "where x.conversation_id = $1 and x.pinned_at is not null order by x.pinned_at desc, x.seq desc",
        conversation.uuid(),
    )?;
    // One whose time is up is no more pinned, before its row says so.
    page.retain(|message| message.pinned_at.is_some());
    Ok(page)
}
