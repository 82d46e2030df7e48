//! Who is here, on whatever process; and that nobody is said to be away who cannot be seen.

use super::{House, expect_redis};
use chat_tests::{Person, Socket, Way, until};
use serde_json::json;

pub(super) async fn watch(socket: &mut Socket, person: &Person) -> String {
    let watched = socket
        .call("presence.watch", json!({"user_ids": [person.id]}))
        .await
        .unwrap();
    watched["items"][0]["state"].as_str().unwrap().to_owned()
}

/// Where they are said to be once Redis has answered in time: until then it is unknown.
async fn seen(socket: &mut Socket, person: &Person) -> String {
    until("it is known where they are", async || {
        match watch(socket, person).await {
            state if state == "unknown" => Err(state),
            state => Ok(state),
        }
    })
    .await
}

/// Whether somebody is here by their profile, once Redis has answered in time.
pub(super) async fn shown(viewer: &Person, person: &Person) -> String {
    let path = format!("/users/{}", person.id);
    until("it is known where they are", async || {
        let profile = viewer.get(&path).await.ok();
        match profile["presence"].as_str() {
            Some("unknown") | None => Err(profile.to_string()),
            Some(state) => Ok(state.to_owned()),
        }
    })
    .await
}

/// Waits until the one who is watched is shown like this; other states may come before.
pub(super) async fn becomes(socket: &mut Socket, state: &str) {
    while socket.next_event("presence").await["data"]["state"] != state {}
}

#[tokio::test]
async fn coming_resting_and_going_are_seen_on_another_process() {
    let house = House::of(2).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    ann.direct(&ben).await;
    let mut hers = house.socket(&ann, 0).await;
    assert_eq!(seen(&mut hers, &ben).await, "offline");

    let mut his = house.socket(&ben, 1).await;
    becomes(&mut hers, "online").await;
    let rest = json!({"state": "away"});
    his.call("presence.set", rest).await.unwrap();
    becomes(&mut hers, "away").await;
    let also_here = house.socket(&ben, 0).await;
    becomes(&mut hers, "online").await;
    also_here.close().await;
    becomes(&mut hers, "away").await;
    his.close().await;

    becomes(&mut hers, "offline").await;
    // He is gone for the others before it is stored when he went.
    let profile = format!("/users/{}", ben.id);
    until("it is known when he went", async || {
        let shown = ann.get(&profile).await.ok();
        let is_known = shown["last_seen_at"].is_string();
        is_known.then_some(()).ok_or_else(|| shown.to_string())
    })
    .await;
}

#[tokio::test]
async fn who_comes_to_watch_is_told_of_those_on_other_processes() {
    let house = House::of(2).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    ann.direct(&ben).await;
    let mut hers = house.socket(&ann, 0).await;
    assert_eq!(seen(&mut hers, &ben).await, "offline");
    let _his = house.socket(&ben, 1).await;
    becomes(&mut hers, "online").await;

    assert_eq!(shown(&ann, &ben).await, "online");
    let mut another = house.socket(&ann, 0).await;
    assert_eq!(seen(&mut another, &ben).await, "online");
}

#[tokio::test]
async fn that_somebody_went_is_seen_also_when_the_word_of_it_got_lost() {
    let house = House::with(2, |config| config.heads_check_ms = 1_000).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    ann.direct(&ben).await;
    let mut hers = house.socket(&ann, 1).await;
    watch(&mut hers, &ben).await;
    let his = house.socket(&ben, 0).await;
    becomes(&mut hers, "online").await;

    house.ways[1].set(Way::Deaf);
    his.close().await;

    becomes(&mut hers, "offline").await;
    // By comparing that may be found before the word of it was on its way.
    until("the word of it is lost", async || {
        let is_lost = house.ways[1].dropped() > 0;
        is_lost.then_some(()).ok_or_else(|| "not yet".to_owned())
    })
    .await;
}

#[tokio::test]
async fn the_people_of_a_dead_process_are_soon_offline() {
    let mut house = House::of(2).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    ann.direct(&ben).await;
    let mut hers = house.socket(&ann, 0).await;
    watch(&mut hers, &ben).await;
    let _his = house.socket(&ben, 1).await;
    becomes(&mut hers, "online").await;

    house.ways[1].set(Way::Cut);
    house.servers.pop().unwrap().drop_dead().await;

    becomes(&mut hers, "offline").await;
}

#[tokio::test]
async fn while_redis_is_away_presence_is_unknown_also_of_those_who_hide() {
    let mut house = House::of(2).await;
    let [ann, ben, cleo] = house.servers[0].people(["ann", "ben", "cleo"]).await;
    ann.group(&[&ben, &cleo]).await;
    let hide = json!({"presence": "nobody"});
    cleo.patch("/users/me/settings", hide).await.ok();
    let (_his, _hidden) = (house.socket(&ben, 1).await, house.socket(&cleo, 0).await);
    let mut hers = house.socket(&ann, 0).await;
    if watch(&mut hers, &ben).await != "online" {
        becomes(&mut hers, "online").await;
    }

    house.redis.kill().await;
    becomes(&mut hers, "unknown").await;
    let hidden = ann.get(&format!("/users/{}", cleo.id)).await.ok();
    house.redis.start_again().await;
    expect_redis(&house.servers[0], "ok", Some(2)).await;

    assert_eq!(hidden["presence"], "unknown");
    becomes(&mut hers, "online").await;
}
