//! Connections that break at the worst moment: nothing is lost, nothing is doubled, order holds.

use crate::{
    kit::{Far, Net, SERVER, ann, bob, client, hall, said, seq, session, status, until, user},
    slow::Slow,
};
use chat_client::{
    Client, Error, NewMessage, Status, StopReason, Update,
    test_kit::{DEADLINE, RuntimeClock, body},
};
use chat_core::{
    Close, Code, EchoStatus, Envelope, Event, MessageId, Place, PresenceState, Resync, Typing,
};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn a_send_whose_ack_is_lost_is_sent_again_under_the_same_id() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let ticket = client.conversation(hall()).send(body("hello"));
    let client_id = ticket.client_id().to_string();

    let mut far = Far::accept(&mut opened).await;
    let frame = far.hear("message.send").await;
    assert_eq!(frame.client_id(), client_id);
    // Stored, but neither the answer nor the event gets through.
    net.world().store(ann(), &client_id, "hello");
    drop(far);

    let mut far = Far::accept(&mut opened).await;
    let frame = far.hear("message.send").await;
    assert_eq!(frame.client_id(), client_id);
    let stored = net.world().store(ann(), frame.client_id(), "hello");
    far.answer(&frame, &stored).await;

    let ack = ticket.stored().await.unwrap();
    assert!(ack.duplicate && ack.seq == seq(1));
    status(&client, |status| *status == Status::Online).await;
    assert_eq!(client.read(said), ["hello"]);
    assert!(client.read(|state| state.echoes(hall()).is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_live_socket_that_does_not_answer_a_send_is_given_up() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let mut far = Far::accept(&mut opened).await;
    let ticket = client.conversation(hall()).send(body("hello"));
    let first = far.hear("message.send").await;
    // The socket stays open, and pings are answered.
    tokio::spawn(async move { far.hear("nothing of that kind").await });

    let mut far = Far::accept(&mut opened).await;
    let again = far.hear("message.send").await;

    assert_eq!(again.client_id(), first.client_id());
    let stored = net.world().store(ann(), again.client_id(), "hello");
    far.answer(&again, &stored).await;
    ticket.stored().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_senders_own_order_holds_over_a_break() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let hall = client.conversation(hall());
    let tickets = ["one", "two", "three"].map(|text| hall.send(body(text)));

    let mut far = Far::accept(&mut opened).await;
    assert_eq!(far.hear("message.send").await.data["content"], "one");
    status(&client, |status| *status == Status::Online).await;
    assert_eq!(far.heard("message.send"), 0);
    drop(far);

    let mut far = Far::accept(&mut opened).await;
    for text in ["one", "two", "three"] {
        let frame = far.hear("message.send").await;
        assert_eq!(frame.data["content"], text);
        let stored = net.world().store(ann(), frame.client_id(), text);
        far.tell(&stored.0).await;
        far.answer(&frame, &stored).await;
    }
    for ticket in tickets {
        ticket.stored().await.unwrap();
    }
    status(&client, |status| *status == Status::Online).await;
    assert_eq!(client.read(said), ["one", "two", "three"]);
    assert!(client.read(|state| state.echoes(hall.id()).is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_hole_is_fetched_and_every_event_is_told_once_in_order() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let far = Far::accept(&mut opened).await;
    status(&client, |status| *status == Status::Online).await;
    let mut updates = client.updates();
    let events: Vec<Envelope> = {
        let mut world = net.world();
        assert_eq!(world.syncs, 1);
        let texts = ["a", "b", "c", "d"];
        texts.map(|text| world.store(bob(), text, text).0).into()
    };

    // The first two get lost; the third says so; the fourth comes while they are fetched, and the third again.
    far.tell(&events[2]).await;
    far.tell(&events[3]).await;
    far.tell(&events[2]).await;

    let mut told = until(&client, &mut updates, |state| said(state).len() == 4).await;
    // A mark behind everything that was told so far.
    client.conversation(hall()).send(body("behind"));
    let is_done = |client: &chat_client::Client| client.read(|s| s.echoes(hall()).len() == 1);
    assert!(is_done(&client));
    while told
        .iter()
        .filter(|u| matches!(u, Update::Event(_)))
        .count()
        < 4
    {
        told.push(updates.next().await.unwrap());
    }
    assert_eq!(client.read(said), ["a", "b", "c", "d"]);
    let told: Vec<Place> = told
        .iter()
        .filter_map(|update| match update {
            Update::Event(envelope) => Some(envelope.place),
            _ => None,
        })
        .collect();
    assert_eq!(told, [1, 2, 3, 4].map(|number| Place::Log(seq(number))));
    assert!(net.world().syncs >= 2);
}

#[tokio::test(start_paused = true)]
async fn a_resync_fetches_what_was_let_go() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let far = Far::accept(&mut opened).await;
    status(&client, |status| *status == Status::Online).await;
    let mut updates = client.updates();
    net.world().store(bob(), "x", "let go");

    let resync = Resync {
        conversation_ids: None,
    };
    far.tell(&Envelope::passing(None, Event::Resync(resync)))
        .await;

    until(&client, &mut updates, |state| said(state) == ["let go"]).await;
}

#[tokio::test(start_paused = true)]
async fn what_others_say_is_marked_as_delivered_once_gathered() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let mut far = Far::accept(&mut opened).await;
    status(&client, |status| *status == Status::Online).await;
    for text in ["a", "b", "c"] {
        let (event, _) = net.world().store(bob(), text, text);
        far.tell(&event).await;
    }

    let frame = far.hear("delivered").await;

    assert_eq!(frame.data["seq"], 3);
}

#[tokio::test(start_paused = true)]
async fn a_refused_send_shows_as_failed_and_can_be_sent_again_whole() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let mut far = Far::accept(&mut opened).await;
    let handle = client.conversation(hall());
    let answered = MessageId::new(hall().uuid());
    let ticket = handle.send(NewMessage::text(body("hello")).reply_to(answered));
    let client_id = ticket.client_id().clone();

    let frame = far.hear("message.send").await;
    let error = json!({"code": "forbidden", "detail": "not now"});
    far.answer_with(&frame, "error", &error).await;

    assert_eq!(ticket.stored().await.unwrap_err().code(), Code::Forbidden);
    let is_failed = |state: &chat_core::State| matches!(&state.echoes(hall())[0].status, EchoStatus::Failed { code, .. } if *code == Code::Forbidden);
    assert!(client.read(is_failed));

    assert!(handle.retry(&client_id).is_some());
    let again = far.hear("message.send").await;
    assert_eq!(again.client_id(), client_id.as_str());
    assert_eq!(again.data, frame.data);
    assert_eq!(again.data["reply_to"], json!(answered));
    assert!(handle.retry(&client_id).is_none() && handle.discard(&client_id).is_none());
}

