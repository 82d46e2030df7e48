//! Files: from an upload to a file that is kept, with what is known of it and a small picture.
//!
//! An upload goes to the store under a name of its own ([`Media::receive`]), is looked at there ([`Media::inspect`]),
//! and only then put where files are ([`Media::keep`]). Who may do so, who may read, and which files are still wanted
//! is decided elsewhere. What reads strangers' files runs on two blocking threads at most, each bounded in memory.

mod archived;
mod audio;
mod carried;
mod config;
mod image;
mod incoming;
pub(crate) mod link;
pub(crate) mod name;
mod pieces;
pub(crate) mod range;
mod settle;
mod sniff;
mod storage;
mod strip;
mod under_way;

pub(crate) use archived::{id_in, is_key, keys_of_avatar, keys_of_file};
pub(crate) use carried::{Carried, Outgoing, Reach, Stored};
pub use config::MediaConfig;
pub(crate) use image::AVATAR_SIDES;
pub(crate) use incoming::{Incoming, empty};
pub(crate) use pieces::gone;
pub(crate) use storage::Content;
pub(crate) use under_way::Place;

use crate::{Config, Error};
use bytes::Bytes;
use chat_core::{Code, Timestamp, UserId};
use futures_util::Stream;
use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};
use storage::Storage;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use under_way::UnderWay;
use uuid::Uuid;

/// Files that are looked at at a time; each may take a few hundred megabytes for a moment.
const LOOKS: usize = 2;
/// Whoever waits longer for one of them is sent away.
const LOOK_WAIT: Duration = Duration::from_secs(30);
/// Bytes of a picture; it is looked at in memory, and none is kept that was not.
const IMAGE_BYTES: u64 = 32 << 20;
/// Bytes of a sound that is measured; a larger one is kept, and that is all.
const AUDIO_BYTES: u64 = 32 << 20;
/// Bytes of the picture that an avatar is made of.
pub(crate) const AVATAR_BYTES: u64 = 10 << 20;
/// Where uploads are until they are kept.
const UPLOADS: &str = "uploads";
/// Where parts of files are until the rest has come.
const PIECES: &str = "pieces";
/// Where files are, their small pictures, and avatars.
const ATTACHMENTS: &str = "attachments";
const THUMBNAILS: &str = "thumbnails";
const AVATARS: &str = "avatars";

/// The files of a server.
pub(crate) struct Media {
    storage: Storage,
    looks: Arc<Semaphore>,
    under_way: Arc<UnderWay>,
    /// Whether the place is that of the database.
    settled: AtomicBool,
}

/// A file that has come, and is not kept yet.
#[derive(Debug)]
pub(crate) struct Upload {
    /// The id it will be kept under.
    pub(crate) id: Uuid,
    /// Bytes.
    pub(crate) size: u64,
}

/// What is known of a file by its content.
#[derive(Debug)]
pub(crate) struct Inspected {
    /// What it is.
    pub(crate) mime_type: &'static str,
    /// Of a picture, in pixels, as it is shown.
    pub(crate) width: Option<u32>,
    /// Of a picture, in pixels, as it is shown.
    pub(crate) height: Option<u32>,
    /// Of a sound that could be read.
    pub(crate) duration_ms: Option<u64>,
    /// Of a sound that could be decoded: how loud it is, in 64 steps.
    pub(crate) waveform: Option<Vec<u8>>,
    /// Of a picture: the blur of it.
    pub(crate) blurhash: Option<String>,
    /// Of a picture: a small one of it, as WebP.
    pub(crate) thumbnail: Option<Bytes>,
    /// Of a picture: the file without its metadata, kept instead of what came.
    cleaned: Option<Bytes>,
}

impl Media {
    /// Opens the store that the settings name. A directory is made where files are wanted.
    pub(crate) fn open(config: &Config, wanted: bool) -> Result<Self, Error> {
        Ok(Self {
            storage: Storage::open(config, wanted)?,
            looks: Arc::new(Semaphore::new(LOOKS)),
            under_way: UnderWay::new(),
            // What is in memory is nobody else's.
            settled: AtomicBool::new(config.is_in_memory()),
        })
    }

    /// Takes a place for a file that is to come from a user, of so many bytes as far as they are known. Kept until it is
    /// stored.
    pub(crate) fn begin(&self, user: UserId, bytes: u64) -> Result<Place, Error> {
        self.under_way.begin(user, bytes)
    }

