//! Sessions as they are stored. Refresh tokens are not: only how many there have been.

mod over;

pub(crate) use over::{delete_ended_before, delete_run_out, is_any_run_out};

use super::{Conn, Kind, at, sql};
use chat_core::{Session, SessionId, Timestamp, TokenScope, UserId};
use uuid::Uuid;

/// What a refresh needs to know of a session.
pub(crate) struct Refreshable {
    pub(crate) user_id: UserId,
    pub(crate) generation: i64,
    /// Whether it is a token for a program.
    pub(crate) is_token: bool,
    /// What may be done with that; none also where only a newer server knows.
    pub(crate) scope: Option<TokenScope>,
    pub(crate) rotated_at: Timestamp,
    /// None for a token that nobody has used.
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) expires_at: Timestamp,
    pub(crate) ended: bool,
    pub(crate) disabled: bool,
}

/// The words for what a token may do.
const SCOPES: [(TokenScope, &str); 3] = [
    (TokenScope::Read, "read"),
    (TokenScope::Write, "write"),
    (TokenScope::Admin, "admin"),
];

/// The scope of a word; none for one that only a newer server knows.
fn scope_of(word: &str) -> Option<TokenScope> {
    let found = SCOPES.into_iter().find(|(_, known)| *known == word);
    found.map(|(scope, _)| scope)
}

/// The word for a scope.
pub(crate) fn scope_word(scope: TokenScope) -> &'static str {
    let found = SCOPES.into_iter().find(|(known, _)| *known == scope);
    found.expect("the table has every scope").1
}

/// Stands for the moment when a token was used last, as long as it was not used.
const NEVER: i64 = 0;

/// When a session was used last, from its row.
pub(crate) fn used(last_used_at: i64) -> Option<Timestamp> {
    (last_used_at != NEVER).then(|| at(last_used_at))
}

/// A session that is a token for a program. Nobody has used it yet.
pub(crate) async fn insert_token(
    conn: &mut Conn,
    id: SessionId,
    user: UserId,
    name: &str,
    scope: TokenScope,
    now: Timestamp,
    expires_at: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into sessions (id, user_id, device_name, created_at, last_used_at, expires_at, rotated_at, scope)
         values ($1, $2, $3, $4, $7, $5, $4, $6)",
        id.uuid(),
        user.uuid(),
        name,
        now.ms(),
        expires_at.ms(),
        scope_word(scope),
        NEVER,
    )
    .map(drop)
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
    type Row = (
        Uuid,
        i64,
        Option<String>,
        i64,
        i64,
        i64,
        Option<i64>,
        Option<i64>,
    );
    let row = sql!(
        conn,
        fetch_optional as Row,
        "select s.user_id, s.generation, s.scope, s.rotated_at, s.last_used_at, s.expires_at, s.ended_at, u.disabled_at
         from sessions s join users u on u.id = s.user_id where s.id = $1",
        id.uuid(),
    )?;
    let Some(row) = row else { return Ok(None) };
    let (user_id, generation, scope, rotated_at, last_used_at, expires_at, ended_at, disabled_at) =
        row;
    Ok(Some(Refreshable {
        user_id: UserId::new(user_id),
        generation,
        is_token: scope.is_some(),
        scope: scope.as_deref().and_then(scope_of),
        rotated_at: at(rotated_at),
        last_used_at: used(last_used_at),
        expires_at: at(expires_at),
        ended: ended_at.is_some(),
        disabled: disabled_at.is_some(),
    }))
}

/// What a session is called: its device, or what a token is for.
pub(crate) async fn name(conn: &mut Conn, id: SessionId) -> sqlx::Result<Option<String>> {
    let row = sql!(
        conn,
        fetch_optional as (Option<String>,),
        "select device_name from sessions where id = $1",
        id.uuid(),
    )?;
    Ok(row.and_then(|(name,)| name))
}

/// Notes that a token was used.
pub(crate) async fn touch(conn: &mut Conn, id: SessionId, now: Timestamp) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update sessions set last_used_at = $2 where id = $1 and last_used_at < $2",
        id.uuid(),
        now.ms(),
    )
    .map(drop)
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

