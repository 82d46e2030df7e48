//! A store in one SQLite file. The file is a cache that may be deleted at any time, except that the outbox is in it: of a
//! file that is damaged, the outbox is saved if it can be read, and the file is kept aside: whenever that is found out.
//!
//! With a key, everything a person has said or is called is sealed before it reaches SQLite; ids, places and sizes are
//! not.

mod file;
mod read;
mod salvage;
mod schema;
mod seal;
mod write;

use super::{From, Loaded, Owner, Store, StoreError, StoredPage, Write};
use crate::lock;
use async_trait::async_trait;
use chat_core::{ConversationId, Message, MessageId, Seq};
use file::{Open, Opened};
use seal::Seal;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// SQLite's `SQLITE_CORRUPT`.
const CORRUPT: u32 = 11;
/// SQLite's `SQLITE_NOTADB`.
const NO_DATABASE: u32 = 26;

/// Keeps everything in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    seal: Seal,
    /// The file, until it is found damaged and another takes its place.
    open: Mutex<Arc<Open>>,
    /// One begins anew at a time.
    beginning: tokio::sync::Mutex<()>,
    /// Whose it is, once it was loaded.
    owner: Mutex<Option<Owner>>,
    aside: Mutex<Option<Aside>>,
    /// What was lost with a file that was put aside, until somebody has been told.
    lost: AtomicUsize,
}

/// A file that could not be used and was put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Where it is now.
    pub path: PathBuf,
    /// How many queued things were saved from it; none when its outbox cannot be read.
    pub saved: Option<usize>,
}

