//! Messages as they are stored. A message's row is also its entry `message.new` in the log.

use super::{
    Conn, at, number, seq, sql,
    user::user,
    values::{in_powers, values},
};
use chat_core::{ClientId, ConversationId, Message, MessageId, Seq, Timestamp, User, UserId};
use std::collections::HashMap;
use uuid::Uuid;

/// Columns of a message with its sender; begins every statement that reads messages.
macro_rules! select_message {
    () => {
        "select x.id, x.conversation_id, x.seq, x.client_id, x.content, x.created_at, x.edited_at, x.deleted_at,
             x.deleted_by, u.id, u.username, u.display_name, u.avatar_url
         from messages x join users u on u.id = x.sender_id "
    };
}

type MessageRow = (
    Uuid,
    Uuid,
    i64,
    String,
    String,
    i64,
    Option<i64>,
    Option<i64>,
    Option<Uuid>,
    Uuid,
    String,
    String,
    Option<String>,
);

fn message(row: MessageRow) -> sqlx::Result<Message> {
    let (
        id,
        conversation,
        place,
        client_id,
        content,
        created,
        edited,
        deleted,
        deleted_by,
        sender,
        name,
        shown,
        avatar,
    ) = row;
    Ok(Message {
        id: MessageId::new(id),
        conversation_id: ConversationId::new(conversation),
        seq: seq(place),
        client_id: ClientId::try_from(client_id).map_err(|_| super::unreadable("client id"))?,
        sender: user((sender, name, shown, avatar)),
        content,
        created_at: at(created),
        edited_at: edited.map(at),
        deleted_at: deleted.map(at),
        deleted_by: deleted_by.map(UserId::new),
    })
}

fn messages(rows: Vec<MessageRow>) -> sqlx::Result<Vec<Message>> {
    rows.into_iter().map(message).collect()
}

/// A message with its place taken, as the writer stores it.
pub(crate) struct NewMessage {
    pub(crate) message: Message,
    pub(crate) content_hash: i64,
}

/// What names a send: where, whose, and the client's own id.
pub(crate) type SendKey = (ConversationId, UserId, ClientId);

/// What there is to know before a send is stored: it is only found for members whose account is not disabled.
pub(crate) struct Sendable {
    pub(crate) sender: User,
    /// The message that is there already under this name, with the hash of what was first sent.
    pub(crate) stored: Option<(MessageId, Option<i64>)>,
}

/// Who of these may write where they want to, and what they have written already.
pub(crate) async fn sendable(
    conn: &mut Conn,
    keys: &[SendKey],
) -> sqlx::Result<HashMap<SendKey, Sendable>> {
    type Row = (
        Uuid,
        String,
        Uuid,
        String,
        String,
        Option<String>,
        Option<Uuid>,
        Option<i64>,
    );
    let text = |rows| {
        format!(
            "select v.column1, v.column3, u.id, u.username, u.display_name, u.avatar_url, x.id, x.content_hash
             from ({}) v
             join members m on m.conversation_id = v.column1 and m.user_id = v.column2
             join users u on u.id = m.user_id and u.disabled_at is null
             left join messages x
                 on x.client_id = v.column3 and x.conversation_id = v.column1 and x.sender_id = v.column2",
            values(rows, 3)
        )
    };
    let rows = super::sql_rows!(
        conn,
        fetch_all as Row,
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
    rows.into_iter()
        .map(
            |(conversation, client, id, name, shown, avatar, stored, hash)| {
                let client =
                    ClientId::try_from(client).map_err(|_| super::unreadable("client id"))?;
                let key = (ConversationId::new(conversation), UserId::new(id), client);
                let stored = stored.map(|id| (MessageId::new(id), hash));
                Ok((
                    key,
                    Sendable {
                        sender: user((id, name, shown, avatar)),
                        stored,
                    },
                ))
            },
        )
        .collect()
}

/// Stores messages whose places were taken in this transaction.
pub(crate) async fn insert(conn: &mut Conn, new: &[NewMessage]) -> sqlx::Result<()> {
    for part in in_powers(new) {
        let text = |rows| {
            format!(
                "insert into messages
                     (conversation_id, seq, id, sender_id, client_id, content_hash, content, created_at)
                 {}",
                values(rows, 8)
            )
        };
        super::sql_rows!(
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
                .bind(message.content.as_str())
                .bind(message.created_at.ms()),
            query
        )?;
    }
    Ok(())
}

pub(crate) async fn find(conn: &mut Conn, id: MessageId) -> sqlx::Result<Option<Message>> {
    let row = sql!(
        conn,
        fetch_optional as MessageRow,
        concat!(select_message!(), "where x.id = $1"),
        id.uuid()
    )?;
    row.map(message).transpose()
}

/// The oldest messages after a place, oldest first; what cannot be read is left out.
pub(crate) async fn after(
    conn: &mut Conn,
    conversation: ConversationId,
    after: Seq,
    limit: u32,
) -> sqlx::Result<Vec<Message>> {
    match all_between(conn, conversation, after, Seq::MAX, limit).await {
        Err(error) if is_damage(&error) => {
            let places = sql!(
                conn,
                fetch_all as (i64,),
                "select seq from messages where conversation_id = $1 and seq > $2 order by seq limit $3",
                conversation.uuid(),
                number(after),
                i64::from(limit),
            )?;
            one_by_one(conn, conversation, places).await
        }
        page => page,
    }
}

/// The newest messages before a place, oldest first; what cannot be read is left out.
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
    let mut page = match rows.and_then(messages) {
        Err(error) if is_damage(&error) => {
            let places = sql!(
                conn,
                fetch_all as (i64,),
                "select seq from messages where conversation_id = $1 and seq < $2 order by seq desc limit $3",
                conversation.uuid(),
                number(before),
                i64::from(limit),
            )?;
            one_by_one(conn, conversation, places).await?
        }
        page => page?,
    };
    page.reverse();
    Ok(page)
}

