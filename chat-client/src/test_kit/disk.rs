//! A disk over another that breaks as planned. Dying before a commit, nothing of it is there; dying after it, all of it.

use super::faults::Program;
use crate::{
    Loaded, Owner, Store, StoreError, Write,
    store::{From, StoredPage},
};
use async_trait::async_trait;
use chat_core::{ConversationId, Message, MessageId, Seq};
use std::sync::Arc;

/// Keeps what another store keeps, until something is planned to go wrong. Made by [`Program::store`].
#[derive(Clone)]
pub struct FaultyStore {
    program: Program,
    inner: Arc<dyn Store>,
}

impl std::fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FaultyStore").field(&self.program).finish()
    }
}

impl FaultyStore {
    pub(super) fn new(program: Program, inner: Arc<dyn Store>) -> Self {
        Self { program, inner }
    }

    /// A step at which the program may die. The network may break here, too, which is nothing to a disk.
    async fn live(&self) {
        self.program.pass("at the disk").await.ok();
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn load(&self, owner: &Owner) -> Result<Loaded, StoreError> {
        self.live().await;
        self.inner.load(owner).await
    }

    async fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        self.live().await;
        if self.program.faults().is_disk_full() {
            return Err(StoreError::Failed("the disk is full".into()));
        }
        self.inner.commit(batch).await?;
        self.live().await;
        Ok(())
    }

    async fn page(
        &self,
        conversation: ConversationId,
        from: From,
        limit: u32,
    ) -> Result<Option<StoredPage>, StoreError> {
        self.live().await;
        self.inner.page(conversation, from, limit).await
    }

    async fn place(&self, message: MessageId) -> Result<Option<(ConversationId, Seq)>, StoreError> {
        self.live().await;
        self.inner.place(message).await
    }

    async fn search(
        &self,
        words: &[String],
        within: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.live().await;
        self.inner.search(words, within, limit).await
    }
}
