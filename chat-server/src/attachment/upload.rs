//! Files that come in parts: begun, gone on with from the byte that is kept, and a file like any other at the end. What the
//! caller is told of is kept: an offset never promises bytes that a crash could take.

mod pour;

use super::keep::{Looked, Said, is_refusal, keep_new, kept, looked_at, require_room};
use crate::{
    App, Error,
    app::DONE,
    auth::Caller,
    media::gone,
    session,
    store::{
        self, Conn,
        upload::{Coming, KeptPiece, NewUpload},
    },
    user::require_existing,
    writer::Tx,
};
use chat_core::{
    Attachment, BeginUpload, Code, ContinueUpload, DropUpload, Empty, Limits, Seq, Timestamp,
    Upload, UploadId, UserId,
};
use pour::{SKIPPED_MOST, pour};
use uuid::Uuid;

/// An upload can be gone on with for so long.
pub(super) const LIVES_MS: i64 = 86_400_000;
/// One to which nothing came for so long makes room for another.
const IDLE_MS: i64 = 3_600_000;
/// Characters of what a file is said to be.
const MIME_TYPE_MOST: usize = 255;

/// Whatever was begun up to then is over.
pub(super) fn begun_after(now: Timestamp) -> Timestamp {
    now.plus_ms(-LIVES_MS)
}

pub(crate) async fn begin(app: &App, caller: &Caller, input: BeginUpload) -> Result<Upload, Error> {
    let (user, session, now) = (caller.user()?, caller.session_id, app.now());
    let said = Said::read(input.duration_ms, input.waveform.as_deref())?;
    let limits = app.config.limits.clone();
    require_possible(&input, &limits)?;
    let id = UploadId::new(app.next_id());
    let begun = app.writer.run(move |tx| {
        Box::pin(async move {
            session::require_open(tx, session).await?;
            require_existing(tx, user).await?;
            let mut left = Vec::new();
            let known = store::upload::named(tx, user, input.client_id.as_str()).await?;
            if let Some(known) = known {
                if is_same(&known, &input, now)
                    && let Some(upload) = going_on(tx, user, &known).await?
                {
                    // Who asks goes on with it: it is not the next to make room.
                    store::upload::touch(tx, known.id, now).await?;
                    return Ok((upload, left));
                }
                left = store::upload::delete(tx, known.id).await?;
            }
            left.extend(make_room(tx, user, &limits, input.length, now).await?);
            let upload = insert(tx, id, user, &input, &said, now).await?;
            Ok((upload, left))
        })
    });
    let (upload, left) = begun.await?;
    forget(app, left).await;
    Ok(upload)
}

/// Refuses what could never be a file.
fn require_possible(input: &BeginUpload, limits: &Limits) -> Result<(), Error> {
    let most = limits.attachment_bytes;
    let mime_type = input.mime_type.as_deref().unwrap_or_default();
    match input.length {
        0 => Err(Error::invalid("length", "must be at least 1")),
        // Further than JSON counts.
        length if length > Seq::MAX.get() => {
            let text = format!("must be at most {}", Seq::MAX.get());
            Err(Error::invalid("length", text))
        }
        length if length > most => Err(Error::rule(
            Code::TooLarge,
            format!("the file is larger than {most} bytes, the most that is taken"),
        )),
        _ if mime_type.len() > MIME_TYPE_MOST => Err(Error::invalid(
            "mime_type",
            "must be at most 255 characters",
        )),
        _ => Ok(()),
    }
}

/// Whether it is the same file, and still to be gone on with.
fn is_same(known: &Coming, input: &BeginUpload, now: Timestamp) -> bool {
    let fingerprint = input.fingerprint.as_ref().map(|print| print.as_str());
    known.length == input.length
        && known.fingerprint.as_deref() == fingerprint
        && known.begun_at > begun_after(now)
}

