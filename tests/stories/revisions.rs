//! What a message said before it was edited, for those who may read it.

use chat_core::MessageId;
use chat_tests::{Person, Server};
use serde_json::{Value, json};

async fn texts(who: &Person, message: MessageId) -> Vec<Value> {
    let page = who.get(&format!("/messages/{message}/history")).await.ok();
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["content"].clone()).collect()
}

#[tokio::test]
async fn every_text_stays_to_be_seen_with_its_time() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let said = ann.say(group, "one").await;
    assert_eq!(texts(&bob, said.id).await, ["one"]);

    let second = ann.edit(said.id, "two").await.ok_message();
    ann.edit(said.id, "two").await.ok();
    ann.edit(said.id, "three").await.ok();

    assert_eq!(texts(&bob, said.id).await, ["one", "two", "three"]);
    let page = bob
        .get(&format!("/messages/{}/history", said.id))
        .await
        .ok();
    assert_eq!(page["items"][0]["at"], json!(said.created_at));
    assert_eq!(page["items"][1]["at"], json!(second.edited_at));
}

#[tokio::test]
async fn nothing_stays_of_a_deleted_message() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let said = ann.say(group, "one").await.id;
    ann.edit(said, "two").await.ok();

    ann.unsay(said).await.ok();

    assert_eq!(texts(&ann, said).await, [] as [Value; 0]);
    assert_eq!(ann.edit(said, "three").await.problem(), (409, "conflict"));
}

#[tokio::test]
async fn of_more_than_a_hundred_the_newest_stay() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let said = ann.say(group, "0").await.id;

    for nth in 1..=105 {
        ann.edit(said, &nth.to_string()).await.ok();
    }

    let known = texts(&ann, said).await;
    let wanted: Vec<_> = (6..=105).map(|nth: u32| json!(nth.to_string())).collect();
    assert_eq!(known, wanted);
}

#[tokio::test]
async fn strangers_and_former_members_find_nothing() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;
    let said = bob.say(group, "one").await.id;
    bob.leave(group).await.ok();

    for who in [&bob, &eve] {
        let refused = who.get(&format!("/messages/{said}/history")).await;
        assert_eq!(refused.problem(), (404, "not_found"));
        assert_eq!(who.edit(said, "two").await.problem(), (404, "not_found"));
    }
}
