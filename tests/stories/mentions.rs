//! Mentions: whom a text names among the members, and how many messages wait that name one.

use chat_core::{ConversationId, Message};
use chat_tests::{Device, Person, Server, unknown_id};
use serde_json::json;

async fn count(who: &Person, place: ConversationId) -> u32 {
    who.look(place).await.my.mention_count
}

fn named(message: &Message) -> (&[chat_core::UserId], bool) {
    (&message.extras.mentions, message.extras.mentions_all)
}

#[tokio::test]
async fn a_text_names_members_and_nobody_else() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;

    let said = ann
        .say(group, "@bob, @eve and @nobody: mail@bob is no name")
        .await;

    assert_eq!(named(&said), (&[bob.id][..], false));
    let body = json!({"content": "you", "mentions": [bob.id]});
    assert_eq!(named(&ann.send(group, body).await.ok_message()).0, [bob.id]);
    for stranger in [json!(eve.id), json!(unknown_id())] {
        let body = json!({"content": "you", "mentions": [stranger]});
        let refused = ann.send(group, body).await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["mentions"]));
    }
    assert_eq!(count(&bob, group).await, 2);
}

#[tokio::test]
async fn what_waits_is_counted_on_every_device_until_it_is_read() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let mut devices = [Device::live(&bob).await, Device::away(&bob).await];

    ann.say(group, "@bob").await;
    ann.say(group, "nobody").await;
    let last = ann.say(group, "@Bob again, @bob").await;
    bob.say(group, "@bob I say to myself").await;

    for device in &mut devices {
        device.expect_fresh().await;
        assert_eq!(device.state.mention_total(), 2);
    }
    let marked = bob.read(group, last.seq.get()).await;
    assert_eq!(marked["mention_count"], 0);
    for device in &mut devices {
        device.expect_fresh().await;
        assert_eq!(device.state.mention_total(), 0);
    }
}

#[tokio::test]
async fn only_who_may_names_everybody() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob, &eve]).await;
    let direct = ann.direct(&bob).await;

    assert!(!named(&bob.say(group, "@all").await).1, "a member");
    assert!(
        !named(&ann.say(direct, "@all").await).1,
        "there is nobody else"
    );
    assert!(named(&ann.say(group, "@all").await).1, "the owner");
    ann.promote(group, &eve, "admin").await.ok();
    assert!(named(&eve.say(group, "hear, @all!").await).1, "an admin");

    assert_eq!(count(&bob, group).await, 2);
    assert_eq!(count(&ann, group).await, 1, "not by oneself");
}

#[tokio::test]
async fn one_message_that_names_in_two_ways_counts_once() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let mut live = Device::live(&bob).await;

    let body = json!({"content": "@all and @bob", "mentions": [bob.id]});
    ann.send(group, body).await.ok();

    assert_eq!(count(&bob, group).await, 1);
    live.expect_fresh().await;
}

#[tokio::test]
async fn an_edit_names_others() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob, &eve]).await;
    let said = ann.say(group, "@bob").await;
    ann.say(group, "more").await;
    let mut devices = Vec::new();
    for who in [&bob, &eve] {
        devices.push(Device::live(who).await);
        devices.push(Device::away(who).await);
    }

    let edited = ann.edit(said.id, "@eve").await.ok_message();

    assert_eq!(named(&edited), (&[eve.id][..], false));
    assert_eq!((count(&bob, group).await, count(&eve, group).await), (0, 1));
    for device in &mut devices {
        device.expect_fresh().await;
    }
    ann.unsay(said.id).await.ok();
    assert_eq!(count(&eve, group).await, 0);
    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn an_edit_keeps_whom_the_message_named_beside_its_text_until_told_otherwise() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob, &eve]).await;
    let body = json!({"content": "hello @eve", "mentions": [bob.id]});
    let said = ann.send(group, body).await.ok_message();
    let mut device = Device::live(&bob).await;

    let edited = ann.edit(said.id, "hello there!").await.ok_message();

    assert_eq!(named(&edited).0, [bob.id]);
    assert_eq!((count(&bob, group).await, count(&eve, group).await), (1, 0));
    let path = format!("/messages/{}", said.id);
    let body = json!({"content": "hello there!", "mentions": [eve.id]});
    let edited = ann.patch(&path, body).await.ok_message();
    assert_eq!(named(&edited).0, [eve.id]);
    assert_eq!((count(&bob, group).await, count(&eve, group).await), (0, 1));
    device.expect_fresh().await;
    let strange = json!({"content": "you", "mentions": [unknown_id()]});
    let refused = ann.patch(&path, strange).await;
    assert_eq!((refused.status, refused.fields()), (422, vec!["mentions"]));
}

#[tokio::test]
async fn an_edit_does_not_name_who_has_left() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let body = json!({"content": "hello", "mentions": [bob.id]});
    let said = ann.send(group, body).await.ok_message();
    bob.leave(group).await.ok();

    let edited = ann.edit(said.id, "hello!").await.ok_message();

    assert_eq!(named(&edited).0, []);
}

#[tokio::test]
async fn who_comes_later_was_not_named() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[]).await;
    ann.say(group, "@all @bob").await;

    ann.add(group, &bob).await.ok();

    assert_eq!(count(&bob, group).await, 0);
    assert_eq!(Device::away(&bob).await.state.mention_total(), 0);
}
