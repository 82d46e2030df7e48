//! Bans as they are stored: who is kept out of which conversation.

use super::{
    Conn, at, sql,
    user::{UserRow, user},
    values::{Rows, values},
};
use chat_core::{Ban, ConversationId, Timestamp, UserId};
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct BanRow {
    id: Uuid,
    username: String,
    display_name: String,
    avatar_url: Option<String>,
    is_bot: i64,
    by_id: Uuid,
    reason: Option<String>,
    created_at: i64,
}

fn ban(row: BanRow) -> Ban {
    let who: UserRow = (
        row.id,
        row.username,
        row.display_name,
        row.avatar_url,
        row.is_bot,
    );
    Ban {
        user: user(who),
        by: UserId::new(row.by_id),
        reason: row.reason,
        created_at: at(row.created_at),
    }
}

/// The first of these users who is kept out.
pub(crate) async fn any(
    conn: &mut Conn,
    conversation: ConversationId,
    users: &[UserId],
) -> sqlx::Result<Option<UserId>> {
    if users.is_empty() {
        return Ok(None);
    }
    let text = |rows: Rows| {
        format!(
            "select b.user_id from ({}) v join bans b on b.user_id = v.column1 where b.conversation_id = ${} limit 1",
            values(rows, 1),
            rows.place(1, 1),
        )
    };
    let row = super::sql_rows!(
        conn,
        fetch_optional as (Uuid,),
        text,
        users,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>),
        conversation.uuid(),
    )?;
    Ok(row.map(|(id,)| UserId::new(id)))
}

/// Keeps somebody out; again, it only says why anew.
pub(crate) async fn insert(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
    by: UserId,
    reason: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into bans (conversation_id, user_id, by_id, reason, created_at) values ($1, $2, $3, $4, $5)
         on conflict (conversation_id, user_id) do update set by_id = excluded.by_id, reason = excluded.reason",
        conversation.uuid(),
        user.uuid(),
        by.uuid(),
        reason,
        now.ms(),
    )
    .map(drop)
}

pub(crate) async fn find(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
) -> sqlx::Result<Option<Ban>> {
    let row = sql!(
        conn,
        fetch_optional as BanRow,
        "select u.id, u.username, u.display_name, u.avatar_url, u.is_bot, b.by_id, b.reason, b.created_at
         from bans b join users u on u.id = b.user_id where b.conversation_id = $1 and b.user_id = $2",
        conversation.uuid(),
        user.uuid(),
    )?;
    Ok(row.map(ban))
}

/// Lets somebody in again. False where they were not kept out.
pub(crate) async fn delete(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
) -> sqlx::Result<bool> {
    sql!(
        conn,
        execute,
        "delete from bans where conversation_id = $1 and user_id = $2",
        conversation.uuid(),
        user.uuid(),
    )
    .map(|deleted| deleted > 0)
}

/// Who is kept out, the latest first, after one (by its place in that order).
pub(crate) async fn page(
    conn: &mut Conn,
    conversation: ConversationId,
    after: Option<(Timestamp, UserId)>,
    limit: u32,
) -> sqlx::Result<Vec<Ban>> {
    let (after_at, after_id) =
        after.map_or((i64::MAX, Uuid::max()), |(when, id)| (when.ms(), id.uuid()));
    let rows = sql!(
        conn,
        fetch_all as BanRow,
        "select u.id, u.username, u.display_name, u.avatar_url, u.is_bot, b.by_id, b.reason, b.created_at
         from bans b join users u on u.id = b.user_id
         where b.conversation_id = $1 and (b.created_at, b.user_id) < ($2, $3)
         order by b.created_at desc, b.user_id desc limit $4",
        conversation.uuid(),
        after_at,
        after_id,
        i64::from(limit),
    )?;
    Ok(rows.into_iter().map(ban).collect())
}
