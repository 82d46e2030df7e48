//! What waits on this device: looking at it, trying it again, dropping it.

use crate::{ChatClient, ChatError, QueuedItem, error::here, outbox::client_id};
use chat_client::Kept;

#[uniffi::export]
impl ChatClient {
    /// What is queued and not confirmed by the server, in its order: in one conversation, or in all.
    #[uniffi::method(default(conversation_id = None))]
    pub async fn outbox(
        &self,
        conversation_id: Option<String>,
    ) -> Result<Vec<QueuedItem>, ChatError> {
        self.read(move |client| {
            let queued = match conversation_id {
                Some(id) => here(&client, &id)?.queued(),
                None => client.queued(),
            };
            Ok(queued.iter().map(QueuedItem::from).collect())
        })
        .await
    }

    /// Tries something again that failed, with what waited for it. Returns when that is on disk; false when there is none.
    pub async fn retry(&self, conversation_id: String, key: String) -> Result<bool, ChatError> {
        self.finish(move |client| async move {
            let here = here(&client, &conversation_id)?;
            kept(here.retry(&client_id(key)?)).await
        })
        .await
    }

    /// Drops something that failed or that nobody else knows of yet, and what waits for it; ends an upload. Returns when that
    /// is on disk: it does not come back. False when there is none, or when it is on its way: it may be done already.
    pub async fn discard(&self, conversation_id: String, key: String) -> Result<bool, ChatError> {
        self.finish(move |client| async move {
            let here = here(&client, &conversation_id)?;
            kept(here.discard(&client_id(key)?)).await
        })
        .await
    }

    /// How much of what was queued was lost with a file that could not be used any more, or with another user's outbox.
    pub fn lost_count(&self) -> u64 {
        self.client.lost() as u64
    }
}

/// Whether there was something to do, once it is on disk.
async fn kept(done: Option<Kept>) -> Result<bool, ChatError> {
    match done {
        Some(done) => done.kept().await.map(|()| true).map_err(ChatError::from),
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests;