    /// Takes a file in as it comes, up to `most` bytes. When it breaks off, or is too large, nothing is left.
    pub(crate) async fn receive(
        &self,
        id: Uuid,
        body: impl Stream<Item = Result<Bytes, Error>> + Send,
        most: u64,
    ) -> Result<Upload, Error> {
        self.require_settled()?;
        let size = self.storage.write(&upload_key(id), body, most).await?;
        Ok(Upload { id, size })
    }

    /// Nothing is kept in a place of which it is not known whose it is.
    fn require_settled(&self) -> Result<(), Error> {
        match self.is_settled() {
            true => Ok(()),
            false => Err(Error::Unavailable {
                reason: "files cannot be taken just now; try again",
                retry_after_ms: 10_000,
            }),
        }
    }

    /// Looks at what came. A picture that cannot be read is an error; a sound that cannot be is a file like any other.
    pub(crate) async fn inspect(
        &self,
        upload: &Upload,
        declared: Option<&str>,
    ) -> Result<Inspected, Error> {
        let mime_type = self.media_type(upload, declared).await?;
        let mut inspected = Inspected {
            mime_type,
            width: None,
            height: None,
            duration_ms: None,
            waveform: None,
            blurhash: None,
            thumbnail: None,
            cleaned: None,
        };
        if let Some(format) = image::format_of(mime_type) {
            let (bytes, look) = self.load(upload, IMAGE_BYTES).await?;
            let picture = in_background(look, move || image::picture(&bytes, format));
            let picture = picture.await.unwrap_or_else(|| Err(image::damaged()))?;
            inspected.width = Some(picture.width);
            inspected.height = Some(picture.height);
            inspected.blurhash = Some(picture.blurhash);
            inspected.thumbnail = Some(picture.thumbnail.into());
            inspected.cleaned = Some(picture.kept.into());
        } else if mime_type.starts_with("audio/") && upload.size <= AUDIO_BYTES {
            let (bytes, look) = self.load(upload, AUDIO_BYTES).await?;
            let sound = in_background(look, move || audio::sound(bytes)).await;
            let sound = sound.unwrap_or_default();
            inspected.duration_ms = sound.duration_ms;
            inspected.waveform = sound.waveform;
        }
        Ok(inspected)
    }

    /// Puts a file where it is read from, with its small picture, and says how many bytes are kept. The file comes first:
    /// what a crash leaves is found by it.
    pub(crate) async fn keep(&self, upload: Upload, inspected: &Inspected) -> Result<u64, Error> {
        let (id, key) = (upload.id, attachment_key(upload.id));
        let kept = match &inspected.cleaned {
            Some(cleaned) => {
                self.storage.put(&key, cleaned.clone()).await?;
                self.discard(upload).await;
                cleaned.len() as u64
            }
            None => {
                self.storage.rename(&upload_key(id), &key).await?;
                upload.size
            }
        };
        if let Some(thumbnail) = &inspected.thumbnail {
            self.storage
                .put(&thumbnail_key(id), thumbnail.clone())
                .await?;
        }
        Ok(kept)
    }

    /// Makes an avatar of what came and keeps it under the upload's id in each of [`AVATAR_SIDES`]. The upload is gone
    /// afterwards, also when it was no picture.
    pub(crate) async fn keep_avatar(&self, upload: Upload) -> Result<(), Error> {
        let made = self.make_avatar(&upload).await;
        let id = upload.id;
        self.discard(upload).await;
        for (side, bytes) in AVATAR_SIDES.into_iter().zip(made?) {
            self.storage
                .put(&avatar_key(id, side), bytes.into())
                .await?;
        }
        Ok(())
    }

    async fn make_avatar(&self, upload: &Upload) -> Result<[Vec<u8>; 3], Error> {
        let mime_type = self.media_type(upload, None).await?;
        let Some(format) = image::format_of(mime_type) else {
            return Err(Error::rule(
                Code::UnsupportedMediaType,
                "an avatar is made of a picture; send a PNG, JPEG, GIF or WebP file",
            ));
        };
        let (bytes, look) = self.load(upload, AVATAR_BYTES).await?;
        let made = in_background(look, move || image::avatar(&bytes, format)).await;
        made.unwrap_or_else(|| Err(image::damaged()))
    }

    /// Lets go of an upload. One that cannot be deleted now is swept out later.
    pub(crate) async fn discard(&self, upload: Upload) {
        // The storage has logged why.
        self.storage
            .delete(&upload_key(upload.id))
            .await
            .unwrap_or_default();
    }

    /// Reads a file, or a range that lies within it.
    pub(crate) async fn attachment(
        &self,
        id: Uuid,
        range: Option<Range<u64>>,
    ) -> Result<Option<Content>, Error> {
        self.storage.read(&attachment_key(id), range).await
    }

