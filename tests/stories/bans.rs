//! Bans: who is kept out of a group hears nothing of it, and no way leads back but the end of the ban.

use chat_core::ConversationId;
use chat_tests::{Answer, Device, Person, Server, unknown_id};
use serde_json::{Value, json};

async fn ban(who: &Person, place: ConversationId, whom: &Person) -> Answer {
    let path = format!("/conversations/{place}/bans/{}", whom.id);
    who.put(&path, json!({"reason": "spam"})).await
}

async fn lift(who: &Person, place: ConversationId, whom: &Person) -> Answer {
    who.delete(&format!("/conversations/{place}/bans/{}", whom.id))
        .await
}

#[tokio::test]
async fn who_is_kept_out_is_taken_out_and_hears_nothing_more() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let mut socket = bob.socket().await;
    let mut devices = [
        Device::live(&ann).await,
        Device::away(&ann).await,
        Device::away(&bob).await,
    ];

    let made = ban(&ann, group, &bob).await.ok();
    ann.say(group, "without bob").await;

    assert_eq!(
        (&made["user"]["id"], &made["reason"]),
        (&json!(bob.id), &json!("spam"))
    );
    assert_eq!(made["by"], json!(ann.id));
    let events = socket.settle().await;
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["conversation.deleted"], "{events:#?}");
    assert_eq!(
        bob.get(&format!("/conversations/{group}")).await.status,
        404
    );
    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn nobody_brings_them_back_before_the_ban_is_lifted() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[]).await;
    ban(&ann, group, &bob).await.ok();

    assert_eq!(ann.add(group, &bob).await.problem(), (409, "conflict"));
    assert_eq!(lift(&ann, group, &bob).await.status, 204);
    assert_eq!(lift(&ann, group, &bob).await.problem(), (404, "not_found"));
    assert_eq!(
        ann.look(group).await.member_count,
        1,
        "nobody comes back by themselves"
    );

    assert_eq!(ann.add(group, &bob).await.status, 201);
}

#[tokio::test]
async fn who_may_keep_out_whom() {
    let server = Server::start().await;
    let [ann, admin, bob, eve] = server.people(["ann", "admin1", "bob", "eve"]).await;
    let group = ann.group(&[&admin, &bob]).await;
    ann.promote(group, &admin, "admin").await.ok();
    let list = format!("/conversations/{group}/bans");

    for (who, status) in [(&bob, 403), (&eve, 404)] {
        assert_eq!(ban(who, group, &admin).await.status, status);
        assert_eq!(lift(who, group, &admin).await.status, status);
        assert_eq!(who.get(&list).await.status, status);
    }
    assert_eq!(ban(&admin, group, &ann).await.status, 403, "an owner");
    assert_eq!(ban(&admin, group, &admin).await.status, 403, "oneself");
    let nobody = format!("{list}/{}", unknown_id());
    assert_eq!(
        ann.put(&nobody, json!({})).await.problem(),
        (404, "not_found")
    );
    assert_eq!(ban(&admin, group, &bob).await.status, 200);
    assert_eq!(ban(&ann, group, &admin).await.status, 200);
    let direct = ann.direct(&bob).await;
    assert_eq!(ban(&ann, direct, &bob).await.status, 403);
}

#[tokio::test]
async fn the_list_has_pages_and_a_second_ban_only_says_why_anew() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let mut banned = Vec::new();
    for nth in 0..5 {
        let who = server.person(&format!("person{nth:02}")).await;
        ban(&ann, group, &who).await.ok();
        banned.insert(0, json!(who.id));
    }
    let path = format!("/conversations/{group}/bans");
    let whom = banned[0].as_str().unwrap().to_owned();
    let again = ann
        .put(&format!("{path}/{whom}"), json!({"reason": "still"}))
        .await
        .ok();
    assert_eq!(again["reason"], "still");

    let first = ann.get(&format!("{path}?limit=3")).await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ann
        .get(&format!("{path}?limit=3&cursor={cursor}"))
        .await
        .ok();

    let ids = |page: &Value| -> Vec<_> {
        let items = page["items"].as_array().unwrap();
        items.iter().map(|ban| ban["user"]["id"].clone()).collect()
    };
    let seen = [ids(&first), ids(&second)].concat();
    assert_eq!((seen, &second["next_cursor"]), (banned, &Value::Null));
}
