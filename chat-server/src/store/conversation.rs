//! Conversations as they are stored: their row, the counter of their log, and whole snapshots for a member.

use super::{Conn, at, epoch, member, message, seq, sql, unreadable, values::values};
use chat_core::{
    Conversation, ConversationId, ConversationKind, Epoch, MemberRole, My, Position, Seq,
    Timestamp, UserId,
};
use std::collections::HashMap;
use uuid::Uuid;

/// What a rule needs to know of a member's conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) kind: ConversationKind,
    pub(crate) role: MemberRole,
    pub(crate) last_seq: Seq,
    pub(crate) member_count: u32,
    pub(crate) read_seq: Seq,
    pub(crate) delivered_seq: Seq,
}

/// Everything about a new conversation.
pub(crate) struct NewConversation<'a> {
    pub(crate) id: ConversationId,
    pub(crate) kind: ConversationKind,
    pub(crate) title: Option<&'a str>,
    pub(crate) description: Option<&'a str>,
    pub(crate) created_at: Timestamp,
    pub(crate) epoch: Epoch,
    pub(crate) member_count: u32,
    pub(crate) pair: Option<Vec<u8>>,
}

/// The two of a direct conversation, whoever of them asks.
pub(crate) fn pair(one: UserId, other: UserId) -> Vec<u8> {
    let (first, second) = if one < other {
        (one, other)
    } else {
        (other, one)
    };
    [first.uuid().into_bytes(), second.uuid().into_bytes()].concat()
}

fn kind(word: &str) -> sqlx::Result<ConversationKind> {
    match word {
        "direct" => Ok(ConversationKind::Direct),
        "group" => Ok(ConversationKind::Group),
        _ => Err(unreadable("conversation kind")),
    }
}

pub(crate) async fn insert(conn: &mut Conn, new: NewConversation<'_>) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into conversations (id, kind, title, description, created_at, updated_at, epoch, member_count, pair)
         values ($1, $2, $3, $4, $5, $5, $6, $7, $8)",
        new.id.uuid(),
        match new.kind {
            ConversationKind::Direct => "direct",
            ConversationKind::Group => "group",
        },
        new.title,
        new.description,
        new.created_at.ms(),
        new.epoch.get().cast_signed(),
        i64::from(new.member_count),
        new.pair,
    )
    .map(drop)
}

pub(crate) async fn by_pair(conn: &mut Conn, pair: &[u8]) -> sqlx::Result<Option<ConversationId>> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select id from conversations where pair = $1",
        pair
    )?;
    Ok(row.map(|(id,)| ConversationId::new(id)))
}

/// How somebody stands in a conversation; none for who is no member, as for a conversation that does not exist.
pub(crate) async fn standing(
    conn: &mut Conn,
    id: ConversationId,
    user: UserId,
) -> sqlx::Result<Option<Standing>> {
    type Row = (String, String, i64, i64, i64, i64);
    let row = sql!(
        conn,
        fetch_optional as Row,
        "select c.kind, m.role, c.last_seq, c.member_count, m.read_seq, m.delivered_seq
         from members m join conversations c on c.id = m.conversation_id
         where m.conversation_id = $1 and m.user_id = $2",
        id.uuid(),
        user.uuid(),
    )?;
    row.map(
        |(kind_word, role_word, last_seq, count, read_seq, delivered_seq)| {
            Ok(Standing {
                kind: kind(&kind_word)?,
                role: member::role(&role_word)?,
                last_seq: seq(last_seq),
                member_count: u32::try_from(count).unwrap_or(u32::MAX),
                read_seq: seq(read_seq),
                delivered_seq: seq(delivered_seq),
            })
        },
    )
    .transpose()
}

/// Takes the next place in the log.
pub(crate) async fn take_seq(
    conn: &mut Conn,
    id: ConversationId,
    now: Timestamp,
) -> sqlx::Result<Seq> {
    let (last,) = sql!(
        conn,
        fetch_one as (i64,),
        "update conversations set last_seq = last_seq + 1, updated_at = $2 where id = $1 returning last_seq",
        id.uuid(),
        now.ms(),
    )?;
    Ok(seq(last))
}