    /// Reads the small picture of a file, as WebP.
    pub(crate) async fn thumbnail(&self, id: Uuid) -> Result<Option<Content>, Error> {
        self.storage.read(&thumbnail_key(id), None).await
    }

    /// Reads an avatar, as WebP, in one of [`AVATAR_SIDES`].
    pub(crate) async fn avatar(&self, id: Uuid, side: u32) -> Result<Option<Content>, Error> {
        self.storage.read(&avatar_key(id, side), None).await
    }

    /// Deletes a file and its small picture; what is gone already is no error.
    pub(crate) async fn delete_attachment(&self, id: Uuid) -> Result<(), Error> {
        // In this order nothing is left that could not be found.
        self.storage.delete(&thumbnail_key(id)).await?;
        self.storage.delete(&attachment_key(id)).await
    }

    /// Deletes an avatar in every size; what is gone already is no error.
    pub(crate) async fn delete_avatar(&self, id: Uuid) -> Result<(), Error> {
        for side in AVATAR_SIDES {
            self.storage.delete(&avatar_key(id, side)).await?;
        }
        Ok(())
    }

    /// Files that were kept before a time, up to `most`: to be compared with what the database knows.
    pub(crate) async fn kept_before(
        &self,
        before: Timestamp,
        most: usize,
    ) -> Result<Vec<Uuid>, Error> {
        let keys = self
            .storage
            .written_before(ATTACHMENTS, before, most)
            .await?;
        let ids = keys.iter().filter_map(|key| key.rsplit('/').next());
        Ok(ids.filter_map(|id| id.parse().ok()).collect())
    }

    /// Avatars that were kept before a time: to be compared with what the database knows.
    pub(crate) async fn avatars_before(&self, before: Timestamp) -> Result<BTreeSet<Uuid>, Error> {
        let keys = self
            .storage
            .written_before(AVATARS, before, usize::MAX)
            .await?;
        Ok(keys.iter().filter_map(|key| id_in(key)).collect())
    }

    /// Deletes what was begun before a time and came to nothing, wherever it is, and says how much that was.
    pub(crate) async fn sweep(&self, before: Timestamp) -> Result<usize, Error> {
        let mut swept = self.storage.sweep(UPLOADS, before).await?;
        for folder in [ATTACHMENTS, THUMBNAILS, AVATARS] {
            swept += self.storage.sweep_unfinished(folder, before).await;
        }
        Ok(swept)
    }

    async fn media_type(
        &self,
        upload: &Upload,
        declared: Option<&str>,
    ) -> Result<&'static str, Error> {
        let head = 0..upload.size.min(sniff::HEAD_BYTES);
        let head = self.storage.bytes(&upload_key(upload.id), head).await?;
        if sniff::is_placed_picture(&head) {
            return Err(Error::rule(
                Code::UnsupportedMediaType,
                "pictures of this kind carry where they were taken; send a JPEG, PNG or WebP file",
            ));
        }
        Ok(sniff::media_type(&head, declared))
    }

    /// The whole upload, and the leave to look at it: nothing is loaded before there is one.
    async fn load(
        &self,
        upload: &Upload,
        most: u64,
    ) -> Result<(Bytes, OwnedSemaphorePermit), Error> {
        if upload.size > most {
            return Err(storage::too_large(most));
        }
        let look = timeout(LOOK_WAIT, self.looks.clone().acquire_owned()).await;
        let Ok(Ok(look)) = look else {
            return Err(Error::Unavailable {
                reason: "too many files are being looked at; try again",
                retry_after_ms: 5_000,
            });
        };
        let bytes = self
            .storage
            .bytes(&upload_key(upload.id), 0..upload.size)
            .await?;
        Ok((bytes, look))
    }
}

/// Does what takes long on a thread that may; the leave ends with the work, also when nobody waits for it any more. None
/// when a decoder panicked.
async fn in_background<T: Send + 'static>(
    look: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(look);
        done
    });
    done.await.ok()
}

fn upload_key(id: Uuid) -> String {
    format!("{UPLOADS}/{id}")
}

fn attachment_key(id: Uuid) -> String {
    format!("{ATTACHMENTS}/{id}")
}

fn thumbnail_key(id: Uuid) -> String {
    format!("{THUMBNAILS}/{id}.webp")
}

fn avatar_key(id: Uuid, side: u32) -> String {
    format!("{AVATARS}/{id}-{side}.webp")
}

#[cfg(test)]
mod tests;
