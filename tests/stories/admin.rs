//! Looking after the server: accounts, conversations and messages of others, by admins and nobody else.

mod accounts;

use chat_core::Operation;
use chat_tests::{Device, Server, unknown_id};
use serde_json::{Value, json};

#[tokio::test]
async fn nobody_else_may_do_any_of_it() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let calls = Operation::ALL
        .iter()
        .filter(|call| call.access == chat_core::Access::Admin);

    let mut tried = 0;
    for (method, path) in calls.filter_map(|call| call.rest) {
        let parts = path.split('/').map(|part| match part.starts_with('{') {
            true => unknown_id().to_string(),
            false => part.to_owned(),
        });
        let path = parts.collect::<Vec<_>>().join("/");
        let body = (!method.uses_query()).then(|| {
            json!({
                "username": "new1", "state": "open", "reason": "because",
            })
        });
        let by_nobody = server.door.call(method.as_str(), &path, body.clone()).await;
        let by_ann = ann.door.call(method.as_str(), &path, body).await;
        assert_eq!(by_nobody.problem(), (401, "unauthenticated"), "{path}");
        assert_eq!(by_ann.problem(), (403, "forbidden"), "{path}");
        tried += 1;
    }
    assert!(tried >= 15, "{tried}");
}

#[tokio::test]
async fn conversations_are_listed_without_what_is_said_in_them() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let root = server.admin("root1").await;
    let (direct, group) = (ann.direct(&bob).await, bob.group(&[&ann]).await);
    ann.promote(group, &bob, "owner").await;
    bob.promote(group, &ann, "owner").await.ok();
    ann.say(direct, "planted words").await;
    ann.patch(
        &format!("/conversations/{group}"),
        json!({"title": "50% _off"}),
    )
    .await
    .ok();

    let all = root.get("/admin/conversations").await.ok();
    let one = root
        .get(&format!("/admin/conversations/{group}"))
        .await
        .ok();

    assert_eq!(all["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(all["items"][0], one, "newest activity first");
    assert!(!all.to_string().contains("planted"), "{all}");
    let mut owners = [json!(ann.id), json!(bob.id)];
    owners.sort_by_key(Value::to_string);
    let mut seen = one["owner_ids"].as_array().unwrap().clone();
    seen.sort_by_key(Value::to_string);
    assert_eq!((seen, &one["member_count"]), (owners.to_vec(), &json!(2)));
    let found = async |query: &str| {
        let page = root
            .get(&format!("/admin/conversations?{query}"))
            .await
            .ok();
        page["items"].as_array().unwrap().len()
    };
    let by = (
        found("q=_off").await,
        found("q=50%25").await,
        found("q=5_").await,
        found("q=%25").await,
    );
    assert_eq!(by, (1, 1, 0, 0), "signs of patterns are only signs");
    let of = (
        found(&format!("user_id={}", ann.id)).await,
        found(&format!("user_id={}", root.id)).await,
    );
    assert_eq!(of, (2, 0));
}

#[tokio::test]
async fn conversations_are_found_by_titles_in_letters_of_every_script() {
    let server = Server::start().await;
    let (ann, root) = (server.person("ann").await, server.admin("root1").await);
    for title in ["Новый ДОМ", "Öl und Ärzte", "Ölfilm"] {
        let title = json!({"kind": "group", "title": title, "member_ids": []});
        ann.post("/conversations", title).await.ok();
    }

    for (q, count) in [("дом", 1), ("öl", 2), ("ÄRZTE", 1), ("film", 0)] {
        let page = root.get(&format!("/admin/conversations?q={q}")).await.ok();
        assert_eq!(page["items"].as_array().map(Vec::len), Some(count), "{q}");
    }
    let first = root.get("/admin/conversations?q=öl&limit=1").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("/admin/conversations?q=öl&limit=1&cursor={cursor}");
    let second = root.get(&path).await.ok();
    let titles = [&first, &second].map(|page| page["items"][0]["title"].clone());
    assert_eq!(titles, ["Ölfilm", "Öl und Ärzte"]);
    assert!(second["next_cursor"].is_null(), "{second}");
}

#[tokio::test]
async fn any_conversation_is_deleted_for_everyone() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let root = server.admin("root1").await;
    let direct = ann.direct(&bob).await;
    let mut devices = [Device::live(&bob).await, Device::away(&ann).await];
    let path = format!("/admin/conversations/{direct}");

    assert_eq!(
        root.get(&format!("/conversations/{direct}")).await.status,
        404,
        "no member"
    );
    let deleted = root
        .door
        .call("DELETE", &path, Some(json!({"reason": "fraud"})))
        .await;

    assert_eq!(deleted.status, 204);
    assert_eq!(root.delete(&path).await.problem(), (404, "not_found"));
    for device in &mut devices {
        device.expect_fresh().await;
        assert!(device.state.conversation(direct).is_none());
    }
}

#[tokio::test]
async fn any_message_becomes_a_tombstone() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let root = server.admin("root1").await;
    let direct = ann.direct(&bob).await;
    let said = ann.say(direct, "bad words").await;
    let mut devices = [Device::live(&bob).await, Device::away(&ann).await];
    let path = format!("/admin/messages/{}", said.id);

    assert_eq!(root.delete(&path).await.status, 204);
    assert_eq!(
        root.delete(&path).await.status,
        204,
        "again changes nothing"
    );

    let seen = bob.get(&format!("/messages/{}", said.id)).await.ok();
    assert_eq!(
        (&seen["content"], &seen["deleted_by"]),
        (&json!(""), &json!(root.id))
    );
    let unknown = format!("/admin/messages/{}", unknown_id());
    assert_eq!(root.delete(&unknown).await.problem(), (404, "not_found"));
    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn the_server_in_numbers() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let root = server.admin("root1").await;
    let group = ann.group(&[&bob]).await;
    let (said, gone) = (ann.say(group, "1").await.id, ann.say(group, "2").await.id);
    ann.unsay(gone).await.ok();
    bob.post(
        &format!("/messages/{said}/report"),
        json!({"reason": "spam"}),
    )
    .await
    .ok();
    server.database().await.file_of(ann.id.uuid(), false).await;
    let _socket = bob.socket().await;
    root.patch(
        &format!("/admin/users/{}", ann.id),
        json!({"disabled": true}),
    )
    .await
    .ok();

    let stats = root.get("/admin/stats").await.ok();

    let numbers = [
        "users",
        "users_disabled",
        "users_active_day",
        "users_active_month",
        "sessions",
        "sockets",
        "conversations",
        "messages",
    ];
    let seen = numbers.map(|name| stats[name].as_u64().unwrap());
    // Only one of them has a socket: who calls is active, too.
    assert_eq!(seen, [3, 1, 3, 3, 2, 1, 1, 1], "{stats}");
    let rest = [
        "messages_day",
        "messages_month",
        "users_new_day",
        "users_new_month",
        "attachments",
        "attachment_bytes",
        "reports_open",
    ];
    assert_eq!(
        rest.map(|name| stats[name].as_u64().unwrap()),
        [1, 1, 3, 3, 1, 7, 1],
        "{stats}"
    );
    assert!(stats["database_bytes"].as_u64().unwrap() > 4096);
    assert!(stats["started_at"].is_string() && stats["version"].is_string());
}