#[tokio::test(start_paused = true)]
async fn whom_one_watches_is_told_to_every_new_socket() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.watch_presence(vec![bob()]);
    client.start();

    for _ in 0..2 {
        let mut far = Far::accept(&mut opened).await;
        let frame = far.hear("presence.watch").await;
        assert_eq!(frame.data["user_ids"], json!([bob()]));
    }
}

#[tokio::test(start_paused = true)]
async fn presence_is_told_while_somebody_looks_and_watched_no_longer() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let mut far = Far::accept(&mut opened).await;
    let mut seen = client.presence(vec![bob()]);
    assert_eq!(seen.next().await, Some(Vec::new()));

    let frame = far.hear("presence.watch").await;
    assert_eq!(frame.data, json!({"user_ids": [bob()]}));
    let online = json!({"user_id": bob(), "state": "online"});
    far.answer_with(&frame, "ok", &json!({"items": [online]}))
        .await;
    let presence = seen.next().await.unwrap();
    assert_eq!(
        (presence[0].user_id, presence[0].state),
        (bob(), PresenceState::Online)
    );

    drop(seen);
    let frame = far.hear("presence.watch").await;
    assert_eq!(frame.data, json!({"user_ids": []}));
}

#[tokio::test(start_paused = true)]
async fn a_typing_sign_goes_out_by_itself() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let far = Far::accept(&mut opened).await;
    status(&client, |status| *status == Status::Online).await;
    let mut updates = client.updates();
    let typing = Typing {
        user_id: bob(),
        username: "bob".into(),
        is_typing: true,
    };
    let types = |state: &chat_core::State| {
        let known = state.conversation(hall());
        known.is_some_and(|known| known.typing().next() == Some("bob"))
    };

    far.tell(&Envelope::passing(Some(hall()), Event::Typing(typing)))
        .await;

    until(&client, &mut updates, types).await;
    until(&client, &mut updates, |state| !types(state)).await;
}

