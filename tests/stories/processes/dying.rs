//! What a killed process leaves behind, and what it says while Redis is away.

use super::{figures::registered, known_processes};
use chat_tests::{Door, Home, RedisServer, Serving, until};
use serde_json::{Value, json};
use std::time::Instant;

async fn serve(home: &Home, redis: &str) -> Serving {
    let settings = ["--redis", redis, "--set", "shutdown_spread_ms=1000"];
    home.serve("127.0.0.1:0", &settings).await
}

pub(super) fn door(process: &Serving) -> Door {
    Door::mounted(process.address.parse().expect("an address"), "")
}

pub(super) async fn ready(process: &Serving, what: &str, is_so: impl Fn(&Value) -> bool) {
    until(what, async || {
        // One that has to wait for its database says that only, and the rest a moment later.
        let answer = door(process).get("/health/ready").await.body;
        if is_so(&answer) {
            Ok(())
        } else {
            Err(answer.to_string())
        }
    })
    .await;
}

#[tokio::test]
async fn who_was_with_a_killed_process_was_last_seen_when_it_was() {
    let (home, redis) = (Home::new(), RedisServer::start().await);
    let stays = serve(&home, &redis.url()).await;
    let dies = serve(&home, &redis.url()).await;
    ready(&dies, "they know of each other", |says| {
        says["processes"] == 2
    })
    .await;
    let ann = registered(&door(&stays), "ann").await;
    let ben = registered(&door(&stays), "ben").await;
    ann.direct(&ben).await;
    let _his = ben.at(&door(&dies)).socket().await;
    let mut hers = ann.socket().await;
    let watch = json!({"user_ids": [ben.id]});
    hers.call("presence.watch", watch).await.unwrap();
    let path = format!("/users/{}", ben.id);
    until("he is here", async || {
        let says = ann.get(&path).await.ok();
        if says["presence"] == "online" {
            Ok(())
        } else {
            Err(says.to_string())
        }
    })
    .await;

    dies.process.kill().await;

    let seen = hers.next_event("presence").await;
    let mut last = seen;
    while last["data"]["last_seen_at"].is_null() {
        last = hers.next_event("presence").await;
    }
    assert_eq!(last["data"]["state"], "offline");
    let says = ann.get(&path).await.ok();
    assert_eq!(says["last_seen_at"], last["data"]["last_seen_at"]);
    until("nobody looks after it again", async || {
        let known = known_processes(&redis).await;
        if known == 1 {
            Ok(())
        } else {
            Err(known.to_string())
        }
    })
    .await;
}

/// Connections that were ever made to it, this one included.
async fn connections(redis: &RedisServer) -> u64 {
    let says = redis.ask(&["INFO", "stats"]).await;
    let line = { says.lines() }.find_map(|line| line.strip_prefix("total_connections_received:"));
    line.and_then(|value| value.trim().parse().ok())
        .expect("a number")
}

#[tokio::test]
async fn that_redis_is_away_is_logged_once_and_so_is_that_it_is_back() {
    let (home, mut redis) = (Home::new(), RedisServer::start().await);
    let began = Instant::now();
    let process = serve(&home, &redis.url()).await;
    ready(&process, "redis is there", |says| says["redis"] == "ok").await;

    for _ in 0..3 {
        redis.kill().await;
        ready(&process, "redis is away", |says| says["redis"] == "away").await;
        redis.start_again().await;
        ready(&process, "redis is back", |says| says["redis"] == "ok").await;
    }
    redis.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    ready(&process, "redis is full", |says| says["redis"] == "away").await;
    for _ in 0..3 {
        // Each is an attempt of the server to be taken in.
        let before = connections(&redis).await;
        until("it tries again", async || {
            let now = connections(&redis).await;
            if now > before + 1 {
                Ok(())
            } else {
                Err(now.to_string())
            }
        })
        .await;
    }

    let ended = process.process.terminate().await;
    let said = |words: &str| ended.stderr.matches(words).count();
    let of_redis = |line: &&str| line.contains("WARN") && line.contains("chat_server::bus");
    let warned = ended.stderr.lines().filter(of_redis).count();
    // It is said once a minute.
    let minutes = 1 + began.elapsed().as_secs() as usize / 60;
    assert!((1..=minutes).contains(&warned), "{}", ended.stderr);
    assert_eq!(said("redis is away"), warned, "{}", ended.stderr);
    assert!(
        (1..=warned).contains(&said("redis is there")),
        "{}",
        ended.stderr
    );
}
