//! Parts of files: each is kept under a name of its own, so that no try overwrites what another one has kept, and they are
//! put together once all of them are there. Which of them belong together is known elsewhere.

use super::{Media, PIECES, Upload};
use crate::{Error, store::upload::KeptPiece};
use bytes::Bytes;
use chat_core::{Code, Timestamp};
use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

impl Media {
    /// Keeps a part of a file.
    pub(crate) async fn put_piece(&self, object: Uuid, bytes: Bytes) -> Result<(), Error> {
        self.require_settled()?;
        self.storage.put(&piece_key(object), bytes).await
    }

    /// The bytes of a part that is kept. One that is gone, or is not what it was, is a `conflict`.
    pub(crate) async fn piece(&self, piece: &KeptPiece) -> Result<Bytes, Error> {
        let found = self.storage.read(&piece_key(piece.object), None).await?;
        let found = found.filter(|found| found.size == piece.bytes);
        let body = found.ok_or_else(gone)?.body;
        let chunks: Vec<Bytes> = body.try_collect().await?;
        Ok(chunks.concat().into())
    }

    /// Puts parts together, as a file that came at once. One that is gone, or is not what it was, is a `conflict`.
    pub(crate) async fn join(&self, id: Uuid, pieces: &[KeptPiece]) -> Result<Upload, Error> {
        let length = pieces.iter().map(|piece| piece.bytes).sum();
        let (storage, pieces) = (self.storage.clone(), pieces.to_vec());
        let body = stream::iter(pieces).then(move |piece| {
            let storage = storage.clone();
            async move {
                let found = storage.read(&piece_key(piece.object), None).await?;
                let found = found.filter(|found| found.size == piece.bytes);
                found.map(|found| found.body).ok_or_else(gone)
            }
        });
        self.receive(id, body.try_flatten().boxed(), length).await
    }

    /// Deletes a part of a file; one that is gone already is no error.
    pub(crate) async fn delete_piece(&self, object: Uuid) -> Result<(), Error> {
        self.storage.delete(&piece_key(object)).await
    }

    /// Deletes parts that were kept before a time, and says how many.
    pub(crate) async fn sweep_pieces(&self, before: Timestamp) -> Result<usize, Error> {
        self.storage.sweep(PIECES, before).await
    }
}

/// What is missing was lost with the place where it was; only its owner has it still.
pub(crate) fn gone() -> Error {
    Error::rule(
        Code::Conflict,
        "a part of the upload is lost; begin it again and send it from its first byte",
    )
}

fn piece_key(object: Uuid) -> String {
    format!("{PIECES}/{object}")
}
