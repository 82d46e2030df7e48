//! Messages as they are stored. A message's row is also its entry `message.new` in the log.

mod own;
mod row;

pub(crate) use own::of_sender;
pub(crate) use row::{KeptExtras, kind_word};

use super::{
    Conn, number, sql,
    user::{UserRow, user},
    values::{in_powers, values},
};
use chat_core::{
    ClientId, ConversationId, ConversationKind, MemberRole, Message, MessageEdited, MessageId, Seq,
    Timestamp, User, UserId, text,
};
use row::{MessageRow, messages, select_message};
use std::collections::HashMap;
use uuid::Uuid;

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
    let rows = super::sql_rows!(
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
    let client = ClientId::try_from(row.client_id).map_err(|_| super::unreadable("client id"))?;
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
        kind: super::conversation::kind(&row.kind)?,
        role: super::member::role(&row.role)?,
        is_blocked: row.is_blocked != 0,
        message_ttl_s: row.message_ttl_s,
        stored: row
            .stored_id
            .map(|id| (MessageId::new(id), row.content_hash)),
    };
    Ok((key, sendable))
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

pub(crate) async fn find(conn: &mut Conn, id: MessageId) -> sqlx::Result<Option<Message>> {
    let row = sql!(
        conn,
        fetch_optional as MessageRow,
        concat!(select_message!(), "where x.id = $1"),
        id.uuid()
    )?;
    Ok(messages(conn, row.into_iter().collect()).await?.pop())
}

/// Some messages, in no order; what cannot be read is left out.
pub(crate) async fn by_ids(conn: &mut Conn, ids: &[MessageId]) -> sqlx::Result<Vec<Message>> {
    let text = |rows| {
        format!(
            "{}where x.id in (select v.column1 from ({}) v where v.column1 is not null)",
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
    );
    let whole = match rows {
        Ok(rows) => messages(conn, rows).await,
        Err(error) => Err(error),
    };
    match whole {
        Err(error) if is_damage(&error) => {
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                match find(conn, *id).await {
                    Err(error) if is_damage(&error) => {
                        tracing::error!(message = %id, %error, "a stored message cannot be read");
                    }
                    message => found.extend(message?),
                }
            }
            Ok(found)
        }
        found => found,
    }
}

/// The beginning of a message's text as it is now.
pub(crate) async fn excerpt(conn: &mut Conn, id: MessageId) -> sqlx::Result<String> {
    let row = sql!(
        conn,
        fetch_optional as (String,),
        "select content from messages where id = $1",
        id.uuid()
    )?;
    Ok(row.map_or_else(String::new, |(content,)| text::excerpt(&content)))
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
    let whole = match rows {
        Ok(rows) => messages(conn, rows).await,
        Err(error) => Err(error),
    };
    let mut page = match whole {
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
        let whole = match row {
            Ok(row) => messages(conn, row.into_iter().collect()).await,
            Err(error) => Err(error),
        };
        match whole {
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
pub(crate) fn is_damage(error: &sqlx::Error) -> bool {
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
    messages(conn, rows).await
}

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
    super::search::change(conn, before, &edit.content).await?;
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
        .map(|(content, when)| (content, super::at(when)))
        .collect())
}

/// Notes that a message names somebody, or no more. False for who is no member, or has read it already.
pub(crate) async fn set_mention(
    conn: &mut Conn,
    message: &Message,
    user: UserId,
    is_named: bool,
) -> sqlx::Result<bool> {
    let (place, seq) = (message.conversation_id.uuid(), number(message.seq));
    match is_named {
        true => sql!(
            conn,
            execute,
            "insert into mentions (conversation_id, user_id, seq, sender_id) values ($1, $2, $3, $4)
             on conflict do nothing",
            place,
            user.uuid(),
            seq,
            message.sender.id.uuid(),
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

/// Leaves a tombstone: the text is gone with its history, and so are the files, the reactions and what the text could
/// be recognised by. Takes the message as its tombstone is to be.
pub(crate) async fn bury(
    conn: &mut Conn,
    tombstone: &Message,
    deleted_at: Timestamp,
) -> sqlx::Result<()> {
    let id = tombstone.id;
    super::search::forget(conn, id).await?;
    super::attachment::release(conn, id, deleted_at).await?;
    sql!(
        conn,
        execute,
        "delete from revisions where message_id = $1",
        id.uuid()
    )?;
    sql!(
        conn,
        execute,
        "delete from reactions where message_id = $1",
        id.uuid()
    )?;
    sql!(
        conn,
        execute,
        "update messages set content = '', content_hash = null, extras = $4, reply_to = null, file_count = 0,
             is_reacted = 0, expires_at = null, pinned_at = null, edited_at = null, deleted_at = $2, deleted_by = $3
         where id = $1",
        id.uuid(),
        deleted_at.ms(),
        tombstone.deleted_by.map(UserId::uuid),
        KeptExtras::from(&tombstone.extras).json(),
    )
    .map(drop)
}

/// Leaves a tombstone where a message cannot be read. Returns where it was said, and by whom.
pub(crate) async fn wipe(
    conn: &mut Conn,
    id: MessageId,
    deleted_at: Timestamp,
) -> sqlx::Result<Option<(ConversationId, UserId)>> {
    super::search::forget(conn, id).await?;
    super::attachment::release(conn, id, deleted_at).await?;
    for text in [
        "delete from revisions where message_id = $1",
        "delete from reactions where message_id = $1",
    ] {
        sql!(conn, execute, text, id.uuid())?;
    }
    let row = sql!(
        conn,
        fetch_optional as (Uuid, Uuid),
        "update messages set content = '', content_hash = null, kind = null, extras = null, reply_to = null,
             file_count = 0, is_reacted = 0, expires_at = null, pinned_at = null, edited_at = null, deleted_at = $2
         where id = $1 returning conversation_id, sender_id",
        id.uuid(),
        deleted_at.ms(),
    )?;
    Ok(row.map(|(place, sender)| (ConversationId::new(place), UserId::new(sender))))
}

/// Messages whose time has run out, the longest overdue first.
pub(crate) async fn expired(
    conn: &mut Conn,
    now: Timestamp,
    limit: u32,
) -> sqlx::Result<Vec<MessageId>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "select id from messages where expires_at <= $1 order by expires_at limit $2",
        now.ms(),
        i64::from(limit),
    )?;
    Ok(rows.into_iter().map(|(id,)| MessageId::new(id)).collect())
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

/// The pinned messages of a conversation, last pinned first; what cannot be read is left out.
pub(crate) async fn pinned(
    conn: &mut Conn,
    conversation: ConversationId,
) -> sqlx::Result<Vec<Message>> {
    let rows = sql!(
        conn,
        fetch_all as MessageRow,
        concat!(
            select_message!(),
            "where x.conversation_id = $1 and x.pinned_at is not null order by x.pinned_at desc, x.seq desc"
        ),
        conversation.uuid(),
    );
    let whole = match rows {
        Ok(rows) => messages(conn, rows).await,
        Err(error) => Err(error),
    };
    match whole {
        Err(error) if is_damage(&error) => {
            let places = sql!(
                conn,
                fetch_all as (i64,),
                "select seq from messages where conversation_id = $1 and pinned_at is not null
                 order by pinned_at desc, seq desc",
                conversation.uuid(),
            )?;
            one_by_one(conn, conversation, places).await
        }
        page => page,
    }
}
