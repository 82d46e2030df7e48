//! Access that ends on one process ends on all, also while Redis is away.

use super::{House, hears};
use axum::http::HeaderMap;
use chat_core::UserId;
use chat_server::{Hooks, Identity};
use chat_tests::{Door, Opening, Person, Setup, Way, until, within};
use serde_json::json;

async fn sign_out(house: &House, ann: &Person) {
    house.at(ann, 0).post("/auth/logout", json!({})).await.ok();
}

#[tokio::test]
async fn a_session_that_ends_on_one_process_ends_on_the_others_at_once() {
    // Whoever is not told looks too late for a story.
    let house = House::with(2, |config| config.heads_check_ms = 3_600_000).await;
    let ann = house.servers[0].person("ann").await;
    let mut there = house.socket(&ann, 1).await;

    sign_out(&house, &ann).await;
    let (code, _) = there.expect_close().await;

    assert_eq!(code, 4503);
    let refused = house.at(&ann, 1).get("/users/me").await;
    assert_eq!(refused.problem(), (401, "session_ended"));
}

#[tokio::test]
async fn a_session_ends_everywhere_without_redis() {
    let mut house = House::of(2).await;
    let ann = house.servers[0].person("ann").await;
    let mut there = house.socket(&ann, 1).await;
    house.redis.kill().await;

    sign_out(&house, &ann).await;
    let (code, _) = there.expect_close().await;

    assert_eq!(code, 4503);
    let refused = house.at(&ann, 1).get("/users/me").await;
    assert_eq!(refused.problem(), (401, "session_ended"));
}

/// Believes who comes.
struct Vouches;

fn identity(name: &str) -> Identity {
    Identity {
        id: name.to_owned(),
        username: name.to_owned(),
        display_name: name.to_owned(),
        avatar_url: None,
    }
}

#[async_trait::async_trait]
impl Hooks for Vouches {
    async fn identify(&self, headers: &HeaderMap) -> Option<Identity> {
        let name = headers.get("x-name")?.to_str().ok()?;
        Some(identity(name))
    }
}

/// Two servers that believe who comes, and somebody who was seen there.
async fn vouching() -> (House, [Door; 2], UserId) {
    let mut setup = Setup::new();
    setup.extra = Some(|builder| builder.hooks(Vouches));
    let house = House::on(setup, 2, |_, config| config.heads_check_ms = 1_000).await;
    let doors = [0, 1].map(|nth| house.servers[nth].door.with("x-name", "ann"));
    let ann = house.servers[0].host().identify(&identity("ann")).await;
    (house, doors, ann.unwrap())
}

#[tokio::test]
async fn who_is_vouched_for_is_shut_out_everywhere_also_when_the_word_of_it_got_lost() {
    let (house, [_, there], ann) = vouching().await;
    let mut socket = Opening::new(&there).open().await;
    house.ways[1].set(Way::Deaf);

    house.servers[0].host().end_sessions(ann).await.unwrap();
    let mut again = Opening::new(&there).open().await;

    assert_eq!(socket.expect_close().await.0, 4503);
    // Who has come since is not shut out again: of this entry they hear by the same looks.
    let ben = house.servers[0].person("ben").await;
    let group = json!({"kind": "group", "title": "x", "member_ids": [ann]});
    ben.post("/conversations", group).await.ok();
    again.next_event("conversation.new").await;
    again.call("ping", json!({})).await.unwrap();
}

#[tokio::test]
async fn a_ticket_that_was_taken_back_opens_nothing_also_when_the_word_of_it_got_lost() {
    let (house, [here, _], ann) = vouching().await;
    let ticket = here
        .call("POST", "/auth/ticket", Some(json!({})))
        .await
        .ok();
    let at = format!("/ws?ticket={}", ticket["ticket"].as_str().unwrap());
    house.ways[1].set(Way::Deaf);

    house.servers[0].host().end_sessions(ann).await.unwrap();

    let opening = Opening::new(&house.servers[1].door).at(&at);
    assert_eq!(
        opening.try_open().await.err().map(|refusal| refusal.0),
        Some(401)
    );
}

#[tokio::test]
async fn a_disabled_account_is_shut_out_everywhere() {
    for way in [Way::Open, Way::Deaf] {
        let house = House::with(2, |config| config.heads_check_ms = 1_000).await;
        let boss = house.servers[0].admin("boss").await;
        let ann = house.servers[0].person("ann").await;
        let mut there = house.socket(&ann, 1).await;
        house.ways[1].set(way);

        let body = json!({"disabled": true});
        boss.patch(&format!("/admin/users/{}", ann.id), body)
            .await
            .ok();
        let (code, _) = there.expect_close().await;

        assert!([4503, 4504].contains(&code), "{code}");
    }
}

#[tokio::test]
async fn who_was_taken_out_on_one_process_hears_nothing_more_on_another_even_if_that_got_lost() {
    let house = House::with(2, |config| config.heads_check_ms = 60_000).await;
    let [ann, ben, cleo] = house.servers[0].people(["ann", "ben", "cleo"]).await;
    let group = ann.group(&[&ben, &cleo]).await;
    let (mut his, mut theirs) = (house.socket(&ben, 1).await, house.socket(&cleo, 1).await);
    ann.say(group, "before").await;
    hears(&mut his, "before").await;
    hears(&mut theirs, "before").await;

    house.ways[1].set(Way::Deaf);
    ann.remove(group, &ben).await;
    // Two entries of the log, and one of his inbox.
    until("all of it is lost", async || {
        match house.ways[1].dropped() {
            3.. => Ok(()),
            fewer => Err(format!("{fewer} messages")),
        }
    })
    .await;
    house.ways[1].set(Way::Open);
    ann.say(group, "after").await;
    while theirs.next_event("message.new").await["data"]["content"] != "after" {}

    let heard = his.settle().await;
    let said = heard
        .iter()
        .filter(|frame| frame["data"]["content"] == "after");
    assert_eq!(said.count(), 0, "{heard:?}");
    let hidden = within(
        "he is told",
        house.at(&ben, 1).get(&format!("/conversations/{group}")),
    )
    .await;
    assert_eq!(hidden.status, 404);
}
