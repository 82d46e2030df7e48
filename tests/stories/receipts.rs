//! Receipts: who has received and read a message, and when.

use chat_core::{ConversationId, MessageId};
use chat_tests::{HeldClock, Person, Server, unknown_id, until};
use serde_json::{Value, json};

const DAY_MS: i64 = 86_400_000;

async fn receipts(person: &Person, message: MessageId) -> Vec<Value> {
    let page = person
        .get(&format!("/messages/{message}/receipts"))
        .await
        .ok();
    page["items"].as_array().unwrap().clone()
}

/// Delivered, when, read, when.
fn marks(receipt: &Value) -> [Value; 4] {
    ["delivered", "delivered_at", "read", "read_at"].map(|field| receipt[field].clone())
}

async fn deliver(person: &Person, id: ConversationId, seq: u64) {
    let path = format!("/conversations/{id}/delivered");
    person.put(&path, json!({"seq": seq})).await.ok();
}

fn names(receipts: &[Value]) -> Vec<&str> {
    let names = receipts.iter().map(|r| r["user"]["username"].as_str());
    names.map(Option::unwrap).collect()
}

#[tokio::test]
async fn a_message_tells_who_received_and_read_it_and_when() {
    let clock = HeldClock::at_ms(1_900_000_000_000);
    let server = Server::held(&clock, |_| {}).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let message = ann.say(group, "hi").await;
    let fresh = receipts(&ann, message.id).await;
    clock.move_by_ms(1_000);
    deliver(&bob, group, 1).await;
    clock.move_by_ms(1_000);
    ann.say(group, "more").await;
    bob.socket()
        .await
        .call("read", json!({"conversation_id": group, "seq": 2}))
        .await
        .unwrap();

    let after = receipts(&bob, message.id).await;

    assert_eq!(names(&fresh), ["bob"], "not who said it");
    assert_eq!(
        marks(&fresh[0]),
        [json!(false), Value::Null, json!(false), Value::Null]
    );
    let (delivered, read) = (
        json!("2030-03-17T17:46:41.000Z"),
        json!("2030-03-17T17:46:42.000Z"),
    );
    assert_eq!(
        marks(&after[0]),
        [json!(true), delivered, json!(true), read]
    );
    assert_eq!(after, receipts(&ann, message.id).await);
}

#[tokio::test]
async fn the_first_time_counts_and_what_is_marked_unread_is_not_read() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let message = ann.say(group, "hi").await;
    bob.read(group, 1).await;
    let first = marks(&receipts(&ann, message.id).await[0]);
    clock.move_by_ms(1_000);

    bob.put(&format!("/conversations/{group}/unread"), json!({"seq": 1}))
        .await
        .ok();
    let unread = marks(&receipts(&ann, message.id).await[0]);
    bob.read(group, 1).await;

    assert_eq!(unread[2..], [json!(false), Value::Null]);
    assert_eq!(marks(&receipts(&ann, message.id).await[0]), first);
}

#[tokio::test]
async fn only_who_was_there_when_it_was_said_is_listed_in_pages_as_they_joined() {
    let server = Server::start().await;
    let [ann, bob, cid, dan] = server.people(["ann", "bob", "cid", "dan"]).await;
    let group = ann.group(&[]).await;
    for new in [&cid, &bob] {
        ann.add(group, new).await.ok();
    }
    let message = bob.say(group, "hi").await;
    ann.add(group, &dan).await.ok();
    dan.read(group, 9).await;

    assert_eq!(names(&receipts(&dan, message.id).await), ["ann", "cid"]);
    let path = format!("/messages/{}/receipts?limit=1", message.id);
    let first = ann.get(&path).await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ann.get(&format!("{path}&cursor={cursor}")).await.ok();
    assert_eq!(
        (
            &first["items"][0]["user"]["username"],
            &second["items"][0]["user"]["username"]
        ),
        (&json!("ann"), &json!("cid"))
    );
    assert_eq!(second["next_cursor"], Value::Null);
    ann.remove(group, &cid).await.ok();
    assert_eq!(
        names(&receipts(&ann, message.id).await),
        ["ann"],
        "nor who has gone"
    );
}

#[tokio::test]
async fn who_hides_read_marks_is_listed_like_somebody_who_has_not_read() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    let group = ann.group(&[&bob, &cid]).await;
    let message = ann.say(group, "hi").await;
    bob.patch("/users/me/settings", json!({"read_marks": false}))
        .await
        .ok();

    deliver(&bob, group, 1).await;
    bob.read(group, 1).await;
    deliver(&cid, group, 1).await;

    let listed = receipts(&ann, message.id).await;
    assert_eq!(marks(&listed[0]), marks(&listed[1]));
    assert_eq!(listed[0]["read"], false);
    clock.move_by_ms(1_000);
    bob.patch("/users/me/settings", json!({"read_marks": true}))
        .await
        .ok();
    assert_eq!(
        receipts(&ann, message.id).await,
        listed,
        "what was read in hiding stays hidden"
    );
}

#[tokio::test]
async fn among_many_it_is_told_who_but_not_when() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    for nth in 0..99 {
        let person = server.person(&format!("person{nth}")).await;
        ann.add(group, &person).await.ok();
    }
    let message = ann.say(group, "hi").await;

    bob.read(group, message.seq.get()).await;

    let listed = receipts(&ann, message.id).await;
    assert_eq!(
        marks(&listed[0]),
        [json!(true), Value::Null, json!(true), Value::Null]
    );
    assert_eq!(listed.len(), 50);
}

#[tokio::test]
async fn who_is_no_member_gets_what_an_unknown_message_gets() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;
    let message = bob.say(group, "hi").await;
    bob.leave(group).await.ok();

    for person in [&bob, &eve] {
        let theirs = person
            .get(&format!("/messages/{}/receipts", message.id))
            .await;
        let unknown = person
            .get(&format!("/messages/{}/receipts", unknown_id()))
            .await;
        assert_eq!(theirs.problem(), (404, "not_found"));
        assert_eq!(theirs.without_id(), unknown.without_id());
    }
    let refused = ann
        .get(&format!(
            "/messages/{}/receipts?limit=x&cursor=moon",
            message.id
        ))
        .await;
    assert_eq!(refused.problem(), (422, "invalid"));
}

#[tokio::test]
async fn after_thirty_days_it_is_known_who_but_no_longer_when() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |config| config.access_token_s = 86_400 * 99).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let message = ann.say(group, "hi").await;
    bob.read(group, 1).await;
    let setup = server.stop().await;

    clock.move_by_ms(30 * DAY_MS + 1);
    let server = setup.start().await;
    let ann = server.another_device(&ann).await;

    until("the moments are swept out", async || {
        let found = marks(&receipts(&ann, message.id).await[0]);
        let wanted = [json!(true), Value::Null, json!(true), Value::Null];
        if found == wanted {
            Ok(())
        } else {
            Err(format!("{found:?}"))
        }
    })
    .await;
}

#[tokio::test]
async fn ninety_days_after_their_end_sessions_are_forgotten() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    let out = server.another_device(&ann).await;
    out.post("/auth/logout", json!({})).await.ok();
    let setup = server.stop().await;

    clock.move_by_ms(90 * DAY_MS + 1);
    let server = setup.start().await;

    let mut database = server.database().await;
    let count =
        "update sessions set generation = generation where user_id = $1 and created_at > $2";
    until("the session is swept out", async || {
        match database.change(count, ann.id.uuid(), 0).await {
            1 => Ok(()),
            left => Err(format!("{left} sessions are kept")),
        }
    })
    .await;
}
