//! Messages: one order, one copy, edits, tombstones, history by pages.

use chat_core::ConversationId;
use chat_tests::{HeldClock, Person, Server};
use futures_util::future::join_all;
use serde_json::{Value, json};

fn seqs(page: &Value) -> Vec<u64> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["seq"].as_u64().unwrap())
        .collect()
}

/// Sends over HTTP, so many one after another.
async fn chatter(person: &Person, id: ConversationId, count: usize) {
    for nth in 0..count {
        person.say(id, &format!("{} {nth}", person.name)).await;
    }
}

#[tokio::test]
async fn numbers_are_dense_whoever_sends_how() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    let groups = [
        ann.group(&[&bob, &cid]).await,
        bob.group(&[&ann, &cid]).await,
    ];
    let by_socket = async |person: &Person| {
        let mut socket = person.socket().await;
        let mut calls = Vec::new();
        for nth in 0..20 {
            calls.push(
                socket
                    .begin(
                        "message.send",
                        json!({"conversation_id": groups[nth % 2], "content": "hi"}),
                    )
                    .await,
            );
        }
        for call in calls {
            socket.answer(call).await.unwrap();
        }
    };

    let http = [
        chatter(&ann, groups[0], 10),
        chatter(&bob, groups[0], 10),
        chatter(&bob, groups[1], 10),
    ];
    futures_util::future::join3(join_all(http), by_socket(&ann), by_socket(&cid)).await;

    for (group, count) in [(groups[0], 40), (groups[1], 30)] {
        let page = cid.history(group, "?limit=100").await;
        assert_eq!(seqs(&page), (1..=count).collect::<Vec<_>>());
        assert_eq!(ann.look(group).await.last_seq.get(), count);
    }
}

#[tokio::test]
async fn everybody_sees_the_same_order() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    let group = ann.group(&[&bob, &cid]).await;
    let mut sockets = [ann.socket().await, bob.socket().await, cid.socket().await];

    join_all([
        chatter(&ann, group, 10),
        chatter(&bob, group, 10),
        chatter(&cid, group, 10),
    ])
    .await;

    let mut orders = Vec::new();
    for socket in &mut sockets {
        let mut order = Vec::new();
        for _ in 0..30 {
            let event = socket.next_event("message.new").await;
            order.push((event["seq"].clone(), event["data"]["content"].clone()));
        }
        orders.push(order);
    }
    assert!(orders.iter().all(|order| *order == orders[0]));
    assert_eq!(
        orders[0]
            .iter()
            .map(|(seq, _)| seq.as_u64().unwrap())
            .collect::<Vec<_>>(),
        (1..=30).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn what_one_sends_without_waiting_keeps_its_order() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let mut socket = ann.socket().await;

    for nth in 0..50 {
        socket
            .begin(
                "message.send",
                json!({"conversation_id": group, "content": format!("{nth}")}),
            )
            .await;
    }
    for id in 1..=50 {
        socket.answer(id).await.unwrap();
    }

    let page = ann.history(group, "?limit=100").await;
    let said: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["content"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(said, (0..50).map(|nth| nth.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_sender_hears_of_a_message_on_every_device_as_everyone_does() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let phone = server.another_device(&ann).await;
    let mut sockets = [ann.socket().await, phone.socket().await, bob.socket().await];

    let ack = sockets[0]
        .call(
            "message.send",
            json!({"conversation_id": group, "client_id": "n1", "content": "hi"}),
        )
        .await
        .unwrap();

    for socket in &mut sockets {
        let event = socket.next_event("message.new").await;
        assert_eq!(
            (&event["data"]["id"], &event["data"]["client_id"]),
            (&ack["message_id"], &json!("n1"))
        );
        assert_eq!(event["data"]["sender"]["username"], "ann");
        assert_eq!(event["seq"], ack["seq"]);
    }
}

#[tokio::test]
async fn what_a_client_may_not_set_in_a_message_is_ignored() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let id = chat_tests::unknown_id();

    let body = json!({"content": "hi", "sender": {"id": bob.id}, "sender_id": bob.id, "seq": 77, "id": id,
        "created_at": "2000-01-01T00:00:00Z", "edited_at": "2000-01-01T00:00:00Z", "role": "owner"});
    let message = ann.send(group, body).await.ok_message();

    assert_eq!(
        (message.sender.id, message.seq.get(), message.edited_at),
        (ann.id, 1, None)
    );
    assert_ne!(message.id.uuid(), id);
    assert!(!message.created_at.to_string().starts_with("2000"));
}

#[tokio::test]
async fn sending_too_fast_is_refused_with_a_time_to_wait_and_stores_nothing() {
    let server = Server::held(&HeldClock::default(), |config| {
        config.limits.sends_per_minute = 8;
    })
    .await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let mut socket = ann.socket().await;

    assert_eq!(ann.send(group, json!({"content": "1"})).await.status, 201);
    assert_eq!(ann.send(group, json!({"content": "2"})).await.status, 201);
    let over_http = ann.send(group, json!({"content": "3"})).await;
    let over_socket = socket
        .call(
            "message.send",
            json!({"conversation_id": group, "content": "4"}),
        )
        .await
        .unwrap_err();

    assert_eq!(over_http.problem(), (429, "rate_limited"));
    assert!(
        over_http.header("retry-after").is_some()
            && over_http.body["retry_after_ms"].as_u64() > Some(0)
    );
    assert_eq!(over_socket["code"], "rate_limited");
    assert!(over_socket["retry_after_ms"].as_u64() > Some(0));
    assert_eq!(ann.look(group).await.last_seq.get(), 2);
}
