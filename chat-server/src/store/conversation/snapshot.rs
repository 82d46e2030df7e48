//! Conversations as one of their members sees them: the row, what is the member's own, the first members, the newest
//! message.

use super::kind;
use crate::store::{
    Conn, Engine, at, epoch, member, message, seq,
    values::{padded, values},
};
use chat_core::{Conversation, ConversationId, My, UserId};
use std::collections::HashMap;
use uuid::Uuid;

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
    let own = padded(ids.len()) + 1;
    let text = format!(
        "select c.id, c.kind, c.title, c.description, c.created_at, c.updated_at, c.epoch, c.last_seq, c.member_count,
             m.role, m.read_seq, m.delivered_seq,
             (select count(*) from
                 (select 1 from messages x
                  where x.conversation_id = c.id and x.seq > m.read_seq and x.sender_id <> m.user_id limit 1000) counted)
         from ({}) v
         join conversations c on c.id = v.column1
         join members m on m.conversation_id = c.id and m.user_id = ${own}",
        values(own - 1, 1)
    );
    match conn.engine() {
        Engine::Sqlite(conn) => {
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
