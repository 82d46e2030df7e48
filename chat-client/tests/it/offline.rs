//! A client with a store: what is there before any network, what goes out in another life, and what a disk that fails
//! costs.

use crate::{
    kit::{Far, Net, SERVER, TestClock, ann, bob, hall, seq, session, status, until},
    model::{
        faults::{Fuse, World},
        server::Server,
    },
};
use async_trait::async_trait;
use chat_client::{
    Client, Error, Loaded, MemoryDisk, NewMessage, Owner, Progress, SqliteStore, Status, Store,
    StoreError, Write,
    store::{From, StoredPage},
};
use chat_core::{ConversationId, Emoji, Message, MessageBody, MessageId, Seq, State};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) fn body(text: &str) -> MessageBody {
    MessageBody::parse(text).unwrap()
}

/// A server where bob has said `m1` to `m<count>`, and the way there.
pub(crate) fn world(count: u64) -> World {
    let mut server = Server::new(&[hall()]);
    for nth in 1..=count {
        server.say(bob(), hall(), &format!("c{nth}"), &format!("m{nth}"));
    }
    let world = World::new(Fuse::new(None), Arc::new(Mutex::new(server)), ann());
    world.fuse.set_offline(false);
    world
}

pub(crate) async fn opened(world: &World, store: impl Store) -> Client {
    let builder = Client::builder(SERVER.parse().unwrap()).session(session());
    let builder = builder.transport(world.clone()).clock(TestClock::new());
    builder.store(store).open().await.unwrap()
}

pub(crate) async fn online(client: &Client) {
    client.start();
    status(client, |status| *status == Status::Online).await;
}

fn said(state: &State) -> Vec<String> {
    crate::kit::said(state)
}

async fn all(client: &Client) -> Vec<String> {
    while client.conversation(hall()).load_older(2).await.unwrap() {}
    client.read(said)
}

