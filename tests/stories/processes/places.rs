//! Redis as a cluster and behind Sentinel.

use super::{expect_redis, hears, presence::shown};
use chat_tests::{RedisServer, Server, Setup, until};

/// Two servers that know of each other, and hear in time of nothing but what Redis carries.
async fn two_at(redis: &str) -> [Server; 2] {
    let mut setup = Setup::new();
    setup.config.redis = Some(redis.parse().expect("an address"));
    setup.config.heads_check_ms = 3_600_000;
    let servers = [setup.clone().start().await, setup.start().await];
    for server in &servers {
        expect_redis(server, "ok", Some(2)).await;
    }
    servers
}

fn cluster_url(nodes: &[RedisServer]) -> String {
    let nodes = nodes
        .iter()
        .map(|node| format!("127.0.0.1:{}", node.port()));
    format!("redis+cluster://{}", nodes.collect::<Vec<_>>().join(","))
}

/// What is said at one of two servers is heard at the other, and who is here is known.
async fn hear_each_other(redis: &str) {
    let servers = two_at(redis).await;
    let [ann, ben] = servers[0].people(["ann", "ben"]).await;
    let mut his = ben.at(&servers[1].door).socket().await;
    for nth in 0..20 {
        let group = ann.group(&[&ben]).await;
        his.next_event("conversation.new").await;
        let content = format!("hello in {nth}");
        ann.say(group, &content).await;
        hears(&mut his, &content).await;
    }
    assert_eq!(shown(&ann, &ben).await, "online");
}

#[tokio::test]
async fn processes_hear_each_other_over_a_cluster() {
    let nodes = RedisServer::cluster().await;

    hear_each_other(&cluster_url(&nodes)).await;
}

/// Which server of a cluster has a channel, and its whole name; none where nobody listens to it.
async fn whose(nodes: &[RedisServer], channel: &str) -> Result<(usize, String), String> {
    for (nth, node) in nodes.iter().enumerate() {
        let found = node.ask(&["PUBSUB", "SHARDCHANNELS", channel]).await;
        if !found.is_empty() {
            return Ok((nth, found));
        }
    }
    Err("nobody listens".to_owned())
}

/// Gives the part of a cluster in which a channel is to the next server.
async fn move_on(nodes: &[RedisServer], from: usize, channel: &str) {
    let to = (from + 1) % nodes.len();
    let slot = nodes[0].ask(&["CLUSTER", "KEYSLOT", channel]).await;
    let names = [
        nodes[from].ask(&["CLUSTER", "MYID"]).await,
        nodes[to].ask(&["CLUSTER", "MYID"]).await,
    ];
    let takes = ["CLUSTER", "SETSLOT", &slot, "IMPORTING", &names[0]];
    assert_eq!(nodes[to].ask(&takes).await, "OK");
    let gives = ["CLUSTER", "SETSLOT", &slot, "MIGRATING", &names[1]];
    assert_eq!(nodes[from].ask(&gives).await, "OK");
    for nth in [to, from] {
        let done = ["CLUSTER", "SETSLOT", &slot, "NODE", &names[1]];
        assert_eq!(nodes[nth].ask(&done).await, "OK");
    }
}

#[tokio::test]
async fn a_channel_that_a_cluster_moves_to_another_server_is_heard_there() {
    let nodes = RedisServer::cluster().await;
    let servers = two_at(&cluster_url(&nodes)).await;
    let [ann, ben] = servers[0].people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    let mut his = ben.at(&servers[1].door).socket().await;
    ann.say(group, "before").await;
    hears(&mut his, "before").await;
    let pattern = format!("chat:*:c:{group}");
    let (from, channel) = until("somebody listens", async || whose(&nodes, &pattern).await).await;

    move_on(&nodes, from, &channel).await;
    until("it is listened to elsewhere", async || {
        let now = whose(&nodes, &pattern).await?.0;
        (now != from)
            .then_some(())
            .ok_or_else(|| format!("at {now}"))
    })
    .await;
    ann.say(group, "after").await;

    hears(&mut his, "after").await;
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
