//! Who is meant on a socket of this machine, where nobody signs in: an account by its name, or the first admin.

use super::password;
use crate::{App, Error, store};
use chat_core::{Code, ListAccounts, UserId, UserRole, Username};

/// The account of a name; without one, that of the first admin by name.
pub(crate) async fn local(app: &App, name: Option<&str>) -> Result<UserId, Error> {
    let mut conn = app.db.read().await?;
    if let Some(name) = name {
        let found = match Username::parse(name) {
            Ok(name) => store::user::by_username(&mut conn, &name).await?,
            Err(_) => None,
        };
        return Ok(password::enabled(found)?.id);
    }
    let admins = ListAccounts {
        q: None,
        role: Some(UserRole::Admin),
        disabled: Some(false),
        limit: Some(1),
        cursor: None,
    };
    let first = store::account::page(&mut conn, &admins, "", 1).await?;
    match first.into_iter().next() {
        Some(admin) => Ok(admin.me.user.id),
        None => Err(Error::rule(
            Code::NotFound,
            "there is no admin yet; make one with: chat user create NAME --admin",
        )),
    }
}
