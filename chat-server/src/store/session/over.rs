//! Sessions that are over: kept for a while, so that who comes with one is told why, and then forgotten.

use super::{Conn, sql};
use chat_core::Timestamp;

/// Forgets sessions that ended before a moment.
pub(crate) async fn delete_ended_before(conn: &mut Conn, moment: Timestamp) -> sqlx::Result<u64> {
    sql!(
        conn,
        execute,
        "delete from sessions where ended_at < $1",
        moment.ms()
    )
}

/// Whether there are sessions that ran out before a moment, without anybody having ended them.
pub(crate) async fn is_any_run_out(conn: &mut Conn, before: Timestamp) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (i64,),
        "select expires_at from sessions where expires_at < $1 limit 1",
        before.ms()
    )?;
    Ok(row.is_some())
}

/// Forgets such sessions, up to `limit`.
pub(crate) async fn delete_run_out(
    conn: &mut Conn,
    before: Timestamp,
    limit: u32,
) -> sqlx::Result<u64> {
    sql!(
        conn,
        execute,
        "delete from sessions where id in (select id from sessions where expires_at < $1 limit $2)",
        before.ms(),
        i64::from(limit)
    )
}
