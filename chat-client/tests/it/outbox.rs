//! The outbox: what is done to what is not sent yet, what goes out in another life, and files before their messages.

use crate::{
    kit::{Far, Net, ann, bob, client, hall, online, said, seq, status, until},
    offline::{opened, world},
    slow::Slow,
    store::owner,
};
use chat_client::{
    Error, MemoryDisk, NewMessage, Progress, Status, Store, TimelineItem, TimelineOptions,
    test_kit::body,
};
use chat_core::{Code, Emoji};
use serde_json::json;
use std::{pin::pin, time::Duration};
use tempfile::TempDir;

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
async fn what_is_read_without_a_network_is_unread_in_no_place() {
    let client = opened(&world(3), MemoryDisk::default()).await;
    online(&client).await;
    client.disconnect().await;
    let here = client.conversation(hall());
    for (read, left) in [(2, 1), (3, 0)] {
        here.mark_read(seq(read)).kept().await.unwrap();

        assert_eq!(client.unread_total(), left);
        assert_eq!(u64::from(here.row().unwrap().unread_count), left);
        let timeline = here.timeline(TimelineOptions::default()).await;
        let mut rows = Vec::new();
        for step in timeline.observe().next().await.unwrap() {
            assert!(step.apply(&mut rows));
        }
        let behind = rows.rsplit(|row| *row == TimelineItem::Unread).next();
        let is_marked = rows.contains(&TimelineItem::Unread);
        let behind = behind.filter(|_| is_marked).map_or(0, <[_]>::len);
        assert_eq!(behind as u64, left, "{rows:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_is_on_no_disk_once_that_is_kept() {
    let disk = Slow::new();
    disk.may_go_on.add_permits(1);
    let client = opened(&world(1), disk.clone()).await;
    let here = client.conversation(hall());
    let regretted = here.send(body("oops")).kept().await.unwrap();
    disk.is_held.send_replace(true);

    let mut dropped = pin!(here.discard(regretted.client_id()).unwrap().kept());
    let early = tokio::time::timeout(Duration::from_secs(9), &mut dropped).await;

    assert!(early.is_err(), "the disk has it still");
    disk.is_held.send_replace(false);
    dropped.await.unwrap();
    let kept = disk.disk.load(&owner(ann())).await.unwrap();
    assert!(kept.outbox.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_hangs_holds_nobody_who_lets_go_of_the_connection() {
    let disk = Slow::new();
    disk.may_go_on.add_permits(1);
    let client = opened(&world(1), disk.clone()).await;
    online(&client).await;
    disk.is_held.send_replace(true);
    for number in 0..4_000 {
        let here = client.conversation(hall());
        drop(here.set_draft(Some(number.to_string())));
    }
    client.conversation(hall()).typing(true);
    // The connection has done that by then, and waits for the disk.
    tokio::time::sleep(Duration::from_secs(9)).await;

    let end = tokio::time::timeout(Duration::from_secs(9), client.disconnect());

    assert!(end.await.is_ok(), "it waits for the disk");
}

#[tokio::test(start_paused = true)]
async fn what_the_server_has_stored_does_not_wait_after_a_wake_up() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.conversation(hall()).send(body("hello"));
    let server = async {
        let mut far = Far::accept(&mut opened).await;
        // Catching up would bring it along.
        status(&client, |status| *status == Status::Online).await;
        let frame = far.hear("message.send").await;
        let stored = net.world().store(ann(), frame.client_id(), "hello");
        // Its event is still on its way.
        far.answer(&frame, &stored).await;
        far
    };

    let (woken, _far) = tokio::join!(client.sync_once(Duration::from_secs(20)), server);

    let woken = woken.unwrap();
    assert_eq!((woken.is_caught_up, woken.queued), (true, 0));
}

#[tokio::test(start_paused = true)]
async fn an_upload_goes_before_its_message_shows_how_far_it_is_and_can_be_taken_back() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("map.png");
    std::fs::write(&path, vec![7; 300_000]).unwrap();
    let here = client.conversation(hall());
    let cancelled = here.upload(&path, "map.png", "image/png");
    assert!(here.discard(cancelled.key()).is_some());
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
    let client = client(&net);
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
    assert!(here.discard(&key).is_some());
    assert_eq!(client.read(|state| state.echoes(hall()).len()), 1);
}

#[tokio::test(start_paused = true)]
async fn a_wake_up_over_a_socket_that_fell_silent_brings_what_there_is() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    // Nothing more is said over it.
    let _far = Far::accept(&mut opened).await;
    status(&client, |status| *status == Status::Online).await;
    net.world().store(bob(), "b1", "hello");

    let next = async {
        let mut far = Far::accept(&mut opened).await;
        let here = far.hear("delivered").await;
        far.answer_with(&here, "ok", &json!({})).await;
        far
    };
    let (woken, _far) = tokio::join!(client.sync_once(Duration::from_secs(20)), next);

    assert!(woken.unwrap().is_caught_up);
    assert_eq!(client.read(said), ["hello"]);
    assert_eq!(*client.status().borrow(), Status::Online);
}

#[tokio::test(start_paused = true)]
async fn an_app_that_is_started_during_a_wake_up_stays_connected() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let started = async {
        let far = Far::accept(&mut opened).await;
        client.start();
        far
    };
    let budget = Duration::from_secs(20);

    let (first, second, _far) =
        tokio::join!(client.sync_once(budget), client.sync_once(budget), started);

    assert!(first.unwrap().is_caught_up && second.unwrap().is_caught_up);
    assert_eq!(*client.status().borrow(), Status::Online);
}

