//! A store in one SQLite file. The file is a cache that may be deleted at any time, except that the outbox is in it: of a
//! file that cannot be used any more, the outbox is saved if it can be read, and the file is kept aside.
//!
//! With a key, everything a person has said or is called is sealed before it reaches SQLite; ids, places and sizes are
//! not.

mod read;
mod salvage;
mod schema;
mod seal;
mod write;

use super::{From, Loaded, Owner, Store, StoreError, StoredPage, Write};
use async_trait::async_trait;
use chat_core::{ConversationId, Message, MessageId, Seq};
use salvage::{Salvaged, adopt, beside, put_aside, rename, salvage};
use seal::Seal;
use sqlx::{
    Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

/// SQLite's `SQLITE_CORRUPT`.
const CORRUPT: u32 = 11;
/// SQLite's `SQLITE_NOTADB`.
const NO_DATABASE: u32 = 26;

/// Keeps everything in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    /// The one that writes.
    write: SqlitePool,
    read: SqlitePool,
    path: PathBuf,
    seal: Seal,
    aside: Option<Aside>,
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
    /// `.aside2` or `.aside3` behind its name) and a new one begun; its outbox is saved where it can be read.
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
    /// When the file cannot be made or read, and when a newer version has written it.
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

    /// The file that was put aside when this one was opened.
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
    pub fn aside(&self) -> Option<&Aside> {
        self.aside.as_ref()
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
        adopt(path)?;
        match connect(path, &seal).await {
            Ok(pools) => Ok(Self::of(path, pools, seal)),
            Err(error @ (StoreError::WrongKey | StoreError::Newer)) => Err(error),
            Err(error) if !path.exists() => Err(error),
            Err(error) => {
                tracing::warn!(%error, "the store cannot be used: it is put aside and a new one begun");
                Self::rebuild_with(path, seal).await
            }
        }
    }

    /// The new file is whole under another name before the old one goes: a program that dies in between has one of them.
    async fn rebuild_with(path: &Path, seal: Seal) -> Result<Self, StoreError> {
        let salvaged = salvage(path, &seal).await;
        let new = beside(path, ".new");
        for end in ["", "-wal", "-shm"] {
            // What a try before this one has left, if anything.
            std::fs::remove_file(beside(&new, end)).ok();
        }
        let store = Self::of(&new, connect(&new, &seal).await?, seal);
        if let Salvaged::Saved(owner, rows, _) = &salvaged {
            store.load(owner).await?;
            store.commit(rows).await?;
        }
        store.close().await;
        let aside = put_aside(path)?;
        rename(&new, path)?;
        let mut store = Self::of(path, connect(path, &store.seal).await?, store.seal);
        let (saved, lost) = match salvaged {
            Salvaged::Nothing => (Some(0), 0),
            Salvaged::Saved(_, rows, lost) => (Some(rows.len()), lost),
            Salvaged::Unreadable => (None, 1),
        };
        store.lost = AtomicUsize::new(lost);
        store.aside = Some(Aside { path: aside, saved });
        Ok(store)
    }

    /// Lets go of the file. The one that writes goes last: it brings what is in the log beside it into the file.
    async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    async fn load_kept(&self, owner: &Owner) -> Result<Loaded, StoreError> {
        let known = read::owner(&self.write, &self.seal).await?;
        let mut lost = self.lost.swap(0, Ordering::Relaxed);
        if known.as_ref() != Some(owner) {
            let (rows, damaged) = read::outbox(&self.write, &self.seal).await?;
            lost += rows.len() + damaged.len();
            let mut tx = self.begin().await?;
            write::wipe(&mut tx).await?;
            write::meta(&mut tx, &self.seal, "owner", owner).await?;
            tx.commit().await?;
            // A file that was put aside a moment ago had an owner nobody knows: it stays.
            if known.is_some() {
                self.leave_nothing().await?;
            }
        }
        let (_, damaged) = read::outbox(&self.write, &self.seal).await?;
        if !damaged.is_empty() {
            lost += damaged.len();
            let mut tx = self.begin().await?;
            write::give_up(&mut tx, &damaged).await?;
            tx.commit().await?;
        }
        let loaded = match read::all(&self.write, &self.seal).await {
            Err(StoreError::Damaged(reason)) => {
                tracing::warn!(%reason, "what is kept cannot be read: it is fetched again");
                self.commit(&[Write::Forget]).await?;
                read::all(&self.write, &self.seal).await?
            }
            loaded => loaded?,
        };
        Ok(Loaded { lost, ..loaded })
    }

    /// Takes what was thrown away out of the log beside the file, too, and lets go of files that were put aside.
    async fn leave_nothing(&self) -> Result<(), StoreError> {
        sqlx::raw_sql("pragma wal_checkpoint(truncate)")
            .execute(&self.write)
            .await?;
        salvage::forget_asides(&self.path)
    }

    fn of(path: &Path, (write, read): (SqlitePool, SqlitePool), seal: Seal) -> Self {
        Self {
            write,
            read,
            path: path.to_owned(),
            seal,
            aside: None,
            lost: AtomicUsize::new(0),
        }
    }

    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.write.begin_with("begin immediate").await?)
    }
}

impl std::convert::From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let text = error.to_string();
        let code = error.as_database_error().and_then(|known| known.code());
        // What is above the lowest eight bits only says more about it.
        match code.and_then(|code| Some(code.parse::<u32>().ok()? & 0xff)) {
            Some(CORRUPT | NO_DATABASE) => Self::Damaged(text),
            _ => Self::Failed(text),
        }
    }
}

/// Makes the file where it is missing, for its owner only: SQLite gives the files beside it the same mode.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(StoreError::Failed(error.to_string()))
        }
        _ => Ok(()),
    }
}

async fn connect(path: &Path, seal: &Seal) -> Result<(SqlitePool, SqlitePool), StoreError> {
    make_private(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // With a write-ahead log nothing is lost when the program dies; only when the power does.
        .synchronous(SqliteSynchronous::Normal)
        // There is no directory for temporary files on Android.
        .pragma("temp_store", "memory")
        .pragma("cache_size", "-2000")
        .pragma("secure_delete", "on");
    let pool = |most: u32| {
        SqlitePoolOptions::new()
            .max_connections(most)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    let write = pool(1).connect_with(options.clone()).await?;
    schema::prepare(&write, seal).await?;
    let read = pool(2).connect_with(options.read_only(true)).await?;
    Ok((write, read))
}

#[async_trait]
impl Store for SqliteStore {
    async fn load(&self, owner: &Owner) -> Result<Loaded, StoreError> {
        let loaded = self.load_kept(owner).await;
        if matches!(loaded, Err(StoreError::Damaged(_))) {
            // Whoever begins a new file must not have this one open beside it.
            self.close().await;
        }
        loaded
    }

    async fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for one in batch {
            write::one(&mut tx, &self.seal, one).await?;
        }
        tx.commit().await?;
        match batch.contains(&Write::Wipe) {
            true => self.leave_nothing().await,
            false => Ok(()),
        }
    }

    async fn page(
        &self,
        conversation: ConversationId,
        from: From,
        limit: u32,
    ) -> Result<Option<StoredPage>, StoreError> {
        read::page(&self.read, &self.seal, conversation, from, limit).await
    }

    async fn place(&self, message: MessageId) -> Result<Option<(ConversationId, Seq)>, StoreError> {
        read::place(&self.read, message).await
    }

    async fn search(
        &self,
        words: &[String],
        within: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        read::search(&self.read, &self.seal, words, within, limit).await
    }
}
