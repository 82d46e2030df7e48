//! The rules of pictures of people, groups and channels. Each is made anew out of pixels, under an id that nobody can
//! guess; whoever knows the id may see it, and nobody any more once there is another.

use crate::{
    App, Error,
    app::DONE,
    auth::Caller,
    conversation::{change_info, note, one, require_right, tell_me},
    media::{AVATAR_BYTES, AVATAR_SIDES, Outgoing, Reach, Stored},
    session, store,
    user::{require_existing, tell_changed},
    writer::Tx,
};
use chat_core::{
    Conversation, ConversationId, DeleteAvatar, DeleteConversationAvatar, Empty, Me, ReadAvatar,
    Right, SetAvatar, SetConversationAvatar, Timestamp, UserId,
};
use uuid::Uuid;

/// The side when nobody says.
const SIDE: u32 = 512;

pub(crate) async fn set(app: &App, caller: &Caller, _: SetAvatar) -> Result<Me, Error> {
    let user = caller.user()?;
    let id = receive(app, caller, user.uuid()).await?;
    let now = app.now();
    app.writer
        .run(move |tx| Box::pin(set_of_user(tx, user, Some(id), now)))
        .await
}

pub(crate) async fn delete(app: &App, caller: &Caller, _: DeleteAvatar) -> Result<Empty, Error> {
    let (user, now) = (caller.user()?, app.now());
    app.writer
        .run(move |tx| Box::pin(set_of_user(tx, user, None, now)))
        .await?;
    Ok(DONE)
}

async fn set_of_user(
    tx: &mut Tx,
    user: UserId,
    id: Option<Uuid>,
    now: Timestamp,
) -> Result<Me, Error> {
    // A tombstone has no face, also where the picture was on its way when the account went.
    require_existing(tx, user).await?;
    let url = take(tx, id, user.uuid(), now).await?;
    if store::avatar::set_of_user(tx, user, url.as_deref(), now).await? {
        tell_changed(tx, user).await?;
        return tell_me(tx, user, now).await;
    }
    let me = store::user::me(tx, user).await?;
    me.ok_or_else(|| Error::not_found("user"))
}

pub(crate) async fn set_of_conversation(
    app: &App,
    caller: &Caller,
    input: SetConversationAvatar,
) -> Result<Conversation, Error> {
    let (user, place) = (caller.user()?, input.conversation_id);
    // Before the picture is read, and again when it is stored.
    require_right(&mut app.db.read().await?, place, user, Right::ChangeInfo).await?;
    let id = receive(app, caller, place.uuid()).await?;
    change(app, user, place, Some(id)).await
}

pub(crate) async fn delete_of_conversation(
    app: &App,
    caller: &Caller,
    input: DeleteConversationAvatar,
) -> Result<Empty, Error> {
    change(app, caller.user()?, input.conversation_id, None).await?;
    Ok(DONE)
}

async fn change(
    app: &App,
    user: UserId,
    place: ConversationId,
    id: Option<Uuid>,
) -> Result<Conversation, Error> {
    let note = note(app, user);
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let standing = require_right(tx, place, user, Right::ChangeInfo).await?;
                let before = store::conversation::info(tx, place).await?;
                let mut after = before.clone();
                after.avatar_url = take(tx, id, place.uuid(), note.at).await?;
                if after != before {
                    change_info(tx, place, note, standing.kind, before, after).await?;
                }
                one(tx, user, place).await
            })
        })
        .await
}

/// Takes a picture in and keeps it for a subject that does not have it yet.
async fn receive(app: &App, caller: &Caller, subject: Uuid) -> Result<Uuid, Error> {
    let incoming = caller.carried()?.take()?;
    let place = app.media.begin(caller.user()?, incoming.least())?;
    let opened = incoming.open(AVATAR_BYTES).await?;
    let id = app.next_id();
    let upload = app.media.receive(id, opened.body, AVATAR_BYTES).await?;
    let (session, now) = (caller.session_id, app.now());
    let noted = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                session::require_open(tx, session).await?;
                Ok(store::avatar::insert(tx, id, subject, now).await?)
            })
        })
        .await;
    if let Err(error) = noted {
        app.media.discard(upload).await;
        return Err(error);
    }
    app.media.keep_avatar(upload).await?;
    drop(place);
    Ok(id)
}

/// Makes a picture, or none, the one of its subject, and says where it is.
async fn take(
    tx: &mut Tx,
    id: Option<Uuid>,
    subject: Uuid,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let Some(id) = id else {
        store::avatar::let_go(tx, subject, now).await?;
        return Ok(None);
    };
    match store::avatar::take(tx, id, subject, now).await? {
        true => Ok(Some(format!("avatars/{id}"))),
        false => Err(Error::not_found("picture")),
    }
}

pub(crate) async fn read(app: &App, caller: &Caller, input: ReadAvatar) -> Result<Empty, Error> {
    let side = input.size.unwrap_or(SIDE);
    if !AVATAR_SIDES.contains(&side) {
        return Err(Error::invalid("size", "must be 64, 256 or 512"));
    }
    let id = input.avatar_id.uuid();
    let since = store::avatar::used_since(&mut app.db.read().await?, id).await?;
    caller.carried()?.give(Outgoing {
        stored: Stored::Avatar(id, side),
        reach: Reach::All,
        file_name: None,
        mime_type: "image/webp".to_owned(),
        size: None,
        created_at: since.ok_or_else(|| Error::not_found("picture"))?,
    });
    Ok(DONE)
}
