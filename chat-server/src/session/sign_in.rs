//! Signing up and in. Neither tells which addresses have accounts here: what there is to say about an address is mailed
//! to it, after the answer.

use super::{
    errand::{self, Errand},
    password,
    refresh::{session_end, tokens},
};
use crate::{
    App, Error,
    auth::Caller,
    store::{self, user::NewAccount},
    user,
};
use chat_core::{Code, Email, Login, Register, SessionId, SignedIn, UserId, UserRole, Username};

pub(crate) async fn register(app: &App, _: &Caller, input: Register) -> Result<SignedIn, Error> {
    if !app.config.open_registration {
        return Err(Error::forbidden(
            "accounts are made by an admin here; ask for one",
        ));
    }
    let emails = std::slice::from_ref(&input.email);
    password::check("password", &input.password, Some(&input.username), emails)?;
    // Exposed to be hashed.
    let password_hash = app
        .passwords
        .hash(input.password.expose().to_owned())
        .await?;
    let id = UserId::new(app.next_id());
    let (now, inbox_epoch) = (app.now(), app.random.word());
    let email = input.email.clone();
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let display_name = input
                    .display_name
                    .as_ref()
                    .map_or(input.username.as_str(), |name| name.as_str());
                let account = NewAccount {
                    id,
                    username: &input.username,
                    display_name,
                    email: None,
                    pending_email: Some(&input.email),
                    avatar_url: None,
                    role: UserRole::User,
                    password_hash: Some(&password_hash),
                    outside_id: None,
                    created_at: now,
                    inbox_epoch,
                };
                user::insert(tx, &account).await
            })
        })
        .await?;
    // An address that gets many mails gets none for now; where one is signed in, one can ask for it again.
    if app.limiter.mail(&email).await.is_ok() {
        errand::run(app, Errand::verify(app, id, email));
    }
    open(app, id, input.device_name.map(String::from)).await
}

pub(crate) async fn login(app: &App, _: &Caller, input: Login) -> Result<SignedIn, Error> {
    let written = input.identifier.trim();
    let (name, email) = (Username::parse(written).ok(), Email::parse(written).ok());
    let mut conn = app.db.read().await?;
    let account = store::user::to_sign_in(&mut conn, name.as_ref(), email.as_ref()).await?;
    drop(conn);
    let (id, hash, disabled) = match account {
        Some(account) => (Some(account.id), account.password_hash, account.disabled),
        None => (None, None, false),
    };
    // Exposed to be verified. An account that does not exist takes as long as one that does.
    let right = app
        .passwords
        .verify(input.password.expose().to_owned(), hash)
        .await?;
    match id.filter(|_| right) {
        None => Err(Error::rule(
            Code::WrongCredentials,
            "the name or the password is wrong",
        )),
        Some(_) if disabled => Err(Error::rule(
            Code::AccountDisabled,
            "the account is disabled; ask an admin",
        )),
        Some(id) => open(app, id, input.device_name.map(String::from)).await,
    }
}

/// Signs a user in on a device.
pub(crate) async fn open(
    app: &App,
    user: UserId,
    device_name: Option<String>,
) -> Result<SignedIn, Error> {
    let session_id = SessionId::new(app.next_id());
    let now = app.now();
    let expires_at = session_end(app, now);
    let me = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                let known = store::user::credentials(tx, user).await?;
                // Switched off or deleted since the password was looked at.
                if known.ok_or_else(|| Error::not_found("user"))?.disabled {
                    return Err(Error::rule(
                        Code::AccountDisabled,
                        "the account is disabled; ask an admin",
                    ));
                }
                store::session::insert(
                    tx,
                    session_id,
                    user,
                    device_name.as_deref(),
                    now,
                    expires_at,
                )
                .await?;
                store::user::me(tx, user)
                    .await?
                    .ok_or_else(|| Error::not_found("user"))
            })
        })
        .await?;
    Ok(SignedIn {
        user: me,
        session_id,
        tokens: tokens(app, user, session_id, 0, now)?,
    })
}
