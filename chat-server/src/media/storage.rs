//! Files by key, in a directory, in memory, or in a bucket that speaks S3. Keys are made by the server alone.
//!
//! An answer means: kept. In a directory the bytes and the directory's entry are flushed before it (unless `durability`
//! is `relaxed`); a bucket answers when it has the object. A file appears whole or not at all: it is written beside its
//! place and renamed. A crash may leave what was being written; [`Storage::sweep`] takes that away, and in folders
//! whose files stay, [`Storage::sweep_unfinished`]. A bucket wants a
//! lifecycle rule that ends unfinished multipart uploads after a day. Refuses to know who may read.

mod parts;

use super::MediaConfig;
use crate::{Config, Durability, Error, private};
use bytes::{Bytes, BytesMut};
use chat_core::{Code, Timestamp};
use futures_util::{Stream, StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig,
    aws::AmazonS3Builder, local::LocalFileSystem, memory::InMemory, path::Path as Key,
    prefix::PrefixStore,
};
use parts::Parts;
use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Parts of a file on its way to a bucket; none but the last may be smaller, and some stores want them equal.
const BUCKET_PART_BYTES: usize = 5 << 20;
/// Parts of a file on its way to a disk.
const DISK_PART_BYTES: usize = 512 << 10;
/// A bucket that does not answer is asked again for this long.
const RETRY: Duration = Duration::from_secs(15);

/// The key of what tells this place from others.
const MARK: &str = "mark";

/// Where files are.
#[derive(Clone)]
pub(crate) struct Storage {
    store: Arc<dyn ObjectStore>,
    part_bytes: usize,
    /// Where the store is a directory: which.
    directory: Option<PathBuf>,
    /// Whether that was made when it was opened.
    is_new: bool,
}

/// A file, or a range of it, as it is read.
pub(crate) struct Content {
    /// Bytes of the whole file.
    pub(crate) size: u64,
    /// The bytes asked for.
    pub(crate) body: BoxStream<'static, Result<Bytes, Error>>,
}

impl Storage {
    /// Opens the store that the settings name. A directory is made, for its owner only; where it is neither wanted nor
    /// there, nothing is in it.
    pub(crate) fn open(config: &Config, wanted: bool) -> Result<Self, Error> {
        let wrong = |reason: &dyn std::fmt::Display| {
            Error::Config(format!("media.store cannot be used: {reason}"))
        };
        if let Some((bucket, prefix)) = config.media.bucket() {
            let store = open_bucket(&config.media, bucket).map_err(|error| wrong(&error))?;
            return Ok(Self {
                store: Arc::new(PrefixStore::new(store, prefix)),
                part_bytes: BUCKET_PART_BYTES,
                directory: None,
                is_new: false,
            });
        }
        let directory = config.media_directory();
        let Some(directory) = directory.filter(|directory| wanted || directory.is_dir()) else {
            return Ok(Self {
                store: Arc::new(InMemory::new()),
                part_bytes: DISK_PART_BYTES,
                directory: None,
                is_new: false,
            });
        };
        let is_new = !directory.is_dir();
        private::make_directory(&directory).map_err(|error| wrong(&error))?;
        let store = LocalFileSystem::new_with_prefix(&directory)
            .map_err(|error| wrong(&error))?
            .with_fsync(config.durability == Durability::Full);
        Ok(Self {
            store: Arc::new(store),
            part_bytes: DISK_PART_BYTES,
            directory: Some(directory),
            is_new,
        })
    }

    /// Takes back what [`Self::open`] made where nothing is to be kept there after all.
    pub(crate) fn unmake(&self) {
        if let Some(directory) = self.directory.as_ref().filter(|_| self.is_new) {
            // Only an empty one goes; what is in the way of that may stay.
            let _ = fs::remove_dir(directory);
        }
    }

