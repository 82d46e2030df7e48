//! Names as they are stored: as they are written, as they look, and as they are looked for.

use super::{UserRow, escape_like, settings, user};
use crate::store::{Conn, sql};
use chat_core::{Email, User, UserId, Username};
use uuid::Uuid;

/// What somebody is found by: each word of it begins behind a space. SQLite folds the case of ASCII only, so the column
/// is filled with small letters.
pub(crate) fn search_text(username: &str, display_name: &str) -> String {
    format!(" {username} {display_name}").to_lowercase()
}

/// Whether somebody else has the name, or one that looks like it.
pub(crate) async fn is_taken(
    conn: &mut Conn,
    name: &Username,
    but_by: Option<UserId>,
) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select id from users where (username = $1 or skeleton = $2) and ($3 is null or id <> $3) limit 1",
        name.as_str(),
        name.skeleton(),
        but_by.map(UserId::uuid),
    )?;
    Ok(row.is_some())
}

/// Users in the order of their usernames: whose username or a word of whose display name begins with `q`, or whose
/// confirmed address is exactly that and who want to be found by it.
pub(crate) async fn search(
    conn: &mut Conn,
    q: &str,
    after: &str,
    limit: u32,
) -> sqlx::Result<Vec<User>> {
    let pattern = |text: &str| format!("% {}%", escape_like(text));
    let written = q.to_lowercase();
    let folded = Username::parse(q).map_or_else(|_| written.clone(), String::from);
    let found = found_by_email(conn, q).await?;
    let rows = sql!(
        conn,
        fetch_all as UserRow,
        r"select id, username, display_name, avatar_url, is_bot from users
          where disabled_at is null and username > $1
              and (search_text like $2 escape '\' or search_text like $3 escape '\' or id = $4)
          order by username limit $5",
        after,
        pattern(&written),
        pattern(&folded),
        found.map(UserId::uuid),
        i64::from(limit),
    )?;
    Ok(rows.into_iter().map(user).collect())
}

/// Whose confirmed address it is, where they want to be found by it.
async fn found_by_email(conn: &mut Conn, q: &str) -> sqlx::Result<Option<UserId>> {
    let Ok(email) = Email::parse(q) else {
        return Ok(None);
    };
    let row = sql!(
        conn,
        fetch_optional as (Uuid, Option<String>),
        "select id, settings from users where email = $1",
        email.as_str(),
    )?;
    Ok(match row {
        Some((id, json)) if settings(json.as_deref())?.found_by_email => Some(UserId::new(id)),
        _ => None,
    })
}

pub(crate) async fn set_search_text(conn: &mut Conn, id: UserId, text: &str) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set search_text = $2 where id = $1",
        id.uuid(),
        text
    )
    .map(drop)
}

/// Accounts of before that lack what they are found and compared by.
pub(crate) async fn unfilled(
    conn: &mut Conn,
    limit: u32,
) -> sqlx::Result<Vec<(UserId, String, String)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, String, String),
        "select id, username, display_name from users where search_text is null order by created_at, id limit $1",
        i64::from(limit),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id, username, name)| (UserId::new(id), username, name))
        .collect())
}

/// Fills it in. A name that looks like one that came before keeps no skeleton.
pub(crate) async fn fill(
    conn: &mut Conn,
    id: UserId,
    skeleton: Option<&str>,
    search_text: &str,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set search_text = $2,
             skeleton = case when exists (select 1 from users o where o.skeleton = $3) then null else $3 end
         where id = $1",
        id.uuid(),
        search_text,
        skeleton,
    )
    .map(drop)
}
