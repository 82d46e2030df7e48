//! The end of a conversation's log, as it is kept outside of the database for a while: what is stored of its messages, to
//! be shown later with the names and at the moment of then.

use super::{
    MessageRow, StoredMessage,
    row::{Senders, gather, select_message, show},
};
use crate::store::{Conn, at, number, seq, sql};
use chat_core::{ConversationId, Message, MessageId, Seq, Timestamp};

impl StoredMessage {
    pub(crate) fn id(&self) -> MessageId {
        MessageId::new(self.row.id)
    }

    pub(crate) fn conversation_id(&self) -> ConversationId {
        ConversationId::new(self.row.conversation_id)
    }

    pub(crate) fn seq(&self) -> Seq {
        seq(self.row.seq)
    }

    /// When something of it is to be gone.
    pub(crate) fn runs_out_at(&self) -> Option<Timestamp> {
        let (own, reply) = (self.row.expires_at, self.row.reply_expires_at);
        own.into_iter().chain(reply).min().map(at)
    }
}

/// The newest messages, oldest first; what cannot be read is an error.
pub(crate) async fn newest(
    conn: &mut Conn,
    conversation: ConversationId,
    limit: u32,
) -> sqlx::Result<Vec<StoredMessage>> {
    let mut rows = sql!(
        conn,
        fetch_all as MessageRow,
        concat!(
            select_message!(),
            "where x.conversation_id = $1 order by x.seq desc limit $2"
        ),
        conversation.uuid(),
        i64::from(limit),
    )?;
    rows.reverse();
    gather(conn, rows).await
}

/// The oldest messages from a place on; what cannot be read is an error.
pub(crate) async fn since(
    conn: &mut Conn,
    conversation: ConversationId,
    from: Seq,
    limit: u32,
) -> sqlx::Result<Vec<StoredMessage>> {
    let rows = sql!(
        conn,
        fetch_all as MessageRow,
        concat!(
            select_message!(),
            "where x.conversation_id = $1 and x.seq >= $2 order by x.seq limit $3"
        ),
        conversation.uuid(),
        number(from),
        i64::from(limit),
    )?;
    gather(conn, rows).await
}

/// Messages that were kept, as they are to be seen now.
pub(crate) async fn shown(
    conn: &mut Conn,
    stored: Vec<StoredMessage>,
) -> sqlx::Result<Vec<Message>> {
    show(conn, stored, Senders::ToLookUp).await
}
