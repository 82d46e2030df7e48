//! From bytes that have come to a file that is somebody's: it is looked at, put where files are, and noted, where there is
//! room for it. However it came, the same is true of it.

use super::upload;
use crate::{
    App, Error,
    auth::Caller,
    media::{self, Inspected, empty, name},
    session,
    store::{self, Conn, attachment::Kept},
    user::require_existing,
    writer::run_once,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use chat_core::{Attachment, AttachmentId, Code, Limits, Timestamp, UploadId, UserId};

/// Files of one user that no message refers to, with those that are still coming in parts.
const UNUSED_MOST: u32 = 20;
/// The longest sound that is believed to be one, in milliseconds.
const DURATION_MS_MOST: u32 = 36_000_000;
/// Steps of a waveform.
const WAVEFORM_MOST: usize = 64;

/// A file that has come, with what it is.
pub(super) type Looked = (media::Upload, Inspected);

/// What came, with what it is; nothing is left of what is refused.
pub(super) async fn looked_at(
    app: &App,
    came: media::Upload,
    media_type: Option<&str>,
) -> Result<Looked, Error> {
    let looked = match came.size {
        0 => Err(empty()),
        _ => app.media.inspect(&came, media_type).await,
    };
    match looked {
        Ok(inspected) => Ok((came, inspected)),
        Err(error) => {
            app.media.discard(came).await;
            Err(error)
        }
    }
}

/// Keeps what came as a file of the caller's; what an upload has made already is made once.
pub(super) async fn keep_new(
    app: &App,
    caller: &Caller,
    (came, inspected): Looked,
    file_name: Option<&str>,
    said: Said,
    of: Option<UploadId>,
) -> Result<Attachment, Error> {
    let id = came.id;
    let size = match app.media.keep(came, &inspected).await {
        Ok(size) => size,
        Err(error) => {
            app.media.delete_attachment(id).await.unwrap_or_default();
            return Err(error);
        }
    };
    let name = file_name.unwrap_or_default();
    let file = described(AttachmentId::new(id), name, size, inspected, said);
    let room = match of {
        // What was begun is counted since.
        Some(_) => Ok(()),
        None => upload::give_way(app, caller.user()?, file.size).await,
    };
    let stored = match room {
        Err(error) if !is_refusal(&error) => Err(error),
        // Whether there is room is said where it is stored: the same call may be answered already.
        _ => store_new(app, caller, file, of).await,
    };
    let is_nobodys = match &stored {
        Ok(file) => file.id.uuid() != id,
        // Where it is not known whether it was noted, it is left for the sweep.
        Err(error) => is_refusal(error),
    };
    if is_nobodys {
        // What cannot be deleted now is swept out later: no row knows it.
        app.media.delete_attachment(id).await.unwrap_or_default();
    }
    stored
}

/// Whether nothing was written because something is not allowed, as opposed to something that does not work.
pub(super) fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Invalid(_) | Error::Rule(..))
}

/// Stores it where there still is room: others of the same user may have come meanwhile. So may the same call, or the same
/// upload: then the answer is the file of the first.
async fn store_new(
    app: &App,
    caller: &Caller,
    file: Attachment,
    of: Option<UploadId>,
) -> Result<Attachment, Error> {
    let (user, session, now) = (caller.user()?, caller.session_id, app.now());
    let limits = app.config.limits.clone();
    run_once(app, caller.once.clone(), move |tx| {
        Box::pin(async move {
            session::require_open(tx, session).await?;
            require_existing(tx, user).await?;
            if let Some(id) = of {
                if let Some(made) = upload::made(tx, user, id, now).await? {
                    return Ok(made);
                }
                // From here on it is not counted as one that comes.
                store::upload::finish(tx, id, file.id, now).await?;
            }
            let kept = kept(tx, user, now).await?;
            require_room(&kept, &limits, file.size)?;
            store::attachment::insert(tx, user, &file, now).await?;
            Ok(file)
        })
    })
    .await
}

/// What somebody keeps here, with what they have begun to send.
pub(super) async fn kept(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<Kept, Error> {
    let kept = store::attachment::kept(conn, user).await?;
    let coming = store::upload::unfinished(conn, user, upload::begun_after(now)).await?;
    Ok(Kept {
        bytes: kept.bytes.saturating_add(coming.bytes),
        unused: kept.unused.saturating_add(coming.count),
    })
}

pub(super) fn require_room(kept: &Kept, limits: &Limits, more: u64) -> Result<(), Error> {
    if kept.unused >= UNUSED_MOST {
        return Err(Error::rule(
            Code::Conflict,
            format!(
                "{UNUSED_MOST} of your files are in no message yet, or on their way; send or delete some first, or \
                 try again in an hour: what nothing comes to any more makes room by then"
            ),
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
#[derive(Debug)]
pub(super) struct Said {
    pub(super) duration_ms: Option<u64>,
    pub(super) waveform: Vec<u8>,
}

impl Said {
    pub(super) fn read(duration_ms: Option<u32>, waveform: Option<&str>) -> Result<Self, Error> {
        if duration_ms.is_some_and(|ms| ms > DURATION_MS_MOST) {
            return Err(Error::invalid("duration_ms", "must be at most ten hours"));
        }
        let waveform = BASE64_STANDARD
            .decode(waveform.unwrap_or_default())
            .ok()
            .filter(|steps| steps.len() <= WAVEFORM_MOST);
        Ok(Self {
            duration_ms: duration_ms.map(u64::from),
            waveform: waveform
                .ok_or_else(|| Error::invalid("waveform", "must be up to 64 steps in base64"))?,
        })
    }
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
