//! Two installations that share one Redis, also where one is a copy of the other: they know nothing of each other.

use super::expect_redis;
use chat_server::ChatServer;
use chat_tests::{RedisServer, Setup};
use std::collections::BTreeSet;

#[tokio::test]
async fn two_installations_share_a_redis_and_do_not_hear_each_other() {
    let redis = RedisServer::start().await;
    let mut servers = Vec::new();
    for _ in 0..2 {
        // Databases of stories may be copies of one.
        let mut setup = Setup::new().start().await.stop().await;
        let renewed = ChatServer::renew_epochs(&setup.config).await;
        renewed.expect("no server runs");
        setup.config.redis = Some(redis.url().parse().unwrap());
        servers.push(setup.start().await);
    }
    let ann = servers[0].person("ann").await;
    let _socket = ann.socket().await;

    for server in &servers {
        expect_redis(server, "ok", Some(1)).await;
    }

    let channels = redis.ask(&["PUBSUB", "SHARDCHANNELS", "chat:*:all"]).await;
    assert_eq!(channels.lines().count(), 2, "{channels}");
    // Nothing is named without the installation that it belongs to.
    let keys = redis.ask(&["KEYS", "*"]).await;
    let names = |text: &str| -> BTreeSet<String> {
        let lines = text
            .lines()
            .map(|line| line.split(':').nth(1).unwrap_or(line));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(names(&keys), names(&channels), "{keys}");
}
