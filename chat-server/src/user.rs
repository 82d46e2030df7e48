//! Accounts: making them, finding them, and bringing along those of an embedding program.

mod block;
mod contact;
mod delete;
mod export;
mod name;
mod outside;
mod profile;
mod settings;

pub(crate) use block::{add as add_block, list as list_blocks, remove as remove_block};
pub(crate) use contact::{
    list as list_contacts, remove as remove_contact, require_existing, set as set_contact,
};
pub(crate) use delete::{delete_me, erase, keep_clearing};
pub(crate) use export::{begin as begin_export, export};
pub(crate) use name::fill as fill_names;
pub(crate) use outside::from_outside;
pub(crate) use profile::change as change_me;
pub(crate) use settings::{change as change_settings, show as show_settings};

use crate::{
    App, Error,
    audit::{Deed, Way},
    auth::Caller,
    bus::Audience,
    cursor, presence,
    store::{self, Conn, user::NewAccount},
    writer::Tx,
};
use chat_core::{
    DisplayName, Email, Envelope, Event, FieldErrors, ListUsers, Me, NewPassword, Profile, ShowMe,
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
    // Nobody is behind it but the program; who may look after the server is noted all the same.
    let deed = (new.role == UserRole::Admin).then(|| Deed {
        actor: None,
        address: None,
        at: app.now(),
        way: Way::Itself,
    });
    create_by(app, new, false, deed).await
}

/// The same for a person or a program, as somebody's deed.
pub(crate) async fn create_by(
    app: &App,
    new: NewUser,
    is_bot: bool,
    deed: Option<Deed>,
) -> Result<Me, Error> {
    if let Some(wished) = &new.password {
        let given = new.email.as_slice();
        check_new(app, wished, &new.username, given, new.email.as_ref()).await?;
    }
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
                    pending_email: None,
                    avatar_url: None,
                    role: new.role,
                    password_hash: password_hash.as_deref(),
                    outside_id: None,
                    created_at: now,
                    inbox_epoch,
                };
                insert(tx, &account).await?;
                store::account::set_bot(tx, id, is_bot).await?;
                if let Some(deed) = deed {
                    let detail = match (new.role, is_bot) {
                        (UserRole::Admin, _) => Some("role admin".to_owned()),
                        (_, true) => Some("bot".to_owned()),
                        (_, false) => None,
                    };
                    deed.record(tx, "admin.user.create", Some(id.uuid()), detail)
                        .await?;
                }
                store::user::me(tx, id)
                    .await?
                    .ok_or_else(|| Error::not_found("user"))
            })
        })
        .await
}

/// Refuses a password that is one of the new account's names, and says at once what else is wrong with them.
pub(crate) async fn check_new(
    app: &App,
    password: &NewPassword,
    username: &Username,
    given: &[Email],
    confirmed: Option<&Email>,
) -> Result<(), Error> {
    let Err(error) = password.require_apart(Some(username), given) else {
        return Ok(());
    };
    let mut errors = taken(&mut app.db.read().await?, username, confirmed).await?;
    errors.add("password", error);
    Err(Error::Invalid(errors))
}

/// What somebody has already. Only those who look after the server, or embed it, say that an address is somebody's; they
/// alone hear that it is another's.
async fn taken(
    conn: &mut Conn,
    username: &Username,
    confirmed: Option<&Email>,
) -> Result<FieldErrors, Error> {
    let mut taken = FieldErrors::default();
    if store::user::is_taken(conn, username, None).await? {
        taken.add("username", "is taken");
    }
    if let Some(email) = confirmed
        && store::user::has_email(conn, email, None).await?
    {
        taken.add("email", "is taken");
    }
    Ok(taken)
}

/// Stores an account, and names what is taken.
pub(crate) async fn insert(conn: &mut Conn, account: &NewAccount<'_>) -> Result<(), Error> {
    let taken = taken(conn, account.username, account.email).await?;
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
        UserRole::User | UserRole::Unknown => Err(Error::forbidden(
            "this is for those who look after the server",
        )),
    }
}

pub(crate) async fn show(app: &App, caller: &Caller, input: ShowUser) -> Result<Profile, Error> {
    let mut conn = app.db.read().await?;
    let found = store::user::find(&mut conn, input.user_id).await?;
    let found = found.ok_or_else(|| Error::not_found("user"))?;
    let (bio, status_text) = store::user::about(&mut conn, found.id).await?;
    let seen = presence::seen(app, &mut conn, caller.user()?, &[found.id]).await?;
    let seen = seen.first();
    Ok(Profile {
        user: User {
            presence: seen.map(|presence| presence.state),
            last_seen_at: seen.and_then(|presence| presence.last_seen_at),
            ..found
        },
        bio,
        status_text,
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

/// Tells everybody who shares a conversation with a user how their profile is now, and lets them be found by it.
pub(crate) async fn tell_changed(tx: &mut Tx, id: UserId) -> Result<(), Error> {
    let Some(changed) = store::user::by_ids(tx, &[id]).await?.remove(&id) else {
        return Ok(());
    };
    let found_by = store::user::search_text(&changed.username, &changed.display_name);
    store::user::set_search_text(tx, id, &found_by).await?;
    for (conversation, _) in store::conversation::heads(tx, id).await? {
        let envelope = Envelope::passing(None, Event::UserChanged(changed.clone()));
        tx.tell(Audience::Members(conversation), envelope);
    }
    Ok(())
}
