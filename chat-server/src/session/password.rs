//! Passwords: which are refused, how somebody proves theirs, and how they get another one.

use super::{
    Reach, cut_off,
    errand::{self, Errand, hash, used_up},
};
use crate::{
    App, Error,
    app::DONE,
    audit::Deed,
    auth::Caller,
    conversation::tell_me,
    mail,
    store::{self, mail_token::Purpose, user::Credentials},
};
use chat_core::{
    ChangePassword, Close, Code, ConfirmReset, Email, Empty, NewPassword, ResetPassword, Secret,
    SessionId, Timestamp, UserId, Username,
};

/// Refuses a password that is one of the account's names.
fn check(
    field: &str,
    password: &NewPassword,
    username: Option<&Username>,
    emails: &[Email],
) -> Result<(), Error> {
    password
        .require_apart(username, emails)
        .map_err(|error| Error::invalid(field, error))
}

fn check_for(field: &str, password: &NewPassword, account: &Credentials) -> Result<(), Error> {
    let username = Username::parse(account.username.as_str()).ok();
    check(field, password, username.as_ref(), &account.addresses())
}

/// Makes sure that it is the account's owner who asks, by their password. Guesses are counted like those at a sign-in.
/// Accounts without a password are vouched for by the embedding program.
pub(crate) async fn require(
    app: &App,
    caller: &Caller,
    field: &str,
    password: Option<&Secret>,
) -> Result<Credentials, Error> {
    let user = caller.user()?;
    let mut conn = app.db.read().await?;
    let account = store::user::credentials(&mut conn, user).await?;
    drop(conn);
    let account = account.ok_or_else(|| Error::not_found("user"))?;
    if account.password_hash.is_none() {
        return Ok(account);
    }
    let password = password.ok_or_else(|| Error::invalid(field, "is required"))?;
    if caller.address.is_some() {
        app.limiter.guess(user).await?;
    }
    // Exposed to be verified.
    let right = app
        .passwords
        .verify(password.expose().to_owned(), account.password_hash.clone())
        .await?;
    match right {
        true => Ok(account),
        false => Err(Error::rule(Code::WrongCredentials, "the password is wrong")),
    }
}

pub(crate) async fn change(
    app: &App,
    caller: &Caller,
    input: ChangePassword,
) -> Result<Empty, Error> {
    let given = Some(&input.current_password);
    let account = require(app, caller, "current_password", given).await?;
    if account.password_hash.is_none() {
        return Err(Error::forbidden(
            "this account has no password; sign in through the program that brought you here",
        ));
    }
    check_for("new_password", &input.new_password, &account)?;
    let hash = new_hash(app, &input.new_password).await?;
    let deed = Deed::of(app, caller);
    let (before, keep) = (account.password_hash.clone(), caller.session_id);
    let user = account.id;
    let ended = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                // Of two who change it at once, one has proved a password that is none any more.
                let known = store::user::credentials(tx, user).await?;
                if known.is_none_or(|known| known.password_hash != before) {
                    return Err(Error::rule(Code::WrongCredentials, "the password is wrong"));
                }
                store::user::set_password(tx, user, &hash).await?;
                store::mail_token::delete_of(tx, user).await?;
                deed.record(tx, "password.change", Some(user.uuid()), None)
                    .await?;
                Ok(store::session::end_others(tx, user, keep, deed.at).await?)
            })
        })
        .await?;
    let reach = match keep {
        Some(_) => Reach::Sessions,
        // From inside the program: all of them are the others.
        None => Reach::Everything,
    };
    cut_off(app, user, &ended, reach, Close::SessionEnded);
    tell_of_change(app, account.mail_goes_to());
    Ok(DONE)
}

async fn new_hash(app: &App, password: &NewPassword) -> Result<String, Error> {
    // Exposed to be hashed.
    app.passwords.hash(password.expose().to_owned()).await
}

/// Tells the owner that the password is another one. It is, whether or not the mail finds a place.
fn tell_of_change(app: &App, email: Option<Email>) {
    let mail = email.map(|email| mail::password_changed(&app.link_base(), email));
    if let Some(Err(error)) = mail.map(|mail| app.mailer.post(mail)) {
        tracing::warn!(%error, "the owner of an account was not told of a new password");
    }
}

pub(crate) async fn reset(app: &App, _: &Caller, input: ResetPassword) -> Result<Empty, Error> {
    // Whether there is room is looked at for everybody alike.
    drop(app.mailer.place()?);
    errand::run(app, Errand::reset(app, input.email));
    Ok(DONE)
}

/// Whether a token sets this account's password: whoever has it from a mail must have got it where the account's mail
/// goes to this day. One without an address was handed over by an admin.
fn opens(account: &Credentials, mailed_to: Option<&str>) -> bool {
    let own = account
        .email
        .as_deref()
        .or(account.pending_email.as_deref());
    !account.disabled && mailed_to.is_none_or(|address| own == Some(address))
}

pub(crate) async fn confirm_reset(
    app: &App,
    caller: &Caller,
    input: ConfirmReset,
) -> Result<Empty, Error> {
    let deed = Deed::of(app, caller);
    let (token, now) = (hash(&input.token), deed.at);
    let mut conn = app.db.read().await?;
    // Looked at before the hash is made: made-up tokens should cost nothing.
    let found = store::mail_token::find(&mut conn, token, Purpose::Reset, now).await?;
    let (user, email) = found.ok_or_else(used_up)?;
    let account = store::user::credentials(&mut conn, user).await?;
    drop(conn);
    let account = account.filter(|account| opens(account, email.as_deref()));
    let account = account.ok_or_else(used_up)?;
    check_for("new_password", &input.new_password, &account)?;
    let hash = new_hash(app, &input.new_password).await?;
    let ended: Vec<SessionId> = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                let found = store::mail_token::find(tx, token, Purpose::Reset, now).await?;
                let (user, email) = found.ok_or_else(used_up)?;
                let known = store::user::credentials(tx, user).await?;
                if known.is_none_or(|known| !opens(&known, email.as_deref())) {
                    return Err(used_up());
                }
                store::user::set_password(tx, user, &hash).await?;
                // With it goes a link that somebody else may have had mailed to their own address.
                store::mail_token::delete_of(tx, user).await?;
                // Whoever has the token reads the address. Another one that was given is not trusted any more.
                if let Some(email) = email
                    && store::user::confirm(tx, user, &email).await?
                {
                    tell_me(tx, user, now).await?;
                }
                store::user::forget_pending(tx, user).await?;
                deed.record(tx, "password.reset.confirm", Some(user.uuid()), None)
                    .await?;
                Ok(store::session::end(tx, user, None, now).await?)
            })
        })
        .await?;
    cut_off(app, user, &ended, Reach::Everything, Close::SessionEnded);
    tell_of_change(app, account.mail_goes_to());
    Ok(DONE)
}

/// Makes a token that sets a new password, to be handed to the owner by another way than a mail.
pub(crate) async fn reset_token(
    app: &App,
    deed: Deed,
    user: UserId,
) -> Result<(Secret, Timestamp), Error> {
    let token = errand::make_token(app);
    let hash = hash(&token);
    let expires_at = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                let known = store::user::credentials(tx, user).await?;
                if known.ok_or_else(|| Error::not_found("user"))?.disabled {
                    return Err(Error::rule(
                        Code::Conflict,
                        "the account is switched off; switch it on first",
                    ));
                }
                deed.record(tx, "admin.user.reset", Some(user.uuid()), None)
                    .await?;
                errand::keep_token(tx, user, Purpose::Reset, None, hash, deed.at).await
            })
        })
        .await?;
    Ok((token, expires_at))
}
