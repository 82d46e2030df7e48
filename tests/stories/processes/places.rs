//! Redis as a cluster and behind Sentinel.

use super::{expect_redis, hears};
use chat_tests::{RedisServer, Server, Setup};

/// What is said at one of two servers is heard at the other, and who is here is known.
async fn hear_each_other(redis: &str) {
    let mut setup = Setup::new();
    setup.config.redis = Some(redis.parse().expect("an address"));
    setup.config.heads_check_ms = 3_600_000;
    let servers: [Server; 2] = [setup.clone().start().await, setup.start().await];
    for server in &servers {
        expect_redis(server, "ok", Some(2)).await;
    }
    let [ann, ben] = servers[0].people(["ann", "ben"]).await;
    let mut his = ben.at(&servers[1].door).socket().await;
    for nth in 0..20 {
        let group = ann.group(&[&ben]).await;
        his.next_event("conversation.new").await;
        let content = format!("hello in {nth}");
        ann.say(group, &content).await;
        hears(&mut his, &content).await;
    }
    let profile = ann.get(&format!("/users/{}", ben.id)).await.ok();
    assert_eq!(profile["presence"], "online");
}

#[tokio::test]
async fn processes_hear_each_other_over_a_cluster() {
    let servers = RedisServer::cluster().await;
    let addresses: Vec<_> = servers
        .iter()
        .map(|server| format!("127.0.0.1:{}", server.port()))
        .collect();

    hear_each_other(&format!("redis+cluster://{}", addresses.join(","))).await;
}

#[tokio::test]
async fn processes_hear_each_other_behind_sentinel() {
    let redis = RedisServer::start().await;
    let sentinel = redis.sentinel().await;

    hear_each_other(&format!(
        "redis+sentinel://127.0.0.1:{}/main",
        sentinel.port()
    ))
    .await;
}
