//! What one user has said, wherever that was.

use super::{MessageRow, is_damage, messages, select_message};
use crate::store::{Conn, number, sql, user::SentPlace};
use chat_core::{Message, UserId};
use uuid::Uuid;

/// What somebody has said and not taken back, in the order of [`SentPlace`], after a place. Notes about what they did are
/// not among it.
pub(crate) async fn of_sender(
    conn: &mut Conn,
    sender: UserId,
    after: Option<SentPlace>,
    limit: u32,
) -> sqlx::Result<Vec<Message>> {
    let (conversation, place) = after.map_or((Uuid::nil(), -1), |(conversation, place)| {
        (conversation.uuid(), number(place))
    });
    let rows = sql!(
        conn,
        fetch_all as MessageRow,
        concat!(
            select_message!(),
            "where x.sender_id = $1 and (x.conversation_id, x.seq) > ($2, $3) and x.deleted_at is null
                 and (x.kind is null or x.kind <> 'system')
             order by x.conversation_id, x.seq limit $4"
        ),
        sender.uuid(),
        conversation,
        place,
        i64::from(limit),
    );
    let whole = match rows {
        Ok(rows) => messages(conn, rows).await,
        Err(error) => Err(error),
    };
    match whole {
        Err(error) if is_damage(&error) => one_by_one(conn, sender, after, limit).await,
        page => page,
    }
}

/// Where a page cannot be read as a whole, each message is read alone, and only the broken one is left out.
async fn one_by_one(
    conn: &mut Conn,
    sender: UserId,
    after: Option<SentPlace>,
    limit: u32,
) -> sqlx::Result<Vec<Message>> {
    let mut place = after;
    loop {
        let sent = crate::store::user::sent_after(conn, sender, place, limit).await?;
        let mut found = Vec::with_capacity(sent.len());
        for (at, id) in &sent {
            place = Some(*at);
            match super::find(conn, *id).await {
                Ok(message) => found.extend(message),
                Err(error) if is_damage(&error) => {
                    tracing::error!(message = %id, %error, "a stored message cannot be read");
                }
                Err(error) => return Err(error),
            }
        }
        if sent.is_empty() || !found.is_empty() {
            return Ok(found);
        }
    }
}
