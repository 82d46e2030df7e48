//! Bytes of a file that comes in parts, from a body into pieces that are kept. Each is noted after it lies in the store,
//! and only where the one before it ended: whatever breaks, what is noted is there, once and in order.

use super::super::keep::is_refusal;
use crate::{
    App, Error,
    auth::Caller,
    session,
    store::{
        self, Scope,
        upload::{Coming, KeptPiece},
    },
    user::require_existing,
};
use bytes::{Bytes, BytesMut};
use chat_core::{Code, UploadId};
use futures_util::{StreamExt, stream::BoxStream};

/// Bytes of a piece: what a body that comes is held in memory for.
const PIECE_BYTES: u64 = 1 << 20;
/// So much of a body is read that nobody wants: who sends it looks for the answer after it.
pub(super) const SKIPPED_MOST: u64 = PIECE_BYTES;
/// A small piece is what a body ended with. There may be so many of them; then each is put to the one before it: an upload
/// is not kept byte by byte, and goes on also where no more than that gets through at a time.
const SMALL_MOST: u64 = 256;
const SMALL_BYTES: u64 = 16 << 10;

/// Keeps what comes of a body, and says how much of the file is kept then. What came before the body broke is kept, too.
pub(super) async fn pour(
    app: &App,
    caller: &Caller,
    coming: &Coming,
    body: BoxStream<'static, Result<Bytes, Error>>,
) -> Result<u64, Error> {
    let mut pieces = Pieces::of(body);
    let (mut came, mut kept) = (coming.came, coming.pieces);
    while came < coming.length {
        let most = PIECE_BYTES.min(coming.length - came);
        let bytes = pieces.next(most as usize).await;
        if bytes.is_empty() {
            return pieces.end.unwrap_or(Ok(())).map(|()| came);
        }
        let more = bytes.len() as u64;
        let is_small = more < SMALL_BYTES && came + more < coming.length;
        let last = match is_small && kept > SMALL_MOST + coming.length / PIECE_BYTES {
            true => small_before(app, coming, came).await?,
            false => None,
        };
        kept += u64::from(last.is_none());
        keep(app, caller, coming.id, came, bytes, last).await?;
        came += more;
    }
    // The file is whole, however the body ends; unless it goes on.
    match pieces.next(1).await.is_empty() {
        true => Ok(came),
        false => Err(too_much(coming.length)),
    }
}

/// The small piece that ends where the next one begins; none where it is large enough by now.
async fn small_before(
    app: &App,
    coming: &Coming,
    came: u64,
) -> Result<Option<(KeptPiece, Bytes)>, Error> {
    let last = store::upload::last_piece(&mut app.db.read().await?, coming.id).await?;
    let Some((at, last)) = last.filter(|(_, last)| last.bytes < SMALL_BYTES) else {
        return Ok(None);
    };
    if at + last.bytes != came {
        return Err(elsewhere("another number of"));
    }
    match app.media.piece(&last).await {
        Ok(bytes) => Ok(Some((last, bytes))),
        // What is lost is told when the file is put together.
        Err(error) if is_refusal(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Keeps what came from a place on, in a piece of its own or in one with the small piece before it. The row follows the
/// bytes.
async fn keep(
    app: &App,
    caller: &Caller,
    id: UploadId,
    from: u64,
    bytes: Bytes,
    last: Option<(KeptPiece, Bytes)>,
) -> Result<(), Error> {
    let (user, session) = (caller.user()?, caller.session_id);
    let (before, bytes) = match last {
        Some((last, its_bytes)) => (Some(last), [its_bytes, bytes].concat().into()),
        None => (None, bytes),
    };
    let piece = KeptPiece {
        bytes: bytes.len() as u64,
        // A fresh name: nobody else's bytes are ever in its place.
        object: app.next_id(),
    };
    app.media.put_piece(piece.object, bytes).await?;
    let now = app.now();
    let added = app.writer.run_in(Scope::User(user), move |tx| {
        Box::pin(async move {
            session::require_open(tx, session).await?;
            require_existing(tx, user).await?;
            Ok(match before {
                None => store::upload::add_piece(tx, id, from, piece, now).await?,
                Some(last) => store::upload::lengthen_piece(tx, id, from, last, piece, now).await?,
            })
        })
    });
    let added = match added.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(elsewhere("another number of")),
        Err(error) => Err(error),
    };
    let nobodys = match &added {
        Ok(()) => before,
        Err(error) => Some(piece).filter(|_| is_refusal(error)),
    };
    if let Some(piece) = nobodys {
        // What cannot be deleted now is swept out later; so is what is not known to be noted.
        let gone = app.media.delete_piece(piece.object).await;
        gone.unwrap_or_default();
    }
    added
}

/// A body as pieces.
struct Pieces {
    body: BoxStream<'static, Result<Bytes, Error>>,
    waiting: BytesMut,
    /// How it ended, once it has.
    end: Option<Result<(), Error>>,
}

impl Pieces {
    fn of(body: BoxStream<'static, Result<Bytes, Error>>) -> Self {
        Self {
            body,
            waiting: BytesMut::new(),
            end: None,
        }
    }

    /// So many bytes, fewer at the end, and none behind it.
    async fn next(&mut self, most: usize) -> Bytes {
        while self.end.is_none() && self.waiting.len() < most {
            match self.body.next().await {
                Some(Ok(bytes)) => self.waiting.extend_from_slice(&bytes),
                Some(Err(error)) => self.end = Some(Err(error)),
                None => self.end = Some(Ok(())),
            }
        }
        self.waiting.split_to(most.min(self.waiting.len())).freeze()
    }
}

/// The upload has so many bytes, and not as many as the caller goes on from.
pub(super) fn elsewhere(has: &str) -> Error {
    Error::rule(
        Code::Conflict,
        format!("the upload has {has} bytes; begin it again to see how many, and go on from there"),
    )
}

/// The body has more bytes than the file.
pub(super) fn too_much(length: u64) -> Error {
    Error::rule(
        Code::TooLarge,
        format!(
            "the file was to have {length} bytes, and more are sent; begin it with its true length"
        ),
    )
}

#[cfg(test)]
mod tests;
