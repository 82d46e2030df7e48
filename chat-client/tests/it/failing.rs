//! What is refused takes along what waits for it: that shows as failed with the reason, and is sent or dropped with it.

use chat_client::{
    Client, MemoryDisk, NewMessage, SavedSession,
    test_kit::{TestServer, knows},
};
use chat_core::{ClientId, ConversationId, EchoStatus};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

async fn opened(server: &TestServer, session: &SavedSession, disk: &MemoryDisk) -> Client {
    let builder = Client::builder(server.url()).session(session.clone());
    let client = builder.store(disk.clone()).open().await.unwrap();
    client.start();
    client
}

/// Somebody in a group who says something with a file that is not there.
struct Sender {
    server: TestServer,
    session: SavedSession,
    disk: MemoryDisk,
    client: Client,
    group: ConversationId,
    path: PathBuf,
    key: ClientId,
}

impl Sender {
    async fn new(dir: &Path) -> Self {
        let (server, disk) = (TestServer::start().await, MemoryDisk::default());
        let session = server.session("ann").await;
        let client = opened(&server, &session, &disk).await;
        let group = server.group(&[&client]).await;
        knows(&client, "the group is there", |state| {
            state.conversation(group).map(drop)
        })
        .await;
        let (here, path) = (client.conversation(group), dir.join("notes.txt"));
        let upload = here.upload(&path, "notes.txt", "text/plain");
        let message = NewMessage::default().attach_queued(upload.key().clone());
        let sent = here.send(message);
        let key = sent.client_id().clone();
        sent.kept().await.unwrap();
        Self {
            server,
            session,
            disk,
            client,
            group,
            path,
            key,
        }
    }

    /// Why the message is not sent.
    async fn failure(&self) -> String {
        knows(&self.client, "it has failed", |state| {
            match &state.echoes(self.group).iter().next()?.status {
                EchoStatus::Failed { detail, .. } => Some(detail.clone()),
                EchoStatus::Pending => None,
            }
        })
        .await
    }
}

#[tokio::test]
async fn a_message_fails_with_its_file_in_every_life_and_its_retry_sends_both() {
    let dir = TempDir::new().unwrap();
    let mut ann = Sender::new(dir.path()).await;
    let why = ann.failure().await;
    assert!(why.contains("cannot be read"), "{why}");
    assert_eq!(ann.client.sendable(), 0);

    ann.client.shutdown().await;
    ann.client = opened(&ann.server, &ann.session, &ann.disk).await;
    assert_eq!(ann.failure().await, why);
    std::fs::write(&ann.path, "buy milk").unwrap();
    assert!(ann.client.conversation(ann.group).retry(&ann.key).is_some());

    let file = knows(&ann.client, "it is said with its file", |state| {
        let message = state.conversation(ann.group)?.messages().next_back()?;
        message.extras.attachments.first().cloned()
    });
    assert_eq!(file.await.file_name, "notes.txt");
}

#[tokio::test]
async fn with_a_message_its_file_that_failed_is_dropped() {
    let dir = TempDir::new().unwrap();
    let ann = Sender::new(dir.path()).await;
    ann.failure().await;

    assert!(
        ann.client
            .conversation(ann.group)
            .discard(&ann.key)
            .is_some()
    );

    assert!(ann.client.queued().is_empty());
}
