//! Who is here and who writes: best effort, and only for those whom it concerns.

use chat_tests::{Person, Server, Socket};
use serde_json::json;

async fn watch(socket: &mut Socket, person: &Person) -> String {
    let watched = socket
        .call("presence.watch", json!({"user_ids": [person.id]}))
        .await
        .unwrap();
    watched["items"][0]["state"].as_str().unwrap().to_owned()
}

async fn next_state(socket: &mut Socket) -> String {
    socket.next_event("presence").await["data"]["state"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn coming_resting_and_going_are_told_to_who_watches() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    ann.direct(&bob).await;
    let mut hers = ann.socket().await;

    assert_eq!(watch(&mut hers, &bob).await, "offline");
    let mut his = bob.socket().await;
    assert_eq!(next_state(&mut hers).await, "online");
    his.call("presence.set", json!({"state": "away"}))
        .await
        .unwrap();
    assert_eq!(next_state(&mut hers).await, "away");
    his.call("presence.set", json!({"state": "online"}))
        .await
        .unwrap();
    assert_eq!(next_state(&mut hers).await, "online");
    his.close().await;
    let gone = hers.next_event("presence").await;

    assert_eq!(gone["data"]["state"], "offline");
    let seen = &gone["data"]["last_seen_at"];
    assert!(seen.is_string());
    assert_eq!(
        ann.get(&format!("/users/{}", bob.id)).await.ok()["last_seen_at"],
        *seen
    );
}

#[tokio::test]
async fn one_is_here_while_any_device_is() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    ann.direct(&bob).await;
    let mut hers = ann.socket().await;
    let (first, mut second) = (bob.socket().await, bob.socket().await);
    assert_eq!(watch(&mut hers, &bob).await, "online");

    first.close().await;
    second
        .call("presence.set", json!({"state": "away"}))
        .await
        .unwrap();

    assert_eq!(
        next_state(&mut hers).await,
        "away",
        "and nothing in between"
    );
}

#[tokio::test]
async fn when_the_device_in_use_goes_the_resting_one_is_what_counts() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    ann.direct(&bob).await;
    let mut hers = ann.socket().await;
    let (in_use, mut resting) = (bob.socket().await, bob.socket().await);
    resting
        .call("presence.set", json!({"state": "away"}))
        .await
        .unwrap();
    assert_eq!(watch(&mut hers, &bob).await, "online");

    in_use.close().await;

    assert_eq!(next_state(&mut hers).await, "away");
}

#[tokio::test]
async fn who_comes_back_at_once_was_never_away() {
    let server = Server::with(|config| config.presence_grace_ms = 60_000).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.direct(&bob).await;
    let mut hers = ann.socket().await;
    let his = bob.socket().await;
    assert_eq!(watch(&mut hers, &bob).await, "online");

    his.close().await;
    let _back = bob.socket().await;
    bob.say(group, "I am back").await;

    hers.next_event("message.new").await;
    let told = hers.settle().await;
    assert!(
        told.iter().all(|event| event["data"]["state"] != "offline"),
        "{told:?}"
    );
}

#[tokio::test]
async fn after_the_last_shared_conversation_ended_presence_is_no_longer_told() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    let (group, other) = (ann.group(&[&bob]).await, ann.group(&[&cid]).await);
    let (mut hers, mut his) = (cid.socket().await, bob.socket().await);
    assert_eq!(watch(&mut his, &ann).await, "offline");
    assert_eq!(watch(&mut hers, &ann).await, "offline");

    ann.remove(group, &bob).await.ok();
    his.next_event("conversation.deleted").await;
    let _here = ann.socket().await;

    assert_eq!(
        next_state(&mut hers).await,
        "online",
        "cid still shares {other} with her"
    );
    let told = his.settle().await;
    assert!(
        told.iter().all(|event| event["type"] != "presence"),
        "{told:?}"
    );
}

#[tokio::test]
async fn one_cannot_say_that_one_is_offline_and_not_without_a_socket() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut socket = ann.socket().await;

    let offline = socket
        .call("presence.set", json!({"state": "offline"}))
        .await
        .unwrap_err();

    assert_eq!(
        (
            &offline["code"],
            offline["errors"].as_object().unwrap().contains_key("state")
        ),
        (&json!("invalid"), true)
    );
}

#[tokio::test]
async fn a_socket_watches_no_more_people_than_the_limit() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut socket = ann.socket().await;
    let ids: Vec<_> = (0..501).map(|_| chat_tests::unknown_id()).collect();

    let refused = socket
        .call("presence.watch", json!({"user_ids": ids}))
        .await
        .unwrap_err();

    assert_eq!(refused["code"], "invalid");
    assert!(
        socket
            .call("presence.watch", json!({"user_ids": &ids[..500]}))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn who_writes_is_told_to_the_others_in_that_conversation_only() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    let group = ann.group(&[&bob]).await;
    bob.group(&[&cid]).await;
    let (mut his, mut other) = (bob.socket().await, cid.socket().await);

    ann.post(
        &format!("/conversations/{group}/typing"),
        json!({"is_typing": true}),
    )
    .await
    .ok();
    ann.socket()
        .await
        .call(
            "typing",
            json!({"conversation_id": group, "is_typing": false}),
        )
        .await
        .unwrap();

    let (first, second) = (
        his.next_event("typing").await,
        his.next_event("typing").await,
    );
    assert_eq!(
        first["data"],
        json!({"user_id": ann.id, "username": "ann", "is_typing": true})
    );
    assert_eq!(
        (&first["conversation_id"], &second["data"]["is_typing"]),
        (&json!(group), &json!(false))
    );
    assert_eq!(
        (first.get("seq"), first.get("inbox_seq")),
        (None, None),
        "it is not kept"
    );
    assert_eq!(other.settle().await, Vec::<serde_json::Value>::new());
}
