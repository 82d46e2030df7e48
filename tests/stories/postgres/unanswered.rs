//! A PostgreSQL that says nothing any more, or not whether it has committed.

use super::is_without_server;
use chat_tests::{Person, Proxy, Server, Setup, Way};
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use std::{str::FromStr, time::Duration};
use tokio::time::Instant;

/// A server that reaches its database over a way that can be bad.
async fn over_a_way() -> (Server, Proxy) {
    let mut setup = Setup::new();
    let database = &mut setup.config.database;
    let port = PgConnectOptions::from_str(database)
        .expect("an address")
        .get_port();
    let way = Proxy::to_postgres(port).await;
    *database = database.replacen(&format!(":{port}/"), &format!(":{}/", way.port()), 1);
    setup.config.postgres.statement_timeout_ms = 1_000;
    (setup.start().await, way)
}

#[tokio::test]
async fn who_gets_no_answer_out_of_the_database_is_told_so_in_time() {
    if is_without_server() {
        return;
    }
    let (server, way) = over_a_way().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    // A connection for it, a statement, and the way: less than the 45 seconds of before.
    let most = Duration::from_secs(40);
    way.set(Way::Held);

    let began = Instant::now();
    let (read, sent) = tokio::join!(
        ann.get("/users/me"),
        ann.send(group, json!({"client_id": "a", "content": "hello"})),
    );

    assert_eq!((read.status, sent.status), (503, 503));
    assert!(read.body["retry_after_ms"].is_u64(), "{read:?}");
    assert!(sent.body["retry_after_ms"].is_u64(), "{sent:?}");
    assert!(began.elapsed() < most, "{:?}", began.elapsed());
    way.set(Way::Open);
    chat_tests::until("it is stored", async || {
        let again = json!({"client_id": "a", "content": "hello"});
        match ann.send(group, again).await {
            answer if answer.status < 300 => Ok(()),
            answer => Err(format!("{answer:?}")),
        }
    })
    .await;
    assert_eq!(ann.look(group).await.last_seq.get(), 1);
}

async fn without_an_answer(way: &Proxy, call: impl Future<Output = chat_tests::Answer>) {
    way.set(Way::WithoutCommits);
    let answer = call.await;
    assert_eq!(answer.status, 503, "{answer:?}");
    way.set(Way::Open);
}

/// Two people in a group, at a server alone.
async fn pair(server: &Server) -> (Person, Person, chat_core::ConversationId) {
    let [ann, ben] = server.people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    ann.say(group, "hello").await;
    (ann, ben, group)
}

#[tokio::test]
async fn what_was_committed_without_a_word_is_told_all_the_same() {
    if is_without_server() {
        return;
    }
    let (server, way) = over_a_way().await;
    let (ann, ben, group) = pair(&server).await;
    let said = ann.say(group, "once").await;
    let mut hers = ann.socket().await;
    let read = format!("/conversations/{group}/read");

    without_an_answer(&way, ben.put(&read, json!({"seq": 2}))).await;
    let seen = hers.next_event("read").await;
    without_an_answer(&way, ann.edit(said.id, "twice")).await;
    let edited = hers.next_event("message.edited").await;
    without_an_answer(&way, ann.post("/auth/logout", json!({}))).await;

    assert_eq!(seen["data"]["read_seq"], 2);
    assert_eq!(edited["data"]["content"], "twice");
    assert_eq!(hers.expect_close().await.0, 4503);
}
