//! The rules of files: who may store, read, link and delete them, and how much one may keep. What is in a file is
//! [`media`](crate::media)'s business.

mod collect;

pub(crate) use collect::keep_collecting;

use crate::{
    App, Error,
    app::DONE,
    auth::Caller,
    media::{
        Inspected, Outgoing, Reach, Stored, empty,
        link::{LINK_S_MOST, Linked, Links},
        name,
    },
    store::{
        self, Conn,
        attachment::{Kept, Owned},
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use chat_core::{
    Attachment, AttachmentId, Code, CreateAttachment, DeleteAttachment, Empty, FileLink, Limits,
    LinkAttachment, ReadAttachment, ReadThumbnail, Secret, ShowAttachment, UserId,
};

/// Files of one user that no message refers to.
const UNUSED_MOST: u32 = 20;
/// The longest sound that is believed to be one, in milliseconds.
const DURATION_MS_MOST: u32 = 36_000_000;
/// Steps of a waveform.
const WAVEFORM_MOST: usize = 64;

pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    input: CreateAttachment,
) -> Result<Attachment, Error> {
    let user = caller.user()?;
    let said = said(&input)?;
    let incoming = caller.carried()?.take()?;
    let limits = app.config.limits.clone();
    let kept = store::attachment::kept(&mut app.db.read().await?, user).await?;
    // Before it is read, as far as it can be known.
    require_room(
        &kept,
        &limits,
        incoming.least().min(limits.attachment_bytes),
    )?;
    let opened = incoming.open(limits.attachment_bytes).await?;
    let file_name = input.file_name.map(String::from).or(opened.file_name);
    let id = app.next_id();
    let upload = app.media.receive(id, opened.body, limits.attachment_bytes);
    let upload = upload.await?;
    if upload.size == 0 {
        app.media.discard(upload).await;
        return Err(empty());
    }
    let looked = app.media.inspect(&upload, opened.media_type.as_deref());
    let inspected = match looked.await {
        Ok(inspected) => inspected,
        Err(error) => {
            app.media.discard(upload).await;
            return Err(error);
        }
    };
    let stored = match app.media.keep(upload, &inspected).await {
        Ok(size) => {
            let name = file_name.as_deref().unwrap_or_default();
            let file = described(AttachmentId::new(id), name, size, inspected, said);
            store_new(app, user, file, limits).await
        }
        Err(error) => Err(error),
    };
    if stored.is_err() {
        // What cannot be deleted now is swept out later: no row knows it.
        app.media.delete_attachment(id).await.unwrap_or_default();
    }
    stored
}

/// Stores it where there still is room: others of the same user may have come meanwhile.
async fn store_new(
    app: &App,
    user: UserId,
    file: Attachment,
    limits: Limits,
) -> Result<Attachment, Error> {
    let now = app.now();
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let kept = store::attachment::kept(tx, user).await?;
                require_room(&kept, &limits, file.size)?;
                store::attachment::insert(tx, user, &file, now).await?;
                Ok(file)
            })
        })
        .await
}

fn require_room(kept: &Kept, limits: &Limits, more: u64) -> Result<(), Error> {
    if kept.unused >= UNUSED_MOST {
        return Err(Error::rule(
            Code::Conflict,
            format!("{UNUSED_MOST} of your files are in no message yet; send or delete some first"),
        ));
    }
    let most = limits.storage_bytes_per_user;
    match kept.bytes.saturating_add(more) <= most {
        true => Ok(()),
        false => Err(Error::rule(
            Code::TooLarge,
            format!(
                "your files take {} of {most} bytes, and this one does not fit; delete messages with files first",
                kept.bytes
            ),
        )),
    }
}

/// What the uploader says of a sound.
struct Said {
    duration_ms: Option<u64>,
    waveform: Vec<u8>,
}

fn said(input: &CreateAttachment) -> Result<Said, Error> {
    if input.duration_ms.is_some_and(|ms| ms > DURATION_MS_MOST) {
        return Err(Error::invalid("duration_ms", "must be at most ten hours"));
    }
    let waveform = input.waveform.as_deref().unwrap_or_default();
    let waveform = BASE64_STANDARD
        .decode(waveform)
        .ok()
        .filter(|steps| steps.len() <= WAVEFORM_MOST);
    Ok(Said {
        duration_ms: input.duration_ms.map(u64::from),
        waveform: waveform
            .ok_or_else(|| Error::invalid("waveform", "must be up to 64 steps in base64"))?,
    })
}

/// What is told of a file. The uploader is only believed about sounds, and only what the server cannot measure.
fn described(
    id: AttachmentId,
    file_name: &str,
    size: u64,
    inspected: Inspected,
    said: Said,
) -> Attachment {
    let sounds = inspected.mime_type.starts_with("audio/");
    let lasts = sounds || inspected.mime_type.starts_with("video/");
    Attachment {
        id,
        file_name: name::file_name(file_name),
        size,
        mime_type: inspected.mime_type.to_owned(),
        width: inspected.width,
        height: inspected.height,
        duration_ms: inspected.duration_ms.or(said.duration_ms.filter(|_| lasts)),
        waveform: inspected
            .waveform
            .or(Some(said.waveform).filter(|_| sounds))
            .unwrap_or_default(),
        blurhash: inspected.blurhash,
        has_thumbnail: inspected.thumbnail.is_some(),
    }
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
    let link = (input.expires, input.signature);
    let (found, reach) = readable(app, caller, input.attachment_id, Linked::File, link).await?;
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
    let (id, link) = (input.attachment_id, (input.expires, input.signature));
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

/// A file that the caller may read, by a link or as who they are.
async fn readable(
    app: &App,
    caller: &Caller,
    id: AttachmentId,
    what: Linked,
    link: (Option<i64>, Option<String>),
) -> Result<(Owned, Reach), Error> {
    let (expires, signature) = match link {
        (None, None) => return Ok((seen(app, caller, id).await?, Reach::Members)),
        (Some(expires), Some(signature)) => (expires, signature),
        (None, _) => return Err(Error::invalid("expires", "belongs to the signature")),
        (_, None) => return Err(Error::invalid("signature", "belongs to expires")),
    };
    let now = app.now();
    app.links
        .verify(what, id.uuid(), expires, &signature, now)?;
    let found = store::attachment::linked(&mut app.db.read().await?, id, now).await?;
    let found = found.ok_or_else(|| Error::not_found("file"))?;
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
    let query = |what| app.links.sign(what, id.uuid(), expires_at);
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
                        "a message refers to the file; delete the message",
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
