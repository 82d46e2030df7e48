//! What is tried again and dropped is on the disk when it is said so.

use super::*;
use crate::runtime::RUNTIME;
use async_trait::async_trait;
use chat_client::{
    Client, Loaded, MemoryDisk, NewMessage, Owner, Progress, Queued, SavedSession, Store,
    StoreError, Task, Write,
    store::{From, StoredPage},
};
use chat_core::{
    ClientId, Code, ConversationId, Message, MessageBody, MessageId, Secret, Seq, SessionId,
    Timestamp, UserId,
};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::sync::watch;
use uuid::Uuid;

const SERVER: &str = "http://127.0.0.1:9/";

/// A disk that takes nothing while it is held.
#[derive(Clone, Default)]
struct Held {
    disk: MemoryDisk,
    is_held: Arc<watch::Sender<bool>>,
}

#[async_trait]
impl Store for Held {
    async fn load(&self, owner: &Owner) -> Result<Loaded, StoreError> {
        self.disk.load(owner).await
    }

    async fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        let mut is_held = self.is_held.subscribe();
        let free = is_held.wait_for(|is_held| !is_held).await;
        free.expect("the test has it");
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

fn hall() -> ConversationId {
    ConversationId::new(Uuid::from_u128(77))
}

fn session() -> SavedSession {
    SavedSession {
        server: SERVER.parse().expect("an address"),
        user_id: UserId::new(Uuid::from_u128(1)),
        username: "ann".to_owned(),
        session_id: SessionId::new(Uuid::from_u128(5)),
        access_token: Secret::new("a"),
        refresh_token: Secret::new("r"),
        expires_at: Timestamp::from_ms(0),
    }
}

/// A message that the server has refused.
fn failed() -> Queued {
    let body = MessageBody::parse("oops").expect("a text");
    Queued {
        key: ClientId::from(Uuid::from_u128(9)),
        conversation_id: hall(),
        place: 1,
        created_at: Timestamp::from_ms(0),
        task: Task::Send(NewMessage::text(body)),
        progress: Progress::Failed {
            code: Code::Forbidden,
            detail: "no".to_owned(),
        },
    }
}

/// Waits for something that is to be on the disk when it is done.
async fn on_disk(disk: &Held, done: impl Future<Output = Result<bool, ChatError>>) {
    disk.is_held.send_replace(true);
    let mut done = pin!(done);
    let early = tokio::time::timeout(Duration::from_millis(100), &mut done).await;
    assert!(early.is_err(), "it is not on the disk yet");
    disk.is_held.send_replace(false);
    assert!(done.await.expect("the disk takes it"));
}

#[test]
fn what_is_tried_again_or_dropped_is_on_the_disk_when_that_is_said() {
    let (disk, key, session) = (Held::default(), failed().key.to_string(), session());
    let owner = Owner {
        server: session.server.clone(),
        user_id: session.user_id,
    };
    RUNTIME.block_on(async {
        disk.load(&owner).await.expect("it is empty");
        let writes = [Write::Queue(failed())];
        disk.commit(&writes).await.expect("it takes all");
        let builder = Client::builder(session.server.clone()).session(session);
        let client = builder.store(disk.clone()).open().await;
        let client = ChatClient {
            client: client.expect("it can be read"),
        };

        on_disk(&disk, client.retry(hall().to_string(), key.clone())).await;
        let kept = disk.disk.load(&owner).await.expect("it is there");
        assert_eq!(kept.outbox[0].progress, Progress::Waiting);
        on_disk(&disk, client.discard(hall().to_string(), key.clone())).await;
        let kept = disk.disk.load(&owner).await.expect("it is there");
        assert!(kept.outbox.is_empty());
        let again = client.discard(hall().to_string(), key).await;
        assert!(!again.expect("nothing is wrong with it"));
    });
}
