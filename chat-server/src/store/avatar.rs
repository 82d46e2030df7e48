//! Pictures of users and conversations as they are stored: whose, and since when nobody has them any more. Their bytes
//! lie in the file store.

use super::{Conn, at, lock, sql};
use chat_core::{Timestamp, UserId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Notes a picture before its bytes are kept: nobody has it yet, and if nobody ever does it is collected.
pub(crate) async fn insert(
    conn: &mut Conn,
    id: Uuid,
    subject: Uuid,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into avatars (id, subject_id, created_at, unused_since) values ($1, $2, $3, $3)",
        id,
        subject,
        now.ms(),
    )
    .map(drop)
}

/// Makes a picture the one of its subject; those before it are nobody's. False when it was collected meanwhile.
pub(crate) async fn take(
    conn: &mut Conn,
    id: Uuid,
    subject: Uuid,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let_go(conn, subject, now).await?;
    let taken = sql!(
        conn,
        execute,
        "update avatars set unused_since = null where id = $1 and subject_id = $2",
        id,
        subject,
    )?;
    Ok(taken > 0)
}

/// Nobody has the picture of a subject any more.
pub(crate) async fn let_go(conn: &mut Conn, subject: Uuid, now: Timestamp) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update avatars set unused_since = $2 where subject_id = $1 and unused_since is null",
        subject,
        now.ms(),
    )
    .map(drop)
}

/// Since when somebody has a picture; none for one that nobody has.
pub(crate) async fn used_since(conn: &mut Conn, id: Uuid) -> sqlx::Result<Option<Timestamp>> {
    let row = sql!(
        conn,
        fetch_optional as (i64,),
        "select created_at from avatars where id = $1 and unused_since is null",
        id,
    )?;
    Ok(row.map(|(created_at,)| at(created_at)))
}

/// Says where somebody's picture is. False when it was there before.
pub(crate) async fn set_of_user(
    conn: &mut Conn,
    user: UserId,
    url: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let changed = sql!(
        conn,
        execute,
        "update users set avatar_url = $2, changed_at = $3 where id = $1 and avatar_url is distinct from $2",
        user.uuid(),
        url,
        now.ms(),
    )?;
    Ok(changed > 0)
}

/// Whether there are pictures that nobody has since before a time.
pub(crate) async fn is_any_unused(conn: &mut Conn, before: Timestamp) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (i64,),
        "select created_at from avatars where unused_since < $1 limit 1",
        before.ms(),
    )?;
    Ok(row.is_some())
}

/// Forgets such pictures, up to `limit`, and says which.
pub(crate) async fn delete_unused(
    conn: &mut Conn,
    before: Timestamp,
    limit: u32,
) -> sqlx::Result<Vec<Uuid>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "delete from avatars where id in (select id from avatars where unused_since < $1 limit $2) returning id",
        before.ms(),
        i64::from(limit),
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Which of these are known, whoever has them.
pub(crate) async fn existing(
    conn: &mut Conn,
    ids: &BTreeSet<Uuid>,
) -> sqlx::Result<BTreeSet<Uuid>> {
    lock::find(conn, "avatars", ids, "").await
}
