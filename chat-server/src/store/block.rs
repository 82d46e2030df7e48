//! Blocks as they are stored: who does not want to hear from whom.

use super::{
    Conn, sql,
    user::{UserRow, user},
    values::{Rows, values},
};
use chat_core::{ConversationId, Timestamp, User, UserId};
use uuid::Uuid;

/// The first of these users who has blocked somebody.
pub(crate) async fn any(
    conn: &mut Conn,
    users: &[UserId],
    blocked: UserId,
) -> sqlx::Result<Option<UserId>> {
    if users.is_empty() {
        return Ok(None);
    }
    let text = |rows: Rows| {
        format!(
            "select b.user_id from ({}) v join blocks b on b.user_id = v.column1 where b.blocked_id = ${} limit 1",
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
        blocked.uuid(),
    )?;
    Ok(row.map(|(id,)| UserId::new(id)))
}

/// Whether a user has blocked somebody.
pub(crate) async fn is_blocked(
    conn: &mut Conn,
    user: UserId,
    blocked: UserId,
) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (i64,),
        "select created_at from blocks where user_id = $1 and blocked_id = $2",
        user.uuid(),
        blocked.uuid(),
    )?;
    Ok(row.is_some())
}

pub(crate) async fn insert(
    conn: &mut Conn,
    user: UserId,
    blocked: UserId,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into blocks (user_id, blocked_id, created_at) values ($1, $2, $3)",
        user.uuid(),
        blocked.uuid(),
        now.ms(),
    )
    .map(drop)
}

/// Returns whether there was a block.
pub(crate) async fn delete(conn: &mut Conn, user: UserId, blocked: UserId) -> sqlx::Result<bool> {
    let deleted = sql!(
        conn,
        execute,
        "delete from blocks where user_id = $1 and blocked_id = $2",
        user.uuid(),
        blocked.uuid(),
    )?;
    Ok(deleted > 0)
}

pub(crate) async fn count(conn: &mut Conn, user: UserId) -> sqlx::Result<u32> {
    let (count,) = sql!(
        conn,
        fetch_one as (i64,),
        "select count(*) from blocks where user_id = $1",
        user.uuid(),
    )?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Everybody whom a user has blocked.
pub(crate) async fn ids(conn: &mut Conn, user: UserId) -> sqlx::Result<Vec<UserId>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "select blocked_id from blocks where user_id = $1 order by blocked_id",
        user.uuid(),
    )?;
    Ok(rows.into_iter().map(|(id,)| UserId::new(id)).collect())
}

/// Whom a user has blocked, in the order of their usernames, after one (by its place in that order).
pub(crate) async fn page(
    conn: &mut Conn,
    user: UserId,
    after: Option<(String, UserId)>,
    limit: u32,
) -> sqlx::Result<Vec<User>> {
    let (name, id) = after.map_or((String::new(), Uuid::nil()), |(name, id)| (name, id.uuid()));
    let rows = sql!(
        conn,
        fetch_all as UserRow,
        "select u.id, u.username, u.display_name, u.avatar_url, u.is_bot
         from blocks b join users u on u.id = b.blocked_id
         where b.user_id = $1 and (u.username, u.id) > ($2, $3) order by u.username, u.id limit $4",
        user.uuid(),
        name,
        id,
        i64::from(limit),
    )?;
    Ok(rows.into_iter().map(self::user).collect())
}

/// Members of a conversation between whom and a user there is a block, whoever of the two made it.
pub(crate) async fn among_members(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
) -> sqlx::Result<Vec<UserId>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "select m.user_id from members m
         where m.conversation_id = $1
             and (exists (select 1 from blocks b where b.user_id = m.user_id and b.blocked_id = $2)
                  or exists (select 1 from blocks b where b.user_id = $2 and b.blocked_id = m.user_id))",
        conversation.uuid(),
        user.uuid(),
    )?;
    Ok(rows.into_iter().map(|(id,)| UserId::new(id)).collect())
}
