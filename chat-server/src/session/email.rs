//! Confirming that an address is the account's.

use super::errand::{self, Errand, hash, used_up};
use crate::{
    App, Error,
    app::DONE,
    audit::Deed,
    auth::Caller,
    conversation::tell_me,
    store::{self, mail_token::Purpose},
};
use chat_core::{Code, Email, Empty, SendVerification, VerifyEmail};

pub(crate) async fn verify(app: &App, caller: &Caller, input: VerifyEmail) -> Result<Empty, Error> {
    let (token, now) = (hash(&input.token), app.now());
    let deed = Deed::of(app, caller);
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let found = store::mail_token::find(tx, token, Purpose::Verify, now).await?;
                let (user, email) = found.ok_or_else(used_up)?;
                // Not the address any more, or somebody else has confirmed it meanwhile.
                let confirmed = match email {
                    Some(email) => store::user::confirm(tx, user, &email).await?,
                    None => false,
                };
                if !confirmed {
                    return Err(used_up());
                }
                // Links to the address before go, too.
                store::mail_token::delete_of(tx, user).await?;
                deed.record(tx, "email.verify", Some(user.uuid()), None)
                    .await?;
                tell_me(tx, user, now).await.map(drop)
            })
        })
        .await?;
    Ok(DONE)
}

pub(crate) async fn send_verification(
    app: &App,
    caller: &Caller,
    _: SendVerification,
) -> Result<Empty, Error> {
    let user = caller.user()?;
    let mut conn = app.db.read().await?;
    let account = store::user::credentials(&mut conn, user).await?;
    drop(conn);
    let account = account.ok_or_else(|| Error::not_found("user"))?;
    let pending = account.pending_email.as_deref();
    let Some(email) = pending.and_then(|email| Email::parse(email).ok()) else {
        return Err(Error::rule(
            Code::Conflict,
            match account.email {
                Some(_) => "the address is confirmed already",
                None => "the account has no address; give it one first",
            },
        ));
    };
    if caller.address.is_some() {
        app.limiter.mail(&email).await?;
    }
    drop(app.mailer.place()?);
    errand::run(app, Errand::verify(app, user, email));
    Ok(DONE)
}
