//! Conversations as they are stored: their row, the counter of their log, who stands in them how.

mod snapshot;

pub(crate) use snapshot::{my, my_of_each, snapshots};

use super::{Conn, at, epoch, member, seq, sql, unreadable, unwritable, values::values};
use chat_core::{
    ConversationId, ConversationKind, Epoch, MemberRole, Position, Seq, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

/// One state of a conversation's log. Whatever is changed for everybody takes the next place, and with it the moment, in
/// the transaction that changes it: where this is the same, nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogState {
    pub(crate) epoch: Epoch,
    pub(crate) last_seq: Seq,
    /// Tells apart what a database says that has forgotten its last moments, and takes the same places again.
    pub(crate) changed_at: Timestamp,
}

/// What a rule needs to know of a member's conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) kind: ConversationKind,
    pub(crate) role: MemberRole,
    pub(crate) last_seq: Seq,
    pub(crate) member_count: u32,
    pub(crate) read_seq: Seq,
    pub(crate) delivered_seq: Seq,
    /// Whether the other one of a direct conversation does not want to hear from this member.
    pub(crate) is_blocked: bool,
    pub(crate) log: LogState,
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
    pub(crate) message_ttl_s: Option<u32>,
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

pub(super) fn kind(word: &str) -> sqlx::Result<ConversationKind> {
    match word {
        "direct" => Ok(ConversationKind::Direct),
        "group" => Ok(ConversationKind::Group),
        "channel" => Ok(ConversationKind::Channel),
        _ => Err(unreadable("conversation kind")),
    }
}

pub(crate) async fn insert(conn: &mut Conn, new: NewConversation<'_>) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into conversations (id, kind, title, description, created_at, updated_at, epoch, member_count, pair,
             message_ttl_s)
         values ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)",
        new.id.uuid(),
        match new.kind {
            ConversationKind::Direct => "direct",
            ConversationKind::Group => "group",
            ConversationKind::Channel => "channel",
            ConversationKind::Unknown => return Err(unwritable("kind of conversation")),
        },
        new.title,
        new.description,
        new.created_at.ms(),
        new.epoch.get().cast_signed(),
        i64::from(new.member_count),
        new.pair,
        new.message_ttl_s.map(i64::from),
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
    type Row = (String, String, i64, i64, i64, i64, i64, i64, i64);
    let row = sql!(
        conn,
        fetch_optional as Row,
        "select c.kind, m.role, c.last_seq, c.member_count, m.read_seq, m.delivered_seq, m.is_blocked, c.epoch,
             c.updated_at
         from members m join conversations c on c.id = m.conversation_id
         where m.conversation_id = $1 and m.user_id = $2",
        id.uuid(),
        user.uuid(),
    )?;
    row.map(
        |(
            kind_word,
            role_word,
            last,
            count,
            read_seq,
            delivered_seq,
            is_blocked,
            bits,
            changed,
        )| {
            Ok(Standing {
                kind: kind(&kind_word)?,
                role: member::role(&role_word)?,
                last_seq: seq(last),
                member_count: u32::try_from(count).unwrap_or(u32::MAX),
                read_seq: seq(read_seq),
                delivered_seq: seq(delivered_seq),
                is_blocked: is_blocked != 0,
                log: LogState {
                    epoch: epoch(bits),
                    last_seq: seq(last),
                    changed_at: at(changed),
                },
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

/// Takes places for other entries in many logs at once: so many for each. Returns each log's last place.
pub(crate) async fn take_seqs(
    conn: &mut Conn,
    counts: &[(ConversationId, i64)],
    now: Timestamp,
) -> sqlx::Result<HashMap<ConversationId, Seq>> {
    let text = |rows| {
        format!(
            "update conversations set last_seq = last_seq + v.column2, updated_at = v.column3
             from ({}) v where conversations.id = v.column1 returning id, last_seq",
            values(rows, 3)
        )
    };
    let rows = super::sql_rows!(
        conn,
        fetch_all as (Uuid, i64),
        text,
        counts,
        |query, (id, count)| query
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

/// What everybody sees and some may change.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Info {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) avatar_url: Option<String>,
    pub(crate) message_ttl_s: Option<i64>,
}

pub(crate) async fn set_info(conn: &mut Conn, id: ConversationId, info: &Info) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update conversations set title = $2, description = $3, avatar_url = $4, message_ttl_s = $5 where id = $1",
        id.uuid(),
        info.title.as_deref(),
        info.description.as_deref(),
        info.avatar_url.as_deref(),
        info.message_ttl_s,
    )
    .map(drop)
}

pub(crate) async fn info(conn: &mut Conn, id: ConversationId) -> sqlx::Result<Info> {
    sql!(
        conn,
        fetch_one as Info,
        "select title, description, avatar_url, message_ttl_s from conversations where id = $1",
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

/// Takes a conversation away with all that belongs to it. Files that no other message refers to are collected later.
pub(crate) async fn delete(
    conn: &mut Conn,
    id: ConversationId,
    now: Timestamp,
) -> sqlx::Result<()> {
    super::search::forget_all_in(conn, id).await?;
    sql!(
        conn,
        execute,
        "update attachments set unused_since = $2, is_gone = 1
         where id in (select f.attachment_id from messages x join message_attachments f on f.message_id = x.id
                      where x.conversation_id = $1 and x.file_count > 0)
             and not exists (select 1 from message_attachments o join messages x on x.id = o.message_id
                             where o.attachment_id = attachments.id and x.conversation_id <> $1)",
        id.uuid(),
        now.ms(),
    )?;
    super::attachment::hand_over(conn, id).await?;
    super::avatar::let_go(conn, id.uuid(), now).await?;
    for text in [
        "delete from message_attachments
         where message_id in (select id from messages where conversation_id = $1 and file_count > 0)",
        "delete from reactions
         where message_id in (select id from messages where conversation_id = $1 and is_reacted > 0)",
        "delete from revisions
         where message_id in (select id from messages where conversation_id = $1 and edited_at is not null)",
        "delete from mentions where conversation_id = $1",
        "delete from mark_moves where conversation_id = $1",
        "delete from invites where conversation_id = $1",
        "delete from bans where conversation_id = $1",
        "delete from events where conversation_id = $1",
        "delete from messages where conversation_id = $1",
        "delete from members where conversation_id = $1",
        "delete from conversations where id = $1",
    ] {
        sql!(conn, execute, text, id.uuid())?;
    }
    Ok(())
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