/// How far an upload is that was begun before; none where the file that it made is not the caller's any more.
async fn going_on(conn: &mut Conn, user: UserId, known: &Coming) -> Result<Option<Upload>, Error> {
    let made = store::upload::made(conn, user, known).await?;
    let is_good = known.attachment_id.is_none() || made.is_some();
    Ok(is_good.then(|| shown(known, known.came, made)))
}

async fn insert(
    tx: &mut Tx,
    id: UploadId,
    owner: UserId,
    input: &BeginUpload,
    said: &Said,
    now: Timestamp,
) -> Result<Upload, Error> {
    let new = NewUpload {
        id,
        owner,
        client_id: input.client_id.as_str(),
        length: input.length,
        fingerprint: input.fingerprint.as_ref().map(|print| print.as_str()),
        file_name: input.file_name.as_ref().map(|name| name.as_str()),
        mime_type: input.mime_type.as_deref(),
        duration_ms: said.duration_ms,
        waveform: &said.waveform,
    };
    store::upload::insert(tx, &new, now).await?;
    Ok(Upload {
        id,
        offset: 0,
        length: input.length,
        expires_at: now.plus_ms(LIVES_MS),
        attachment: None,
        existing: false,
    })
}

/// Lets uploads go to which nothing comes any more, until there is room for another one of so many bytes.
async fn make_room(
    tx: &mut Tx,
    user: UserId,
    limits: &Limits,
    more: u64,
    now: Timestamp,
) -> Result<Vec<Uuid>, Error> {
    let mut left = Vec::new();
    loop {
        let kept = kept(tx, user, now).await?;
        let Err(error) = require_room(&kept, limits, more) else {
            return Ok(left);
        };
        let idle = store::upload::idle(tx, user, now.plus_ms(-IDLE_MS)).await?;
        left.extend(store::upload::delete(tx, idle.ok_or(error)?).await?);
    }
}

/// Lets uploads to which nothing comes any more make room for a file of so many bytes, where there is none beside them.
pub(super) async fn give_way(app: &App, user: UserId, more: u64) -> Result<(), Error> {
    let (limits, now) = (app.config.limits.clone(), app.now());
    let kept = kept(&mut app.db.read().await?, user, now).await?;
    // Looked at with a connection that only reads: mostly there is room.
    if require_room(&kept, &limits, more).is_ok() {
        return Ok(());
    }
    let left = app
        .writer
        .run(move |tx| Box::pin(async move { make_room(tx, user, &limits, more, now).await }));
    forget(app, left.await?).await;
    Ok(())
}

pub(crate) async fn go_on(
    app: &App,
    caller: &Caller,
    input: ContinueUpload,
) -> Result<Upload, Error> {
    let user = caller.user()?;
    let incoming = caller.carried()?.take()?;
    if incoming.boundary.is_some() {
        return Err(Error::rule(
            Code::UnsupportedMediaType,
            "send the bytes of the file as the body; a form cannot be gone on with",
        ));
    }
    let mut conn = app.db.read().await?;
    let coming = find(&mut conn, user, input.upload_id, app.now()).await?;
    if coming.attachment_id.is_some() {
        let finished = going_on(&mut conn, user, &coming).await?;
        drop(conn);
        incoming.skip(SKIPPED_MOST).await;
        return finished.ok_or_else(unknown);
    }
    drop(conn);
    if input.offset != coming.came {
        incoming.skip(SKIPPED_MOST).await;
        return Err(pour::elsewhere(&format!("{}", coming.came)));
    }
    if incoming
        .length
        .is_some_and(|more| more > coming.length - coming.came)
    {
        return Err(pour::too_much(coming.length));
    }
    // What will come of it is counted already.
    let place = app.media.begin(user, 0)?;
    let came = pour(app, caller, &coming, incoming.body).await?;
    let upload = match came == coming.length {
        true => finish(app, caller, coming).await,
        false => Ok(shown(&coming, came, None)),
    };
    drop(place);
    upload
}