    /// Refuses to write where the directory went away while this runs: a new one would be open to others, and what is in
    /// the old one would not be found.
    fn require_place(&self) -> Result<(), Error> {
        match &self.directory {
            Some(directory) if !directory.is_dir() => {
                tracing::error!(directory = %directory.display(), "the directory of the files is gone; put it back");
                Err(Error::Unavailable {
                    reason: "the file storage is unavailable; try again",
                    retry_after_ms: 1_000,
                })
            }
            _ => Ok(()),
        }
    }

    /// Writes a body as it comes and says how many bytes it had. Over `most` bytes, or when the body breaks off, nothing
    /// is left.
    pub(crate) async fn write(
        &self,
        key: &str,
        body: impl Stream<Item = Result<Bytes, Error>> + Send,
        most: u64,
    ) -> Result<u64, Error> {
        let key = Key::from(key);
        self.require_place()?;
        let mut parts = Parts::default();
        let written = self.pour(&key, body, most, &mut parts).await;
        if written.is_err() {
            parts.abort().await;
        }
        written
    }

    async fn pour(
        &self,
        key: &Key,
        body: impl Stream<Item = Result<Bytes, Error>> + Send,
        most: u64,
        parts: &mut Parts,
    ) -> Result<u64, Error> {
        let mut body = pin!(body);
        let mut waiting = BytesMut::new();
        let mut size = 0_u64;
        while let Some(chunk) = body.try_next().await? {
            size = size.saturating_add(chunk.len() as u64);
            if size > most {
                return Err(too_large(most));
            }
            waiting.extend_from_slice(&chunk);
            while waiting.len() > self.part_bytes {
                let part = waiting.split_to(self.part_bytes).freeze();
                parts.put(self, key, part).await?;
            }
        }
        let rest = waiting.freeze();
        if !parts.is_begun() {
            // Most files fit into one request.
            let put = self.store.put(key, rest.into()).await;
            put.map_err(|error| failed("write", &error))?;
        } else {
            parts.put(self, key, rest).await?;
            parts.complete().await?;
        }
        Ok(size)
    }

    /// Writes bytes that are here already.
    pub(crate) async fn put(&self, key: &str, bytes: Bytes) -> Result<(), Error> {
        self.require_place()?;
        let put = self.store.put(&Key::from(key), bytes.into()).await;
        put.map(drop).map_err(|error| failed("write", &error))
    }

