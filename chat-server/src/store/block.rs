//! Blocks as they are stored: who does not want to hear from whom.

use super::{
    Conn, Engine, sql,
    values::{padded, values},
};
use chat_core::UserId;
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
    let rows = padded(users.len());
    let text = format!(
        "select b.user_id from ({}) v join blocks b on b.user_id = v.column1 where b.blocked_id = ${} limit 1",
        values(rows, 1),
        rows + 1,
    );
    let row = match conn.engine() {
        Engine::Sqlite(conn) => {
            let mut query = sqlx::query_as::<_, (Uuid,)>(sqlx::AssertSqlSafe(text));
            for place in 0..rows {
                query = query.bind(users.get(place).map(|id| id.uuid()));
            }
            query.bind(blocked.uuid()).fetch_optional(conn).await?
        }
    };
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
