//! Sessions as they are stored. Refresh tokens are not: only how many there have been.

use super::{Conn, at, sql};
use chat_core::{Session, SessionId, Timestamp, UserId};
use uuid::Uuid;

/// What a refresh needs to know of a session.
pub(crate) struct Refreshable {
    pub(crate) user_id: UserId,
    pub(crate) generation: i64,
    pub(crate) rotated_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) ended: bool,
    pub(crate) disabled: bool,
}

pub(crate) async fn insert(
    conn: &mut Conn,
    id: SessionId,
    user: UserId,
    device_name: Option<&str>,
    now: Timestamp,
    expires_at: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into sessions (id, user_id, device_name, created_at, last_used_at, expires_at, rotated_at)
         values ($1, $2, $3, $4, $4, $5, $4)",
        id.uuid(),
        user.uuid(),
        device_name,
        now.ms(),
        expires_at.ms(),
    )
    .map(drop)
}

pub(crate) async fn refreshable(
    conn: &mut Conn,
    id: SessionId,
) -> sqlx::Result<Option<Refreshable>> {
    type Row = (Uuid, i64, i64, i64, Option<i64>, Option<i64>);
    let row = sql!(
        conn,
        fetch_optional as Row,
        "select s.user_id, s.generation, s.rotated_at, s.expires_at, s.ended_at, u.disabled_at
         from sessions s join users u on u.id = s.user_id where s.id = $1",
        id.uuid(),
    )?;
    Ok(row.map(
        |(user_id, generation, rotated_at, expires_at, ended_at, disabled_at)| Refreshable {
            user_id: UserId::new(user_id),
            generation,
            rotated_at: at(rotated_at),
            expires_at: at(expires_at),
            ended: ended_at.is_some(),
            disabled: disabled_at.is_some(),
        },
    ))
}

/// Makes the next refresh token the good one.
pub(crate) async fn rotate(
    conn: &mut Conn,
    id: SessionId,
    generation: i64,
    now: Timestamp,
    expires_at: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update sessions set generation = $2, rotated_at = $3, last_used_at = $3, expires_at = $4 where id = $1",
        id.uuid(),
        generation,
        now.ms(),
        expires_at.ms(),
    )
    .map(drop)
}

/// Ends sessions of a user that are not ended yet: one, or all. Returns which.
pub(crate) async fn end(
    conn: &mut Conn,
    user: UserId,
    only: Option<SessionId>,
    now: Timestamp,
) -> sqlx::Result<Vec<SessionId>> {
    if only.is_none() {
        note_cut_off(conn, user, now).await?;
    }
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "update sessions set ended_at = $3 where user_id = $1 and ended_at is null and ($2 is null or id = $2)
         returning id",
        user.uuid(),
        only.map(SessionId::uuid),
        now.ms(),
    )?;
    Ok(rows.into_iter().map(|(id,)| SessionId::new(id)).collect())
}

/// Ends all sessions of a user but one. Returns which.
pub(crate) async fn end_others(
    conn: &mut Conn,
    user: UserId,
    keep: Option<SessionId>,
    now: Timestamp,
) -> sqlx::Result<Vec<SessionId>> {
    if keep.is_none() {
        note_cut_off(conn, user, now).await?;
    }
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "update sessions set ended_at = $3 where user_id = $1 and ended_at is null and ($2 is null or id <> $2)
         returning id",
        user.uuid(),
        keep.map(SessionId::uuid),
        now.ms(),
    )?;
    Ok(rows.into_iter().map(|(id,)| SessionId::new(id)).collect())
}

/// Notes that everything that lets somebody in is taken back, also what has no session: another moment each time.
async fn note_cut_off(conn: &mut Conn, user: UserId, now: Timestamp) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set cut_off_at = case when cut_off_at >= $2 then cut_off_at + 1 else $2 end where id = $1",
        user.uuid(),
        now.ms(),
    )
    .map(drop)
}

/// When everything that let somebody in was taken back last.
pub(crate) async fn cut_off_at(conn: &mut Conn, user: UserId) -> sqlx::Result<Option<Timestamp>> {
    let row = sql!(
        conn,
        fetch_optional as (Option<i64>,),
        "select cut_off_at from users where id = $1",
        user.uuid(),
    )?;
    Ok(row.and_then(|(moment,)| moment).map(at))
}

/// Whether a session goes on; one that ended long ago is forgotten.
pub(crate) async fn goes_on(conn: &mut Conn, id: SessionId) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select id from sessions where id = $1 and ended_at is null",
        id.uuid(),
    )?;
    Ok(row.is_some())
}

/// Sessions that ended after a moment: their access tokens may still look good.
pub(crate) async fn ended_since(
    conn: &mut Conn,
    since: Timestamp,
) -> sqlx::Result<Vec<(SessionId, Timestamp)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, i64),
        "select id, ended_at from sessions where ended_at > $1",
        since.ms()
    )?;
    Ok(rows
        .into_iter()
        .map(|(id, ended)| (SessionId::new(id), at(ended)))
        .collect())
}

/// The live sessions of a user, newest first.
pub(crate) async fn list(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> sqlx::Result<Vec<Session>> {
    type Row = (Uuid, Option<String>, i64, i64);
    let rows = sql!(
        conn,
        fetch_all as Row,
        "select id, device_name, created_at, last_used_at from sessions
         where user_id = $1 and ended_at is null and expires_at > $2 order by created_at desc, id desc limit 200",
        user.uuid(),
        now.ms(),
    )?;
    let session = |(id, device_name, created_at, last_used_at): Row| Session {
        id: SessionId::new(id),
        device_name,
        created_at: at(created_at),
        last_used_at: at(last_used_at),
        current: false,
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Forgets sessions that ended before a moment.
pub(crate) async fn delete_ended_before(conn: &mut Conn, moment: Timestamp) -> sqlx::Result<u64> {
    sql!(
        conn,
        execute,
        "delete from sessions where ended_at < $1",
        moment.ms()
    )
}
