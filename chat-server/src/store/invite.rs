//! Invites as they are stored.

use super::{Conn, at, conversation::kind, sql};
use chat_core::{ConversationId, Invite, InvitePreview, Timestamp, UserId};
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct InviteRow {
    code: String,
    conversation_id: Uuid,
    created_by: Uuid,
    created_at: i64,
    expires_at: Option<i64>,
    max_uses: Option<i64>,
    uses: i64,
}

fn invite(row: InviteRow) -> Invite {
    let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Invite {
        code: row.code,
        conversation_id: ConversationId::new(row.conversation_id),
        created_by: UserId::new(row.created_by),
        created_at: at(row.created_at),
        expires_at: row.expires_at.map(at),
        max_uses: row.max_uses.map(count),
        uses: count(row.uses),
    }
}

pub(crate) async fn insert(conn: &mut Conn, new: &Invite) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into invites (code, conversation_id, created_by, created_at, expires_at, max_uses)
         values ($1, $2, $3, $4, $5, $6)",
        new.code.as_str(),
        new.conversation_id.uuid(),
        new.created_by.uuid(),
        new.created_at.ms(),
        new.expires_at.map(Timestamp::ms),
        new.max_uses.map(i64::from),
    )
    .map(drop)
}

/// The conversation an invite leads to, also when it does not hold any more, as long as it is kept.
pub(crate) async fn place_of(conn: &mut Conn, code: &str) -> sqlx::Result<Option<ConversationId>> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select conversation_id from invites where code = $1",
        code,
    )?;
    Ok(row.map(|(id,)| ConversationId::new(id)))
}

/// The conversation an invite leads to, while the invite holds.
pub(crate) async fn holding(
    conn: &mut Conn,
    code: &str,
    now: Timestamp,
) -> sqlx::Result<Option<ConversationId>> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select conversation_id from invites
         where code = $1 and (expires_at is null or expires_at > $2) and (max_uses is null or uses < max_uses)",
        code,
        now.ms(),
    )?;
    Ok(row.map(|(id,)| ConversationId::new(id)))
}

/// Counts one use.
pub(crate) async fn use_up(conn: &mut Conn, code: &str) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update invites set uses = uses + 1 where code = $1",
        code
    )
    .map(drop)
}

/// The invites of a conversation that hold, newest first, after one (by its place in that order).
pub(crate) async fn page(
    conn: &mut Conn,
    conversation: ConversationId,
    now: Timestamp,
    after: Option<(Timestamp, String)>,
    limit: u32,
) -> sqlx::Result<Vec<Invite>> {
    // No code begins with `~`: it is behind them all.
    let (after_at, after_code) =
        after.map_or((i64::MAX, "~".to_owned()), |(when, code)| (when.ms(), code));
    let rows = sql!(
        conn,
        fetch_all as InviteRow,
        "select code, conversation_id, created_by, created_at, expires_at, max_uses, uses from invites
         where conversation_id = $1 and (expires_at is null or expires_at > $2)
             and (max_uses is null or uses < max_uses) and (created_at, code) < ($3, $4)
         order by created_at desc, code desc limit $5",
        conversation.uuid(),
        now.ms(),
        after_at,
        after_code,
        i64::from(limit),
    )?;
    Ok(rows.into_iter().map(invite).collect())
}

/// Ends an invite. False where there is none such.
pub(crate) async fn delete(
    conn: &mut Conn,
    conversation: ConversationId,
    code: &str,
) -> sqlx::Result<bool> {
    sql!(
        conn,
        execute,
        "delete from invites where conversation_id = $1 and code = $2",
        conversation.uuid(),
        code,
    )
    .map(|deleted| deleted > 0)
}

/// Forgets the invites of a conversation that no longer hold.
pub(crate) async fn delete_ended(
    conn: &mut Conn,
    conversation: ConversationId,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "delete from invites where conversation_id = $1 and (expires_at <= $2 or uses >= max_uses)",
        conversation.uuid(),
        now.ms(),
    )
    .map(drop)
}

/// What may be known of a conversation before one joins.
pub(crate) async fn preview(
    conn: &mut Conn,
    id: ConversationId,
) -> sqlx::Result<Option<InvitePreview>> {
    type Row = (String, Option<String>, Option<String>, Option<String>, i64);
    let row = sql!(
        conn,
        fetch_optional as Row,
        "select kind, title, description, avatar_url, member_count from conversations where id = $1",
        id.uuid(),
    )?;
    row.map(|(word, title, description, avatar_url, count)| {
        Ok(InvitePreview {
            conversation_id: id,
            kind: kind(&word)?,
            title,
            description,
            avatar_url,
            member_count: u32::try_from(count).unwrap_or(u32::MAX),
        })
    })
    .transpose()
}
