//! What somebody hides: it looks as if it were not there, at once, to everybody who may not see it.

use chat_core::ConversationId;
use chat_tests::{Device, Person, Server, Socket};
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

/// The read mark of a member as somebody's list of members has it.
async fn listed_mark(viewer: &Person, group: ConversationId, of: &Person) -> Value {
    let members = viewer.get(&format!("/conversations/{group}/members")).await;
    let items = members.ok()["items"].as_array().unwrap().clone();
    let member = items.into_iter().find(|m| m["user"]["id"] == json!(of.id));
    member.unwrap()["read_seq"].clone()
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

#[tokio::test]
async fn a_hidden_read_mark_stays_where_it_was_for_everybody_else() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    for text in ["1", "2", "3"] {
        ann.say(group, text).await;
    }
    bob.read(group, 1).await;
    set(&bob, json!({"read_marks": false})).await;

    assert_eq!(bob.read(group, 3).await["unread_count"], 0);

    let seen = |look: chat_core::Conversation| {
        let mark = look.members.iter().find(|m| m.user.id == bob.id);
        mark.unwrap().read_seq.get()
    };
    assert_eq!(
        (seen(ann.look(group).await), seen(bob.look(group).await)),
        (1, 3)
    );
    assert_eq!(listed_mark(&ann, group, &bob).await, 1);
    assert_eq!(listed_mark(&bob, group, &bob).await, 3);
    let position = json!({"positions": {(group.to_string()): {"epoch": ann.look(group).await.epoch, "seq": 3}}});
    for (who, mark) in [(&ann, 1), (&bob, 3)] {
        let synced = who.sync(position.clone()).await;
        let marks = synced["conversations"][0]["marks"]
            .as_array()
            .unwrap()
            .clone();
        let his = marks
            .iter()
            .find(|m| m["user_id"] == json!(bob.id))
            .unwrap();
        assert_eq!(his["read_seq"], mark, "{}", who.name);
    }
}

#[tokio::test]
async fn what_is_read_in_hiding_does_not_count_as_delivered_for_others() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    ann.say(group, "1").await;
    let said = ann.say(group, "2").await.id;
    set(&bob, json!({"read_marks": false})).await;
    let mut hers = ann.socket().await;

    assert_eq!(bob.read(group, 2).await["read_seq"], 2);

    assert_eq!(hers.settle().await, Vec::<Value>::new());
    let look = ann.look(group).await;
    let his = look.members.iter().find(|m| m.user.id == bob.id).unwrap();
    assert_eq!((his.read_seq.get(), his.delivered_seq.get()), (0, 0));
    let receipts = ann.get(&format!("/messages/{said}/receipts")).await.ok();
    assert_eq!(receipts["items"][0].get("delivered_at"), None, "{receipts}");
    set(&bob, json!({"read_marks": true})).await;
    ann.say(group, "3").await;
    let seen = bob.read(group, 3).await;
    assert_eq!(
        (&seen["read_seq"], &seen["delivered_seq"]),
        (&json!(3), &json!(3))
    );
}

#[tokio::test]
async fn a_hidden_read_mark_moves_untold_but_on_ones_own_devices() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    ann.say(group, "hi").await;
    set(&bob, json!({"read_marks": false})).await;
    let (mut hers, mut his) = (ann.socket().await, bob.socket().await);

    let delivered = json!({"conversation_id": group, "seq": 1});
    his.call("delivered", delivered.clone()).await.unwrap();
    his.call("read", delivered).await.unwrap();
    bob.say(group, "hello").await;

    let kinds: Vec<_> = hers
        .settle()
        .await
        .into_iter()
        .map(|e| (e["type"].clone(), e["data"]["read_seq"].clone()))
        .collect();
    assert_eq!(
        kinds,
        [
            (json!("delivered"), json!(0)),
            (json!("message.new"), Value::Null)
        ]
    );
    assert_eq!(
        his.next_event("my.changed").await["data"]["my"]["read_seq"],
        1
    );
    set(&bob, json!({"read_marks": true})).await;
    assert_eq!(
        listed_mark(&ann, group, &bob).await,
        0,
        "what was read in hiding stays hidden"
    );
    bob.read(group, 2).await;
    assert_eq!(hers.next_event("read").await["data"]["read_seq"], 2);
}

#[tokio::test]
async fn with_hidden_marks_an_old_state_and_what_came_since_are_a_fresh_one() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    for text in ["1", "2", "3"] {
        ann.say(group, text).await;
    }
    let phone = server.another_device(&bob).await;
    let mut devices = Vec::new();
    for person in [&ann, &bob, &phone] {
        devices.extend([Device::live(person).await, Device::away(person).await]);
    }

    set(&bob, json!({"read_marks": false, "presence": "nobody"})).await;
    bob.read(group, 2).await;
    let unread = format!("/conversations/{group}/unread");
    bob.put(&unread, json!({"seq": 2})).await.ok();
    set(&bob, json!({"read_marks": true})).await;
    bob.put(
        &format!("/conversations/{group}/delivered"),
        json!({"seq": 3}),
    )
    .await
    .ok();

    for device in &mut devices {
        device.expect_fresh().await;
    }
}
