//! A disk that takes its time, for as long as a test wants it to.

use async_trait::async_trait;
use chat_client::{
    Loaded, MemoryDisk, Owner, Store, StoreError, Write,
    store::{From, StoredPage},
};
use chat_core::{ConversationId, Message, MessageId, Seq};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::{Semaphore, watch};

/// A disk that is another's as soon as it is loaded, and says so only when it may, or fails then.
#[derive(Clone)]
pub(crate) struct Slow {
    pub(crate) disk: MemoryDisk,
    pub(crate) loads: Arc<Semaphore>,
    pub(crate) may_go_on: Arc<Semaphore>,
    pub(crate) fails: Arc<AtomicBool>,
    /// Takes what is written only once it is held no longer.
    pub(crate) is_held: Arc<watch::Sender<bool>>,
}

impl Slow {
    pub(crate) fn new() -> Self {
        Self {
            disk: MemoryDisk::default(),
            loads: Arc::new(Semaphore::new(0)),
            may_go_on: Arc::new(Semaphore::new(0)),
            fails: Arc::default(),
            is_held: Arc::default(),
        }
    }
}

#[async_trait]
impl Store for Slow {
    async fn load(&self, owner: &Owner) -> Result<Loaded, StoreError> {
        let loaded = self.disk.load(owner).await;
        self.loads.add_permits(1);
        self.may_go_on.acquire().await.unwrap().forget();
        match self.fails.swap(false, Ordering::Relaxed) {
            true => Err(StoreError::Failed("the disk is gone".to_owned())),
            false => loaded,
        }
    }

    async fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        let mut is_held = self.is_held.subscribe();
        is_held.wait_for(|is_held| !is_held).await.unwrap();
        self.disk.commit(batch).await
    }

    async fn page(
        &self,
        conversation: ConversationId,
        from: From,
        limit: u32,
    ) -> Result<Option<StoredPage>, StoreError> {
        self.disk.page(conversation, from, limit).await
    }

    async fn place(&self, message: MessageId) -> Result<Option<(ConversationId, Seq)>, StoreError> {
        self.disk.place(message).await
    }

    async fn search(
        &self,
        words: &[String],
        within: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.disk.search(words, within, limit).await
    }
}