impl SqliteStore {
    /// Opens the file, or makes it. A file that is broken, or that something else wrote, is put aside (with `.aside`,
    /// `.aside2` or `.aside3` behind its name) and a new one begun; its outbox is saved where it can be read. The same is
    /// done when it is found out later, at a load or a commit; a commit that finds it fails, and the next one is taken: a
    /// client gives back then what it holds in memory.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("chat.db");
    /// use chat_client::SqliteStore;
    ///
    /// let store = SqliteStore::open(&path).await?;
    /// assert!(store.aside().is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the file cannot be made or read, when another program is in the middle of writing it, and when a newer version
    /// has written it: then it stays as it is. That another has it open is no error, and whoever opens it sees to it that none
    /// has: of two clients of one file, neither shows nor sends what the other one queues.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path.as_ref(), Seal::none()).await
    }

    /// Opens a file that is encrypted with this key, or makes it. The key is 32 random bytes from where the system keeps
    /// secrets; it cannot be changed, and without it the file is worth nothing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("chat.db");
    /// use chat_client::{SqliteStore, StoreError};
    ///
    /// let key = [7; 32]; // from the system's key store, made once at random
    /// drop(SqliteStore::open_encrypted(&path, &key).await?);
    /// assert!(matches!(SqliteStore::open_encrypted(&path, &[8; 32]).await, Err(StoreError::WrongKey)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SqliteStore::open`], and [`StoreError::WrongKey`]: then the file stays as it is.
    pub async fn open_encrypted(
        path: impl AsRef<Path>,
        key: &[u8; 32],
    ) -> Result<Self, StoreError> {
        Self::open_with(path.as_ref(), Seal::with_key(key)).await
    }

    /// Deletes the file and whatever lies beside it, also what was put aside: for who has lost its key, or wants to begin
    /// anew with what the server has. What was not sent yet is gone with it. Nobody may have it open.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("chat.db");
    /// use chat_client::SqliteStore;
    ///
    /// drop(SqliteStore::open_encrypted(&path, &[7; 32]).await?);
    /// // The key is lost.
    /// SqliteStore::delete(&path)?;
    /// SqliteStore::open_encrypted(&path, &[8; 32]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When a file is there and cannot be deleted. That none is there is no error.
    pub fn delete(path: impl AsRef<Path>) -> Result<(), StoreError> {
        salvage::forget(path.as_ref())
    }

    /// The file that was put aside last when this one was begun.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("chat.db");
    /// use chat_client::SqliteStore;
    ///
    /// std::fs::write(&path, "this is no store")?;
    /// let store = SqliteStore::open(&path).await?;
    /// let aside = store.aside().ok_or("nothing was put aside")?;
    /// println!("what was there is in {} now", aside.path.display());
    /// # Ok(())
    /// # }
    /// ```
    pub fn aside(&self) -> Option<Aside> {
        lock(&self.aside).clone()
    }

    /// Puts the file aside and begins a new one, with its outbox where that can be read: for who finds that what the file
    /// holds cannot be right.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("chat.db");
    /// use chat_client::SqliteStore;
    ///
    /// drop(SqliteStore::open(&path).await?);
    /// let store = SqliteStore::rebuild(&path).await?;
    /// assert!(store.aside().is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SqliteStore::open`].
    pub async fn rebuild(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::rebuild_with(path.as_ref(), Seal::none()).await
    }

    /// As [`SqliteStore::rebuild`], of an encrypted file.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("chat.db");
    /// use chat_client::SqliteStore;
    ///
    /// let key = [7; 32];
    /// drop(SqliteStore::open_encrypted(&path, &key).await?);
    /// let store = SqliteStore::rebuild_encrypted(&path, &key).await?;
    /// assert!(store.aside().is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SqliteStore::open_encrypted`].
    pub async fn rebuild_encrypted(
        path: impl AsRef<Path>,
        key: &[u8; 32],
    ) -> Result<Self, StoreError> {
        Self::rebuild_with(path.as_ref(), Seal::with_key(key)).await
    }

    async fn open_with(path: &Path, seal: Seal) -> Result<Self, StoreError> {
        let opened = file::open(path, &seal, None).await?;
        Ok(Self::of(path, seal, opened))
    }

    async fn rebuild_with(path: &Path, seal: Seal) -> Result<Self, StoreError> {
        let opened = file::rebuild(path, &seal, None).await?;
        Ok(Self::of(path, seal, opened))
    }

    fn of(path: &Path, seal: Seal, opened: Opened) -> Self {
        Self {
            path: path.to_owned(),
            seal,
            open: Mutex::new(Arc::new(opened.open)),
            beginning: tokio::sync::Mutex::default(),
            owner: Mutex::default(),
            aside: Mutex::new(opened.aside),
            lost: AtomicUsize::new(opened.lost),
        }
    }

    fn file(&self) -> Arc<Open> {
        Arc::clone(&lock(&self.open))
    }

    /// Puts the file aside that was open as this, and goes on with a new one: how much that was queued was lost with it. Where
    /// that cannot be made, the old one stays.
    async fn begin_anew(&self, damaged: &Arc<Open>) -> Result<usize, StoreError> {
        let _turn = self.beginning.lock().await;
        if !Arc::ptr_eq(damaged, &self.file()) {
            // Somebody else has found it out and was here before.
            return Ok(0);
        }
        damaged.close().await;
        let owner = lock(&self.owner).clone();
        match file::rebuild(&self.path, &self.seal, owner.as_ref()).await {
            Ok(opened) => Ok(self.go_on_with(opened)),
            Err(error) => {
                if let Ok(open) = file::connect(&self.path, &self.seal).await {
                    *lock(&self.open) = Arc::new(open);
                }
                Err(error)
            }
        }
    }

    /// The file, opened again where that failed when a new one was to be begun; and how much was lost by that.
    async fn reopened(&self) -> Result<(Arc<Open>, usize), StoreError> {
        if !self.file().is_closed() {
            return Ok((self.file(), 0));
        }
        // Somebody is about to begin a new one, or could not.
        let _turn = self.beginning.lock().await;
        let mut lost = 0;
        if self.file().is_closed() {
            let owner = lock(&self.owner).clone();
            let opened = file::open(&self.path, &self.seal, owner.as_ref()).await?;
            lost = self.go_on_with(opened);
        }
        Ok((self.file(), lost))
    }

    fn go_on_with(&self, opened: Opened) -> usize {
        *lock(&self.open) = Arc::new(opened.open);
        if let Some(aside) = opened.aside {
            *lock(&self.aside) = Some(aside);
        }
        opened.lost
    }

    async fn load_kept(&self, open: &Open, owner: &Owner) -> Result<Loaded, StoreError> {
        let known = read::owner(&open.write, &self.seal).await?;
        if known.as_ref() != Some(owner) {
            let (rows, damaged) = read::outbox(&open.write, &self.seal).await?;
            let mut tx = open.begin().await?;
            write::wipe(&mut tx).await?;
            write::meta(&mut tx, &self.seal, "owner", owner).await?;
            write::vocabulary(&mut tx, &self.seal).await?;
            tx.commit().await?;
            let lost = rows.len() + damaged.len();
            self.lost.fetch_add(lost, Ordering::Relaxed);
            // A file that was put aside a moment ago had an owner nobody knows: it stays.
            if known.is_some() {
                self.leave_nothing(open).await?;
            }
        }
        let (_, damaged) = read::outbox(&open.write, &self.seal).await?;
        if !damaged.is_empty() {
            let mut tx = open.begin().await?;
            write::give_up(&mut tx, &damaged).await?;
            tx.commit().await?;
            self.lost.fetch_add(damaged.len(), Ordering::Relaxed);
        }
        let loaded = match read::all(&open.write, &self.seal).await {
            Err(StoreError::Damaged(reason)) => {
                tracing::warn!(%reason, "what is kept cannot be read: it is fetched again");
                self.write(open, &[Write::Forget]).await?;
                read::all(&open.write, &self.seal).await?
            }
            loaded => loaded?,
        };
        *lock(&self.owner) = Some(owner.clone());
        // Only now: what is told of a load that failed, nobody hears.
        let lost = self.lost.swap(0, Ordering::Relaxed);
        Ok(Loaded { lost, ..loaded })
    }

    async fn write(&self, open: &Open, batch: &[Write]) -> Result<(), StoreError> {
        let mut tx = open.begin().await?;
        for one in batch {
            write::one(&mut tx, &self.seal, one).await?;
        }
        tx.commit().await?;
        if batch.contains(&Write::Wipe) {
            *lock(&self.owner) = None;
            self.leave_nothing(open).await?;
        }
        Ok(())
    }

    /// Takes what was thrown away out of the log beside the file, too, and lets go of files that were put aside.
    async fn leave_nothing(&self, open: &Open) -> Result<(), StoreError> {
        open.empty_log().await?;
        salvage::forget_asides(&self.path)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn load(&self, owner: &Owner) -> Result<Loaded, StoreError> {
        let (open, lost) = self.reopened().await?;
        self.lost.fetch_add(lost, Ordering::Relaxed);
        match self.load_kept(&open, owner).await {
            Err(StoreError::Damaged(reason)) => {
                tracing::warn!(%reason, "the store is damaged: it is put aside and a new one begun");
                let lost = self.begin_anew(&open).await?;
                self.lost.fetch_add(lost, Ordering::Relaxed);
                self.load_kept(&self.file(), owner).await
            }
            loaded => loaded,
        }
    }

    async fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        // What is lost with a file here is not counted: who commits has loaded it before, and keeps it anew.
        let (open, _) = self.reopened().await?;
        let result = self.write(&open, batch).await;
        if let Err(StoreError::Damaged(reason)) = &result {
            tracing::warn!(%reason, "the store is damaged: it is put aside and a new one begun");
            self.begin_anew(&open).await?;
        }
        result
    }

    async fn page(
        &self,
        conversation: ConversationId,
        from: From,
        limit: u32,
    ) -> Result<Option<StoredPage>, StoreError> {
        let (open, _) = self.reopened().await?;
        read::page(&open.read, &self.seal, conversation, from, limit).await
    }

    async fn place(&self, message: MessageId) -> Result<Option<(ConversationId, Seq)>, StoreError> {
        let (open, _) = self.reopened().await?;
        read::place(&open.read, message).await
    }

    async fn search(
        &self,
        words: &[String],
        within: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let (open, _) = self.reopened().await?;
        read::search(&open.read, &self.seal, words, within, limit).await
    }
}