#[tokio::test(start_paused = true)]
async fn the_last_state_is_there_before_any_network_and_seen_history_needs_none() {
    let (world, disk) = (world(5), MemoryDisk::default());
    let first = opened(&world, disk.clone()).await;
    online(&first).await;
    let seen = all(&first).await;
    first.shutdown().await;
    world.fuse.set_offline(true);

    let again = opened(&world, disk).await;

    assert_eq!(again.read(said), ["m5"]);
    assert_eq!(again.read(State::unread_total), 5);
    assert_eq!(all(&again).await, seen);
    assert_eq!(seen, ["m1", "m2", "m3", "m4", "m5"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_never_seen_is_asked_of_the_server_and_kept() {
    let (world, disk) = (world(5), MemoryDisk::default());
    let first = opened(&world, disk.clone()).await;
    online(&first).await;
    assert!(first.conversation(hall()).load_older(2).await.unwrap());
    first.shutdown().await;
    world.fuse.set_offline(true);

    let again = opened(&world, disk).await;
    assert!(again.conversation(hall()).load_older(9).await.unwrap());

    assert_eq!(again.read(said), ["m3", "m4", "m5"]);
    let refused = again.conversation(hall()).load_older(9).await;
    assert!(matches!(refused, Err(Error::Network { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_file_carries_the_outbox_into_another_life_and_shows_it_again() {
    let (world, dir) = (world(1), TempDir::new().unwrap());
    let path = dir.path().join("chat.db");
    world.fuse.set_offline(true);
    let store = SqliteStore::open_encrypted(&path, &[3; 32]).await.unwrap();
    let first = opened(&world, store).await;
    let ticket = first.conversation(hall()).send(body("said offline"));
    let key = ticket.kept().await.unwrap().client_id().clone();
    drop(first);

    let store = SqliteStore::open_encrypted(&path, &[3; 32]).await.unwrap();
    let again = opened(&world, store).await;
    let echoes = again.read(|state| state.echoes(hall()).to_vec());
    assert_eq!((echoes.len(), &echoes[0].client_id), (1, &key));

    world.fuse.set_offline(false);
    let mut updates = again.updates();
    again.start();
    until(&again, &mut updates, |state| {
        said(state).contains(&"said offline".into())
    })
    .await;
    assert_eq!(
        world
            .server
            .lock()
            .unwrap()
            .messages
            .last()
            .unwrap()
            .client_id,
        key
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_done_to_an_unsent_message_is_said_with_it_or_waits_for_it() {
    let world = world(1);
    let client = opened(&world, MemoryDisk::default()).await;
    let here = client.conversation(hall());
    let ticket = here.send(body("helo"));
    let key = ticket.client_id().clone();
    here.edit(key.clone(), body("hello")).done().await.unwrap();
    let liked = here.react(key.clone(), Emoji::parse("👍").unwrap());
    let answer = here.send(NewMessage::text(body("indeed")).reply_to(key));
    let regretted = here.send(body("oops"));
    here.delete(regretted.client_id().clone())
        .done()
        .await
        .unwrap();

    online(&client).await;
    ticket.stored().await.unwrap();
    liked.done().await.unwrap();
    answer.stored().await.unwrap();

    let server = world.server.lock().unwrap();
    let contents: Vec<_> = server.messages.iter().map(|m| m.content.as_str()).collect();
    assert_eq!(contents, ["m1", "hello", "indeed"]);
    assert_eq!(server.messages[1].extras.reactions.len(), 1);
    assert_eq!(server.messages[1].edited_at, None);
}

#[tokio::test(start_paused = true)]
async fn a_read_mark_goes_out_in_another_life_and_counts_at_once() {
    let (world, disk) = (world(3), MemoryDisk::default());
    let first = opened(&world, disk.clone()).await;
    online(&first).await;
    assert_eq!(first.unread_total(), 3);
    first.disconnect().await;
    first
        .conversation(hall())
        .mark_read(seq(3))
        .kept()
        .await
        .unwrap();
    assert_eq!(first.unread_total(), 0);
    drop(first);

    let again = opened(&world, disk).await;
    assert_eq!(again.unread_total(), 0);
    let mut updates = again.updates();
    again.start();
    until(&again, &mut updates, |state| state.unread_total() == 0).await;

    assert_eq!(
        world.server.lock().unwrap().my(ann(), hall()).read_seq,
        seq(3)
    );
}

#[tokio::test(start_paused = true)]
async fn a_draft_and_nothing_else_of_a_signed_out_user_is_left() {
    let (world, disk) = (world(2), MemoryDisk::default());
    let client = opened(&world, disk.clone()).await;
    online(&client).await;
    client
        .conversation(hall())
        .set_draft(Some("dear".into()))
        .kept()
        .await
        .unwrap();
    drop(client);
    let client = opened(&world, disk.clone()).await;
    assert_eq!(client.conversation(hall()).draft().as_deref(), Some("dear"));

    client.logout().await.unwrap();

    let owner = Owner {
        server: SERVER.parse().unwrap(),
        user_id: ann(),
    };
    assert_eq!(disk.load(&owner).await.unwrap(), Loaded::default());
}

#[tokio::test(start_paused = true)]
async fn a_short_wake_up_catches_up_sends_what_is_queued_and_lets_go() {
    let (world, disk) = (world(2), MemoryDisk::default());
    let client = opened(&world, disk).await;
    client
        .conversation(hall())
        .send(body("queued"))
        .kept()
        .await
        .unwrap();

    let wake_up = client.sync_once(Duration::from_secs(20)).await.unwrap();

    assert!(wake_up.is_caught_up && wake_up.queued == 0, "{wake_up:?}");
    assert_eq!(*client.status().borrow(), Status::Idle);
    assert_eq!(world.server.lock().unwrap().messages.len(), 3);
    world.fuse.set_offline(true);
    let late = client.sync_once(Duration::from_secs(20)).await.unwrap();
    assert!(!late.is_caught_up);
}

#[tokio::test(start_paused = true)]
async fn words_are_found_among_what_is_kept() {
    let world = world(12);
    let client = opened(&world, MemoryDisk::default()).await;
    online(&client).await;
    all(&client).await;

    let found = client.search_kept("M1", None, 10).await.unwrap();

    let contents: Vec<_> = found.iter().map(|m| m.content.as_str()).collect();
    assert_eq!(contents.len(), 4, "{contents:?}");
}

#[tokio::test(start_paused = true)]
async fn an_upload_goes_before_its_message_shows_how_far_it_is_and_can_be_taken_back() {
    let (net, mut opened) = Net::new();
    let client = crate::kit::client(&net);
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("map.png");
    std::fs::write(&path, vec![7; 300_000]).unwrap();
    let here = client.conversation(hall());
    let cancelled = here.upload(&path, "map.png", "image/png");
    assert!(here.discard(cancelled.key()));
    let upload = here.upload(&path, "map.png", "image/png");
    here.send(NewMessage::text(body("look")).attach_queued(upload.key().clone()));

    client.start();
    let mut far = Far::accept(&mut opened).await;
    let frame = far.hear("message.send").await;

    upload.done().await.unwrap();
    assert_eq!(frame.data["attachment_ids"].as_array().unwrap().len(), 1);
    let files = std::mem::take(&mut net.world().files);
    assert_eq!((files.len(), files[0].1.len()), (1, 300_000));
}

#[tokio::test(start_paused = true)]
async fn an_upload_whose_file_is_gone_fails_and_what_needs_it_waits_to_be_dropped() {
    let (net, mut opened) = Net::new();
    let client = crate::kit::client(&net);
    let here = client.conversation(hall());
    let upload = here.upload("/nowhere/map.png", "map.png", "image/png");
    let key = upload.key().clone();
    here.send(NewMessage::text(body("look")).attach_queued(key.clone()));
    let after = here.send(body("after"));

    client.start();
    let mut far = Far::accept(&mut opened).await;
    let frame = far.hear("message.send").await;
    assert_eq!(frame.client_id(), after.client_id().as_str());
    assert!(upload.done().await.is_err());

    assert!(matches!(here.queued()[0].progress, Progress::Failed { .. }));
    assert!(here.discard(&key));
    assert_eq!(client.read(|state| state.echoes(hall()).len()), 1);
}

/// A disk that can be full.
#[derive(Clone, Default)]
struct SmallDisk {
    disk: MemoryDisk,
    is_full: Arc<AtomicBool>,
}

#[async_trait]
impl Store for SmallDisk {
    async fn load(&self, owner: &Owner) -> Result<Loaded, StoreError> {
        self.disk.load(owner).await
    }

    async fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        match self.is_full.load(Ordering::Relaxed) {
            true => Err(StoreError::Failed("the disk is full".into())),
            false => self.disk.commit(batch).await,
        }
    }

    async fn page(
        &self,
        id: ConversationId,
        from: From,
        limit: u32,
    ) -> Result<Option<StoredPage>, StoreError> {
        self.disk.page(id, from, limit).await
    }

    async fn place(&self, id: MessageId) -> Result<Option<(ConversationId, Seq)>, StoreError> {
        self.disk.place(id).await
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

#[tokio::test(start_paused = true)]
async fn a_full_disk_refuses_a_send_and_leaves_no_hole_behind() {
    let (world, store) = (world(2), SmallDisk::default());
    let client = opened(&world, store.clone()).await;
    online(&client).await;
    all(&client).await;
    store.is_full.store(true, Ordering::Relaxed);

    let refused = client.conversation(hall()).send(body("lost")).kept().await;
    assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
    assert!(client.queued().is_empty());
    assert!(client.read(|state| state.echoes(hall()).is_empty()));
    let mut updates = client.updates();
    world
        .server
        .lock()
        .unwrap()
        .say(bob(), hall(), "x1", "while it was full");
    until(&client, &mut updates, |state| said(state).len() == 3).await;
    store.is_full.store(false, Ordering::Relaxed);
    world
        .server
        .lock()
        .unwrap()
        .say(bob(), hall(), "x2", "after");
    until(&client, &mut updates, |state| said(state).len() == 4).await;
    client.shutdown().await;

    world.fuse.set_offline(true);
    let again = opened(&world, store.disk).await;
    assert_eq!(
        all(&again).await,
        ["m1", "m2", "while it was full", "after"]
    );
}

#[tokio::test(start_paused = true)]
async fn only_what_is_on_disk_counts_as_delivered() {
    let (world, store) = (world(0), SmallDisk::default());
    let client = opened(&world, store.clone()).await;
    online(&client).await;
    let mut updates = client.updates();
    let mut is_told = async |text: &str| {
        world.server.lock().unwrap().say(bob(), hall(), text, text);
        until(&client, &mut updates, |state| {
            said(state).contains(&text.into())
        })
        .await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        std::mem::take(&mut world.server.lock().unwrap().delivered)
    };

    assert_eq!(is_told("one").await, 1);
    store.is_full.store(true, Ordering::Relaxed);
    assert_eq!(is_told("two").await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_ran_out_while_nobody_looked_is_not_shown_by_the_servers_clock() {
    let (world, disk) = (world(3), MemoryDisk::default());
    let in_a_minute = chat_core::Timestamp::from_ms(60_000);
    world.server.lock().unwrap().messages[0].expires_at = Some(in_a_minute);
    let first = opened(&world, disk.clone()).await;
    online(&first).await;
    assert_eq!(all(&first).await, ["m1", "m2", "m3"]);
    first.shutdown().await;
    world.fuse.set_offline(true);
    let again = opened(&world, disk.clone()).await;
    assert_eq!(all(&again).await, ["m1", "m2", "m3"]);

    let later = Client::builder(SERVER.parse().unwrap()).session(session());
    let later = later.transport(world.clone()).clock(TestClock::at(70_000));
    let later = later.store(disk).open().await.unwrap();

    assert_eq!(all(&later).await, ["", "m2", "m3"]);
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_is_told_again_keeps_its_history() {
    let (world, disk) = (world(4), MemoryDisk::default());
    let first = opened(&world, disk.clone()).await;
    online(&first).await;
    let seen = all(&first).await;
    first.disconnect().await;
    world.server.lock().unwrap().tell_again(ann(), hall());
    online(&first).await;
    let mut updates = first.updates();
    world.server.lock().unwrap().tell_again(ann(), hall());
    world.server.lock().unwrap().say(bob(), hall(), "x1", "m5");
    until(&first, &mut updates, |state| said(state).len() == 5).await;
    first.shutdown().await;
    world.fuse.set_offline(true);

    let again = opened(&world, disk).await;

    assert_eq!(all(&again).await[..4], seen);
}
