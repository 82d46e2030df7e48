//! People of an embedding program: they get an account on first sight, and their name and picture follow the program's.

use super::{name::free_username, tell_changed};
use crate::{
    App, Error, Identity,
    store::{self, user::NewAccount},
};
use chat_core::{Code, DisplayName, User, UserId, UserRole};

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
            // A picture set here stays where the program has none of its own.
            let own = user.avatar_url.clone();
            let own = own.filter(|url| url.starts_with("avatars/"));
            let avatar_url = identity.avatar_url.clone().or(own);
            if user.display_name != display_name || user.avatar_url != avatar_url {
                let changed = User {
                    display_name,
                    avatar_url,
                    ..user.clone()
                };
                set_profile(app, changed, user.avatar_url).await?;
            }
            Ok(user.id)
        }
        None => make(app, identity.clone(), display_name).await,
    }
}

/// Gives a user another profile and tells everybody who shares a conversation with them.
async fn set_profile(app: &App, changed: User, picture: Option<String>) -> Result<(), Error> {
    let now = app.now();
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                if changed.avatar_url != picture {
                    // One that was set here is nobody's any more.
                    store::avatar::let_go(tx, changed.id.uuid(), now).await?;
                }
                store::user::set_profile(tx, &changed, now).await?;
                tell_changed(tx, changed.id).await
            })
        })
        .await
}

async fn make(app: &App, identity: Identity, display_name: String) -> Result<UserId, Error> {
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
                    pending_email: None,
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
