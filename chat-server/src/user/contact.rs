//! Contacts: whom one knows. Who is somebody's contact is not told so, though they may see more of them.

use crate::{
    App, Error,
    app::DONE,
    auth::Caller,
    conversation::tell_own,
    cursor, presence,
    store::{
        self, Conn,
        contact::{ContactPlace, Noted},
    },
};
use chat_core::{
    Code, Contact, ContactChange, ContactPage, Empty, Event, Limits, ListContacts, RemoveContact,
    SetContact, UserId,
};

pub(crate) async fn set(app: &App, caller: &Caller, input: SetContact) -> Result<Contact, Error> {
    let (user, whom) = (caller.user()?, input.user_id);
    if whom == user {
        return Err(Error::invalid("user_id", "must be somebody else"));
    }
    let now = app.now();
    let (contact, is_new) = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                require_existing(tx, user).await?;
                let before = store::contact::find(tx, user, whom).await?;
                if before.is_none() {
                    require_existing(tx, whom).await?;
                    require_room(store::contact::count(tx, user).await?)?;
                }
                let nickname = match input.nickname {
                    Some(name) => Some(String::from(name)).filter(|name| !name.is_empty()),
                    None => before.as_ref().and_then(|known| known.nickname.clone()),
                };
                let known = before.as_ref().is_some_and(|known| known.favorite);
                let noted = Noted {
                    nickname: nickname.as_deref(),
                    favorite: input.favorite.unwrap_or(known),
                };
                store::contact::set(tx, user, whom, noted, now).await?;
                let after = store::contact::find(tx, user, whom)
                    .await?
                    .ok_or_else(|| Error::not_found("contact"))?;
                if before.as_ref() != Some(&after) {
                    let change = ContactChange {
                        user_id: whom,
                        contact: Some(after.clone()),
                    };
                    tell_own(tx, user, now, Event::ContactChanged(change)).await?;
                }
                Ok((after, before.is_none()))
            })
        })
        .await?;
    if is_new {
        presence::show_anew(app, user).await;
    }
    Ok(contact)
}

/// Somebody there is, or 404: neither somebody unknown, nor whose account was switched off or deleted meanwhile.
pub(crate) async fn require_existing(conn: &mut Conn, user: UserId) -> Result<(), Error> {
    match store::user::find(conn, user).await? {
        Some(_) => Ok(()),
        None => Err(Error::not_found("user")),
    }
}

/// Contacts and blocks have the same bound.
pub(super) fn require_room(kept: u32) -> Result<(), Error> {
    match kept < Limits::CONTACTS {
        true => Ok(()),
        false => Err(Error::rule(
            Code::Conflict,
            format!(
                "the list holds at most {}; take somebody off it first",
                Limits::CONTACTS
            ),
        )),
    }
}

pub(crate) async fn remove(
    app: &App,
    caller: &Caller,
    input: RemoveContact,
) -> Result<Empty, Error> {
    let (user, whom) = (caller.user()?, input.user_id);
    let now = app.now();
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                if !store::contact::delete(tx, user, whom).await? {
                    return Err(Error::not_found("contact"));
                }
                let change = ContactChange {
                    user_id: whom,
                    contact: None,
                };
                tell_own(tx, user, now, Event::ContactChanged(change)).await
            })
        })
        .await?;
    presence::show_anew(app, user).await;
    Ok(DONE)
}

pub(crate) async fn list(
    app: &App,
    caller: &Caller,
    input: ListContacts,
) -> Result<ContactPage, Error> {
    let limit = input.limit();
    let after: Option<ContactPlace> = cursor::read(input.cursor.as_deref())?;
    let mut conn = app.db.read().await?;
    let page = store::contact::page(&mut conn, caller.user()?, after, limit + 1).await?;
    let (items, next_cursor) = cursor::page(page, limit, |contact: &Contact| -> ContactPlace {
        let user = &contact.user;
        (!contact.favorite, user.username.clone(), user.id)
    });
    Ok(ContactPage { items, next_cursor })
}
