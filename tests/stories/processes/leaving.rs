//! A process that stops: who comes back to another was never away, and of who does not the others know when they went.

use super::{
    House, known_processes,
    presence::{becomes, watch},
};
use chat_server::{ChatServer, Config};
use chat_tests::{Person, Server, Socket, until, within};
use serde_json::Value;

/// A house in which people have a while to come back, and a socket that is shown one of them online.
async fn watched(grace_ms: u32) -> (House, Socket, Person, Socket) {
    let house = House::with(2, |config| config.presence_grace_ms = grace_ms).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    ann.direct(&ben).await;
    let mut hers = house.socket(&ann, 0).await;
    watch(&mut hers, &ben).await;
    let his = house.socket(&ben, 1).await;
    becomes(&mut hers, "online").await;
    (house, hers, ben, his)
}

/// Waits until the others have looked after whom a process left.
async fn looked_after(house: &House) {
    until("it is looked after", async || {
        match known_processes(&house.redis).await {
            1 => Ok(()),
            more => Err(more.to_string()),
        }
    })
    .await;
}

#[tokio::test]
async fn who_goes_from_a_server_that_stops_to_another_was_never_offline() {
    let (mut house, mut hers, ben, mut his) = watched(12_000).await;
    let before = ben.get(&format!("/users/{}", ben.id)).await.ok();

    let stops = house.servers.pop().unwrap().begin_to_stop();
    assert_eq!(his.expect_close().await.0, 4000);
    let _again = house.socket(&ben, 0).await;
    within("the server ends", stops).await.unwrap().unwrap();
    looked_after(&house).await;

    // While Redis is slow, it is unknown where somebody is.
    let shown = hers.settle().await;
    let is_offline = |frame: &Value| frame["data"]["state"] == "offline";
    assert!(!shown.iter().any(is_offline), "{shown:?}");
    let after = ben.get(&format!("/users/{}", ben.id)).await.ok();
    assert_eq!(after["last_seen_at"], before["last_seen_at"]);
    // He has a socket there himself: that is known without Redis.
    assert_eq!(after["presence"], "online");
}

#[tokio::test]
async fn who_does_not_come_back_from_a_server_that_stops_is_offline_soon_and_was_seen() {
    let (mut house, mut hers, ben, _his) = watched(20).await;

    house.servers.pop().unwrap().stop().await;

    becomes(&mut hers, "offline").await;
    looked_after(&house).await;
    let profile = ben.at(&house.servers[0].door);
    let profile = profile.get(&format!("/users/{}", ben.id)).await.ok();
    assert!(profile["last_seen_at"].is_string(), "{profile}");
}

/// A server that a program mounts, with what a house has.
async fn mounted(server: &Server, house: &House) -> ChatServer {
    let config = Config {
        redis: Some(house.redis.url().parse().expect("an address")),
        ..server.chat().config().clone()
    };
    let built = ChatServer::builder().config(config).build().await;
    built.expect("the server builds")
}

#[tokio::test]
async fn a_mounted_server_that_drains_says_goodbye_to_the_others() {
    let house = House::of(1).await;
    let mounted = mounted(&house.servers[0], &house).await;
    super::expect_redis(&house.servers[0], "ok", Some(2)).await;

    mounted.drain();
    within("its sockets are gone", mounted.sockets_gone()).await;

    // It is there still, and its heart beats on.
    super::expect_redis(&house.servers[0], "ok", Some(1)).await;
    assert_eq!(mounted.sockets(), 0);
}
