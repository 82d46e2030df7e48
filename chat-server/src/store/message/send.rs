//! Messages on their way in: who may send where, what is there already, and the rows of what is new.

use super::{KeptExtras, kind_word, row::kept_content};
use crate::store::{
    Conn, number, sql, sql_rows, unreadable,
    user::{UserRow, user},
    values::{in_powers, values},
};
use chat_core::{
    ClientId, ConversationId, ConversationKind, MemberRole, Message, MessageId, Timestamp, User,
    UserId,
};
use std::collections::HashMap;
use uuid::Uuid;

/// What names a send: where, whose, and the client's own id.
pub(crate) type SendKey = (ConversationId, UserId, ClientId);

/// What there is to know before a send is stored: it is only found for members whose account is not disabled.
pub(crate) struct Sendable {
    pub(crate) sender: User,
    pub(crate) kind: ConversationKind,
    pub(crate) role: MemberRole,
    /// Whether the other one of a direct conversation does not want to hear from the sender.
    pub(crate) is_blocked: bool,
    /// How long messages stay here, in seconds.
    pub(crate) message_ttl_s: Option<i64>,
    /// The message that is there already under this name, with the hash of what was first sent.
    pub(crate) stored: Option<(MessageId, Option<i64>)>,
}

/// Who of these may write where they want to, and what they have written already.
pub(crate) async fn sendable(
    conn: &mut Conn,
    keys: &[SendKey],
) -> sqlx::Result<HashMap<SendKey, Sendable>> {
    let text = |rows| {
        format!(
            "select v.column1 as conversation_id, v.column3 as client_id, u.id, u.username, u.display_name,
                 u.avatar_url, u.is_bot, c.kind, m.role, m.is_blocked, c.message_ttl_s, x.id as stored_id,
                 x.content_hash
             from ({}) v
             join members m on m.conversation_id = v.column1 and m.user_id = v.column2
             join conversations c on c.id = v.column1
             join users u on u.id = m.user_id and u.disabled_at is null
             left join messages x
                 on x.client_id = v.column3 and x.conversation_id = v.column1 and x.sender_id = v.column2",
            values(rows, 3)
        )
    };
    let rows = sql_rows!(
        conn,
        fetch_all as SendableRow,
        text,
        keys,
        |query, (conversation, sender, client)| query
            .bind(Some(conversation.uuid()))
            .bind(Some(sender.uuid()))
            .bind(Some(client.as_str())),
        query
            .bind(None::<Uuid>)
            .bind(None::<Uuid>)
            .bind(None::<&str>)
    )?;
    rows.into_iter().map(sendable_row).collect()
}

#[derive(sqlx::FromRow)]
struct SendableRow {
    conversation_id: Uuid,
    client_id: String,
    id: Uuid,
    username: String,
    display_name: String,
    avatar_url: Option<String>,
    is_bot: i64,
    kind: String,
    role: String,
    is_blocked: i64,
    message_ttl_s: Option<i64>,
    stored_id: Option<Uuid>,
    content_hash: Option<i64>,
}

fn sendable_row(row: SendableRow) -> sqlx::Result<(SendKey, Sendable)> {
    let client = ClientId::try_from(row.client_id).map_err(|_| unreadable("client id"))?;
    let key = (
        ConversationId::new(row.conversation_id),
        UserId::new(row.id),
        client,
    );
    let sender: UserRow = (
        row.id,
        row.username,
        row.display_name,
        row.avatar_url,
        row.is_bot,
    );
    let sendable = Sendable {
        sender: user(sender),
        kind: crate::store::conversation::kind(&row.kind)?,
        role: crate::store::member::role(&row.role)?,
        is_blocked: row.is_blocked != 0,
        message_ttl_s: row.message_ttl_s,
        stored: row
            .stored_id
            .map(|id| (MessageId::new(id), row.content_hash)),
    };
    Ok((key, sendable))
}

/// A message with its place taken, as the writer stores it.
pub(crate) struct NewMessage {
    pub(crate) message: Message,
    pub(crate) content_hash: i64,
}

/// Whether a send under this name is stored already.
pub(crate) async fn is_stored(
    conn: &mut Conn,
    (conversation, sender, client): &SendKey,
) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select id from messages where client_id = $1 and conversation_id = $2 and sender_id = $3",
        client.as_str(),
        conversation.uuid(),
        sender.uuid(),
    )?;
    Ok(row.is_some())
}

/// Stores messages whose places were taken in this transaction.
pub(crate) async fn insert(conn: &mut Conn, new: &[NewMessage]) -> sqlx::Result<()> {
    for part in in_powers(new) {
        let text = |rows| {
            format!(
                "insert into messages
                     (conversation_id, seq, id, sender_id, client_id, content_hash, content, created_at,
                      expires_at, kind, extras, reply_to, file_count)
                 {}",
                values(rows, 13)
            )
        };
        sql_rows!(
            conn,
            execute,
            text,
            part,
            |query,
             NewMessage {
                 message,
                 content_hash,
             }| query
                .bind(message.conversation_id.uuid())
                .bind(number(message.seq))
                .bind(message.id.uuid())
                .bind(message.sender.id.uuid())
                .bind(message.client_id.as_str())
                .bind(*content_hash)
                .bind(kept_content(message))
                .bind(message.created_at.ms())
                .bind(message.expires_at.map(Timestamp::ms))
                .bind(kind_word(message.kind))
                .bind(KeptExtras::from(&message.extras).json())
                .bind(
                    message
                        .extras
                        .reply_to
                        .as_ref()
                        .map(|reply| reply.id.uuid())
                )
                .bind(i64::try_from(message.extras.attachments.len()).unwrap_or(0)),
            query
        )?;
    }
    Ok(())
}

/// Notes whom a stored message names.
pub(crate) async fn insert_mentions(conn: &mut Conn, message: &Message) -> sqlx::Result<()> {
    let everybody = message.extras.mentions_all.then(Uuid::nil);
    let named = message.extras.mentions.iter().map(|id| id.uuid());
    for user in named.chain(everybody) {
        sql!(
            conn,
            execute,
            "insert into mentions (conversation_id, user_id, seq, sender_id) values ($1, $2, $3, $4)
             on conflict do nothing",
            message.conversation_id.uuid(),
            user,
            number(message.seq),
            message.sender.id.uuid(),
        )?;
    }
    Ok(())
}