/// Up to where the ends of sessions were seen, in the order in which the database commits. No clock says so: those of
/// several machines differ, and what has ended is committed later than it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sight(i64);

/// What is committed by now and before it is seen by whoever asks from now on; whatever comes later lies behind.
pub(crate) async fn sight(conn: &mut Conn) -> sqlx::Result<Sight> {
    match conn.kind() {
        // One machine has the file, and one clock.
        Kind::Sqlite => Ok(Sight(conn.now().plus_ms(-OVERLAP_MS).ms())),
        // The oldest transaction that is under way.
        Kind::Postgres => {
            let text =
                "select cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)";
            let (oldest,) = sql!(conn, fetch_one as (i64,), text)?;
            Ok(Sight(oldest))
        }
    }
}

/// What is ended on a file may take its time to be committed.
const OVERLAP_MS: i64 = 30_000;

/// Sessions whose ends lie behind what was seen before, if anything was; of those that say that they ended after a moment.
/// Their access tokens may still look good.
pub(crate) async fn ended(
    conn: &mut Conn,
    seen: Option<Sight>,
    since: Timestamp,
) -> sqlx::Result<Vec<SessionId>> {
    let text = match conn.kind() {
        Kind::Sqlite => {
            "select id from sessions where ended_at > $1 and ($2 is null or ended_at > $2)"
        }
        // The row names the transaction that wrote it, by a number of 32 bits that begins again.
        Kind::Postgres => {
            "select id from sessions where ended_at > $1 and ($2 is null or
                 (cast(cast(xmin as text) as bigint) - $2 % 4294967296 + 4294967296) % 4294967296 < 2147483648)"
        }
    };
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        text,
        since.ms(),
        seen.map(|Sight(seen)| seen)
    )?;
    Ok(rows.into_iter().map(|(id,)| SessionId::new(id)).collect())
}

/// How many live tokens for programs a user has.
pub(crate) async fn count_tokens(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> sqlx::Result<i64> {
    let (count,) = sql!(
        conn,
        fetch_one as (i64,),
        "select count(*) from sessions where user_id = $1 and scope is not null and ended_at is null and expires_at > $2",
        user.uuid(),
        now.ms(),
    )?;
    Ok(count)
}

type SessionRow = (Uuid, Option<String>, i64, i64, Option<String>, i64);

fn session((id, device_name, created_at, last_used_at, scope, expires_at): SessionRow) -> Session {
    let ends = at(expires_at);
    Session {
        id: SessionId::new(id),
        device_name,
        created_at: at(created_at),
        last_used_at: used(last_used_at),
        current: false,
        expires_at: Some(ends).filter(|ends| scope.is_some() && *ends < Timestamp::FOR_EVER),
        // One that only a newer server knows is shown without: it can be ended all the same.
        scope: scope.as_deref().and_then(scope_of),
    }
}

/// A live session of a user.
pub(crate) async fn one(
    conn: &mut Conn,
    user: UserId,
    id: SessionId,
    now: Timestamp,
) -> sqlx::Result<Option<Session>> {
    let row = sql!(
        conn,
        fetch_optional as SessionRow,
        "select id, device_name, created_at, last_used_at, scope, expires_at from sessions
         where id = $3 and user_id = $1 and ended_at is null and expires_at > $2",
        user.uuid(),
        now.ms(),
        id.uuid(),
    )?;
    Ok(row.map(session))
}

/// The live sessions of a user, newest first: all tokens for programs, and as many of the others as there is room for.
pub(crate) async fn list(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> sqlx::Result<Vec<Session>> {
    let rows = sql!(
        conn,
        fetch_all as SessionRow,
        "select id, device_name, created_at, last_used_at, scope, expires_at from sessions
         where user_id = $1 and ended_at is null and expires_at > $2
         order by case when scope is null then 1 else 0 end, created_at desc, id desc limit 200",
        user.uuid(),
        now.ms(),
    )?;
    let mut sessions: Vec<_> = rows.into_iter().map(session).collect();
    sessions.sort_by_key(|session| std::cmp::Reverse((session.created_at, session.id)));
    Ok(sessions)
}
