//! Bytes of a file that comes in parts, from a body into pieces that are kept. Each is noted after it lies in the store,
//! and only where the one before it ended: whatever breaks, what is noted is there, once and in order.

use super::super::keep::is_refusal;
use crate::{
    App, Error,
    auth::Caller,
    session,
    store::{
        self,
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
/// A small piece is what a body ended with. There may be so many of them; an upload is not kept byte by byte.
const SMALL_MOST: u64 = 256;
const SMALL_BYTES: u64 = 16 << 10;

/// Keeps what comes of a body, and says how much of the file is kept then. What came before the body broke is kept, too.
pub(super) async fn pour(
    app: &App,
    caller: &Caller,
    coming: &Coming,
    body: BoxStream<'static, Result<Bytes, Error>>,
) -> Result<u64, Error> {
    let mut parts = Parts::of(body);
    let (mut came, mut pieces) = (coming.came, coming.pieces);
    while came < coming.length {
        let most = PIECE_BYTES.min(coming.length - came);
        let part = parts.next(most as usize).await;
        if part.is_empty() {
            return parts.end.unwrap_or(Ok(())).map(|()| came);
        }
        let bytes = part.len() as u64;
        let is_small = bytes < SMALL_BYTES && came + bytes < coming.length;
        if is_small && pieces > SMALL_MOST + coming.length / PIECE_BYTES {
            parts.end.unwrap_or(Ok(()))?;
            return Err(too_small(came));
        }
        keep(app, caller, coming.id, came, part).await?;
        came += bytes;
        pieces += 1;
    }
    // The file is whole, however the body ends; unless it goes on.
    match parts.next(1).await.is_empty() {
        true => Ok(came),
        false => Err(too_much(coming.length)),
    }
}

/// Keeps a piece. The row follows the bytes.
async fn keep(
    app: &App,
    caller: &Caller,
    id: UploadId,
    from: u64,
    bytes: Bytes,
) -> Result<(), Error> {
    let (user, session) = (caller.user()?, caller.session_id);
    let piece = KeptPiece {
        bytes: bytes.len() as u64,
        // A fresh name: nobody else's bytes are ever in its place.
        object: app.next_id(),
    };
    app.media.put_piece(piece.object, bytes).await?;
    let now = app.now();
    let added = app.writer.run(move |tx| {
        Box::pin(async move {
            session::require_open(tx, session).await?;
            require_existing(tx, user).await?;
            Ok(store::upload::add_piece(tx, id, from, piece, now).await?)
        })
    });
    let added = match added.await {
        Ok(true) => return Ok(()),
        Ok(false) => Err(elsewhere("another number of")),
        Err(error) => Err(error),
    };
    if added.as_ref().is_err_and(is_refusal) {
        // Where it is not known whether it was noted, it is left for the sweep.
        app.media
            .delete_piece(piece.object)
            .await
            .unwrap_or_default();
    }
    added
}

/// A body as pieces.
struct Parts {
    body: BoxStream<'static, Result<Bytes, Error>>,
    waiting: BytesMut,
    /// How it ended, once it has.
    end: Option<Result<(), Error>>,
}

impl Parts {
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

fn too_small(came: u64) -> Error {
    Error::rule(
        Code::Conflict,
        format!(
            "the upload came in too many small parts; send at least {SMALL_BYTES} bytes at a time from byte {came} on"
        ),
    )
}

#[cfg(test)]
mod tests;
