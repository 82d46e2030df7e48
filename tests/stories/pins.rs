//! Pins: messages kept at hand for everyone, by those who may, up to a hundred.

use chat_core::{ConversationId, MessageId};
use chat_tests::{Answer, Device, HeldClock, Person, Server, unknown_id};
use serde_json::{Value, json};

async fn pin(who: &Person, message: MessageId) -> Answer {
    who.put(&format!("/messages/{message}/pin"), json!({}))
        .await
}

async fn unpin(who: &Person, message: MessageId) -> Answer {
    who.delete(&format!("/messages/{message}/pin")).await
}

async fn pinned(who: &Person, place: ConversationId) -> Vec<Value> {
    let page = who.get(&format!("/conversations/{place}/pins")).await.ok();
    let items = page["items"].as_array().unwrap();
    items.iter().map(|message| message["id"].clone()).collect()
}

#[tokio::test]
async fn between_two_both_pin_and_in_a_group_its_admins() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (direct, group) = (ann.direct(&bob).await, ann.group(&[&bob]).await);
    let (between, among) = (ann.say(direct, "1").await.id, bob.say(group, "2").await.id);

    assert_eq!(pin(&bob, between).await.status, 204);
    assert_eq!(unpin(&ann, between).await.status, 204);
    assert_eq!(pin(&bob, among).await.problem(), (403, "forbidden"));
    assert_eq!(pin(&ann, among).await.status, 204);
    assert_eq!(unpin(&bob, among).await.problem(), (403, "forbidden"));
    ann.promote(group, &bob, "admin").await.ok();
    assert_eq!(unpin(&bob, among).await.status, 204);
}

#[tokio::test]
async fn the_last_pinned_comes_first_and_everybody_is_told() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let (first, second) = (ann.say(group, "1").await.id, ann.say(group, "2").await.id);
    let (mut socket, mut other) = (bob.socket().await, ann.socket().await);

    let frame = |id: MessageId| json!({"message_id": id});
    other.call("message.pin", frame(second)).await.unwrap();
    clock.move_by_ms(1);
    other.call("message.pin", frame(first)).await.unwrap();

    let told = socket.next_event("message.pinned").await;
    assert_eq!(told["data"]["message_id"], json!(second));
    assert_eq!(told["data"]["by"], json!(ann.id));
    assert_eq!(pinned(&bob, group).await, [json!(first), json!(second)]);
    other.call("message.unpin", frame(first)).await.unwrap();
    let told = socket.next_event("message.unpinned").await;
    assert_eq!(told["data"]["message_id"], json!(first));
    assert_eq!(pinned(&bob, group).await, [json!(second)]);
}

#[tokio::test]
async fn again_changes_nothing() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let message = ann.say(group, "1").await.id;

    assert_eq!(
        unpin(&ann, message).await.status,
        204,
        "it was never pinned"
    );
    assert_eq!(ann.look(group).await.last_seq.get(), 1);
    assert_eq!(pin(&ann, message).await.status, 204);
    assert_eq!(pin(&ann, message).await.status, 204);

    assert_eq!(ann.look(group).await.last_seq.get(), 2);
}

#[tokio::test]
async fn a_hundred_are_all_there_can_be() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let mut last = ann.say(group, "0").await.id;
    for nth in 1..=100 {
        pin(&ann, last).await.ok();
        last = ann.say(group, &nth.to_string()).await.id;
    }

    let refused = pin(&ann, last).await;

    assert_eq!(refused.problem(), (409, "conflict"));
    let all = pinned(&ann, group).await;
    assert_eq!(all.len(), 100);
    let first: MessageId = serde_json::from_value(all[99].clone()).unwrap();
    unpin(&ann, first).await.ok();
    assert_eq!(pin(&ann, last).await.status, 204);
}

#[tokio::test]
async fn a_tombstone_is_not_pinned() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let message = bob.say(group, "1").await.id;
    pin(&ann, message).await.ok();
    let mut devices = [Device::live(&bob).await, Device::away(&bob).await];

    bob.unsay(message).await.ok();

    assert_eq!(pinned(&ann, group).await, [] as [Value; 0]);
    assert_eq!(pin(&ann, message).await.problem(), (409, "conflict"));
    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn strangers_and_former_members_find_nothing() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;
    let message = ann.say(group, "1").await.id;
    pin(&ann, message).await.ok();
    ann.remove(group, &bob).await.ok();

    for who in [&bob, &eve] {
        assert_eq!(pin(who, message).await.problem(), (404, "not_found"));
        assert_eq!(unpin(who, message).await.problem(), (404, "not_found"));
        let list = who.get(&format!("/conversations/{group}/pins")).await;
        let unknown = who
            .get(&format!("/conversations/{}/pins", unknown_id()))
            .await;
        assert_eq!(list.without_id(), unknown.without_id());
    }
}

#[tokio::test]
async fn every_device_is_fresh_after_pins() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let (first, second) = (ann.say(group, "1").await.id, bob.say(group, "2").await.id);
    let mut devices = [Device::live(&bob).await, Device::away(&bob).await];

    pin(&ann, first).await.ok();
    pin(&ann, second).await.ok();
    unpin(&ann, first).await.ok();

    for device in &mut devices {
        device.expect_fresh().await;
    }
}
