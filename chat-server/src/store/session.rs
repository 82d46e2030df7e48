//! Sessions as they are stored. Refresh tokens are not: only how many there have been.

use super::{Conn, Kind, at, sql};
use chat_core::{Session, SessionId, Timestamp, TokenScope, UserId};
use uuid::Uuid;

/// When a token ends that has no end: in the year 3000.
pub(crate) const FOR_EVER: Timestamp = Timestamp::from_ms(32_503_680_000_000);

/// What a refresh needs to know of a session.
pub(crate) struct Refreshable {
    pub(crate) user_id: UserId,
    pub(crate) generation: i64,
    /// What may be done with it, where it is a token for a program.
    pub(crate) scope: Option<TokenScope>,
    pub(crate) rotated_at: Timestamp,
    pub(crate) last_used_at: Timestamp,
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

fn scope_of(word: &str) -> sqlx::Result<TokenScope> {
    let found = SCOPES.into_iter().find(|(_, known)| *known == word);
    let found = found.map(|(scope, _)| scope);
    // Who knows no bounds is not let in.
    found.ok_or_else(|| sqlx::Error::Decode(format!("there is no scope {word}").into()))
}

/// The word for a scope.
pub(crate) fn scope_word(scope: TokenScope) -> &'static str {
    let found = SCOPES.into_iter().find(|(known, _)| *known == scope);
    found.expect("the table has every scope").1
}

/// A session that is a token for a program.
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
         values ($1, $2, $3, $4, $4, $5, $4, $6)",
        id.uuid(),
        user.uuid(),
        name,
        now.ms(),
        expires_at.ms(),
        scope_word(scope),
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
        scope: scope.as_deref().map(scope_of).transpose()?,
        rotated_at: at(rotated_at),
        last_used_at: at(last_used_at),
        expires_at: at(expires_at),
        ended: ended_at.is_some(),
        disabled: disabled_at.is_some(),
    }))
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

/// The live sessions of a user, newest first: all tokens for programs, and as many of the others as there is room for.
pub(crate) async fn list(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> sqlx::Result<Vec<Session>> {
    type Row = (Uuid, Option<String>, i64, i64, Option<String>, i64);
    let rows = sql!(
        conn,
        fetch_all as Row,
        "select id, device_name, created_at, last_used_at, scope, expires_at from sessions
         where user_id = $1 and ended_at is null and expires_at > $2
         order by case when scope is null then 1 else 0 end, created_at desc, id desc limit 200",
        user.uuid(),
        now.ms(),
    )?;
    let session = |(id, device_name, created_at, last_used_at, scope, expires_at): Row| {
        let scope = scope.as_deref().map(scope_of).transpose()?;
        let ends = at(expires_at);
        Ok(Session {
            id: SessionId::new(id),
            device_name,
            created_at: at(created_at),
            last_used_at: at(last_used_at),
            current: false,
            scope,
            expires_at: Some(ends).filter(|ends| scope.is_some() && *ends < FOR_EVER),
        })
    };
    let mut sessions = rows
        .into_iter()
        .map(session)
        .collect::<sqlx::Result<Vec<_>>>()?;
    sessions.sort_by_key(|session| std::cmp::Reverse((session.created_at, session.id)));
    Ok(sessions)
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
