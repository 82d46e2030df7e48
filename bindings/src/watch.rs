//! Values that are watched: each object tells its value at once, and then whenever it is another. Whoever is slow gets the
//! newest.

use crate::{
    ChatClient, ChatError, ConnectionState, ConversationItem, PresenceItem,
    error::{conversation_id, parsed},
    item,
    runtime::{Pull, Taker, pulled},
};
use chat_client::{Client, Update};
use chat_core::State;
use std::sync::Arc;

pulled! {
    /// How the connection is doing, watched.
    ConnectionUpdates of ConnectionState
}

pulled! {
    /// How much is unread in all conversations that are not put away, watched.
    UnreadUpdates of u64
}

pulled! {
    /// A conversation by itself, watched: what stands above its messages, also who writes and how far the others have read.
    ConversationUpdates of ConversationItem
}

pulled! {
    /// Whether some people are here, watched.
    PresenceUpdates of Vec<PresenceItem>
}

#[uniffi::export]
impl ChatClient {
    /// Watches how the connection is doing.
    pub fn watch_connection(&self) -> Arc<ConnectionUpdates> {
        let mut status = self.client.status();
        Arc::new(ConnectionUpdates(Pull::new(|taker| async move {
            loop {
                let room = taker.room().await;
                let now = ConnectionState::from(&*status.borrow_and_update());
                room.send(now.clone());
                if now.is_over() {
                    return None;
                }
                status.changed().await.ok()?;
            }
        })))
    }

    /// Watches how much is unread.
    pub fn watch_unread(&self) -> Arc<UnreadUpdates> {
        let client = self.client.clone();
        let is_about = |update: &Update| matches!(update, Update::List | Update::Conversation(_));
        let read = |client: &Client| Some(client.unread_total());
        Arc::new(UnreadUpdates(Pull::new(|taker| {
            values(client, taker, is_about, read)
        })))
    }

    /// Watches a conversation by itself.
    pub fn watch_conversation(
        &self,
        conversation_id: String,
    ) -> Result<Arc<ConversationUpdates>, ChatError> {
        let id = self::conversation_id(&conversation_id)?;
        let client = self.client.clone();
        let is_about = move |update: &Update| match update {
            Update::Conversation(about) => *about == id,
            // Marks and counts are told like this.
            Update::List => true,
            _ => false,
        };
        let read = move |client: &Client| {
            let row = client.conversation(id).row()?;
            Some(item::conversation(&row, client.read(State::me)))
        };
        Ok(Arc::new(ConversationUpdates(Pull::new(move |taker| {
            values(client, taker, is_about, read)
        }))))
    }

    /// Watches whether these people are here, at most 500.
    pub fn watch_presence(&self, user_ids: Vec<String>) -> Result<Arc<PresenceUpdates>, ChatError> {
        let people = user_ids.iter().map(|id| parsed("user_ids", id));
        let people = people.collect::<Result<Vec<_>, _>>()?;
        let client = self.client.clone();
        Ok(Arc::new(PresenceUpdates(Pull::new(|taker| async move {
            let mut seen = client.presence(people);
            loop {
                let room = taker.room().await;
                let presences = seen.next().await?;
                room.send(presences.iter().map(PresenceItem::from).collect());
            }
        }))))
    }
}

/// Tells what is read of a client, at once and whenever it is something else, until the client is shut down or nobody
/// takes it.
async fn values<T: PartialEq + Clone>(
    client: Client,
    taker: Taker<T>,
    is_about: impl Fn(&Update) -> bool,
    read: impl Fn(&Client) -> Option<T>,
) -> Option<()> {
    let mut updates = client.updates();
    let mut told = None;
    loop {
        let room = taker.room().await;
        loop {
            let now = read(&client);
            if now != told
                && let Some(value) = now.clone()
            {
                told = now;
                room.send(value);
                break;
            }
            loop {
                let update = updates.next().await?;
                let more = std::iter::from_fn(|| updates.try_next());
                // All of them are taken, whichever it is.
                let found = std::iter::once(update)
                    .chain(more)
                    .fold(false, |found, update| {
                        found || matches!(update, Update::Reset) || is_about(&update)
                    });
                if found {
                    break;
                }
            }
        }
    }
}
