//! The disk of a device: in memory, or a sealed file of SQLite. A program that was killed writes nothing more to it.

use crate::store::KEY;
use async_trait::async_trait;
use chat_client::{
    Loaded, MemoryDisk, Owner, SqliteStore, Store, StoreError, Write,
    store::{From, StoredPage},
};
use chat_core::{ConversationId, Message, MessageId, Seq};
use futures_util::future::BoxFuture;
use std::{
    path::PathBuf,
    sync::{Arc, LazyLock, Mutex},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// SQLite works in real time, and the time of a life does not go on meanwhile.
static REAL: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// What outlives the program.
#[derive(Clone)]
pub(crate) enum Disk {
    Memory(MemoryDisk),
    File(Arc<File>),
}

/// A file in a directory of its own.
pub(crate) struct File {
    directory: TempDir,
    /// Which of its programs may use it: the last that opened it. Locked for as long as somebody does.
    life: Mutex<u64>,
}

/// A disk as a program has it.
#[derive(Clone)]
pub(crate) enum Opened {
    Memory(MemoryDisk),
    File {
        file: Arc<File>,
        life: u64,
        store: Arc<SqliteStore>,
    },
}

impl Disk {
    pub(crate) fn in_memory() -> Self {
        Self::Memory(MemoryDisk::default())
    }

    pub(crate) fn in_a_file() -> Self {
        Self::File(Arc::new(File::new()))
    }

    pub(crate) async fn open(&self) -> Opened {
        match self {
            Self::Memory(disk) => Opened::Memory(disk.clone()),
            Self::File(file) => {
                let file = Arc::clone(file);
                aside(move || file.open()).await
            }
        }
    }

    /// Another disk that holds the same now.
    pub(crate) async fn copy(&self) -> Self {
        match self {
            Self::Memory(disk) => Self::Memory(disk.copy()),
            Self::File(file) => {
                let file = Arc::clone(file);
                // The new directory stays until it is written, also where the program dies meanwhile.
                Self::File(aside(move || Arc::new(file.copy())).await)
            }
        }
    }
}

impl File {
    fn new() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
            life: Mutex::default(),
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("chat.db")
    }

    fn open(self: Arc<Self>) -> Opened {
        let mut life = self.life.lock().unwrap();
        *life += 1;
        let store = REAL.block_on(SqliteStore::open_encrypted(self.path(), &KEY));
        let store = store.unwrap();
        assert_eq!(store.aside(), None);
        Opened::File {
            life: *life,
            store: Arc::new(store),
            file: Arc::clone(&self),
        }
    }

    fn copy(&self) -> Self {
        let _life = self.life.lock().unwrap();
        let new = Self::new();
        let to = new.path();
        let address = format!("sqlite://{}", self.path().display());
        REAL.block_on(async {
            let file = sqlx::SqlitePool::connect(&address).await.unwrap();
            let query = sqlx::query("vacuum into $1").bind(to.to_str().unwrap());
            query.execute(&file).await.unwrap();
            file.close().await;
        });
        new
    }
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

impl Opened {
    async fn ask<T, F>(&self, ask: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(Arc<dyn Store>) -> BoxFuture<'static, Result<T, StoreError>> + Send + 'static,
    {
        let (file, life, store) = match self {
            Self::Memory(disk) => return ask(Arc::new(disk.clone())).await,
            Self::File { file, life, store } => (Arc::clone(file), *life, Arc::clone(store)),
        };
        let work = move || {
            let now = file.life.lock().unwrap();
            match *now == life {
                true => REAL.block_on(ask(store)),
                false => Err(StoreError::Failed("this program is dead".to_owned())),
            }
        };
        aside(work).await
    }
}

#[async_trait]
impl Store for Opened {
    async fn load(&self, owner: &Owner) -> Result<Loaded, StoreError> {
        let owner = owner.clone();
        self.ask(|store| Box::pin(async move { store.load(&owner).await }))
            .await
    }

    async fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        let batch = batch.to_vec();
        self.ask(|store| Box::pin(async move { store.commit(&batch).await }))
            .await
    }

    async fn page(
        &self,
        conversation: ConversationId,
        from: From,
        limit: u32,
    ) -> Result<Option<StoredPage>, StoreError> {
        self.ask(move |store| Box::pin(async move { store.page(conversation, from, limit).await }))
            .await
    }

    async fn place(&self, message: MessageId) -> Result<Option<(ConversationId, Seq)>, StoreError> {
        self.ask(move |store| Box::pin(async move { store.place(message).await }))
            .await
    }

    async fn search(
        &self,
        words: &[String],
        within: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let words = words.to_vec();
        self.ask(move |store| Box::pin(async move { store.search(&words, within, limit).await }))
            .await
    }
}
