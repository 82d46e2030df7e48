//! What somebody hides: it looks as if it were not there, at once, to everybody who may not see it.

mod marks;

use chat_tests::{Person, Server, Socket};
use serde_json::{Value, json};

async fn set(person: &Person, settings: Value) -> Value {
    person.patch("/users/me/settings", settings).await.ok()
}

async fn watch(socket: &mut Socket, people: &[&Person]) -> Vec<Value> {
    let ids: Vec<_> = people.iter().map(|person| person.id).collect();
    let watched = socket.call("presence.watch", json!({"user_ids": ids}));
    let mut items = watched.await.unwrap()["items"].as_array().unwrap().clone();
    items.sort_by_key(|item| ids.iter().position(|id| item["user_id"] == json!(id)));
    items
}

async fn next_presence(socket: &mut Socket) -> Value {
    socket.next_event("presence").await["data"].clone()
}

async fn show(viewer: &Person, other: &Person) -> Value {
    viewer.get(&format!("/users/{}", other.id)).await.ok()
}

/// The bytes of an answer about somebody, without who it is.
fn bytes(answer: &Value, who: &Person) -> String {
    let text = answer.to_string();
    text.replace(&who.id.to_string(), "ID")
        .replace(&who.name, "NAME")
}

/// Comes and goes, so that it is known when they were last here.
async fn come_and_go(person: &Person, seen_by: &Person) {
    let mut viewer = seen_by.socket().await;
    watch(&mut viewer, &[person]).await;
    person.socket().await.close().await;
    while next_presence(&mut viewer).await["last_seen_at"].is_null() {}
}

fn offline(person: &Person) -> Value {
    json!({"user_id": person.id, "state": "offline"})
}

fn only_presence(events: Vec<Value>) -> Vec<Value> {
    let presence = events.into_iter().filter(|e| e["type"] == "presence");
    presence.collect()
}

#[tokio::test]
async fn settings_are_shown_and_changed_in_parts_and_told_on_ones_own_devices() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    ann.group(&[&bob]).await;
    let (mut phone, mut other) = (ann.socket().await, bob.socket().await);

    assert_eq!(
        ann.get("/users/me/settings").await.ok()["presence"],
        "everyone"
    );
    let changed = set(&ann, json!({"presence": "nobody", "read_marks": false})).await;
    let changed_again = set(&ann, json!({"notify": "mentions"})).await;

    assert_eq!(
        (&changed["presence"], &changed["last_seen"]),
        (&json!("nobody"), &json!("everyone"))
    );
    assert_eq!(changed_again, ann.get("/users/me/settings").await.ok());
    let told = [
        phone.next_event("me.changed").await,
        phone.next_event("me.changed").await,
    ];
    assert_eq!(told[0]["data"]["settings"], changed);
    assert_eq!(told[1]["data"]["settings"], changed_again);
    assert_eq!(
        told[1]["inbox_seq"].as_u64(),
        told[0]["inbox_seq"].as_u64().map(|seq| seq + 1)
    );
    assert_eq!(ann.socket().await.ready["user"]["settings"], changed_again);
    assert_eq!(other.settle().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_setting_that_there_is_not_is_named_and_nothing_changes() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let refused = ann
        .patch(
            "/users/me/settings",
            json!({"presence": "friends", "read_marks": "no", "notify": "all"}),
        )
        .await;

    assert_eq!(refused.problem(), (422, "invalid"));
    assert_eq!(refused.fields(), ["presence", "read_marks"]);
    assert_eq!(
        ann.get("/users/me/settings").await.ok()["presence"],
        "everyone"
    );
}

#[tokio::test]
async fn the_same_settings_again_tell_nobody() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    set(&ann, json!({"presence": "contacts"})).await;
    let mut phone = ann.socket().await;

    set(&ann, json!({"presence": "contacts"})).await;

    assert_eq!(phone.settle().await, Vec::<Value>::new());
}

#[tokio::test]
async fn who_hides_is_byte_for_byte_like_somebody_who_was_never_here() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    ann.group(&[&bob, &cid]).await;
    come_and_go(&bob, &ann).await;
    set(&bob, json!({"presence": "nobody", "last_seen": "nobody"})).await;
    let _here = bob.socket().await;

    let seen = watch(&mut ann.socket().await, &[&bob, &cid]).await;
    let shown = (show(&ann, &bob).await, show(&ann, &cid).await);

    assert_eq!(bytes(&seen[0], &bob), bytes(&seen[1], &cid));
    assert_eq!(bytes(&shown.0, &bob), bytes(&shown.1, &cid));
    assert_eq!(seen[0], offline(&bob));
    assert_eq!(
        show(&bob, &bob).await["presence"],
        "online",
        "not to himself"
    );
}