/// Takes places for new messages in many logs at once: so many for each. Returns each log's last place.
pub(crate) async fn take_message_seqs(
    conn: &mut Conn,
    counts: &[(ConversationId, i64, Timestamp)],
) -> sqlx::Result<HashMap<ConversationId, Seq>> {
    let text = |rows| {
        format!(
            "update conversations
             set last_seq = last_seq + v.column2, last_message_seq = last_seq + v.column2, updated_at = v.column3
             from ({}) v where conversations.id = v.column1 returning id, last_seq",
            values(rows, 3)
        )
    };
    let rows = super::sql_rows!(
        conn,
        fetch_all as (Uuid, i64),
        text,
        counts,
        |query, (id, count, now)| query
            .bind(Some(id.uuid()))
            .bind(Some(*count))
            .bind(Some(now.ms())),
        query.bind(None::<Uuid>).bind(None::<i64>).bind(None::<i64>)
    )?;
    Ok(rows
        .into_iter()
        .map(|(id, last)| (ConversationId::new(id), seq(last)))
        .collect())
}

pub(crate) async fn set_info(
    conn: &mut Conn,
    id: ConversationId,
    title: Option<&str>,
    description: Option<&str>,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update conversations set title = $2, description = $3 where id = $1",
        id.uuid(),
        title,
        description,
    )
    .map(drop)
}

pub(crate) async fn info(
    conn: &mut Conn,
    id: ConversationId,
) -> sqlx::Result<(Option<String>, Option<String>)> {
    type Row = (Option<String>, Option<String>);
    sql!(
        conn,
        fetch_one as Row,
        "select title, description from conversations where id = $1",
        id.uuid()
    )
}

/// Changes the number of members and returns it.
pub(crate) async fn add_to_member_count(
    conn: &mut Conn,
    id: ConversationId,
    change: i64,
) -> sqlx::Result<u32> {
    let (count,) = sql!(
        conn,
        fetch_one as (i64,),
        "update conversations set member_count = member_count + $2 where id = $1 returning member_count",
        id.uuid(),
        change,
    )?;
    Ok(u32::try_from(count).unwrap_or(0))
}

/// Takes a conversation away with all that belongs to it.
pub(crate) async fn delete(conn: &mut Conn, id: ConversationId) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "delete from events where conversation_id = $1",
        id.uuid()
    )?;
    sql!(
        conn,
        execute,
        "delete from messages where conversation_id = $1",
        id.uuid()
    )?;
    sql!(
        conn,
        execute,
        "delete from members where conversation_id = $1",
        id.uuid()
    )?;
    sql!(
        conn,
        execute,
        "delete from conversations where id = $1",
        id.uuid()
    )
    .map(drop)
}

/// Where the logs of all of a user's conversations end, newest activity first.
pub(crate) async fn heads(
    conn: &mut Conn,
    user: UserId,
) -> sqlx::Result<Vec<(ConversationId, Position)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, i64, i64),
        "select c.id, c.epoch, c.last_seq from members m join conversations c on c.id = m.conversation_id
         where m.user_id = $1 order by c.updated_at desc, c.id desc",
        user.uuid(),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id, bits, last)| {
            (
                ConversationId::new(id),
                Position {
                    epoch: epoch(bits),
                    seq: seq(last),
                },
            )
        })
        .collect())
}

/// A user's conversations, newest activity first, after one (by its place in that order).
pub(crate) async fn page(
    conn: &mut Conn,
    user: UserId,
    after: Option<(Timestamp, ConversationId)>,
    limit: u32,
) -> sqlx::Result<Vec<ConversationId>> {
    let (after_at, after_id) =
        after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.ms(), id.uuid()));
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "select c.id from members m join conversations c on c.id = m.conversation_id
         where m.user_id = $1 and (c.updated_at, c.id) < ($2, $3)
         order by c.updated_at desc, c.id desc limit $4",
        user.uuid(),
        after_at,
        after_id,
        i64::from(limit),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id,)| ConversationId::new(id))
        .collect())
}

