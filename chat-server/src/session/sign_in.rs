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
    store::{
        self, Scope,
        user::{Credentials, NewAccount},
    },
    user,
};
use chat_core::{
    Code, Email, Login, NewPassword, Register, SessionId, SignedIn, UserId, UserRole, Username,
};

pub(crate) async fn register(app: &App, _: &Caller, input: Register) -> Result<SignedIn, Error> {
    if !app.config.open_registration {
        return Err(Error::forbidden(
            "accounts are made by an admin here; ask for one",
        ));
    }
    let given = std::slice::from_ref(&input.email);
    user::check_new(app, &input.password, &input.username, given, None).await?;
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
    open(app, id, None, input.device_name.map(String::from)).await
}

pub(crate) async fn login(app: &App, caller: &Caller, input: Login) -> Result<SignedIn, Error> {
    let mut signed_in = None;
    for account in meant(app, input.identifier.trim()).await? {
        let hash = account
            .as_ref()
            .and_then(|account| account.password_hash.clone());
        // Exposed to be verified. An account that does not exist takes as long as one that does.
        let password = input.password.expose().to_owned();
        if app.passwords.verify(password, hash).await? {
            signed_in = signed_in.or(account);
        }
    }
    match signed_in {
        None => Err(Error::rule(
            Code::WrongCredentials,
            "the name or the password is wrong",
        )),
        Some(account) => {
            let account = password::enabled(Some(account))?;
            app.limiter.was_right(caller, &input.identifier);
            let device_name = input.device_name.map(String::from);
            open(app, account.id, Some(account), device_name).await
        }
    }
}

/// Whether this is the password of whoever has this name, for who asks from inside the program. Nobody is signed in.
pub(crate) async fn is_password(
    app: &App,
    username: &Username,
    password: &NewPassword,
) -> Result<bool, Error> {
    let mut conn = app.db.read().await?;
    let found = store::user::by_username(&mut conn, username).await?;
    drop(conn);
    let hash = found.and_then(|account| account.password_hash);
    // Exposed to be verified.
    let password = password.expose().to_owned();
    app.passwords.verify(password, hash).await
}

/// Whom a sign-in may mean. Behind an address there are always two: who has confirmed it, and who was the last to give
/// it. Whoever gives somebody's address signs in by it all the same, and learns nothing.
async fn meant(app: &App, written: &str) -> Result<Vec<Option<Credentials>>, Error> {
    let mut conn = app.db.read().await?;
    if !written.contains('@') {
        return Ok(vec![match Username::parse(written) {
            Ok(name) => store::user::by_username(&mut conn, &name).await?,
            Err(_) => None,
        }]);
    }
    Ok(match Email::parse(written) {
        Ok(email) => vec![
            store::user::by_email(&mut conn, &email).await?,
            store::user::by_pending_email(&mut conn, &email).await?,
        ],
        Err(_) => vec![None, None],
    })
}

/// Signs a user in on a device: one who proved a password, or somebody else answers for.
pub(crate) async fn open(
    app: &App,
    user: UserId,
    proved: Option<Credentials>,
    device_name: Option<String>,
) -> Result<SignedIn, Error> {
    let session_id = SessionId::new(app.next_id());
    let now = app.now();
    let expires_at = session_end(app, now);
    let me = app
        .writer
        .run_in(Scope::User(user), move |tx| {
            Box::pin(async move {
                match &proved {
                    Some(proved) => password::still_proved(tx, proved).await?,
                    None => password::enabled(store::user::credentials(tx, user).await?)?,
                };
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
