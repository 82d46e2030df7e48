//! Redis is full, cuts off who listens too slowly, is taken over by another, or loses a part of its cluster, while everybody
//! talks.

use super::{
    House, expect_redis,
    faults::{WHILE_IT_LASTS, crowd_of, endures},
    hears,
};
use chat_tests::{Crowd, RedisServer, Server, Setup, checker, until, within};
use serde_json::json;

/// A number in what Redis says of itself.
async fn info(redis: &RedisServer, name: &str) -> u64 {
    let says = redis.ask(&["INFO"]).await;
    let line = says
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}:")));
    line.and_then(|value| value.trim().parse().ok())
        .unwrap_or_else(|| panic!("no {name} in {says}"))
}

#[tokio::test]
async fn who_listens_too_slowly_is_cut_off_again_and_again() {
    let house = House::of(3).await;
    let crowd = crowd_of(&house).await;
    crowd.reaches(WHILE_IT_LASTS).await;
    let before = info(&house.redis, "total_connections_received").await;
    let limit = [
        "CONFIG",
        "SET",
        "client-output-buffer-limit",
        "pubsub 1 1 1",
    ];
    assert_eq!(house.redis.ask(&limit).await, "OK");

    // A page of text is more than Redis has room for beside that limit.
    let [sue, joe] = house.servers[0].people(["sue", "joe"]).await;
    let group = sue.group(&[&joe]).await;
    let mut his = house.socket(&joe, 1).await;
    // One of them is ours.
    let mut ours = 1;
    until("they are cut off, and come back, again", async || {
        let content = "😀".repeat(4_000);
        let data = json!({"content": content, "metadata": {"pad": "x".repeat(4_000)}});
        sue.send(group, data).await.ok();
        hears(&mut his, &content).await;
        ours += 1;
        match info(&house.redis, "total_connections_received").await - before - ours {
            2.. => Ok(()),
            fewer => Err(fewer.to_string()),
        }
    })
    .await;
    house
        .redis
        .ask(&[
            "CONFIG",
            "SET",
            "client-output-buffer-limit",
            "pubsub 0 0 0",
        ])
        .await;

    endures(&house, crowd).await;
    house.expect_together().await;
}

#[tokio::test]
async fn redis_has_no_memory_left() {
    let house = House::with(3, |config| config.redis_cache = true).await;
    let [sue, joe] = house.servers[0].people(["sue", "joe"]).await;
    sue.direct(&joe).await;
    let crowd = crowd_of(&house).await;
    crowd.reaches(WHILE_IT_LASTS).await;

    house
        .redis
        .ask(&["CONFIG", "SET", "maxmemory-policy", "noeviction"])
        .await;
    house.redis.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    expect_redis(&house.servers[0], "away", None).await;
    let said = sue.get(&format!("/users/{}", joe.id)).await.ok();
    crowd.reaches(crowd.acknowledged() + WHILE_IT_LASTS).await;
    house.redis.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    house.expect_together().await;

    assert_eq!(said["presence"], "unknown");
    endures(&house, crowd).await;
}

async fn two_at(redis: &str) -> [Server; 2] {
    let mut setup = Setup::new();
    setup.config.redis = Some(redis.parse().expect("an address"));
    let servers = [setup.clone().start().await, setup.start().await];
    for server in &servers {
        expect_redis(server, "ok", Some(2)).await;
    }
    servers
}

async fn crowd_at(servers: &[Server; 2]) -> Crowd {
    let doors = servers
        .each_ref()
        .map(|server| format!("http://{}", server.address()));
    let crowd = Crowd::gather(&doors).await;
    crowd.reaches(WHILE_IT_LASTS).await;
    crowd
}

#[tokio::test]
async fn another_redis_takes_over_behind_sentinel() {
    let mut master = RedisServer::start().await;
    let replica = master.replica().await;
    let sentinel = master.sentinel().await;
    until("the sentinel knows of both", async || {
        let says = sentinel.ask(&["SENTINEL", "REPLICAS", "main"]).await;
        let knows = says.contains(&replica.port().to_string());
        if knows { Ok(()) } else { Err(says) }
    })
    .await;
    let url = format!("redis+sentinel://127.0.0.1:{}/main", sentinel.port());
    let servers = two_at(&url).await;
    let crowd = crowd_at(&servers).await;

    master.kill().await;
    expect_redis(&servers[0], "away", None).await;
    crowd.reaches(crowd.acknowledged() + WHILE_IT_LASTS).await;
    for server in &servers {
        expect_redis(server, "ok", Some(2)).await;
    }

    crowd.reaches(crowd.acknowledged() + WHILE_IT_LASTS).await;
    let history = within("everybody knows the same", crowd.history()).await;
    assert_eq!(checker::faults(&history), []);
    assert!(replica.ask(&["ROLE"]).await.starts_with("master"));
}

#[tokio::test]
async fn a_server_of_the_cluster_is_lost_and_comes_back() {
    let mut nodes = RedisServer::cluster().await;
    let addresses: Vec<_> = nodes
        .iter()
        .map(|node| format!("127.0.0.1:{}", node.port()))
        .collect();
    let servers = two_at(&format!("redis+cluster://{}", addresses.join(","))).await;
    let crowd = crowd_at(&servers).await;

    nodes[1].kill().await;
    crowd
        .reaches(crowd.acknowledged() + 3 * WHILE_IT_LASTS)
        .await;
    nodes[1].start_again().await;
    crowd.reaches(crowd.acknowledged() + WHILE_IT_LASTS).await;
    for server in &servers {
        expect_redis(server, "ok", Some(2)).await;
    }

    let history = within("everybody knows the same", crowd.history()).await;
    assert_eq!(checker::faults(&history), []);
}
