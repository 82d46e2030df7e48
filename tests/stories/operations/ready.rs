//! Readiness: true only where a caller would really be served, and true again by itself.

use chat_tests::{Answer, Server, is_about_sqlite_only, until};
use serde_json::json;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

async fn execute(connection: &mut SqliteConnection, statement: &'static str) {
    let done = sqlx::query(statement).execute(connection).await;
    done.expect("the statement runs");
}

/// Waits until callers may be sent there again.
async fn expect_ready(server: &Server) {
    until("it is ready", async || {
        match server.door.get("/health/ready").await {
            answer if answer.status == 200 => Ok(()),
            answer => Err(format!("{answer:?}")),
        }
    })
    .await;
}

#[track_caller]
fn expect_no_database(answer: &Answer) {
    assert_eq!(answer.problem(), (503, "unavailable"));
    assert_eq!(answer.fields(), ["database"], "{answer:?}");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_not_ready_until_it_does() {
    if is_about_sqlite_only("it holds the lock of the file") {
        return;
    }
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    expect_ready(&server).await;
    let file = SqliteConnectOptions::new().filename(server.database_file());
    let mut other = SqliteConnection::connect_with(&file).await.unwrap();
    execute(&mut other, "begin exclusive").await;

    let refused = ann.send(group, json!({"content": "hello"})).await;

    assert_eq!(refused.problem(), (503, "unavailable"));
    expect_no_database(&server.door.get("/health/ready").await);
    assert_eq!(server.door.get("/health/live").await.status, 200);
    let metrics = server.door.get("/metrics").await.body.to_string();
    assert!(
        metrics.contains("chat_database_write_failing 1"),
        "{metrics}"
    );
    execute(&mut other, "rollback").await;
    expect_ready(&server).await;
    ann.say(group, "hello").await;
}

#[tokio::test]
async fn a_database_file_that_was_taken_away_is_not_ready_until_it_is_back() {
    if is_about_sqlite_only("it moves the file") {
        return;
    }
    let server = Server::start().await;
    let (file, away) = (
        server.database_file(),
        server.database_file().with_extension("away"),
    );

    std::fs::rename(&file, &away).unwrap();
    expect_no_database(&server.door.get("/health/ready").await);
    std::fs::write(&file, "another").unwrap();
    expect_no_database(&server.door.get("/health/ready").await);
    assert_eq!(server.door.get("/health/live").await.status, 200);

    std::fs::rename(&away, &file).unwrap();
    expect_ready(&server).await;
}
