//! Accounts: making them, finding them, and bringing along those of an embedding program.

use crate::{
    App, Error, Identity,
    auth::Caller,
    bus::Audience,
    cursor,
    store::{self, Conn, user::NewAccount},
    writer::Tx,
};
use chat_core::{
    Code, DisplayName, Email, Envelope, Event, ListUsers, Me, NewPassword, Profile, ShowMe,
    ShowUser, User, UserId, UserPage, UserRole, Username,
};

/// An account for somebody, made by the program itself or an admin.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The name one is found by.
    pub username: Username,
    /// Where mail goes.
    pub email: Option<Email>,
    /// Without one, nobody can sign in with a password.
    pub password: Option<NewPassword>,
    /// The name people see; the username when absent.
    pub display_name: Option<DisplayName>,
    /// What they may do on the whole server.
    pub role: UserRole,
}

pub(crate) async fn create(app: &App, new: NewUser) -> Result<Me, Error> {
    let password_hash = match &new.password {
        // Exposed to be hashed.
        Some(password) => Some(app.passwords.hash(password.expose().to_owned()).await?),
        None => None,
    };
    let id = UserId::new(app.next_id());
    let (now, inbox_epoch) = (app.now(), app.random.word());
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let display_name = new
                    .display_name
                    .as_ref()
                    .map_or(new.username.as_str(), |name| name.as_str());
                let account = NewAccount {
                    id,
                    username: &new.username,
                    display_name,
                    email: new.email.as_ref(),
                    avatar_url: None,
                    role: new.role,
                    password_hash: password_hash.as_deref(),
                    outside_id: None,
                    created_at: now,
                    inbox_epoch,
                };
                insert(tx, &account).await?;
                store::user::me(tx, id)
                    .await?
                    .ok_or_else(|| Error::not_found("user"))
            })
        })
        .await
}

/// Stores an account, and names what is taken.
pub(crate) async fn insert(conn: &mut Conn, account: &NewAccount<'_>) -> Result<(), Error> {
    let mut taken = chat_core::FieldErrors::default();
    if store::user::credentials(conn, account.username.as_str())
        .await?
        .is_some()
    {
        taken.add("username", "is taken");
    }
    if let Some(email) = account.email
        && store::user::credentials(conn, email.as_str())
            .await?
            .is_some()
    {
        taken.add("email", "is taken");
    }
    if !taken.is_empty() {
        return Err(Error::Taken(taken));
    }
    Ok(store::user::insert(conn, account).await?)
}

pub(crate) async fn me(app: &App, user: UserId) -> Result<Me, Error> {
    let mut conn = app.db.read().await?;
    store::user::me(&mut conn, user)
        .await?
        .ok_or_else(|| Error::not_found("user"))
}

pub(crate) async fn show_me(app: &App, caller: &Caller, _: ShowMe) -> Result<Me, Error> {
    me(app, caller.user()?).await
}

/// Whoever looks after the server, or 403.
pub(crate) async fn require_admin(app: &App, caller: &Caller) -> Result<(), Error> {
    match me(app, caller.user()?).await?.role {
        UserRole::Admin => Ok(()),
        UserRole::User => Err(Error::forbidden(
            "this is for those who look after the server",
        )),
    }
}

pub(crate) async fn show(app: &App, caller: &Caller, input: ShowUser) -> Result<Profile, Error> {
    let mut conn = app.db.read().await?;
    let found = store::user::find(&mut conn, input.user_id).await?;
    let found = found.ok_or_else(|| Error::not_found("user"))?;
    // When somebody was last here is for those who share a conversation with them.
    let sharing = store::member::sharing(&mut conn, caller.user()?, &[found.id]).await?;
    let last_seen_at = found.last_seen_at.filter(|_| !sharing.is_empty());
    Ok(Profile {
        user: User {
            last_seen_at,
            ..found
        },
        bio: None,
        status_text: None,
    })
}

pub(crate) async fn list(app: &App, _: &Caller, input: ListUsers) -> Result<UserPage, Error> {
    let limit = input.limit();
    let after: String = cursor::read(input.cursor.as_deref())?.unwrap_or_default();
    let mut conn = app.db.read().await?;
    let q = input.q.unwrap_or_default();
    let mut items = store::user::search(&mut conn, q.trim(), &after, limit + 1).await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next_cursor = items
        .last()
        .filter(|_| more)
        .map(|user| cursor::write(&user.username));
    Ok(UserPage { items, next_cursor })
}

