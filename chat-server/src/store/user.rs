//! Accounts as they are stored.

mod address;
mod changed;
mod erase;
mod export;
mod name;
mod password;

pub(crate) use address::{
    by_email, by_pending_email, by_username, confirm, forget_pending, has_email, set_pending,
    to_reset,
};
pub(crate) use changed::{changed_between, nth_changed};
pub(crate) use erase::{
    SentPlace, begin_deletion, deletions, end_deletion, erase, has_username, heir, joined, name_of,
    sent_after,
};
pub(crate) use export::{
    own_avatars, own_bans, own_blocks, own_contacts, own_conversations, own_deeds, own_files,
    own_invites, own_reactions, own_reports, own_revisions, own_sessions, own_uploads,
};
pub(crate) use name::{fill, is_taken, search, search_text, set_search_text, unfilled};
pub(crate) use password::{Credentials, credentials, set_password};
use password::{CredentialsRow, known};

use super::{Conn, at, epoch, sql, unreadable, unwritable};
use chat_core::{Email, Me, Position, Settings, Timestamp, User, UserId, UserRole, Username};
use std::collections::HashMap;
use uuid::Uuid;

/// The columns that make a [`User`].
pub(crate) type UserRow = (Uuid, String, String, Option<String>, i64);

/// Everything about a new account.
pub(crate) struct NewAccount<'a> {
    pub(crate) id: UserId,
    pub(crate) username: &'a Username,
    pub(crate) display_name: &'a str,
    /// An address that is known to be theirs.
    pub(crate) email: Option<&'a Email>,
    /// An address that they say is theirs.
    pub(crate) pending_email: Option<&'a Email>,
    pub(crate) avatar_url: Option<&'a str>,
    pub(crate) role: UserRole,
    pub(crate) password_hash: Option<&'a str>,
    pub(crate) outside_id: Option<&'a str>,
    pub(crate) created_at: Timestamp,
    pub(crate) inbox_epoch: u64,
}

pub(crate) fn user((id, username, display_name, avatar_url, is_bot): UserRow) -> User {
    User {
        id: UserId::new(id),
        username,
        display_name,
        avatar_url,
        is_bot: is_bot != 0,
        presence: None,
        last_seen_at: None,
    }
}

fn role(word: &str) -> sqlx::Result<UserRole> {
    match word {
        "user" => Ok(UserRole::User),
        "admin" => Ok(UserRole::Admin),
        _ => Err(unreadable("user role")),
    }
}

pub(crate) fn role_word(role: UserRole) -> sqlx::Result<&'static str> {
    match role {
        UserRole::User => Ok("user"),
        UserRole::Admin => Ok("admin"),
        UserRole::Unknown => Err(unwritable("role")),
    }
}

/// Stores an account. A username, email or outside identity that is there already is a unique violation.
pub(crate) async fn insert(conn: &mut Conn, new: &NewAccount<'_>) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into users (id, username, display_name, email, avatar_url, role, password_hash, outside_id, created_at,
             inbox_epoch, pending_email, pending_at, skeleton, search_text)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $9, $12, $13)",
        new.id.uuid(),
        new.username.as_str(),
        new.display_name,
        new.email.map(Email::as_str),
        new.avatar_url,
        role_word(new.role)?,
        new.password_hash,
        new.outside_id,
        new.created_at.ms(),
        new.inbox_epoch.cast_signed(),
        new.pending_email.map(Email::as_str),
        new.username.skeleton(),
        search_text(new.username.as_str(), new.display_name),
    )
    .map(drop)
}

#[derive(sqlx::FromRow)]
pub(super) struct MeRow {
    id: Uuid,
    username: String,
    display_name: String,
    avatar_url: Option<String>,
    is_bot: i64,
    bio: Option<String>,
    status_text: Option<String>,
    email: Option<String>,
    pending_email: Option<String>,
    settings: Option<String>,
    role: String,
    created_at: i64,
}

/// A stored account as its owner sees it.
pub(super) fn account(row: MeRow) -> sqlx::Result<Me> {
    let sender: UserRow = (
        row.id,
        row.username,
        row.display_name,
        row.avatar_url,
        row.is_bot,
    );
    Ok(Me {
        user: user(sender),
        bio: row.bio,
        status_text: row.status_text,
        email_verified: row.email.is_some(),
        email: row.email.or(row.pending_email),
        settings: settings(row.settings.as_deref())?,
        role: role(&row.role)?,
        created_at: at(row.created_at),
    })
}

/// Settings as the column keeps them; it is empty where nothing was changed.
pub(super) fn settings(json: Option<&str>) -> sqlx::Result<Settings> {
    match json {
        // A word that only a newer process knows is not kept as another: what it says stays its own.
        Some(json) => serde_json::from_str(json)
            .ok()
            .filter(Settings::is_known)
            .ok_or_else(|| unreadable("settings")),
        None => Ok(Settings::default()),
    }
}

pub(crate) async fn me(conn: &mut Conn, id: UserId) -> sqlx::Result<Option<Me>> {
    let row = sql!(
        conn,
        fetch_optional as MeRow,
        "select id, username, display_name, avatar_url, is_bot, bio, status_text, email, pending_email, settings, role,
             created_at
         from users where id = $1",
        id.uuid(),
    )?;
    row.map(account).transpose()
}