    /// Reads a file, or a range that lies within it; none when there is no such file.
    pub(crate) async fn read(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<Option<Content>, Error> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&Key::from(key), options).await;
        Ok(found_or_none("read", found)?.map(|found| Content {
            size: found.meta.size,
            body: found
                .into_stream()
                .map_err(|error| failed("read", &error))
                .boxed(),
        }))
    }

    /// What tells this place from others; none where nobody has marked it.
    pub(crate) async fn mark(&self) -> Result<Option<String>, Error> {
        let found = found_or_none("read", self.store.get(&Key::from(MARK)).await)?;
        let Some(found) = found else { return Ok(None) };
        let bytes = found
            .bytes()
            .await
            .map_err(|error| failed("read", &error))?;
        Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
    }

    pub(crate) async fn set_mark(&self, mark: &str) -> Result<(), Error> {
        self.put(MARK, format!("{mark}\n").into()).await
    }

    /// A range of a file as one piece of memory.
    pub(crate) async fn bytes(&self, key: &str, range: Range<u64>) -> Result<Bytes, Error> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let read = self.store.get_range(&Key::from(key), range).await;
        read.map_err(|error| failed("read", &error))
    }

    /// How many bytes a file has; none when there is no such file.
    #[cfg(test)]
    pub(crate) async fn size(&self, key: &str) -> Result<Option<u64>, Error> {
        let found = self.store.head(&Key::from(key)).await;
        Ok(found_or_none("look up", found)?.map(|meta| meta.size))
    }

    /// Puts a file in another place, over whatever is there.
    pub(crate) async fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        let renamed = self.store.rename(&Key::from(from), &Key::from(to)).await;
        renamed.map_err(|error| failed("rename", &error))
    }

    /// Deletes a file; one that is not there is deleted already.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), Error> {
        let deleted = self.store.delete(&Key::from(key)).await;
        found_or_none("delete", deleted).map(drop)
    }

    /// Keys under a folder that were last written before a time, up to `most`, in no order.
    pub(crate) async fn written_before(
        &self,
        folder: &str,
        before: Timestamp,
        most: usize,
    ) -> Result<Vec<String>, Error> {
        let old = |meta: &ObjectMeta| meta.last_modified.timestamp_millis() < before.ms();
        let listed = self
            .store
            .list(Some(&Key::from(folder)))
            .try_filter(|meta| std::future::ready(old(meta)))
            .take(most);
        listed
            .map_ok(|meta| meta.location.to_string())
            .try_collect()
            .await
            .map_err(|error| failed("list", &error))
    }

    /// Deletes what uploads and crashes left in a folder before a time, and says how much that was.
    pub(crate) async fn sweep(&self, folder: &str, before: Timestamp) -> Result<usize, Error> {
        let old = self.written_before(folder, before, usize::MAX).await?;
        for key in &old {
            self.delete(key).await?;
        }
        Ok(old.len() + self.sweep_unfinished(folder, before).await)
    }

    /// Deletes only what was begun in a folder before a time and never came to its place, and says how much that was.
    pub(crate) async fn sweep_unfinished(&self, folder: &str, before: Timestamp) -> usize {
        let Some(directory) = &self.directory else {
            return 0;
        };
        let directory = directory.join(folder);
        let swept = tokio::task::spawn_blocking(move || sweep_unfinished(&directory, before));
        swept.await.unwrap_or(0)
    }
}

fn open_bucket(
    config: &MediaConfig,
    bucket: &str,
) -> object_store::Result<object_store::aws::AmazonS3> {
    let retry = RetryConfig {
        max_retries: 4,
        retry_timeout: RETRY,
        ..RetryConfig::default()
    };
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        // Files are deleted one by one, and not every store knows how to delete many.
        .with_disable_bulk_delete(true)
        .with_retry(retry);
    if let Some(endpoint) = &config.s3_endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    if let Some(region) = &config.s3_region {
        builder = builder.with_region(region);
    }
    if let (Some(id), Some(secret)) = (&config.s3_access_key_id, &config.s3_secret_access_key) {
        // Exposed to sign requests with.
        builder = builder
            .with_access_key_id(id)
            .with_secret_access_key(secret.expose());
    }
    builder.build()
}

/// Files that were being written when the process ended: `KEY#1`. Listings leave them out, so they are looked for here.
fn sweep_unfinished(directory: &Path, before: Timestamp) -> usize {
    let is_unfinished = |name: &str| {
        name.rsplit_once('#')
            .is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_old = |entry: &fs::DirEntry| {
        let written = entry.metadata().and_then(|meta| meta.modified()).ok();
        let age = written.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        age.is_some_and(|age| age.as_millis() < u128::from(before.ms().unsigned_abs()))
    };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_str().is_some_and(is_unfinished) && is_old(entry))
        .filter(|entry| fs::remove_file(entry.path()).is_ok())
        .count()
}

fn found_or_none<T>(what: &str, result: object_store::Result<T>) -> Result<Option<T>, Error> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(failed(what, &error)),
    }
}

/// The cause ends here, in the log; the caller learns that it may try again.
fn failed(what: &str, error: &object_store::Error) -> Error {
    tracing::error!(%error, "the file storage could not {what}");
    Error::Unavailable {
        reason: "the file storage is unavailable; try again",
        retry_after_ms: 1_000,
    }
}

/// Says how large a file may be.
pub(super) fn too_large(most: u64) -> Error {
    Error::rule(
        Code::TooLarge,
        format!("the file is larger than {most} bytes, the most that is taken"),
    )
}

#[cfg(test)]
mod tests;
