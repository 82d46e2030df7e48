//! Tokens of mailed links: only their hashes are stored, and each is taken out when it is used.

use super::{Conn, sql};
use chat_core::{Timestamp, UserId};
use uuid::Uuid;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To set a new password.
    Reset,
    /// To confirm an address.
    Verify,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Verify => "verify",
        }
    }
}

/// A token that may be stored.
pub(crate) struct NewToken<'a> {
    pub(crate) hash: [u8; 32],
    pub(crate) user_id: UserId,
    pub(crate) purpose: Purpose,
    /// The address it was mailed to.
    pub(crate) email: Option<&'a str>,
    pub(crate) expires_at: Timestamp,
}

/// Stores a token; the ones before it are good no more.
pub(crate) async fn insert(conn: &mut Conn, new: &NewToken<'_>) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "delete from mail_tokens where user_id = $1 and purpose = $2",
        new.user_id.uuid(),
        new.purpose.word(),
    )?;
    sql!(
        conn,
        execute,
        "insert into mail_tokens (hash, user_id, purpose, email, expires_at) values ($1, $2, $3, $4, $5)",
        &new.hash[..],
        new.user_id.uuid(),
        new.purpose.word(),
        new.email,
        new.expires_at.ms(),
    )
    .map(drop)
}

/// Whose token it is and where it was mailed to, as long as it is good.
pub(crate) async fn find(
    conn: &mut Conn,
    hash: [u8; 32],
    purpose: Purpose,
    now: Timestamp,
) -> sqlx::Result<Option<(UserId, Option<String>)>> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid, Option<String>),
        "select user_id, email from mail_tokens where hash = $1 and purpose = $2 and expires_at > $3",
        &hash[..],
        purpose.word(),
        now.ms(),
    )?;
    Ok(row.map(|(user, email)| (UserId::new(user), email)))
}

/// Makes all tokens of a user good no more.
pub(crate) async fn delete_of(conn: &mut Conn, user: UserId) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "delete from mail_tokens where user_id = $1",
        user.uuid()
    )
    .map(drop)
}

/// Forgets tokens that have run out.
pub(crate) async fn delete_before(conn: &mut Conn, moment: Timestamp) -> sqlx::Result<u64> {
    sql!(
        conn,
        execute,
        "delete from mail_tokens where expires_at < $1",
        moment.ms()
    )
}
