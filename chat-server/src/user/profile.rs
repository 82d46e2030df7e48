//! Changing what one is called, what one says of oneself, and where one's mail goes.

use super::tell_changed;
use crate::{
    App, Error,
    auth::Caller,
    conversation::tell_me,
    session::{
        errand::{self, Errand},
        password,
    },
    store::{
        self,
        user::{Credentials, ProfileRow},
    },
    writer::Tx,
};
use chat_core::{ChangeMe, FieldErrors, Me, Timestamp, UserId, Username};

pub(crate) async fn change(app: &App, caller: &Caller, input: ChangeMe) -> Result<Me, Error> {
    let user = caller.user()?;
    let email = input.email.clone();
    if let Some(email) = &email {
        let given = input.current_password.as_ref();
        let account = password::require(app, caller, "current_password", given).await?;
        if asks_to_confirm(&account, email.as_str()) {
            if caller.address.is_some() {
                app.limiter.mail(email).await?;
            }
            drop(app.mailer.place()?);
        }
    }
    let now = app.now();
    let (me, account) = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                let before = store::user::me(tx, user)
                    .await?
                    .ok_or_else(|| Error::not_found("user"))?;
                let account = store::user::credentials(tx, user).await?;
                let account = account
                    .filter(|account| !account.disabled)
                    .ok_or_else(|| Error::not_found("user"))?;
                set(tx, &before, &input, now).await?;
                if let Some(email) = &input.email {
                    // The address that is confirmed already needs no link, and takes back one that was given since.
                    let pending = Some(email)
                        .filter(|email| account.email.as_deref() != Some(email.as_str()));
                    store::user::set_pending(tx, user, pending, now).await?;
                }
                Ok((tell_me(tx, user, now).await?, account))
            })
        })
        .await?;
    if let Some(email) = email
        && asks_to_confirm(&account, email.as_str())
    {
        errand::run(app, Errand::verify(app, user, email));
    }
    Ok(me)
}

/// Whether the address is another one than the confirmed one.
fn asks_to_confirm(account: &Credentials, email: &str) -> bool {
    account.email.as_deref() != Some(email)
}

/// Stores what is public of a profile, where that changes, and tells those who share a conversation.
async fn set(tx: &mut Tx, before: &Me, input: &ChangeMe, now: Timestamp) -> Result<(), Error> {
    let id = before.user.id;
    let username = username(tx, id, input.username.as_ref()).await?;
    let spelled = username
        .as_ref()
        .map_or(before.user.username.as_str(), |name| name.as_str());
    let display_name = input.display_name.as_ref().map(|name| name.as_str());
    let display_name = display_name.unwrap_or(&before.user.display_name);
    let bio = said(input.bio.as_ref().map(|bio| bio.as_str()), &before.bio);
    let status = input.status_text.as_ref().map(|status| status.as_str());
    let status_text = said(status, &before.status_text);
    let is_same = spelled == before.user.username
        && display_name == before.user.display_name
        && bio == before.bio.as_deref()
        && status_text == before.status_text.as_deref();
    if is_same {
        return Ok(());
    }
    let row = ProfileRow {
        username: username.as_ref(),
        display_name,
        bio,
        status_text,
    };
    store::user::set_about(tx, id, spelled, &row, now).await?;
    tell_changed(tx, id).await
}

/// The new username, if there is one that is free; one's own may be spelled anew.
async fn username(
    tx: &mut Tx,
    id: UserId,
    wished: Option<&Username>,
) -> Result<Option<Username>, Error> {
    match wished {
        Some(name) if store::user::is_taken(tx, name, Some(id)).await? => {
            Err(Error::Taken(FieldErrors::one("username", "is taken")))
        }
        wished => Ok(wished.cloned()),
    }
}

/// What is said now: nothing where it was taken away by an empty text.
fn said<'a>(input: Option<&'a str>, before: &'a Option<String>) -> Option<&'a str> {
    match input {
        Some(text) => Some(text).filter(|text| !text.is_empty()),
        None => before.as_deref(),
    }
}
