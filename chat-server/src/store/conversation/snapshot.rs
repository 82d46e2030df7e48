//! Conversations as one of their members sees them: the row, what is the member's own, the first members, the newest
//! message.

use super::kind;
use crate::store::{
    Conn, at, epoch, member, message, seq,
    values::{Rows, values},
};
use chat_core::{Conversation, ConversationId, My, UserId};
use std::collections::HashMap;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct SnapshotRow {
    id: Uuid,
    kind: String,
    title: Option<String>,
    description: Option<String>,
    avatar_url: Option<String>,
    message_ttl_s: Option<i64>,
    created_at: i64,
    updated_at: i64,
    epoch: i64,
    last_seq: i64,
    member_count: i64,
    role: String,
    read_seq: i64,
    delivered_seq: i64,
    prefs: Option<String>,
    unread: i64,
    mentioned: i64,
}

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
    for (id, mut member) in member::first_of_each(conn, ids).await? {
        if let Some(conversation) = found.get_mut(&id) {
            if member.user.id == user {
                // One's own mark is never hidden from oneself.
                member.read_seq = conversation.my.read_seq;
            }
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
    let text = |rows: Rows| {
        format!(
            "select c.id, c.kind, c.title, c.description, c.avatar_url, c.message_ttl_s, c.created_at, c.updated_at, c.epoch,
                 c.last_seq, c.member_count, m.role, m.read_seq, m.delivered_seq, m.prefs,
                 (select count(*) from
                     (select 1 from messages x
                      where x.conversation_id = c.id and x.seq > m.read_seq and x.sender_id <> m.user_id
                          and (x.kind is null or x.kind <> 'system') limit 1000) counted) as unread,
                 (select count(*) from
                     (select distinct n.seq from mentions n
                      where n.conversation_id = c.id and n.seq > m.read_seq and n.sender_id <> m.user_id
                          and n.user_id in (m.user_id, ${}) limit 1000) named) as mentioned
             from ({}) v
             join conversations c on c.id = v.column1
             join members m on m.conversation_id = c.id and m.user_id = ${}",
            rows.place(1, 2),
            values(rows, 1),
            rows.place(1, 1),
        )
    };
    crate::store::sql_rows!(
        conn,
        fetch_all as SnapshotRow,
        text,
        ids,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>),
        user.uuid(),
        Uuid::nil(),
    )
}

fn snapshot(row: SnapshotRow) -> sqlx::Result<Conversation> {
    let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Conversation {
        id: ConversationId::new(row.id),
        kind: kind(&row.kind)?,
        title: row.title,
        description: row.description,
        avatar_url: row.avatar_url,
        message_ttl_s: row.message_ttl_s.and_then(|s| u32::try_from(s).ok()),
        created_at: at(row.created_at),
        updated_at: at(row.updated_at),
        epoch: epoch(row.epoch),
        last_seq: seq(row.last_seq),
        last_message: None,
        members: Vec::new(),
        member_count: count(row.member_count),
        my: My {
            role: member::role(&row.role)?,
            read_seq: seq(row.read_seq),
            delivered_seq: seq(row.delivered_seq),
            unread_count: count(row.unread),
            mention_count: count(row.mentioned),
            counted_seq: seq(row.last_seq),
            prefs: member::prefs(row.prefs.as_deref())?,
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
