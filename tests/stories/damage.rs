//! A database that was damaged, or rewritten from a backup: what can be told is told, and what cannot says so.

use chat_core::ConversationId;
use chat_tests::{Device, Opening, Person, Server, postgres, until};
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

/// The numbers that were said, as somebody finds them who pages through all of it.
async fn paged(person: &Person, id: ConversationId, query: &str, towards: &str) -> Vec<u64> {
    let (mut said, mut next) = (Vec::new(), query.to_owned());
    loop {
        let page = person.history(id, &next).await;
        let items = page["items"].as_array().unwrap();
        said.extend(items.iter().map(|item| item["seq"].as_u64().unwrap()));
        if page[format!("has_{towards}")] == json!(false) {
            said.sort_unstable();
            return said;
        }
        let edge = match towards {
            "before" => items.first(),
            _ => items.last(),
        };
        next = format!("?limit=20&{towards}={}", edge.unwrap()["seq"]);
    }
}

#[tokio::test]
async fn behind_messages_that_cannot_be_read_history_goes_on_both_ways() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    chatter(&ann, group, 60).await;
    let mut database = server.database().await;
    let broken = [1].into_iter().chain(20..=42);
    for seq in broken.clone() {
        database.change(broken_message(), group.uuid(), seq).await;
    }

    let back = paged(&ann, group, "?limit=20", "before").await;
    let forth = paged(&ann, group, "?limit=20&after=0", "after").await;
    let beside = ann.history(group, "?limit=1&before=43").await;

    let whole: Vec<_> = (1..=60)
        .filter(|seq| !broken.clone().any(|broken| broken == *seq))
        .collect();
    assert_eq!((&back, &forth), (&whole, &whole));
    assert_eq!(beside["items"][0]["seq"], 19);
    assert_eq!(beside["has_before"], true);
}

/// How many messages of a log still have a text.
async fn texts(server: &Server, id: ConversationId) -> u64 {
    let text =
        "update messages set seq = seq where conversation_id = $1 and seq < $2 and content <> ''";
    server.database().await.change(text, id.uuid(), 1_000).await
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_deleted_by_who_looks_after_the_server() {
    let server = Server::start().await;
    let (ann, root) = (server.person("ann").await, server.admin("ada").await);
    let group = ann.group(&[]).await;
    let said = ann.say(group, "canary").await;
    let broken = "update messages set extras = '{' where conversation_id = $1 and seq = $2";
    server
        .database()
        .await
        .change(broken, group.uuid(), 1)
        .await;

    let refused = ann.unsay(said.id).await;
    let stranger = server.person("eve").await.unsay(said.id).await;
    let path = format!("/admin/messages/{}", said.id);
    let deleted = root.delete(&path).await;

    assert_eq!(
        refused.problem(),
        (409, "conflict"),
        "not to be tried again"
    );
    assert_eq!(stranger.problem(), (404, "not_found"));
    assert_eq!((deleted.status, texts(&server, group).await), (204, 0));
    let page = ann.history(group, "").await;
    assert_eq!(page["items"][0]["deleted_by"], json!(root.id));
    let mut device = Device::live(&ann).await;
    device.expect_fresh().await;
}

#[tokio::test]
async fn what_a_deleted_account_said_goes_also_where_it_cannot_be_read() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (root, group) = (server.admin("ada").await, ann.group(&[&bob]).await);
    chatter(&bob, group, 3).await;
    let broken = "update messages set extras = '{' where conversation_id = $1 and seq = $2";
    server
        .database()
        .await
        .change(broken, group.uuid(), 2)
        .await;

    let path = format!("/admin/users/{}", bob.id);
    let body = json!({"delete_messages": true});
    let gone = root.door.call("DELETE", &path, Some(body)).await;

    assert_eq!(gone.status, 204);
    until("nothing that was said is left", async || {
        match texts(&server, group).await {
            0 => Ok(()),
            left => Err(format!("{left} are left")),
        }
    })
    .await;
}

#[tokio::test]
async fn a_socket_that_cannot_be_told_who_it_is_is_told_to_come_again() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut database = server.database().await;
    let broken = "update users set settings = '{' where id = $1";
    assert_eq!(database.run(broken, &[ann.id.uuid()]).await, Ok(1));

    let mut socket = Opening::new(&ann.door).open_silent().await;

    assert_eq!(socket.expect_close().await.0, 4010);
}