pub(crate) async fn find(conn: &mut Conn, id: UserId) -> sqlx::Result<Option<User>> {
    type Row = (Uuid, String, String, Option<String>, i64, Option<i64>);
    let row = sql!(
        conn,
        fetch_optional as Row,
        "select id, username, display_name, avatar_url, is_bot, last_seen_at from users
         where id = $1 and disabled_at is null",
        id.uuid(),
    )?;
    Ok(row.map(
        |(id, username, display_name, avatar_url, is_bot, seen)| User {
            last_seen_at: seen.map(at),
            ..user((id, username, display_name, avatar_url, is_bot))
        },
    ))
}

/// What somebody tells of themselves, besides who they are: their bio and status.
pub(crate) async fn about(
    conn: &mut Conn,
    id: UserId,
) -> sqlx::Result<(Option<String>, Option<String>)> {
    type Row = (Option<String>, Option<String>);
    let row = sql!(
        conn,
        fetch_optional as Row,
        "select bio, status_text from users where id = $1 and disabled_at is null",
        id.uuid(),
    )?;
    Ok(row.unwrap_or_default())
}

/// Several users at once, also those whose accounts are switched off.
pub(crate) async fn by_ids(conn: &mut Conn, ids: &[UserId]) -> sqlx::Result<HashMap<UserId, User>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let text = |rows| {
        let values = super::values::values(rows, 1);
        format!(
            "select u.id, u.username, u.display_name, u.avatar_url, u.is_bot
             from ({values}) v join users u on u.id = v.column1"
        )
    };
    let rows = super::sql_rows!(
        conn,
        fetch_all as UserRow,
        text,
        ids,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    )?;
    Ok(rows
        .into_iter()
        .map(|row| (UserId::new(row.0), user(row)))
        .collect())
}

pub(super) fn escape_like(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// What somebody may change of themselves.
pub(crate) struct ProfileRow<'a> {
    /// None where it stays: a name of before need not be one by the rules of today.
    pub(crate) username: Option<&'a Username>,
    pub(crate) display_name: &'a str,
    pub(crate) bio: Option<&'a str>,
    pub(crate) status_text: Option<&'a str>,
}

/// Gives an account another name or description. A username that somebody has is a unique violation.
pub(crate) async fn set_about(
    conn: &mut Conn,
    id: UserId,
    username: &str,
    to: &ProfileRow<'_>,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set username = $2, skeleton = coalesce($3, skeleton), display_name = $4, bio = $5,
             status_text = $6, changed_at = $7
         where id = $1",
        id.uuid(),
        username,
        to.username.map(Username::skeleton),
        to.display_name,
        to.bio,
        to.status_text,
        now.ms(),
    )
    .map(drop)
}

/// Who somebody of the embedding program is here.
pub(crate) async fn by_outside_id(
    conn: &mut Conn,
    outside_id: &str,
) -> sqlx::Result<Option<(User, bool)>> {
    type Row = (Uuid, String, String, Option<String>, i64, Option<i64>);
    let row = sql!(
        conn,
        fetch_optional as Row,
        "select id, username, display_name, avatar_url, is_bot, disabled_at from users where outside_id = $1",
        outside_id,
    )?;
    Ok(row.map(
        |(id, username, display_name, avatar_url, is_bot, disabled_at)| {
            (
                user((id, username, display_name, avatar_url, is_bot)),
                disabled_at.is_some(),
            )
        },
    ))
}

pub(crate) async fn set_profile(conn: &mut Conn, user: &User, now: Timestamp) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set display_name = $2, avatar_url = $3, changed_at = $4 where id = $1",
        user.id.uuid(),
        user.display_name.as_str(),
        user.avatar_url.as_deref(),
        now.ms(),
    )
    .map(drop)
}

/// Which of these exist and are not disabled.
pub(crate) async fn existing(conn: &mut Conn, ids: &[UserId]) -> sqlx::Result<Vec<UserId>> {
    let text = |rows| {
        let values = super::values::values(rows, 1);
        format!(
            "select u.id from ({values}) v join users u on u.id = v.column1 where u.disabled_at is null"
        )
    };
    let rows = super::sql_rows!(
        conn,
        fetch_all as (Uuid,),
        text,
        ids,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    )?;
    Ok(rows.into_iter().map(|(id,)| UserId::new(id)).collect())
}

pub(crate) async fn set_last_seen(
    conn: &mut Conn,
    id: UserId,
    seen: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set last_seen_at = $2 where id = $1 and deleted_at is null",
        id.uuid(),
        seen.ms()
    )
    .map(drop)
}

/// The end of the user's own log.
pub(crate) async fn inbox_head(conn: &mut Conn, id: UserId) -> sqlx::Result<Option<Position>> {
    let row = sql!(
        conn,
        fetch_optional as (i64, i64),
        "select inbox_epoch, inbox_seq from users where id = $1",
        id.uuid(),
    )?;
    Ok(row.map(|(bits, seq)| Position {
        epoch: epoch(bits),
        seq: super::seq(seq),
    }))
}

pub(crate) async fn set_inbox_epoch(conn: &mut Conn, id: UserId, word: u64) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set inbox_epoch = $2 where id = $1",
        id.uuid(),
        word.cast_signed()
    )
    .map(drop)
}
