//! A database that was damaged, or rewritten from a backup: what can be told is told, and what cannot says so.

use chat_core::ConversationId;
use chat_tests::{Device, Person, Server, postgres};
use serde_json::{Value, json};

fn at(id: ConversationId, epoch: impl serde::Serialize, seq: u64) -> Value {
    json!({"positions": {(id.to_string()): {"epoch": epoch, "seq": seq}}})
}

async fn chatter(person: &Person, id: ConversationId, count: usize) {
    for nth in 0..count {
        person.say(id, &format!("{nth}")).await;
    }
}

fn places(stretch: &Value) -> Vec<u64> {
    let events = stretch["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_position_of_another_life_is_reset() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    chatter(&ann, group, 2).await;
    let epoch = ann.look(group).await.epoch;
    let mut database = server.database().await;
    let changed = database
        .change(
            "update conversations set epoch = epoch + 1 where id = $1 and last_seq = $2",
            group.uuid(),
            2,
        )
        .await;
    assert_eq!(changed, 1);

    let synced = ann.sync(at(group, epoch, 1)).await;

    let reset = &synced["reset"][0];
    assert_eq!(
        (&reset["conversation_id"], &reset["reason"], &reset["head"]),
        (&json!(group), &json!("epoch"), &json!(2))
    );
    assert_ne!(reset["epoch"], json!(epoch));
    assert_eq!(
        (&synced["conversations"], &synced["new"]),
        (&json!([]), &json!([]))
    );
}

#[tokio::test]
async fn a_device_of_another_life_of_the_log_ends_as_a_fresh_one() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    chatter(&ann, group, 2).await;
    let mut device = Device::away(&ann).await;
    server
        .database()
        .await
        .change(
            "update conversations set epoch = 1 where id = $1 and last_seq = $2",
            group.uuid(),
            2,
        )
        .await;
    server
        .database()
        .await
        .change(
            "update messages set content = 'rewritten' where conversation_id = $1 and seq = $2",
            group.uuid(),
            2,
        )
        .await;

    device.expect_fresh().await;

    let last = device
        .state
        .conversation(group)
        .unwrap()
        .messages()
        .last()
        .unwrap();
    assert_eq!(last.content, "rewritten");
}

#[tokio::test]
async fn far_behind_one_starts_over() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let epoch = ann.look(group).await.epoch;
    server
        .database()
        .await
        .change(
            "update conversations set last_seq = $2 where id = $1",
            group.uuid(),
            10_001,
        )
        .await;

    let synced = ann.sync(at(group, epoch, 0)).await;

    assert_eq!(synced["reset"][0]["reason"], "far_behind");
}

/// Breaks one entry of a log of six (at 3 is another title, at 4 what is said of it) and checks that everything else is still told.
async fn goes_on_after(statement: &'static str, seq: u64) {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let epoch = ann.look(group).await.epoch;
    chatter(&ann, group, 2).await;
    ann.patch(
        &format!("/conversations/{group}"),
        json!({"title": "Other"}),
    )
    .await
    .ok();
    chatter(&ann, group, 2).await;
    assert_eq!(
        server
            .database()
            .await
            .change(statement, group.uuid(), seq)
            .await,
        1
    );

    let synced = bob.sync(at(group, epoch, 0)).await;

    let stretch = &synced["conversations"][0];
    assert_eq!(places(stretch), [1, 2, 3, 4, 5, 6], "it keeps its place");
    let unreadable: Vec<_> = stretch["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["type"] == "unreadable")
        .collect();
    assert_eq!((unreadable.len(), &unreadable[0]["seq"]), (1, &json!(seq)));
    for path in [
        "/conversations".to_owned(),
        format!("/conversations/{group}"),
        format!("/conversations/{group}/messages"),
    ] {
        assert_eq!(bob.get(&path).await.status, 200, "{path}");
    }
    let mut device = Device::live(&bob).await;
    ann.say(group, "goes on").await;
    assert_eq!(
        device.socket().next_event("message.new").await["data"]["content"],
        "goes on"
    );
    device.sync().await;
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_keeps_its_place_and_sync_goes_on() {
    goes_on_after(
        "update events set body = '{' where conversation_id = $1 and seq = $2",
        3,
    )
    .await;
}

#[tokio::test]
async fn an_entry_of_an_unknown_kind_keeps_its_place_and_sync_goes_on() {
    goes_on_after(
        "update events set kind = 'moon.rose' where conversation_id = $1 and seq = $2",
        3,
    )
    .await;
}

/// PostgreSQL takes no text that is none; what belongs to it can be broken there, too.
fn broken_message() -> &'static str {
    match postgres() {
        Some(_) => "update messages set extras = '{' where conversation_id = $1 and seq = $2",
        None => "update messages set content = x'ff00fe' where conversation_id = $1 and seq = $2",
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_keeps_its_place_and_sync_goes_on() {
    goes_on_after(broken_message(), 2).await;
}

#[tokio::test]
async fn a_newest_message_that_cannot_be_read_does_not_hide_its_conversation() {
    goes_on_after(broken_message(), 6).await;
}

#[tokio::test]
async fn a_sender_that_is_lost_keeps_the_place_of_the_message() {
    goes_on_after(
        "update messages set client_id = '' where conversation_id = $1 and seq = $2",
        1,
    )
    .await;
}
