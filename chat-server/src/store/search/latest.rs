//! What is found without words: it does not need the index.

use crate::store::{Conn, sql};
use chat_core::{ConversationId, MessageId, Timestamp, UserId};
use uuid::Uuid;

/// What is looked for without words.
pub(crate) struct Said {
    /// Who looks: only in their conversations.
    pub(crate) user: UserId,
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) sender: Option<UserId>,
    pub(crate) before: Option<Timestamp>,
    pub(crate) after: Option<Timestamp>,
    /// Only what was said before this one.
    pub(crate) upto: Option<MessageId>,
    pub(crate) now: Timestamp,
    pub(crate) limit: u32,
}

/// With or without a sender: an index leads to what one said, and to nothing else.
macro_rules! select_latest {
    ($sender:literal) => {
        concat!(
            "select x.id from members m cross join messages x
             where m.user_id = $1 and ($2 is null or m.conversation_id = $2)
                 and x.conversation_id = m.conversation_id and x.id < $3 and x.deleted_at is null
                 and (x.expires_at is null or x.expires_at > $4)
                 and (x.kind is null or x.kind <> 'system')
                 and ($5 is null or x.created_at < $5)
                 and ($6 is null or x.created_at > $6) ",
            $sender,
            " order by x.id desc limit $7"
        )
    };
}

/// The messages said last, newest first: ids begin with the moment.
pub(crate) async fn latest(conn: &mut Conn, said: &Said) -> sqlx::Result<Vec<MessageId>> {
    let text = match said.sender {
        Some(_) => select_latest!("and x.sender_id = $8"),
        None => select_latest!("and $8 is null"),
    };
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        text,
        said.user.uuid(),
        said.conversation.map(ConversationId::uuid),
        said.upto.map_or(Uuid::max(), MessageId::uuid),
        said.now.ms(),
        said.before.map(Timestamp::ms),
        said.after.map(Timestamp::ms),
        i64::from(said.limit),
        said.sender.map(UserId::uuid),
    )?;
    Ok(rows.into_iter().map(|(id,)| MessageId::new(id)).collect())
}
