//! What one sets for oneself alone in a conversation: on all of one's devices, and nowhere else.

use chat_core::ConversationId;
use chat_tests::{Device, HeldClock, Person, Server, unknown_id};
use serde_json::{Value, json};

fn path(id: ConversationId) -> String {
    format!("/conversations/{id}/prefs")
}

async fn set(person: &Person, id: ConversationId, prefs: Value) -> Value {
    person.patch(&path(id), prefs).await.ok()["prefs"].clone()
}

#[tokio::test]
async fn prefs_are_the_same_on_all_devices_and_nobody_else_hears_of_them() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let phone = server.another_device(&ann).await;
    let (mut hers, mut his) = (phone.socket().await, bob.socket().await);

    let all = json!({"muted_until": "2999-01-01T00:00:00.000Z", "pinned": true, "archived": true, "nickname": "Ours", "draft": "dear "});
    let mine = ann.patch(&path(group), all.clone()).await.ok();
    let told = hers.next_event("my.changed").await;
    let from_phone = json!({"conversation_id": group, "draft": "dear all"});
    let replied = hers.call("prefs.change", from_phone).await.unwrap();

    assert_eq!(mine["prefs"], all);
    assert_eq!(told["data"], json!({"conversation_id": group, "my": mine}));
    assert_eq!(replied["prefs"]["draft"], "dear all");
    assert_eq!(json!(ann.look(group).await.my), replied);
    assert_eq!(bob.look(group).await.my.prefs, chat_core::Prefs::default());
    assert_eq!(his.settle().await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_absent_stays_and_what_is_empty_goes() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    set(
        &ann,
        group,
        json!({"pinned": true, "nickname": "Ours", "draft": "x"}),
    )
    .await;

    let part = set(&ann, group, json!({"archived": true})).await;
    let less = set(
        &ann,
        group,
        json!({"nickname": " ", "draft": "", "pinned": false}),
    )
    .await;

    assert_eq!(
        part,
        json!({"pinned": true, "archived": true, "nickname": "Ours", "draft": "x"})
    );
    assert_eq!(less, json!({"pinned": false, "archived": true}));
}

#[tokio::test]
async fn a_conversation_is_muted_until_a_moment_that_is_still_to_come() {
    let clock = HeldClock::at_ms(1_900_000_000_000);
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;

    let until = json!({"muted_until": "2031-01-01T00:00:00.000Z"});
    assert_eq!(
        set(&ann, group, until.clone()).await["muted_until"],
        until["muted_until"]
    );
    let past = json!({"muted_until": "2001-01-01T00:00:00.000Z"});

    assert_eq!(set(&ann, group, past).await.get("muted_until"), None);
}

#[tokio::test]
async fn the_same_prefs_again_tell_nobody() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    set(&ann, group, json!({"draft": "x"})).await;
    let mut phone = ann.socket().await;

    set(&ann, group, json!({"draft": "x", "pinned": false})).await;

    assert_eq!(phone.settle().await, Vec::<Value>::new());
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;

    let wrong = json!({"muted_until": "later", "pinned": 1, "nickname": "x".repeat(65), "draft": "x".repeat(4_001)});
    let refused = ann.patch(&path(group), wrong).await;

    assert_eq!(refused.problem(), (422, "invalid"));
    assert_eq!(
        refused.fields(),
        ["draft", "muted_until", "nickname", "pinned"]
    );
}

#[tokio::test]
async fn who_is_no_member_has_none_like_in_a_conversation_that_does_not_exist() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;
    set(&bob, group, json!({"pinned": true})).await;
    bob.leave(group).await.ok();
    let nowhere = ConversationId::new(unknown_id());

    for person in [&bob, &eve] {
        let theirs = person.patch(&path(group), json!({"pinned": true})).await;
        let unknown = person.patch(&path(nowhere), json!({"pinned": true})).await;
        assert_eq!(theirs.problem(), (404, "not_found"));
        assert_eq!(theirs.without_id(), unknown.without_id());
        let frame = json!({"conversation_id": group, "pinned": true});
        let refused = person.socket().await.call("prefs.change", frame).await;
        assert_eq!(refused.unwrap_err()["code"], "not_found");
    }
    ann.add(group, &bob).await.ok();
    assert_eq!(bob.look(group).await.my.prefs, chat_core::Prefs::default());
}

#[tokio::test]
async fn of_prefs_an_old_state_and_what_came_since_are_a_fresh_one() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (group, other) = (ann.group(&[&bob]).await, ann.group(&[&bob]).await);
    set(&ann, other, json!({"draft": "old"})).await;
    let phone = server.another_device(&ann).await;
    let mut devices = [
        Device::live(&ann).await,
        Device::away(&ann).await,
        Device::live(&phone).await,
        Device::live(&bob).await,
    ];

    set(&ann, group, json!({"pinned": true, "nickname": "Ours"})).await;
    bob.say(group, "hi").await;
    set(&ann, other, json!({"draft": ""})).await;
    ann.read(group, 1).await;
    set(&ann, group, json!({"draft": "well"})).await;

    for device in &mut devices {
        device.expect_fresh().await;
    }
}
