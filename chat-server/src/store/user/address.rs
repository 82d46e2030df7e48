//! Addresses as they are stored: a confirmed one belongs to one account; one that was only given may stand in many.

use super::{Credentials, CredentialsRow, known};
use crate::store::{Conn, sql};
use chat_core::{Email, Timestamp, UserId, Username};
use uuid::Uuid;

/// Whom a sign-in by username means.
pub(crate) async fn by_username(
    conn: &mut Conn,
    username: &Username,
) -> sqlx::Result<Option<Credentials>> {
    let row = sql!(
        conn,
        fetch_optional as CredentialsRow,
        "select id, password_hash, disabled_at, username, email, pending_email from users where username = $1",
        username.as_str(),
    )?;
    Ok(row.map(known))
}

/// Whom a sign-in by address means.
pub(crate) async fn by_email(conn: &mut Conn, email: &Email) -> sqlx::Result<Option<Credentials>> {
    let row = sql!(
        conn,
        fetch_optional as CredentialsRow,
        "select id, password_hash, disabled_at, username, email, pending_email from users where email = $1",
        email.as_str(),
    )?;
    Ok(row.map(known))
}

/// Whom it may mean as well: who was the last to give the address, without having confirmed it.
pub(crate) async fn by_pending_email(
    conn: &mut Conn,
    email: &Email,
) -> sqlx::Result<Option<Credentials>> {
    let row = sql!(
        conn,
        fetch_optional as CredentialsRow,
        "select id, password_hash, disabled_at, username, email, pending_email from users
         where pending_email = $1 order by pending_at desc, id desc limit 1",
        email.as_str(),
    )?;
    Ok(row.map(known))
}

/// Whose password a mail to this address may set: its confirmed owner's, or else that of the oldest account that has
/// given it and has confirmed no other. Nobody's who comes from an embedding program or is switched off.
pub(crate) async fn to_reset(conn: &mut Conn, email: &Email) -> sqlx::Result<Option<UserId>> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select id from users
         where (email = $1 or (pending_email = $1 and email is null)) and disabled_at is null and outside_id is null
         order by email is null, created_at, id limit 1",
        email.as_str(),
    )?;
    Ok(row.map(|(id,)| UserId::new(id)))
}

/// Whether the address is confirmed as somebody else's.
pub(crate) async fn has_email(
    conn: &mut Conn,
    email: &Email,
    but: Option<UserId>,
) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select id from users where email = $1 and ($2 is null or id <> $2)",
        email.as_str(),
        but.map(UserId::uuid),
    )?;
    Ok(row.is_some())
}

/// Notes an address that is not confirmed yet.
pub(crate) async fn set_pending(
    conn: &mut Conn,
    id: UserId,
    email: Option<&Email>,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set pending_email = $2, pending_at = $3 where id = $1",
        id.uuid(),
        email.map(Email::as_str),
        now.ms(),
    )
    .map(drop)
}

/// Forgets an address that was given, where another one is confirmed.
pub(crate) async fn forget_pending(conn: &mut Conn, id: UserId) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set pending_email = null where id = $1 and email is not null",
        id.uuid(),
    )
    .map(drop)
}

/// Makes the address that was given the account's own, if it is still the one and nobody else has confirmed it. Says
/// whether it did.
pub(crate) async fn confirm(conn: &mut Conn, id: UserId, email: &str) -> sqlx::Result<bool> {
    let changed = sql!(
        conn,
        execute,
        "update users set email = $2, pending_email = null
         where id = $1 and pending_email = $2 and disabled_at is null
             and not exists (select 1 from users o where o.email = $2 and o.id <> $1)",
        id.uuid(),
        email,
    )?;
    Ok(changed > 0)
}
