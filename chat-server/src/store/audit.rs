//! The audit log as it is stored: the database itself refuses to change or delete an entry.

use super::{Conn, at, count, sql};
use crate::audit::Deed;
use chat_core::{AuditEntry, ListAudit, UserId};
use uuid::Uuid;

pub(crate) async fn insert(
    conn: &mut Conn,
    deed: &Deed,
    action: &str,
    target: Option<Uuid>,
    detail: Option<&str>,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into audit (at, actor_id, action, target_id, address, detail) values ($1, $2, $3, $4, $5, $6)",
        deed.at.ms(),
        deed.actor.map(UserId::uuid),
        action,
        target,
        deed.address.map(|address| address.to_string()),
        detail,
    )
    .map(drop)
}

#[derive(sqlx::FromRow)]
struct AuditRow {
    id: i64,
    at: i64,
    actor_id: Option<Uuid>,
    action: String,
    target_id: Option<Uuid>,
    address: Option<String>,
    detail: Option<String>,
}

/// What was done, the latest first, before an entry.
pub(crate) async fn page(
    conn: &mut Conn,
    wanted: &ListAudit,
    before: Option<u64>,
    limit: u32,
) -> sqlx::Result<Vec<AuditEntry>> {
    let before = before.and_then(|id| i64::try_from(id).ok());
    let rows = sql!(
        conn,
        fetch_all as AuditRow,
        "select id, at, actor_id, action, target_id, address, detail from audit
         where id < $1 and ($2 is null or actor_id = $2) and ($3 is null or target_id = $3)
             and ($4 is null or substr(action, 1, length($4)) = $4)
         order by id desc limit $5",
        before.unwrap_or(i64::MAX),
        wanted.actor_id.map(UserId::uuid),
        wanted.target_id,
        wanted.action.as_deref(),
        i64::from(limit),
    )?;
    Ok(rows
        .into_iter()
        .map(|row| AuditEntry {
            id: count(row.id),
            at: at(row.at),
            actor_id: row.actor_id.map(UserId::new),
            action: row.action,
            target_id: row.target_id,
            address: row.address,
            detail: row.detail,
        })
        .collect())
}
