//! Channels, and the one table of rights: who may what in which kind of conversation, over HTTP and the socket.

mod rights;

use chat_core::ConversationId;
use chat_tests::{Device, Person, Server};
use serde_json::json;

async fn channel(owner: &Person, others: &[&Person]) -> ConversationId {
    let ids: Vec<_> = others.iter().map(|other| other.id).collect();
    let body = json!({"kind": "channel", "title": "News", "member_ids": ids});
    let made = owner.post("/conversations", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    serde_json::from_value(made.body["id"].clone()).unwrap()
}

#[tokio::test]
async fn few_write_and_all_read() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let news = channel(&ann, &[&bob, &eve]).await;
    ann.promote(news, &bob, "admin").await.ok();
    let (mut of_bob, mut of_eve) = (bob.socket().await, eve.socket().await);
    let send = |text: &str| json!({"conversation_id": news, "content": text});

    let refused = of_eve.call("message.send", send("me")).await.unwrap_err();
    of_bob.call("message.send", send("news")).await.unwrap();

    assert_eq!(refused["code"], "forbidden");
    let told = of_eve.next_event("message.new").await;
    assert_eq!(told["data"]["content"], "news");
    assert_eq!(
        eve.send(news, json!({"content": "me"})).await.problem(),
        (403, "forbidden")
    );
    assert_eq!(eve.look(news).await.my.unread_count, 1);
}

#[tokio::test]
async fn who_may_not_write_does_not_seem_to() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let news = channel(&ann, &[&bob]).await;
    let (mut of_ann, mut of_bob) = (ann.socket().await, bob.socket().await);
    let typing = json!({"conversation_id": news, "is_typing": true});

    let refused = of_bob.call("typing", typing.clone()).await.unwrap_err();
    let path = format!("/conversations/{news}/typing");
    let over_http = bob.post(&path, json!({"is_typing": true})).await;
    of_ann.call("typing", typing).await.unwrap();

    assert_eq!(refused["code"], "forbidden");
    assert_eq!(over_http.problem(), (403, "forbidden"));
    let told = of_bob.next_event("typing").await;
    assert_eq!(told["data"]["username"], "ann");
    let untold = of_ann.settle().await;
    assert!(
        untold
            .iter()
            .all(|event| event["data"]["username"] != "bob"),
        "{untold:?}"
    );
}

#[tokio::test]
async fn who_writes_no_more_does_not_change_what_was_written() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let news = channel(&ann, &[&bob]).await;
    ann.promote(news, &bob, "admin").await.ok();
    let said = bob.say(news, "news").await.id;

    ann.promote(news, &bob, "member").await.ok();

    assert_eq!(
        bob.edit(said, "fake news").await.problem(),
        (403, "forbidden")
    );
    let mut socket = bob.socket().await;
    let edit = json!({"message_id": said, "content": "fake news"});
    assert_eq!(
        socket.call("message.edit", edit).await.unwrap_err()["code"],
        "forbidden"
    );
    assert_eq!(bob.unsay(said).await.status, 200, "one's own may always go");
}

#[tokio::test]
async fn a_refused_send_tells_nobody_and_takes_no_place() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let news = channel(&ann, &[&bob]).await;
    let mut devices = [Device::live(&bob).await, Device::live(&ann).await];
    let before = ann.look(news).await.last_seq;

    let body = json!({"client_id": "c-1", "content": "me"});
    assert_eq!(bob.send(news, body.clone()).await.status, 403);
    ann.promote(news, &bob, "admin").await.ok();
    let later = bob.send(news, body).await;

    assert_eq!(
        later.status, 201,
        "the same id is free: nothing was stored under it"
    );
    assert_eq!(ann.look(news).await.last_seq, before.plus(3));
    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn strangers_and_former_members_find_no_channel() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let news = channel(&ann, &[&bob]).await;
    bob.leave(news).await.ok();

    for who in [&bob, &eve] {
        assert_eq!(who.get(&format!("/conversations/{news}")).await.status, 404);
        assert_eq!(who.send(news, json!({"content": "x"})).await.status, 404);
        let mut socket = who.socket().await;
        let send = json!({"conversation_id": news, "content": "x"});
        assert_eq!(
            socket.call("message.send", send).await.unwrap_err()["code"],
            "not_found"
        );
    }
}