/// The chat's user for somebody of the embedding program, made on first sight.
pub(crate) async fn from_outside(app: &App, identity: &Identity) -> Result<UserId, Error> {
    let mut conn = app.db.read().await?;
    let known = store::user::by_outside_id(&mut conn, &identity.id).await?;
    drop(conn);
    let display_name = shown_name(identity);
    match known {
        Some((_, true)) => Err(Error::rule(
            Code::AccountDisabled,
            "the account is disabled; ask an admin",
        )),
        Some((user, _)) => {
            if user.display_name != display_name || user.avatar_url != identity.avatar_url {
                let changed = User {
                    display_name,
                    avatar_url: identity.avatar_url.clone(),
                    ..user.clone()
                };
                set_profile(app, changed).await?;
            }
            Ok(user.id)
        }
        None => make_from_outside(app, identity.clone(), display_name).await,
    }
}

/// Gives a user another profile and tells everybody who shares a conversation with them.
async fn set_profile(app: &App, changed: User) -> Result<(), Error> {
    let now = app.now();
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let (name, avatar_url) = (&changed.display_name, changed.avatar_url.as_deref());
                store::user::set_profile(tx, changed.id, name, avatar_url, now).await?;
                tell_changed(tx, changed.id).await
            })
        })
        .await
}

/// Tells everybody who shares a conversation with a user how their profile is now.
pub(crate) async fn tell_changed(tx: &mut Tx, id: UserId) -> Result<(), Error> {
    let Some(changed) = store::user::by_ids(tx, &[id]).await?.remove(&id) else {
        return Ok(());
    };
    for (conversation, _) in store::conversation::heads(tx, id).await? {
        let envelope = Envelope::passing(None, Event::UserChanged(changed.clone()));
        tx.tell(Audience::Members(conversation), envelope);
    }
    Ok(())
}

async fn make_from_outside(
    app: &App,
    identity: Identity,
    display_name: String,
) -> Result<UserId, Error> {
    if identity.id.is_empty() || identity.id.len() > 200 {
        return Err(Error::Internal(
            "an identity's id must be 1 to 200 bytes".to_owned(),
        ));
    }
    let id = UserId::new(app.next_id());
    let (now, inbox_epoch) = (app.now(), app.random.word());
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                // Two first calls at once: the second finds what the first has made.
                if let Some((user, _)) = store::user::by_outside_id(tx, &identity.id).await? {
                    return Ok(user.id);
                }
                let username = free_username(tx, &identity.username).await?;
                let account = NewAccount {
                    id,
                    username: &username,
                    display_name: &display_name,
                    email: None,
                    avatar_url: identity.avatar_url.as_deref(),
                    role: UserRole::User,
                    password_hash: None,
                    outside_id: Some(&identity.id),
                    created_at: now,
                    inbox_epoch,
                };
                store::user::insert(tx, &account).await?;
                Ok(id)
            })
        })
        .await
}

fn shown_name(identity: &Identity) -> String {
    let name = DisplayName::parse(identity.display_name.clone())
        .or_else(|_| DisplayName::parse(identity.username.clone()));
    name.map_or_else(|_| "somebody".to_owned(), String::from)
}

/// The wished username, or one close to it that is valid and free.
async fn free_username(conn: &mut Conn, wished: &str) -> Result<Username, Error> {
    let plain: String = wished
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        .collect();
    let stem: String = plain
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .chars()
        .take(24)
        .collect();
    let stem = if stem.len() < 2 {
        "user".to_owned()
    } else {
        stem
    };
    for nth in 1..10_000_u32 {
        let name = if nth == 1 {
            stem.clone()
        } else {
            format!("{stem}{nth}")
        };
        if let Ok(name) = Username::parse(name)
            && store::user::credentials(conn, name.as_str())
                .await?
                .is_none()
        {
            return Ok(name);
        }
    }
    Err(Error::Internal(
        "no free username was found for an identity".to_owned(),
    ))
}
