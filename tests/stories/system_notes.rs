//! What happens to a group is said in it, by messages of the system that nobody has to read and nobody can write.

use chat_core::ConversationId;
use chat_tests::{Device, Person, Server};
use serde_json::{Value, json};

/// What the system has said so far.
async fn notes(who: &Person, place: ConversationId) -> Vec<Value> {
    let page = who.history(place, "?limit=100").await;
    let items = page["items"].as_array().unwrap().iter();
    items
        .filter(|message| message["kind"] == "system")
        .cloned()
        .collect()
}

async fn sentences(who: &Person, place: ConversationId) -> Vec<String> {
    let notes = notes(who, place).await;
    notes
        .iter()
        .map(|note| note["content"].as_str().unwrap().to_owned())
        .collect()
}

async fn change(who: &Person, place: ConversationId, what: Value) {
    who.patch(&format!("/conversations/{place}"), what)
        .await
        .ok();
}

#[tokio::test]
async fn whoever_comes_and_goes_is_named() {
    let server = Server::start().await;
    let [ann, bob, eve, kim] = server.people(["ann", "bob", "eve", "kim"]).await;
    let group = ann.group(&[]).await;

    let body = json!({"user_ids": [bob.id, eve.id]});
    ann.post(&format!("/conversations/{group}/members"), body)
        .await
        .ok();
    let invite = ann
        .post(&format!("/conversations/{group}/invites"), json!({}))
        .await
        .ok();
    let code = invite["code"].as_str().unwrap();
    kim.post(&format!("/invites/{code}/join"), json!({}))
        .await
        .ok();
    ann.promote(group, &eve, "admin").await.ok();
    eve.remove(group, &bob).await.ok();
    kim.leave(group).await.ok();

    let said = sentences(&ann, group).await;
    let added = [
        "The ann added The bob and The eve",
        "The ann added The eve and The bob",
    ];
    assert!(added.contains(&said[0].as_str()), "{said:?}");
    let rest = [
        "The kim joined",
        "The ann made The eve admin",
        "The eve removed The bob",
        "The kim left",
    ];
    assert_eq!(said[1..], rest);
    let note = &notes(&ann, group).await[2]["system"];
    assert_eq!(
        (&note["action"], &note["value"]),
        (&json!("role_changed"), &json!("admin"))
    );
    assert_eq!(
        (&note["user_ids"], &note["user_count"]),
        (&json!([eve.id]), &json!(1))
    );
}

#[tokio::test]
async fn every_change_of_a_group_is_said_by_itself() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let mut devices = [Device::live(&bob).await, Device::away(&bob).await];

    change(
        &ann,
        group,
        json!({"title": "New", "description": "All of it", "message_ttl_s": 60}),
    )
    .await;
    change(&ann, group, json!({"title": "New", "message_ttl_s": 0})).await;

    let said = sentences(&bob, group).await;
    let wanted = [
        "The ann changed the title to New",
        "The ann changed the description",
        "The ann lets messages disappear after 60 seconds",
        "The ann lets messages stay for ever",
    ];
    assert_eq!(said, wanted);
    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn nobody_has_to_read_them_and_they_have_their_place() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;
    let mut socket = bob.socket().await;
    let mut devices = [Device::live(&bob).await, Device::away(&bob).await];

    ann.add(group, &eve).await.ok();
    let told = socket.next_event("message.new").await;
    let said = ann.say(group, "hello").await;

    assert_eq!(told["data"]["kind"], "system");
    assert_eq!(said.seq.get(), told["seq"].as_u64().unwrap() + 1);
    assert_eq!(
        bob.look(group).await.my.unread_count,
        1,
        "only what somebody said"
    );
    assert_eq!(eve.look(group).await.my.unread_count, 1);
    for device in &mut devices {
        device.expect_fresh().await;
        assert_eq!(device.state.unread_total(), 1);
    }
}

#[tokio::test]
async fn between_two_there_are_none() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let direct = ann.direct(&bob).await;

    change(&ann, direct, json!({"message_ttl_s": 60})).await;

    assert_eq!(notes(&bob, direct).await, [] as [Value; 0]);
    assert_eq!(bob.look(direct).await.message_ttl_s, Some(60));
}

#[tokio::test]
async fn nobody_writes_or_changes_one_and_admins_may_delete_it() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;
    ann.promote(group, &bob, "admin").await.ok();
    bob.add(group, &eve).await.ok();
    let note = bob.look(group).await.last_message.unwrap();
    assert_eq!(note.sender.id, bob.id);
    ann.promote(group, &bob, "member").await.ok();

    let forged = bob
        .send(group, json!({"content": "x", "kind": "system"}))
        .await;
    assert_eq!((forged.status, forged.fields()), (422, vec!["kind"]));
    assert_eq!(bob.edit(note.id, "x").await.problem(), (403, "forbidden"));
    assert_eq!(
        bob.unsay(note.id).await.problem(),
        (403, "forbidden"),
        "not one's own words"
    );
    let seen = ann.unsay(note.id).await.ok();
    assert_eq!((&seen["content"], seen.get("system")), (&json!(""), None));
}

#[tokio::test]
async fn a_change_that_changes_nothing_says_nothing() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let before = ann.look(group).await.last_seq;

    change(
        &ann,
        group,
        json!({"title": "The group", "description": ""}),
    )
    .await;
    ann.promote(group, &bob, "member").await.ok();
    ann.add(group, &bob).await.ok();

    assert_eq!(ann.look(group).await.last_seq, before);
}
