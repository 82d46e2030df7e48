//! Replies: each shows the beginning of what it answers, as that is now, and never anything of another conversation.

use chat_core::{ConversationId, Message, MessageId};
use chat_tests::{Device, Person, Server, unknown_id};
use serde_json::{Value, json};

async fn reply(who: &Person, place: ConversationId, to: MessageId, content: &str) -> Message {
    let body = json!({"content": content, "reply_to": to});
    who.send(place, body).await.ok_message()
}

async fn excerpt(who: &Person, reply: &Message) -> Value {
    let message = who.get(&format!("/messages/{}", reply.id)).await.ok();
    message["reply_to"]["excerpt"].clone()
}

#[tokio::test]
async fn a_reply_shows_what_it_answers() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let first = ann.say(group, &"long ".repeat(100)).await;
    let mut socket = ann.socket().await;

    let answer = reply(&bob, group, first.id, "short").await;
    let told = socket.next_event("message.new").await;

    let shown = &told["data"]["reply_to"];
    assert_eq!(shown["id"], json!(first.id));
    assert_eq!(shown["seq"], json!(first.seq));
    assert_eq!(shown["sender_id"], json!(ann.id));
    let text = shown["excerpt"].as_str().unwrap();
    assert!(text.starts_with("long long") && text.chars().count() <= 160);
    assert_eq!(excerpt(&ann, &answer).await, shown["excerpt"]);
}

#[tokio::test]
async fn the_excerpt_follows_edits_and_the_deletion_on_every_device() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let first = ann.say(group, "frist").await;
    let answer = reply(&bob, group, first.id, "typo").await;
    let (mut live, mut away) = (Device::live(&bob).await, Device::away(&bob).await);

    ann.edit(first.id, "first").await.ok();

    assert_eq!(excerpt(&bob, &answer).await, "first");
    live.expect_fresh().await;
    away.expect_fresh().await;

    ann.unsay(first.id).await.ok();

    assert_eq!(excerpt(&bob, &answer).await, "");
    live.expect_fresh().await;
    away.expect_fresh().await;
}

#[tokio::test]
async fn a_reply_to_a_tombstone_shows_nothing_of_it() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let gone = ann.say(group, "secret").await;
    ann.unsay(gone.id).await.ok();
    let mut away = Device::away(&ann).await;

    let answer = reply(&bob, group, gone.id, "what was it?").await;

    assert_eq!(
        answer.extras.reply_to.map(|to| to.excerpt),
        Some(String::new())
    );
    away.expect_fresh().await;
}

#[tokio::test]
async fn a_message_of_another_conversation_is_answered_like_an_unknown_one() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (here, there) = (ann.group(&[&bob]).await, ann.group(&[]).await);
    let elsewhere = ann.say(there, "elsewhere").await.id;
    let send = async |id: Value| {
        let body = json!({"content": "about that", "reply_to": id});
        bob.send(here, body).await
    };

    let (foreign, unknown) = (
        send(json!(elsewhere)).await,
        send(json!(unknown_id())).await,
    );

    assert_eq!(foreign.problem(), (422, "invalid"));
    assert_eq!(foreign.fields(), ["reply_to"]);
    assert_eq!(foreign.without_id(), unknown.without_id());
    let mut socket = bob.socket().await;
    let body = json!({"conversation_id": here, "content": "x", "reply_to": elsewhere});
    let refused = socket.call("message.send", body).await.unwrap_err();
    assert_eq!(refused["code"], "invalid");
}

#[tokio::test]
async fn the_same_client_id_with_something_else_beside_the_text_is_a_conflict() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let first = bob.say(group, "hello").await.id;
    let send = async |more: Value| {
        let mut body = json!({"client_id": "c-1", "content": "hello"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        ann.send(group, body).await
    };

    assert_eq!(send(json!({})).await.status, 201);
    for other in [
        json!({"reply_to": first}),
        json!({"metadata": {"a": 1}}),
        json!({"mentions": [bob.id]}),
        json!({"kind": "text", "metadata": {}}),
    ] {
        let again = send(other).await;
        assert_eq!(again.problem(), (409, "idempotency_conflict"));
    }
    assert_eq!(send(json!({})).await.status, 200);
}

#[tokio::test]
async fn a_retry_after_the_answered_message_is_gone_finds_the_first_send() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let first = bob.say(group, "hello").await.id;
    let body =
        json!({"client_id": "c-1", "content": "hi", "reply_to": first, "mentions": [bob.id]});
    let sent = ann.send(group, body.clone()).await.ok_message();

    bob.unsay(first).await.ok();
    bob.leave(group).await.ok();
    let again = ann.send(group, body).await;

    assert_eq!(again.status, 200, "{again:?}");
    let again = again.ok_message();
    assert_eq!((again.id, again.seq), (sent.id, sent.seq));
}