#[tokio::test]
async fn who_hides_is_gone_at_once_and_neither_comes_nor_goes() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    bob.group(&[&ann, &cid]).await;
    bob.put(&format!("/users/{}/contact", cid.id), json!({}))
        .await
        .ok();
    let his = bob.socket().await;
    let (mut hers, mut friend) = (ann.socket().await, cid.socket().await);
    assert_eq!(watch(&mut hers, &[&bob]).await[0]["state"], "online");
    assert_eq!(watch(&mut friend, &[&bob]).await[0]["state"], "online");

    set(
        &bob,
        json!({"presence": "contacts", "last_seen": "contacts"}),
    )
    .await;
    assert_eq!(next_presence(&mut hers).await, offline(&bob));
    his.close().await;
    assert_eq!(next_presence(&mut friend).await["state"], "offline");
    let _back = bob.socket().await;
    assert_eq!(next_presence(&mut friend).await["state"], "online");

    assert_eq!(only_presence(hers.settle().await), Vec::<Value>::new());
    set(&bob, json!({"presence": "everyone"})).await;
    assert_eq!(
        next_presence(&mut hers).await,
        json!({"user_id": bob.id, "state": "online"})
    );
}

#[tokio::test]
async fn what_contacts_may_see_one_sees_as_long_as_one_is_a_contact() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    ann.direct(&bob).await;
    set(&bob, json!({"presence": "contacts"})).await;
    let (_here, mut hers) = (bob.socket().await, ann.socket().await);
    let path = format!("/users/{}/contact", ann.id);
    assert_eq!(watch(&mut hers, &[&bob]).await, [offline(&bob)]);
    ann.put(&format!("/users/{}/contact", bob.id), json!({}))
        .await
        .ok();
    assert_eq!(
        only_presence(hers.settle().await),
        Vec::<Value>::new(),
        "her contact, not his"
    );

    bob.put(&path, json!({})).await.ok();
    assert_eq!(next_presence(&mut hers).await["state"], "online");
    assert_eq!(show(&ann, &bob).await["presence"], "online");

    bob.delete(&path).await.ok();
    assert_eq!(next_presence(&mut hers).await, offline(&bob));
    assert_eq!(show(&ann, &bob).await["presence"], "offline");
}

#[tokio::test]
async fn when_one_was_last_here_can_be_hidden_alone() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    ann.direct(&bob).await;
    set(&bob, json!({"last_seen": "nobody"})).await;
    let (his, mut hers) = (bob.socket().await, ann.socket().await);
    assert_eq!(watch(&mut hers, &[&bob]).await[0]["state"], "online");

    his.close().await;

    assert_eq!(next_presence(&mut hers).await, offline(&bob));
    assert_eq!(show(&ann, &bob).await.get("last_seen_at"), None);
    set(&bob, json!({"last_seen": "everyone"})).await;
    assert!(next_presence(&mut hers).await["last_seen_at"].is_string());
    assert!(show(&ann, &bob).await["last_seen_at"].is_string());
}

#[tokio::test]
async fn across_a_block_neither_sees_whether_the_other_is_here() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    ann.group(&[&bob, &cid]).await;
    come_and_go(&bob, &ann).await;
    let (mut hers, mut his) = (ann.socket().await, bob.socket().await);
    assert_eq!(watch(&mut hers, &[&bob]).await[0]["state"], "online");
    assert_eq!(watch(&mut his, &[&ann]).await[0]["state"], "online");

    bob.put(&format!("/users/{}/block", ann.id), json!({}))
        .await
        .ok();

    assert_eq!(next_presence(&mut hers).await, offline(&bob));
    assert_eq!(next_presence(&mut his).await, offline(&ann));
    for (viewer, other) in [(&ann, &bob), (&bob, &ann)] {
        let never_here = bytes(&show(viewer, &cid).await, &cid);
        assert_eq!(bytes(&show(viewer, other).await, other), never_here);
        let seen = watch(&mut viewer.socket().await, &[other, &cid]).await;
        assert_eq!(bytes(&seen[0], other), bytes(&seen[1], &cid));
    }
    bob.delete(&format!("/users/{}/block", ann.id)).await.ok();
    assert_eq!(next_presence(&mut hers).await["state"], "online");
    assert_eq!(next_presence(&mut his).await["state"], "online");
}

#[tokio::test]
async fn across_a_block_neither_sees_the_other_write() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    let (direct, group) = (ann.direct(&bob).await, ann.group(&[&bob, &cid]).await);
    bob.put(&format!("/users/{}/block", ann.id), json!({}))
        .await
        .ok();
    let (mut hers, mut his, mut third) =
        (ann.socket().await, bob.socket().await, cid.socket().await);

    for id in [direct, group] {
        let typing = json!({"conversation_id": id, "is_typing": true});
        hers.call("typing", typing).await.unwrap();
        let path = format!("/conversations/{id}/typing");
        bob.post(&path, json!({"is_typing": true})).await.ok();
    }

    let writers = async |socket: &mut Socket| -> Vec<Value> {
        let told = socket.settle().await.into_iter();
        told.map(|event| event["data"]["user_id"].clone()).collect()
    };
    assert_eq!(writers(&mut third).await, [json!(ann.id), json!(bob.id)]);
    assert_eq!(writers(&mut hers).await, [json!(ann.id), json!(ann.id)]);
    assert_eq!(writers(&mut his).await, [json!(bob.id), json!(bob.id)]);
}
