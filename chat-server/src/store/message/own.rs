//! What one user has said, wherever that was.

use super::{one_by_one, readable};
use crate::store::{
    Conn, number,
    user::{SentPlace, sent_after},
};
use chat_core::{Message, UserId};
use uuid::Uuid;

/// What somebody has said and not taken back, in the order of [`SentPlace`], after a place. Notes about what they did are
/// not among it. Only the last page is empty.
pub(crate) async fn of_sender(
    conn: &mut Conn,
    sender: UserId,
    after: Option<SentPlace>,
    limit: u32,
) -> sqlx::Result<Vec<Message>> {
    let (conversation, place) = after.map_or((Uuid::nil(), -1), |(conversation, place)| {
        (conversation.uuid(), number(place))
    });
    let mut page = readable!(
        conn,
        "where x.sender_id = $1 and (x.conversation_id, x.seq) > ($2, $3) and x.deleted_at is null
             and (x.kind is null or x.kind <> 'system')
         order by x.conversation_id, x.seq limit $4",
        sender.uuid(),
        conversation,
        place,
        i64::from(limit),
    )?;
    page.retain(is_there);
    let mut place = after;
    // Where a whole page cannot be read, what comes after it can.
    while page.is_empty() {
        let sent = sent_after(conn, sender, place, limit).await?;
        let Some((last, _)) = sent.last() else { break };
        place = Some(*last);
        page = one_by_one(conn, sent.iter().map(|(_, id)| id.uuid())).await?;
        page.retain(is_there);
    }
    Ok(page)
}

/// What has run out may still have its row.
fn is_there(message: &Message) -> bool {
    message.deleted_at.is_none()
}
