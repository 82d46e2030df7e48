//! What a member sets for themselves alone in a conversation. It is told to nobody but their own devices.

use super::{require, tell_my};
use crate::{
    App, Error,
    auth::Caller,
    store::{self, Scope},
};
use chat_core::{ChangePrefs, My};

pub(crate) async fn change(app: &App, caller: &Caller, input: ChangePrefs) -> Result<My, Error> {
    let user = caller.user()?;
    let now = app.now();
    app.writer
        .run_in(Scope::Member(input.conversation_id, user), move |tx| {
            Box::pin(async move {
                let id = input.conversation_id;
                require(tx, id, user).await?;
                let my = store::conversation::my(tx, id, user)
                    .await?
                    .ok_or_else(|| Error::not_found("conversation"))?;
                let after = input.apply(my.prefs.clone(), now);
                if after == my.prefs {
                    return Ok(my);
                }
                store::member::set_prefs(tx, id, user, &after).await?;
                tell_my(tx, id, user, now).await
            })
        })
        .await
}
