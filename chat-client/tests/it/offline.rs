//! A client with a store: what is there before any network, and what a disk that fails costs. What is queued is in
//! `outbox.rs`.

use crate::{
    kit::{SERVER, ann, bob, hall, online, said, session, until},
    model::{server::Server, wire::World},
};
use chat_client::{
    Client, Error, Loaded, MemoryDisk, Owner, SqliteStore, Status, Store,
    test_kit::{Faults, RuntimeClock, body},
};
use chat_core::{Emoji, State};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

/// A server where bob has said `m1` to `m<count>`, and the way there.
pub(crate) fn world(count: u64) -> World {
    let mut server = Server::new(&[hall()]);
    for nth in 1..=count {
        server.say(bob(), hall(), &format!("c{nth}"), &format!("m{nth}"));
    }
    World::new(&Faults::default(), &Arc::new(Mutex::new(server)))
}

/// A client of it with this disk.
pub(crate) async fn opened(world: &World, store: impl Store) -> Client {
    opened_at(world, store, 0).await
}

/// The same on a device whose clock is so far ahead of the server's.
async fn opened_at(world: &World, store: impl Store, ahead_ms: i64) -> Client {
    let builder = Client::builder(SERVER.parse().unwrap()).session(session());
    let builder = builder.transport(world.transport());
    let builder = builder.clock(RuntimeClock::at_ms(ahead_ms));
    builder.store(store).open().await.unwrap()
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
    world.faults.set_offline(true);

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
    world.faults.set_offline(true);

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
    world.faults.set_offline(true);
    let store = SqliteStore::open_encrypted(&path, &[3; 32]).await.unwrap();
    let first = opened(&world, store).await;
    let ticket = first.conversation(hall()).send(body("said offline"));
    let key = ticket.kept().await.unwrap().client_id().clone();
    drop(first);

    let store = SqliteStore::open_encrypted(&path, &[3; 32]).await.unwrap();
    let again = opened(&world, store).await;
    let echoes = again.read(|state| state.echoes(hall()).clone());
    assert_eq!((echoes.len(), &echoes[0].client_id), (1, &key));

    world.faults.set_offline(false);
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
    world.faults.set_offline(true);
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
async fn what_ran_out_while_nobody_looked_is_not_shown_by_the_servers_clock() {
    let (world, disk) = (world(3), MemoryDisk::default());
    let in_a_minute = chat_core::Timestamp::from_ms(60_000);
    world.server.lock().unwrap().messages[0].expires_at = Some(in_a_minute);
    let first = opened(&world, disk.clone()).await;
    online(&first).await;
    assert_eq!(all(&first).await, ["m1", "m2", "m3"]);
    first.shutdown().await;
    world.faults.set_offline(true);
    let again = opened(&world, disk.clone()).await;
    assert_eq!(all(&again).await, ["m1", "m2", "m3"]);

    let later = opened_at(&world, disk, 70_000).await;

    assert_eq!(all(&later).await, ["", "m2", "m3"]);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_is_a_day_ahead_goes_by_the_servers_clock_in_its_next_life_too() {
    const DAY_MS: i64 = 86_400_000;
    let (world, disk) = (world(3), MemoryDisk::default());
    let in_an_hour = chat_core::Timestamp::from_ms(3_600_000);
    for message in &mut world.server.lock().unwrap().messages {
        message.expires_at = Some(in_an_hour);
    }
    let first = opened_at(&world, disk.clone(), DAY_MS).await;
    online(&first).await;
    assert_eq!(all(&first).await, ["m1", "m2", "m3"]);
    first.shutdown().await;
    world.faults.set_offline(true);

    let again = opened_at(&world, disk, DAY_MS).await;

    assert_eq!(all(&again).await, ["m1", "m2", "m3"]);
    let mine = again.conversation(hall()).send(body("mine"));
    mine.kept().await.unwrap();
    let said_at = again.queued()[0].created_at;
    assert!(said_at < in_an_hour, "{said_at:?}");
    let echoes = again.read(|state| state.echoes(hall()).clone());
    assert_eq!(echoes[0].created_at, said_at);
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
    world.faults.set_offline(true);

    let again = opened(&world, disk).await;

    assert_eq!(all(&again).await[..4], seen);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_refuses_a_send_and_leaves_no_hole_behind() {
    let (world, disk) = (world(2), MemoryDisk::default());
    let client = opened(&world, world.program.store(disk.clone())).await;
    online(&client).await;
    all(&client).await;
    world.faults.set_disk_full(true);

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
    world.faults.set_disk_full(false);
    world
        .server
        .lock()
        .unwrap()
        .say(bob(), hall(), "x2", "after");
    until(&client, &mut updates, |state| said(state).len() == 4).await;
    client.shutdown().await;

    world.faults.set_offline(true);
    let again = opened(&world, disk).await;
    assert_eq!(
        all(&again).await,
        ["m1", "m2", "while it was full", "after"]
    );
}

#[tokio::test(start_paused = true)]
async fn only_what_is_on_disk_counts_as_delivered() {
    let world = world(0);
    let client = opened(&world, world.program.store(MemoryDisk::default())).await;
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
    world.faults.set_disk_full(true);
    assert_eq!(is_told("two").await, 0);
    // Of this nothing is written at all: the disk is behind.
    assert_eq!(is_told("three").await, 0);
    world.faults.set_disk_full(false);
    let draft = client.conversation(hall()).set_draft(Some("dear".into()));
    draft.kept().await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.server.lock().unwrap().delivered, 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_done_while_the_disk_was_full_is_not_done_again_in_another_life() {
    let (world, disk) = (world(1), MemoryDisk::default());
    let client = opened(&world, world.program.store(disk.clone())).await;
    online(&client).await;
    let here = client.conversation(hall());
    let id = client.read(|state| {
        state
            .conversation(hall())
            .unwrap()
            .messages()
            .next()
            .unwrap()
            .id
    });
    let liked = here.react(id, Emoji::parse("👍").unwrap());
    let liked = liked.kept().await.unwrap();
    world.faults.set_disk_full(true);
    liked.done().await.unwrap();
    let draft = here.set_draft(Some("dear".into()));
    assert!(matches!(draft.kept().await, Err(Error::Store(_))));

    world.faults.set_disk_full(false);
    client.shutdown().await;

    let owner = Owner {
        server: SERVER.parse().unwrap(),
        user_id: ann(),
    };
    let kept = disk.load(&owner).await.unwrap();
    assert_eq!(kept.outbox, []);
    assert_eq!(kept.drafts, [(hall(), "dear".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_says_is_not_queued_for_the_next_one() {
    let (world, disk) = (world(1), MemoryDisk::default());
    let client = opened(&world, disk.clone()).await;
    client.logout().await.unwrap();
    let here = client.conversation(hall());

    let kept = here.send(body("whose is it")).kept().await;
    assert!(matches!(kept, Err(Error::SignedOut)), "{kept:?}");
    let stored = here.send(body("whose is it")).stored().await;
    assert!(matches!(stored, Err(Error::SignedOut)), "{stored:?}");
    assert!(client.queued().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_goes_when_its_time_is_up_though_nobody_is_there_to_say_so() {
    let world = world(1);
    let in_a_minute = chat_core::Timestamp::from_ms(60_000);
    world.server.lock().unwrap().messages[0].expires_at = Some(in_a_minute);
    let client = opened(&world, MemoryDisk::default()).await;
    online(&client).await;
    let mut updates = client.updates();
    world.faults.set_offline(true);
    assert_eq!(client.read(said), ["m1"]);

    until(&client, &mut updates, |state| said(state) == [""]).await;

    let row = client.conversation(hall()).row().unwrap();
    assert_eq!(row.conversation.last_message.unwrap().content, "");
}

#[tokio::test(start_paused = true)]
async fn the_last_message_of_a_list_is_not_shown_when_its_time_is_up() {
    let (world, disk) = (world(1), MemoryDisk::default());
    let in_a_minute = chat_core::Timestamp::from_ms(60_000);
    world.server.lock().unwrap().messages[0].expires_at = Some(in_a_minute);
    let first = opened(&world, disk.clone()).await;
    online(&first).await;
    first.shutdown().await;
    world.faults.set_offline(true);

    let later = Client::builder(SERVER.parse().unwrap()).session(session());
    let later = later
        .transport(world.transport())
        .clock(RuntimeClock::at_ms(70_000));
    let later = later.store(disk).open().await.unwrap();

    let row = later.conversation(hall()).row().unwrap();
    assert_eq!(row.conversation.last_message.unwrap().content, "");
    assert_eq!(later.read(said), [""]);
}