/// Makes a file of what came. Where somebody else is quicker, theirs is the one.
async fn finish(app: &App, caller: &Caller, coming: Coming) -> Result<Upload, Error> {
    let user = caller.user()?;
    let pieces = store::upload::pieces(&mut app.db.read().await?, coming.id).await?;
    let looked = match joined(app, &coming, &pieces).await {
        Ok(looked) => looked,
        Err(error) if is_refusal(&error) => {
            let finished = give_up(app, user, coming.id).await?;
            return finished.ok_or(error);
        }
        Err(error) => return Err(error),
    };
    let said = Said {
        duration_ms: coming.duration_ms,
        waveform: coming.waveform.clone(),
    };
    let (name, of) = (coming.file_name.as_deref(), Some(coming.id));
    let file = keep_new(app, caller, looked, name, said, of).await?;
    let left = pieces.into_iter().map(|piece| piece.object).collect();
    forget(app, left).await;
    Ok(shown(&coming, coming.length, Some(file)))
}

/// The whole file, with what it is.
async fn joined(app: &App, coming: &Coming, pieces: &[KeptPiece]) -> Result<Looked, Error> {
    let came = app.media.join(app.next_id(), pieces).await?;
    if came.size != coming.length {
        app.media.discard(came).await;
        return Err(gone());
    }
    looked_at(app, came, coming.mime_type.as_deref()).await
}

/// Forgets an upload that cannot become a file; one that is a file by now is answered with it.
async fn give_up(app: &App, user: UserId, id: UploadId) -> Result<Option<Upload>, Error> {
    let now = app.now();
    let given_up = app.writer.run(move |tx| {
        Box::pin(async move {
            let coming = find(tx, user, id, now).await?;
            if coming.attachment_id.is_some() {
                return Ok((going_on(tx, user, &coming).await?, Vec::new()));
            }
            Ok((None, store::upload::delete(tx, id).await?))
        })
    });
    let (finished, left) = given_up.await?;
    forget(app, left).await;
    Ok(finished)
}

/// The file that an upload of somebody's has made, or none yet; one that is gone is 404.
pub(super) async fn made(
    conn: &mut Conn,
    user: UserId,
    id: UploadId,
    now: Timestamp,
) -> Result<Option<Attachment>, Error> {
    let coming = find(conn, user, id, now).await?;
    Ok(store::upload::made(conn, user, &coming).await?)
}

pub(crate) async fn let_go(app: &App, caller: &Caller, input: DropUpload) -> Result<Empty, Error> {
    let (user, session, now) = (caller.user()?, caller.session_id, app.now());
    let left = app.writer.run(move |tx| {
        Box::pin(async move {
            session::require_open(tx, session).await?;
            let coming = find(tx, user, input.upload_id, now).await?;
            Ok(store::upload::delete(tx, coming.id).await?)
        })
    });
    forget(app, left.await?).await;
    Ok(DONE)
}

/// An upload of somebody's that can be gone on with, or 404.
async fn find(
    conn: &mut Conn,
    user: UserId,
    id: UploadId,
    now: Timestamp,
) -> Result<Coming, Error> {
    let found = store::upload::find(conn, user, id, begun_after(now)).await?;
    found.ok_or_else(unknown)
}

fn unknown() -> Error {
    Error::not_found("upload")
}

/// Deletes bytes that no row names any more; what cannot be deleted now is swept out later.
async fn forget(app: &App, objects: Vec<Uuid>) {
    for object in objects {
        app.media.delete_piece(object).await.unwrap_or_default();
    }
}

/// How far it is.
fn shown(coming: &Coming, came: u64, attachment: Option<Attachment>) -> Upload {
    Upload {
        id: coming.id,
        offset: came,
        length: coming.length,
        expires_at: coming.begun_at.plus_ms(LIVES_MS),
        attachment,
        existing: true,
    }
}
