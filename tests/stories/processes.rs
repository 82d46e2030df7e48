//! Several servers, one database, and Redis between them: good, bad or not there.

mod cache;
mod counting;
mod dying;
mod ending;
mod faults;
mod figures;
mod guarded;
mod hearing;
mod leaving;
mod places;
mod presence;
mod rolling;
mod sharing;
mod shorter;
mod trouble;
mod upkeep;
mod without_redis;

use chat_core::UserId;
use chat_server::Config;
use chat_tests::{Person, Proxy, RedisServer, Server, Setup, Socket, until};
use serde_json::Value;

/// A Redis, and servers that find it each over a way of its own.
struct House {
    redis: RedisServer,
    ways: Vec<Proxy>,
    servers: Vec<Server>,
}

impl House {
    /// So many servers, all together.
    async fn of(servers: usize) -> Self {
        Self::with(servers, |_| {}).await
    }

    /// The same with other settings.
    async fn with(servers: usize, change: impl Fn(&mut Config)) -> Self {
        Self::with_each(servers, |_, config| change(config)).await
    }

    /// The same with other settings for each.
    async fn with_each(servers: usize, change: impl Fn(usize, &mut Config)) -> Self {
        Self::on(Setup::new(), servers, change).await
    }

    /// The same on what is made already.
    async fn on(setup: Setup, servers: usize, change: impl Fn(usize, &mut Config)) -> Self {
        let mut house = Self {
            redis: RedisServer::start().await,
            ways: Vec::new(),
            servers: Vec::new(),
        };
        for nth in 0..servers {
            let way = Proxy::to_redis(house.redis.port()).await;
            let mut setup = setup.clone();
            change(nth, &mut setup.config);
            let url = format!("redis://127.0.0.1:{}", way.port());
            setup.config.redis = Some(url.parse().expect("an address"));
            house.ways.push(way);
            house.servers.push(setup.start().await);
        }
        house.expect_together().await;
        house
    }

    /// Waits until every server knows of all others.
    async fn expect_together(&self) {
        for server in &self.servers {
            expect_redis(server, "ok", Some(self.servers.len())).await;
        }
    }

    /// Somebody at one of the servers.
    fn at(&self, person: &Person, server: usize) -> Person {
        person.at(&self.servers[server].door)
    }

    /// Somebody's socket to one of the servers.
    async fn socket(&self, person: &Person, server: usize) -> Socket {
        self.at(person, server).socket().await
    }
}

/// Waits until a server says this of Redis.
async fn expect_redis(server: &Server, state: &str, processes: Option<usize>) {
    until(&format!("redis is {state}"), async || {
        // One that has to wait for its database says nothing of Redis, and does so a moment later.
        let answer = server.door.get("/health/ready").await.body;
        let wanted =
            answer["redis"] == state && processes.is_none_or(|count| answer["processes"] == count);
        wanted.then_some(()).ok_or_else(|| answer.to_string())
    })
    .await;
}

/// Processes of which the one installation on a Redis knows, also those that died lately.
async fn known_processes(redis: &RedisServer) -> usize {
    let key = redis.ask(&["KEYS", "chat:*:processes"]).await;
    let names = redis.ask(&["ZRANGE", &key, "0", "-1"]).await;
    names.lines().count()
}

/// Waits until a socket hears that something was said.
async fn hears(socket: &mut Socket, content: &str) -> Value {
    let event = socket.next_event("message.new").await;
    assert_eq!(event["data"]["content"], content);
    event
}

/// A number out of a server's metrics.
async fn metric(server: &Server, name: &str) -> f64 {
    let text = server.door.get("/metrics").await.ok();
    let text = text.as_str().expect("text").to_owned();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.and_then(|value| value.parse().ok())
        .unwrap_or_else(|| panic!("no {name} in {text}"))
}

/// Whom a frame is about.
fn user_in(frame: &Value) -> Option<UserId> {
    serde_json::from_value(frame["data"]["user_id"].clone()).ok()
}
