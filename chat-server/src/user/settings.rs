//! A user's settings: what they show, and what becomes of that at once when they change it.

use super::contact::require_existing;
use crate::{
    App, Error,
    auth::Caller,
    conversation::tell_me,
    presence,
    store::{self, Scope},
};
use chat_core::{ChangeSettings, Settings, ShowSettings};

pub(crate) async fn show(app: &App, caller: &Caller, _: ShowSettings) -> Result<Settings, Error> {
    Ok(super::me(app, caller.user()?).await?.settings)
}

pub(crate) async fn change(
    app: &App,
    caller: &Caller,
    input: ChangeSettings,
) -> Result<Settings, Error> {
    let user = caller.user()?;
    let now = app.now();
    let (before, after) = app
        .writer
        .run_in(Scope::User(user), move |tx| {
            Box::pin(async move {
                require_existing(tx, user).await?;
                let me = store::user::me(tx, user)
                    .await?
                    .ok_or_else(|| Error::not_found("user"))?;
                let after = input.apply(me.settings.clone());
                if after != me.settings {
                    store::settings::set(tx, user, &after).await?;
                    tell_me(tx, user, now).await?;
                }
                Ok((me.settings, after))
            })
        })
        .await?;
    if (before.presence, before.last_seen) != (after.presence, after.last_seen) {
        presence::show_anew(app, user).await;
    }
    Ok(after)
}