type SnapshotRow = (
    Uuid,
    String,
    Option<String>,
    Option<String>,
    i64,
    i64,
    i64,
    i64,
    i64,
    String,
    i64,
    i64,
    i64,
);

/// Conversations as one of their members sees them, in the given order; those one is no member of are left out.
pub(crate) async fn snapshots(
    conn: &mut Conn,
    user: UserId,
    ids: &[ConversationId],
) -> sqlx::Result<Vec<Conversation>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = snapshot_rows(conn, user, ids).await?;
    let mut found: HashMap<_, _> = rows
        .into_iter()
        .map(|row| snapshot(row).map(|conversation| (conversation.id, conversation)))
        .collect::<sqlx::Result<_>>()?;
    for (id, member) in member::first_of_each(conn, ids).await? {
        if let Some(conversation) = found.get_mut(&id) {
            conversation.members.push(member);
        }
    }
    for message in message::last_of_each(conn, ids).await? {
        if let Some(conversation) = found.get_mut(&message.conversation_id) {
            conversation.last_message = Some(message);
        }
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

async fn snapshot_rows(
    conn: &mut Conn,
    user: UserId,
    ids: &[ConversationId],
) -> sqlx::Result<Vec<SnapshotRow>> {
    let own = super::values::padded(ids.len()) + 1;
    let text = format!(
        "select c.id, c.kind, c.title, c.description, c.created_at, c.updated_at, c.epoch, c.last_seq, c.member_count,
             m.role, m.read_seq, m.delivered_seq,
             (select count(*) from messages x
              where x.conversation_id = c.id and x.seq > m.read_seq and x.sender_id <> m.user_id)
         from ({}) v
         join conversations c on c.id = v.column1
         join members m on m.conversation_id = c.id and m.user_id = ${own}",
        values(own - 1, 1)
    );
    match conn.engine() {
        super::Engine::Sqlite(conn) => {
            let mut query = sqlx::query_as::<_, SnapshotRow>(sqlx::AssertSqlSafe(text));
            for place in 0..own - 1 {
                query = query.bind(ids.get(place).map(|id| id.uuid()));
            }
            query.bind(user.uuid()).fetch_all(conn).await
        }
    }
}

fn snapshot(row: SnapshotRow) -> sqlx::Result<Conversation> {
    let (
        id,
        kind_word,
        title,
        description,
        created_at,
        updated_at,
        bits,
        last,
        count,
        role,
        read,
        delivered,
        unread,
    ) = row;
    Ok(Conversation {
        id: ConversationId::new(id),
        kind: kind(&kind_word)?,
        title,
        description,
        created_at: at(created_at),
        updated_at: at(updated_at),
        epoch: epoch(bits),
        last_seq: seq(last),
        last_message: None,
        members: Vec::new(),
        member_count: u32::try_from(count).unwrap_or(0),
        my: My {
            role: member::role(&role)?,
            read_seq: seq(read),
            delivered_seq: seq(delivered),
            unread_count: u32::try_from(unread).unwrap_or(u32::MAX),
            counted_seq: seq(last),
        },
    })
}

/// What is a member's own in a conversation, counted now.
pub(crate) async fn my(
    conn: &mut Conn,
    id: ConversationId,
    user: UserId,
) -> sqlx::Result<Option<My>> {
    let rows = snapshot_rows(conn, user, &[id]).await?;
    rows.into_iter()
        .next()
        .map(|row| snapshot(row).map(|conversation| conversation.my))
        .transpose()
}

/// The same for many.
pub(crate) async fn my_of_each(
    conn: &mut Conn,
    user: UserId,
    ids: &[ConversationId],
) -> sqlx::Result<HashMap<ConversationId, My>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = snapshot_rows(conn, user, ids).await?;
    rows.into_iter()
        .map(|row| snapshot(row).map(|conversation| (conversation.id, conversation.my)))
        .collect()
}
