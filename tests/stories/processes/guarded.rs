//! Redis behind TLS, behind a password that nobody else is to see, and behind the rights that the document names.

use super::{
    dying::{door, ready},
    expect_redis,
    figures::registered,
    hears, known_processes, metric,
};
use chat_tests::{Certificate, Home, RedisServer, Server, Serving, Setup, until};
use serde_json::json;

const OPERATING: &str = include_str!("../../../docs/operating.md");
const PASSWORD: &str = "canary-redis-3b9d";

/// A server that trusts one authority, and asks the database for what it has missed too late for a story.
async fn serve(home: &Home, redis: &RedisServer, trusts: &Certificate) -> Serving {
    let (database, redis) = (home.database(), redis.url());
    let mut command = home.chat(&["serve", "--listen", "127.0.0.1:0", "--database", &database]);
    command
        .args(["--redis", &redis, "--set", "heads_check_ms=3600000"])
        .env("SSL_CERT_FILE", trusts.certificate());
    Serving::start(&mut command).await
}

/// Waits until a process has tried in vain to reach its Redis: that it is away is so before it tries. Returns its log.
async fn says_that_redis_is_away(process: &Serving) -> String {
    until("it says that redis is away", async || {
        let log = process.process.stderr();
        match log.contains("redis is away") {
            true => Ok(log),
            false => Err(log),
        }
    })
    .await
}

#[tokio::test]
async fn over_tls_those_who_trust_it_hear_each_other_and_who_does_not_is_alone() {
    let (home, certificate) = (Home::new(), Certificate::new());
    let redis = RedisServer::over_tls(&certificate).await;
    let one = serve(&home, &redis, &certificate).await;
    let two = serve(&home, &redis, &certificate).await;
    ready(&two, "both are there", |says| says["processes"] == 2).await;
    let [ann, ben] = [
        registered(&door(&one), "ann").await,
        registered(&door(&one), "ben").await,
    ];
    let group = ann.group(&[&ben]).await;
    let mut his = ben.at(&door(&two)).socket().await;

    ann.say(group, "in secret").await;

    hears(&mut his, "in secret").await;
    let another = Certificate::new();
    until("one doubts it", async || {
        let doubts = serve(&home, &redis, &another).await;
        let why = says_that_redis_is_away(&doubts).await;
        ready(&doubts, "it has none", |says| says["redis"] == "away").await;
        doubts.process.terminate().await.ok();
        // On a slow machine it may have had no answer in time, and says so for a minute.
        let is_why = why.contains("ertificate");
        is_why.then_some(()).ok_or(why)
    })
    .await;
}

#[tokio::test]
async fn the_password_of_redis_is_nowhere_to_be_seen() {
    let (home, redis) = (Home::new(), RedisServer::start().await);
    redis.ask(&["CONFIG", "SET", "requirepass", PASSWORD]).await;
    for (password, state) in [(PASSWORD, "ok"), ("canary-wrong", "away")] {
        let url = format!("redis://:{password}@127.0.0.1:{}", redis.port());
        let process = home
            .serve("127.0.0.1:0", &["--log", "debug", "--redis", &url])
            .await;
        if state == "away" {
            says_that_redis_is_away(&process).await;
        }
        ready(&process, "it knows", |says| says["redis"] == state).await;

        let log = process.process.terminate().await.stderr;
        let shown = home.run(&["config", "show", "--redis", &url]).await.ok();

        assert!(!log.contains("canary"), "{log}");
        assert!(
            shown.contains("[secret]") && !shown.contains("canary"),
            "{shown}"
        );
    }
    let wrong = format!("redis://:{PASSWORD}@127.0.0.1:port");
    let refused = home.run(&["serve", "--redis", &wrong]).await;
    assert_ne!(refused.code, Some(0));
    assert!(!refused.stderr.contains("canary"), "{refused:?}");
}

/// What the document says that a user of an ACL needs.
fn rights() -> String {
    let (_, behind) = OPERATING
        .split_once("Users of an ACL need `")
        .expect("it says so");
    let (rights, _) = behind.split_once('`').expect("an end");
    rights.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Two servers as a user of Redis with these rights, and with everything that they do there.
async fn two_with_rights(redis: &RedisServer) -> Vec<Server> {
    let rights = rights();
    let mut words = vec!["ACL", "SETUSER", "chat", "on", ">secret"];
    words.extend(rights.split(' '));
    assert_eq!(redis.ask(&words).await, "OK");
    let mut setup = Setup::new();
    let url = format!("redis://chat:secret@127.0.0.1:{}", redis.port());
    setup.config.redis = Some(url.parse().unwrap());
    setup.config.redis_cache = true;
    setup.config.limits.sends_per_minute = 40;
    let servers = vec![setup.clone().start().await, setup.start().await];
    expect_redis(&servers[0], "ok", Some(2)).await;
    servers
}

/// Waits until Redis knows of nobody but one process.
async fn one_is_left(redis: &RedisServer) {
    until("one process is left", async || {
        match known_processes(redis).await {
            1 => Ok(()),
            more => Err(more.to_string()),
        }
    })
    .await;
}

#[tokio::test]
async fn the_rights_that_the_document_names_are_enough_to_talk_and_to_count() {
    let redis = RedisServer::start().await;
    let servers = two_with_rights(&redis).await;
    let [ann, ben] = servers[0].people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    let mut his = ben.at(&servers[1].door).socket().await;
    let mut said = 0;

    while ann.send(group, json!({"content": "hello"})).await.status == 201 {
        hears(&mut his, "hello").await;
        said += 1;
    }

    assert!(said > 2, "{said}");
    assert_eq!(redis.ask(&["ACL", "LOG"]).await, "", "what was refused");
}

#[tokio::test]
async fn the_rights_that_the_document_names_are_enough_to_keep_pages_and_to_know_who_is_here() {
    let redis = RedisServer::start().await;
    let mut servers = two_with_rights(&redis).await;
    let [ann, ben] = servers[0].people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    let _his = ben.at(&servers[1].door).socket().await;
    let path = format!("/users/{}", ben.id);

    until("he is seen, and a page was kept", async || {
        let presence = ann.get(&path).await.ok()["presence"].clone();
        ann.history(group, "").await;
        let hits = metric(&servers[0], "chat_cache_hits_total").await;
        let is_so = presence == "online" && hits > 0.0;
        is_so
            .then_some(())
            .ok_or_else(|| format!("{presence} {hits}"))
    })
    .await;
    servers.pop().unwrap().stop().await;
    one_is_left(&redis).await;

    assert_eq!(redis.ask(&["ACL", "LOG"]).await, "", "what was refused");
}
