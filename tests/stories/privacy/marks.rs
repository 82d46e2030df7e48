//! Read marks that somebody hides: they move for their own devices, and stay where they were for everybody else.

use super::set;
use chat_core::ConversationId;
use chat_tests::{Device, Person, Server};
use serde_json::{Value, json};

/// The read mark of a member as somebody's list of members has it.
async fn listed_mark(viewer: &Person, group: ConversationId, of: &Person) -> Value {
    let members = viewer.get(&format!("/conversations/{group}/members")).await;
    let items = members.ok()["items"].as_array().unwrap().clone();
    let member = items.into_iter().find(|m| m["user"]["id"] == json!(of.id));
    member.unwrap()["read_seq"].clone()
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