/// The oldest messages after a place and up to another; what cannot be read is an error.
pub(super) async fn all_between(
    conn: &mut Conn,
    conversation: ConversationId,
    after: Seq,
    upto: Seq,
    limit: u32,
) -> sqlx::Result<Vec<Message>> {
    messages(sql!(
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
    )?)
}

/// Where a page cannot be read as a whole, each message is read alone, and only the broken one is given up.
async fn one_by_one(
    conn: &mut Conn,
    conversation: ConversationId,
    places: Vec<(i64,)>,
) -> sqlx::Result<Vec<Message>> {
    let mut found = Vec::with_capacity(places.len());
    for (place,) in places {
        let row = sql!(
            conn,
            fetch_optional as MessageRow,
            concat!(
                select_message!(),
                "where x.conversation_id = $1 and x.seq = $2"
            ),
            conversation.uuid(),
            place,
        );
        match row.and_then(|row| row.map(message).transpose()) {
            Ok(message) => found.extend(message),
            Err(error) if is_damage(&error) => {
                tracing::error!(%conversation, place, %error, "a stored message cannot be read");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Whether a row is there but cannot be read, so that trying again changes nothing.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)
    )
}

/// The newest message of each conversation; what cannot be read is left out.
pub(crate) async fn last_of_each(
    conn: &mut Conn,
    ids: &[ConversationId],
) -> sqlx::Result<Vec<Message>> {
    match all_last_of_each(conn, ids).await {
        Err(error) if is_damage(&error) => {
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                match all_last_of_each(conn, &[*id]).await {
                    Ok(last) => found.extend(last),
                    Err(error) if is_damage(&error) => {
                        tracing::error!(conversation = %id, %error, "the newest message cannot be read");
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        }
        found => found,
    }
}

async fn all_last_of_each(conn: &mut Conn, ids: &[ConversationId]) -> sqlx::Result<Vec<Message>> {
    let text = |rows| {
        format!(
            "{}join conversations c on c.id = x.conversation_id and c.last_message_seq = x.seq
             where c.id in (select v.column1 from ({}) v where v.column1 is not null)",
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
    )?;
    messages(rows)
}

pub(crate) async fn set_content(
    conn: &mut Conn,
    id: MessageId,
    content: &str,
    edited_at: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update messages set content = $2, edited_at = $3 where id = $1",
        id.uuid(),
        content,
        edited_at.ms(),
    )
    .map(drop)
}

/// Leaves a tombstone: the text is gone, and so is what it could be recognised by.
pub(crate) async fn bury(
    conn: &mut Conn,
    id: MessageId,
    deleted_at: Timestamp,
    by: UserId,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update messages set content = '', content_hash = null, edited_at = null, deleted_at = $2, deleted_by = $3
         where id = $1",
        id.uuid(),
        deleted_at.ms(),
        by.uuid(),
    )
    .map(drop)
}
