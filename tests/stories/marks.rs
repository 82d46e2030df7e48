//! How far one has come: read, delivered, unread, and back again on purpose.

use chat_tests::{HeldClock, Server};
use serde_json::json;

#[tokio::test]
async fn unread_counts_what_others_said_after_the_mark() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    for (who, text) in [(&ann, "1"), (&bob, "2"), (&ann, "3"), (&ann, "4")] {
        who.say(group, text).await;
    }

    assert_eq!(bob.look(group).await.my.unread_count, 3, "not one's own");
    assert_eq!(
        bob.read(group, 3).await,
        json!({"read_seq": 3, "delivered_seq": 3, "unread_count": 1, "mention_count": 0})
    );
    assert_eq!(bob.look(group).await.my.unread_count, 1);
    assert_eq!(ann.look(group).await.my.unread_count, 1);
}

#[tokio::test]
async fn marks_only_go_forward_and_never_past_what_exists() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    for text in ["1", "2", "3"] {
        ann.say(group, text).await;
    }
    let delivered = async |seq: u64| {
        bob.put(
            &format!("/conversations/{group}/delivered"),
            json!({"seq": seq}),
        )
        .await
        .ok()
    };

    assert_eq!(
        delivered(2).await,
        json!({"read_seq": 0, "delivered_seq": 2, "unread_count": 3, "mention_count": 0})
    );
    assert_eq!(delivered(1).await["delivered_seq"], 2);
    assert_eq!(bob.read(group, 2).await["read_seq"], 2);
    assert_eq!(bob.read(group, 1).await["read_seq"], 2, "never back");
    assert_eq!(
        bob.read(group, 9_007_199_254_740_991).await["read_seq"],
        3,
        "never past the end"
    );
    assert_eq!(delivered(9_007_199_254_740_991).await["delivered_seq"], 3);
    ann.say(group, "4").await;
    assert_eq!(
        bob.look(group).await.my.unread_count,
        1,
        "what is said later is unread"
    );
}

#[tokio::test]
async fn reading_is_told_to_the_others_and_to_ones_own_devices() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let phone = server.another_device(&bob).await;
    ann.say(group, "hi").await;
    let (mut hers, mut his) = (ann.socket().await, phone.socket().await);

    bob.read(group, 1).await;

    let mark = json!({"user_id": bob.id, "read_seq": 1, "delivered_seq": 1});
    assert_eq!(hers.next_event("read").await["data"], mark);
    assert_eq!(his.next_event("read").await["data"], mark);
    let own = his.next_event("my.changed").await;
    assert_eq!(
        (
            &own["data"]["my"]["read_seq"],
            &own["data"]["my"]["unread_count"]
        ),
        (&json!(1), &json!(0))
    );
    assert!(
        hers.settle()
            .await
            .iter()
            .all(|event| event["type"] != "my.changed"),
        "what is bob's own stays his"
    );
}

#[tokio::test]
async fn delivery_is_told_to_the_others() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    ann.say(group, "hi").await;
    let (mut hers, mut his) = (ann.socket().await, bob.socket().await);

    his.call("delivered", json!({"conversation_id": group, "seq": 1}))
        .await
        .unwrap();

    assert_eq!(
        hers.next_event("delivered").await["data"],
        json!({"user_id": bob.id, "read_seq": 0, "delivered_seq": 1})
    );
}

#[tokio::test]
async fn marking_unread_goes_back_on_purpose_and_says_so_on_every_device() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    for text in ["1", "2", "3"] {
        ann.say(group, text).await;
    }
    bob.read(group, 3).await;
    let phone = server.another_device(&bob).await;
    let mut socket = phone.socket().await;

    let marked = bob
        .put(&format!("/conversations/{group}/unread"), json!({"seq": 2}))
        .await
        .ok();

    assert_eq!(
        marked,
        json!({"read_seq": 1, "delivered_seq": 3, "unread_count": 2, "mention_count": 0})
    );
    assert_eq!(
        socket.next_event("my.changed").await["data"]["my"]["unread_count"],
        2
    );
    let again = bob
        .put(&format!("/conversations/{group}/unread"), json!({"seq": 3}))
        .await
        .ok();
    assert_eq!(again["read_seq"], 1, "it does not read either");
}

#[tokio::test]
async fn the_same_mark_again_tells_nobody() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    ann.say(group, "hi").await;
    bob.read(group, 1).await;
    let mut socket = ann.socket().await;

    bob.read(group, 1).await;
    ann.say(group, "then").await;

    socket.next_event("message.new").await;
    assert_eq!(socket.settle().await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn all_marks_that_moved_come_whatever_the_limit() {
    let server = Server::held(&HeldClock::default(), |_| {}).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let mut positions = json!({});
    for _ in 0..3 {
        let group = ann.group(&[&bob]).await;
        ann.say(group, "hi").await;
        let epoch = ann.look(group).await.epoch;
        positions[group.to_string()] = json!({"epoch": epoch, "seq": 1});
        bob.read(group, 1).await;
    }
    let since = ann.sync(json!({})).await["server_time"].clone();

    let asked = json!({"positions": positions, "since": since, "limit": 1});
    let synced = ann.sync(asked).await;

    let told = synced["conversations"].as_array().unwrap();
    assert_eq!((told.len(), &synced["more"]), (3, &json!(false)));
    let his = |stretch: &serde_json::Value| {
        let marks = stretch["marks"].as_array().unwrap().clone();
        marks
            .iter()
            .any(|mark| mark["user_id"] == json!(bob.id) && mark["read_seq"] == 1)
    };
    assert!(told.iter().all(his), "{told:?}");
}

#[tokio::test]
async fn a_mark_that_returns_to_where_it_was_is_noted_as_moved() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    ann.say(group, "hi").await;
    let mut database = server.database().await;
    // Servers that look for marks that moved lately find what stands there; places begin at one.
    let noted = "update mark_moves set at = at where conversation_id = $1 and seq = $2 and at > 1763000000000";
    bob.read(group, 1).await;
    assert_eq!(database.change(noted, group.uuid(), 0).await, 0);

    let unread = format!("/conversations/{group}/unread");
    bob.put(&unread, json!({"seq": 1})).await.ok();

    assert_eq!(database.change(noted, group.uuid(), 0).await, 1);
    let forget = "delete from mark_moves where conversation_id = $1 and seq = $2";
    database.change(forget, group.uuid(), 0).await;
    bob.read(group, 1).await;
    assert_eq!(database.change(noted, group.uuid(), 0).await, 1);
}
