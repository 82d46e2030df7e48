//! What waits on this device: looking at it, trying it again, dropping it.

use crate::{
    ChatClient, ChatError, QueuedItem,
    outbox::client_id,
    runtime::{finish, read},
};

#[uniffi::export]
impl ChatClient {
    /// What is queued and not confirmed by the server, in its order: in one conversation, or in all.
    #[uniffi::method(default(conversation_id = None))]
    pub async fn outbox(
        &self,
        conversation_id: Option<String>,
    ) -> Result<Vec<QueuedItem>, ChatError> {
        let here = conversation_id.map(|id| self.here(&id)).transpose()?;
        let client = self.client.clone();
        read(move || {
            let queued = match here {
                Some(here) => here.queued(),
                None => client.queued(),
            };
            queued.iter().map(QueuedItem::from).collect()
        })
        .await
    }

    /// Tries something again that failed, with what waited for it. False when there is none.
    pub async fn retry(&self, conversation_id: String, key: String) -> Result<bool, ChatError> {
        let here = self.here(&conversation_id)?;
        let key = client_id(key)?;
        finish(async move { Ok(here.retry(&key)) }).await
    }

    /// Drops something that failed or that nobody else knows of yet, and what waits for it; ends an upload. False when there
    /// is none, or when it is on its way: it may be done already.
    pub async fn discard(&self, conversation_id: String, key: String) -> Result<bool, ChatError> {
        let here = self.here(&conversation_id)?;
        let key = client_id(key)?;
        finish(async move { Ok(here.discard(&key)) }).await
    }

    /// How much of what was queued was lost with a file that could not be used any more, or with another user's outbox.
    pub fn lost_count(&self) -> u64 {
        self.client.lost() as u64
    }
}
