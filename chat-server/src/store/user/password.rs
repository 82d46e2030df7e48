//! What somebody signs in with, as it is stored.

use super::super::{Conn, sql};
use chat_core::{Email, UserId};
use uuid::Uuid;

/// What signing in needs to know of an account.
pub(crate) struct Credentials {
    pub(crate) id: UserId,
    pub(crate) password_hash: Option<String>,
    pub(crate) disabled: bool,
    pub(crate) username: String,
    /// The confirmed address.
    pub(crate) email: Option<String>,
    /// An address that is not confirmed yet.
    pub(crate) pending_email: Option<String>,
}

impl Credentials {
    /// The addresses that it has and has given.
    pub(crate) fn addresses(&self) -> Vec<Email> {
        let both = [&self.email, &self.pending_email].into_iter().flatten();
        both.filter_map(|address| Email::parse(address.as_str()).ok())
            .collect()
    }

    /// Where mail for the account goes: to the address that is known to be its owner's, where there is one.
    pub(crate) fn mail_goes_to(&self) -> Option<Email> {
        self.addresses().into_iter().next()
    }
}

pub(super) type CredentialsRow = (
    Uuid,
    Option<String>,
    Option<i64>,
    String,
    Option<String>,
    Option<String>,
);

pub(super) fn known(
    (id, password_hash, disabled_at, username, email, pending): CredentialsRow,
) -> Credentials {
    Credentials {
        id: UserId::new(id),
        password_hash,
        disabled: disabled_at.is_some(),
        username,
        email,
        pending_email: pending,
    }
}

pub(crate) async fn credentials(conn: &mut Conn, id: UserId) -> sqlx::Result<Option<Credentials>> {
    let row = sql!(
        conn,
        fetch_optional as CredentialsRow,
        "select id, password_hash, disabled_at, username, email, pending_email from users where id = $1",
        id.uuid(),
    )?;
    Ok(row.map(known))
}

pub(crate) async fn set_password(conn: &mut Conn, id: UserId, hash: &str) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set password_hash = $2 where id = $1",
        id.uuid(),
        hash
    )
    .map(drop)
}
