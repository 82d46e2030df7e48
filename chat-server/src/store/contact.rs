//! Contacts as they are stored.

use super::{
    Conn, at, sql,
    user::user,
    values::{Rows, values},
};
use chat_core::{Contact, Limits, Timestamp, UserId};
use std::collections::HashMap;
use uuid::Uuid;

/// What one has noted of a contact.
pub(crate) struct Noted<'a> {
    pub(crate) nickname: Option<&'a str>,
    pub(crate) favorite: bool,
}

type Row = (
    Uuid,
    String,
    String,
    Option<String>,
    i64,
    Option<String>,
    i64,
    i64,
);

fn contact((id, username, name, avatar, bot, nickname, favorite, created_at): Row) -> Contact {
    Contact {
        user: user((id, username, name, avatar, bot)),
        nickname,
        favorite: favorite != 0,
        created_at: at(created_at),
    }
}

pub(crate) async fn find(
    conn: &mut Conn,
    user: UserId,
    whom: UserId,
) -> sqlx::Result<Option<Contact>> {
    Ok(of_these(conn, user, &[whom]).await?.remove(&whom))
}

/// Which of these are a user's contacts.
pub(crate) async fn of_these(
    conn: &mut Conn,
    user: UserId,
    whom: &[UserId],
) -> sqlx::Result<HashMap<UserId, Contact>> {
    if whom.is_empty() {
        return Ok(HashMap::new());
    }
    let text = |rows: Rows| {
        format!(
            "select u.id, u.username, u.display_name, u.avatar_url, u.is_bot, c.nickname, c.favorite, c.created_at
             from ({}) v join contacts c on c.contact_id = v.column1 and c.user_id = ${}
             join users u on u.id = c.contact_id",
            values(rows, 1),
            rows.place(1, 1),
        )
    };
    let found = super::sql_rows!(
        conn,
        fetch_all as Row,
        text,
        whom,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>),
        user.uuid(),
    )?;
    Ok(found
        .into_iter()
        .map(|row| (UserId::new(row.0), contact(row)))
        .collect())
}

/// Notes a contact, or what one has noted of them; since when they are one stays.
pub(crate) async fn set(
    conn: &mut Conn,
    user: UserId,
    whom: UserId,
    noted: Noted<'_>,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into contacts (user_id, contact_id, nickname, favorite, created_at) values ($1, $2, $3, $4, $5)
         on conflict (user_id, contact_id) do update set nickname = excluded.nickname, favorite = excluded.favorite",
        user.uuid(),
        whom.uuid(),
        noted.nickname,
        i64::from(noted.favorite),
        now.ms(),
    )
    .map(drop)
}

/// Returns whether they were one.
pub(crate) async fn delete(conn: &mut Conn, user: UserId, whom: UserId) -> sqlx::Result<bool> {
    let deleted = sql!(
        conn,
        execute,
        "delete from contacts where user_id = $1 and contact_id = $2",
        user.uuid(),
        whom.uuid(),
    )?;
    Ok(deleted > 0)
}

pub(crate) async fn count(conn: &mut Conn, user: UserId) -> sqlx::Result<u32> {
    let (count,) = sql!(
        conn,
        fetch_one as (i64,),
        "select count(*) from contacts where user_id = $1",
        user.uuid(),
    )?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A place in the list of contacts: whether they are no favourite, their username, their id.
pub(crate) type ContactPlace = (bool, String, UserId);

/// Contacts, favourites first, in the order of their usernames, after a place.
pub(crate) async fn page(
    conn: &mut Conn,
    user: UserId,
    after: Option<ContactPlace>,
    limit: u32,
) -> sqlx::Result<Vec<Contact>> {
    let (is_other, name, id) = after.unwrap_or((false, String::new(), UserId::new(Uuid::nil())));
    let rows = sql!(
        conn,
        fetch_all as Row,
        "select u.id, u.username, u.display_name, u.avatar_url, u.is_bot, c.nickname, c.favorite, c.created_at
         from contacts c join users u on u.id = c.contact_id
         where c.user_id = $1 and (1 - c.favorite, u.username, u.id) > ($2, $3, $4)
         order by 1 - c.favorite, u.username, u.id limit $5",
        user.uuid(),
        i64::from(is_other),
        name,
        id.uuid(),
        i64::from(limit),
    )?;
    Ok(rows.into_iter().map(contact).collect())
}

pub(crate) async fn all(conn: &mut Conn, user: UserId) -> sqlx::Result<Vec<Contact>> {
    page(conn, user, None, Limits::CONTACTS).await
}
