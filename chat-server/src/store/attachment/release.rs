//! Letting files go: with the message, or the conversation, that showed them. What nobody shows any more is gone for everybody;
//! what others still show becomes theirs, so that nobody is charged for what they can neither see nor delete.

use super::{super::sql, Conn};
use chat_core::{ConversationId, MessageId, Timestamp};

/// Lets the files of a message go; those that no other message refers to are gone for everybody at once, and their bytes
/// are collected. One that only messages of others still show becomes theirs who showed it first: it counts as what they
/// keep, and they can let it go.
pub(crate) async fn release(
    conn: &mut Conn,
    message: MessageId,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update attachments set unused_since = $2, is_gone = 1
         where id in (select attachment_id from message_attachments where message_id = $1)
             and not exists (select 1 from message_attachments o
                             where o.attachment_id = attachments.id and o.message_id <> $1)",
        message.uuid(),
        now.ms(),
    )?;
    sql!(
        conn,
        execute,
        "update attachments set owner_id = (select m.sender_id from message_attachments o
                                            join messages m on m.id = o.message_id
                                            where o.attachment_id = attachments.id and o.message_id <> $1
                                            order by m.id limit 1)
         where id in (select attachment_id from message_attachments where message_id = $1)
             and exists (select 1 from message_attachments o
                         where o.attachment_id = attachments.id and o.message_id <> $1)
             and not exists (select 1 from message_attachments o join messages m on m.id = o.message_id
                             where o.attachment_id = attachments.id and o.message_id <> $1
                                 and m.sender_id = attachments.owner_id)",
        message.uuid(),
    )?;
    sql!(
        conn,
        execute,
        "delete from message_attachments where message_id = $1",
        message.uuid()
    )
    .map(drop)
}

/// Before a conversation goes with its messages: files that only messages of others still show, elsewhere, become theirs who
/// showed them first.
pub(crate) async fn hand_over(conn: &mut Conn, conversation: ConversationId) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update attachments set owner_id = (select m.sender_id from message_attachments o
                                            join messages m on m.id = o.message_id
                                            where o.attachment_id = attachments.id and m.conversation_id <> $1
                                            order by m.id limit 1)
         where id in (select f.attachment_id from messages x join message_attachments f on f.message_id = x.id
                      where x.conversation_id = $1 and x.file_count > 0)
             and exists (select 1 from message_attachments o join messages m on m.id = o.message_id
                         where o.attachment_id = attachments.id and m.conversation_id <> $1)
             and not exists (select 1 from message_attachments o join messages m on m.id = o.message_id
                             where o.attachment_id = attachments.id and m.conversation_id <> $1
                                 and m.sender_id = attachments.owner_id)",
        conversation.uuid(),
    )
    .map(drop)
}