#[tokio::test(start_paused = true)]
async fn what_refers_to_something_that_was_stored_a_moment_ago_is_said() {
    let world = world(1);
    let client = opened(&world, MemoryDisk::default()).await;
    let here = client.conversation(hall());
    online(&client).await;
    let ticket = here.send(body("helo"));
    let key = ticket.client_id().clone();
    ticket.stored().await.unwrap();

    here.edit(key.clone(), body("hello")).done().await.unwrap();
    let answer = here.send(NewMessage::text(body("indeed")).reply_to(key));
    answer.stored().await.unwrap();

    let server = world.server.lock().unwrap();
    let contents: Vec<_> = server.messages.iter().map(|m| m.content.as_str()).collect();
    assert_eq!(contents, ["m1", "hello", "indeed"]);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_stored_before_its_message_is_written_goes_with_it() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let file = tempfile::NamedTempFile::new().unwrap();
    let here = client.conversation(hall());
    net.world().foreign_uploads = vec![404, 404];
    client.start();
    let mut far = Far::accept(&mut opened).await;
    let upload = here.upload(file.path(), "map.png", "image/png");
    let key = upload.key().clone();
    upload.done().await.unwrap();

    here.send(NewMessage::text(body("look")).attach_queued(key));

    let frame = far.hear("message.send").await;
    assert_eq!(frame.data["attachment_ids"].as_array().unwrap().len(), 1);
    // A proxy had answered twice; all tries are one upload to the server.
    let once = net.world().once.clone();
    assert_eq!(once.len(), 3);
    assert!(once.iter().all(|name| *name == once[0] && name.is_some()));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_something_in_between_will_never_take_fails_and_says_so() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let file = tempfile::NamedTempFile::new().unwrap();
    net.world().foreign_uploads = vec![413];
    client.start();
    let _far = Far::accept(&mut opened).await;
    let here = client.conversation(hall());

    let upload = here.upload(file.path(), "map.png", "image/png");

    let refused = upload.done().await.unwrap_err();
    assert_eq!(refused.code(), Code::TooLarge, "{refused}");
    assert_eq!(client.sendable(), 0);
}

#[tokio::test(start_paused = true)]
async fn behind_a_clients_end_nothing_is_said_read_or_drafted() {
    let (net, _opened) = Net::new();
    let client = client(&net);
    let here = client.conversation(hall());
    client.shutdown().await;

    let sent = here.send(body("too late")).kept().await.map(drop);
    let drafted = here.set_draft(Some("I th".into())).kept().await;
    let read = here.mark_read(seq(1)).kept().await;

    for refused in [sent, drafted, read] {
        assert!(matches!(refused, Err(Error::Stopped)), "{refused:?}");
    }
    assert!(client.queued().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_begun_any_more_while_a_client_is_shut_down() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let _far = Far::accept(&mut opened).await;

    tokio::join!(client.shutdown(), async { client.start() });
    tokio::time::sleep(Duration::from_secs(60)).await;

    let stopped = client.status().borrow().clone();
    assert!(matches!(stopped, Status::Stopped { .. }), "{stopped}");
    assert!(opened.try_recv().is_err(), "it was connected again");
}

#[tokio::test(start_paused = true)]
async fn a_start_while_the_last_connection_goes_ends_connected() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let mut first = Far::accept(&mut opened).await;
    status(&client, |status| *status == Status::Online).await;

    tokio::join!(client.disconnect(), async { client.start() });

    assert!(first.is_dropped().await);
    let _second = Far::accept(&mut opened).await;
    status(&client, |status| *status == Status::Online).await;
}
