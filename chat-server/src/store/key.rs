//! Keys that tokens are made and verified with, where they are kept in the database.

use super::{Conn, at, sql};
use chat_core::Timestamp;

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) id: String,
    /// Base64.
    pub(crate) secret: String,
    pub(crate) used_for: KeyUse,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyUse {
    /// Access tokens, from some moment on.
    Signing(Timestamp),
    /// Refresh tokens, and whatever else is sealed.
    Refreshing,
}

/// All of them, in the order in which they sign.
pub(crate) async fn all(conn: &mut Conn) -> sqlx::Result<Vec<Key>> {
    type Row = (String, String, Option<i64>);
    let rows = sql!(
        conn,
        fetch_all as Row,
        "select id, secret, signs_from from signing_keys order by signs_from, id"
    )?;
    let key = |(id, secret, from): Row| Key {
        id,
        secret,
        used_for: from.map_or(KeyUse::Refreshing, |from| KeyUse::Signing(at(from))),
    };
    Ok(rows.into_iter().map(key).collect())
}

/// Keeps these and no others.
pub(crate) async fn replace(conn: &mut Conn, keys: &[Key]) -> sqlx::Result<()> {
    sql!(conn, execute, "delete from signing_keys")?;
    for key in keys {
        let from = match key.used_for {
            KeyUse::Signing(from) => Some(from.ms()),
            KeyUse::Refreshing => None,
        };
        sql!(
            conn,
            execute,
            "insert into signing_keys (id, secret, signs_from) values ($1, $2, $3)",
            key.id.as_str(),
            key.secret.as_str(),
            from,
        )?;
    }
    Ok(())
}