#[tokio::test(start_paused = true)]
async fn a_closing_code_that_forbids_coming_back_is_obeyed() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let far = Far::accept(&mut opened).await;
    let ticket = client.conversation(hall()).send(body("too late"));

    far.close(Close::AccountDisabled, "").await;

    let stopped = Status::Stopped {
        reason: StopReason::AccountDisabled,
    };
    status(&client, |status| *status == stopped).await;
    assert!(ticket.stored().await.is_err());
    // Nor does anybody wait for ever who speaks only now.
    let late = client.conversation(hall()).send(body("later still"));
    assert!(matches!(late.stored().await, Err(Error::Stopped)));
    assert_eq!(client.read(|state| state.echoes(hall()).len()), 2);
    assert!(opened.try_recv().is_err());
    assert!(client.session().is_some());
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_after_a_new_start_waits_for_it() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let far = Far::accept(&mut opened).await;
    far.close(Close::VersionTooOld, "").await;
    let is_stopped = |status: &Status| matches!(status, Status::Stopped { .. });
    status(&client, is_stopped).await;
    client.disconnect().await;

    client.start();
    let ticket = client.conversation(hall()).send(body("again"));

    let mut far = Far::accept(&mut opened).await;
    let frame = far.hear("message.send").await;
    let stored = net.world().store(ann(), frame.client_id(), "again");
    far.answer(&frame, &stored).await;
    ticket.stored().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_starts_again_as_soon_as_it_was_given_up_is_connected() {
    let ((net, mut opened), disk) = (Net::new(), Slow::new());
    disk.may_go_on.add_permits(1);
    let builder = Client::builder(SERVER.parse().unwrap()).session(session());
    let builder = builder.transport(net).clock(RuntimeClock::default());
    let client = builder.store(disk.clone()).open().await.unwrap();
    client.start();
    let far = Far::accept(&mut opened).await;
    status(&client, |status| *status == Status::Online).await;
    // The task of the connection that is given up waits for the disk before it ends.
    disk.is_held.send_replace(true);
    far.close(Close::VersionTooOld, "").await;
    for nth in 0..3_000 {
        client.conversation(hall()).set_draft(Some(nth.to_string()));
    }
    status(&client, |status| matches!(status, Status::Stopped { .. })).await;

    client.start();
    disk.is_held.send_replace(false);

    let again = Far::accept(&mut opened);
    let again = tokio::time::timeout(DEADLINE, again).await;
    assert!(again.is_ok(), "nobody connects");
}

#[tokio::test(start_paused = true)]
async fn a_changed_profile_in_a_sync_makes_listeners_begin_anew() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let far = Far::accept(&mut opened).await;
    status(&client, |status| *status == Status::Online).await;
    let mut updates = client.updates();
    net.world().changed_users = vec![user(bob())];

    let resync = Resync {
        conversation_ids: None,
    };
    far.tell(&Envelope::passing(None, Event::Resync(resync)))
        .await;

    let reset = async { while !matches!(updates.next().await, Some(Update::Reset)) {} };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(5), reset).await;
    assert!(waited.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_takes_the_connection_with_it() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let mut far = Far::accept(&mut opened).await;
    let mut updates = client.updates();

    drop(client);

    assert!(far.is_dropped().await);
    while updates.next().await.is_some() {}
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_is_too_slow_is_told_to_begin_anew() {
    let (net, _opened) = Net::new();
    let client = client(&net);
    let mut updates = client.updates();
    let handle = client.conversation(hall());

    for _ in 0..2_000 {
        handle.send(body("x"));
    }

    assert!(matches!(updates.next().await, Some(Update::Reset)));
    assert!(matches!(
        updates.next().await,
        Some(Update::Conversation(_))
    ));
    client.shutdown().await;
    while updates.next().await.is_some() {}
}
