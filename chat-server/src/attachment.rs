//! The rules of files: who may store, read, link and delete them, and how much one may keep. What is in a file is
//! [`media`](crate::media)'s business.

mod collect;
mod keep;
pub(crate) mod upload;

pub(crate) use collect::keep_collecting;

use crate::{
    App, Error,
    app::DONE,
    auth::Caller,
    cursor,
    media::{
        Outgoing, Reach, Stored,
        link::{LINK_S_MOST, Linked, Links, Maker},
    },
    store::{self, Conn, attachment::Owned},
    writer::answered,
};
use chat_core::{
    Attachment, AttachmentId, AttachmentPage, Code, CreateAttachment, DeleteAttachment, Empty,
    FileLink, LinkAttachment, ListAttachments, ReadAttachment, ReadThumbnail, Secret,
    ShowAttachment, UserId,
};
use keep::{Said, keep_new, looked_at};

pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    input: CreateAttachment,
) -> Result<Attachment, Error> {
    let user = caller.user()?;
    let said = Said::read(input.duration_ms, input.waveform.as_deref())?;
    let incoming = caller.carried()?.take()?;
    let limits = &app.config.limits;
    let mut conn = app.db.read().await?;
    if let Some(once) = &caller.once
        && let Some(stored) = answered(&mut conn, once).await?
    {
        drop(conn);
        incoming.skip(limits.attachment_bytes).await;
        return Ok(stored);
    }
    drop(conn);
    // Before it is read, as far as it can be known.
    let least = incoming.least().min(limits.attachment_bytes);
    let place = app.media.begin(user, least)?;
    upload::give_way(app, user, least.saturating_add(place.beside)).await?;
    let opened = incoming.open(limits.attachment_bytes).await?;
    let file_name = input.file_name.map(String::from).or(opened.file_name);
    let id = app.next_id();
    let came = app.media.receive(id, opened.body, limits.attachment_bytes);
    let looked = looked_at(app, came.await?, opened.media_type.as_deref()).await?;
    let stored = keep_new(app, caller, looked, file_name.as_deref(), said, None).await;
    drop(place);
    stored
}

pub(crate) async fn list(
    app: &App,
    caller: &Caller,
    input: ListAttachments,
) -> Result<AttachmentPage, Error> {
    let limit = input.limit();
    let before: Option<AttachmentId> = cursor::read(input.cursor.as_deref())?;
    let mut conn = app.db.read().await?;
    let items = store::attachment::unused(&mut conn, caller.user()?, before, limit + 1).await?;
    let (items, next_cursor) = cursor::page(items, limit, |file| file.id);
    Ok(AttachmentPage { items, next_cursor })
}

pub(crate) async fn show(
    app: &App,
    caller: &Caller,
    input: ShowAttachment,
) -> Result<Attachment, Error> {
    Ok(seen(app, caller, input.attachment_id).await?.file)
}

pub(crate) async fn read(
    app: &App,
    caller: &Caller,
    input: ReadAttachment,
) -> Result<Empty, Error> {
    let (id, link) = (
        input.attachment_id,
        (input.expires, input.by, input.signature),
    );
    let (found, reach) = readable(app, caller, id, Linked::File, link).await?;
    caller.carried()?.give(Outgoing {
        stored: Stored::File(found.file.id.uuid()),
        reach,
        file_name: Some(found.file.file_name),
        mime_type: found.file.mime_type,
        size: Some(found.file.size),
        created_at: found.created_at,
    });
    Ok(DONE)
}

pub(crate) async fn thumbnail(
    app: &App,
    caller: &Caller,
    input: ReadThumbnail,
) -> Result<Empty, Error> {
    let (id, link) = (
        input.attachment_id,
        (input.expires, input.by, input.signature),
    );
    let (found, reach) = readable(app, caller, id, Linked::Thumbnail, link).await?;
    if !found.file.has_thumbnail {
        return Err(Error::not_found("small picture"));
    }
    caller.carried()?.give(Outgoing {
        stored: Stored::Thumbnail(id.uuid()),
        reach,
        file_name: None,
        mime_type: "image/webp".to_owned(),
        size: None,
        created_at: found.created_at,
    });
    Ok(DONE)
}

/// A file that the caller may read as who they are, or by a link whose maker may still read it.
async fn readable(
    app: &App,
    caller: &Caller,
    id: AttachmentId,
    what: Linked,
    link: (Option<i64>, Option<String>, Option<String>),
) -> Result<(Owned, Reach), Error> {
    let part = |name| Error::invalid(name, "is a part of a link; send the link as it was made");
    let (expires, by, signature) = match link {
        (None, None, None) => return Ok((seen(app, caller, id).await?, Reach::Members)),
        (Some(expires), Some(by), Some(signature)) => (expires, by, signature),
        (None, ..) => return Err(part("expires")),
        (.., None) => return Err(part("signature")),
        (_, None, _) => return Err(part("by")),
    };
    let now = app.now();
    let maker = Maker::read(&by).ok_or_else(|| Error::not_found("file"))?;
    app.links
        .verify(what, id.uuid(), maker, expires, &signature, now)?;
    let mut conn = app.db.snapshot().await?;
    if !store::attachment::may_link(&mut conn, maker.user, maker.session, now).await? {
        return Err(Error::not_found("file"));
    }
    let found = seen_in(&mut conn, maker.user, id, now).await?;
    Ok((found, Reach::Link))
}

async fn seen(app: &App, caller: &Caller, id: AttachmentId) -> Result<Owned, Error> {
    seen_in(&mut app.db.read().await?, caller.user()?, id, app.now()).await
}

/// A file that somebody may see, or 404.
async fn seen_in(
    conn: &mut Conn,
    user: UserId,
    id: AttachmentId,
    now: chat_core::Timestamp,
) -> Result<Owned, Error> {
    store::attachment::seen_by(conn, id, user, now)
        .await?
        .ok_or_else(|| Error::not_found("file"))
}

pub(crate) async fn link(
    app: &App,
    caller: &Caller,
    input: LinkAttachment,
) -> Result<FileLink, Error> {
    let asked = input.expires_in_s;
    if asked.is_some_and(|seconds| !(1..=LINK_S_MOST).contains(&seconds)) {
        return Err(Error::invalid("expires_in_s", "must be 1 second to a day"));
    }
    let id = input.attachment_id;
    let found = seen(app, caller, id).await?;
    let expires_at = Links::expiry(app.now(), asked);
    let maker = Maker {
        user: caller.user()?,
        session: caller.session_id,
    };
    let query = |what| app.links.sign(what, id.uuid(), maker, expires_at);
    let file = format!("attachments/{id}?{}", query(Linked::File));
    let small = format!("attachments/{id}/thumbnail?{}", query(Linked::Thumbnail));
    Ok(FileLink {
        url: Secret::new(file),
        thumbnail_url: found.file.has_thumbnail.then(|| Secret::new(small)),
        expires_at,
    })
}

pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    input: DeleteAttachment,
) -> Result<Empty, Error> {
    let (user, id, now) = (caller.user()?, input.attachment_id, app.now());
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let found = seen_in(tx, user, id, now).await?;
                if found.owner_id != user {
                    return Err(Error::forbidden("only who stored the file may delete it"));
                }
                match store::attachment::delete(tx, id).await? {
                    true => Ok(()),
                    false => Err(Error::rule(
                        Code::Conflict,
                        "a message refers to the file; it goes with the last one that does",
                    )),
                }
            })
        })
        .await?;
    // The file is forgotten; bytes that stay are swept out later.
    app.media
        .delete_attachment(id.uuid())
        .await
        .unwrap_or_default();
    Ok(DONE)
}
