//! Rows that somebody else holds: only what is written there waits, and it is told what the matter is.

use super::is_without_server;
use chat_core::ConversationId;
use chat_tests::{Database, Server, unknown_id};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

async fn hold(server: &Server, id: ConversationId) -> Database {
    let mut database = server.database().await;
    database.run("begin", &[]).await.unwrap();
    let lock = "select id from conversations where id = $1 for update";
    assert_eq!(database.run(lock, &[id.uuid()]).await, Ok(1));
    database
}

#[tokio::test]
async fn a_change_of_a_message_that_is_held_keeps_nothing_else_waiting() {
    if is_without_server() {
        return;
    }
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let (held, free) = (ann.group(&[]).await, ann.group(&[]).await);
    let (stuck, loose) = (ann.say(held, "one").await, ann.say(free, "two").await);
    let mut holder = hold(&server, held).await;
    let lock_timeout = server.chat().config().postgres.lock_timeout_ms;

    let found_out = ann.edit(stuck.id, "other").await;
    let began = Instant::now();
    for nth in 0..5 {
        let content = format!("{nth}");
        let (refused, changed) =
            tokio::join!(ann.edit(stuck.id, &content), ann.edit(loose.id, &content));
        assert_eq!(refused.problem(), (503, "unavailable"));
        assert_eq!(changed.status, 200, "{changed:?}");
    }

    let detail = found_out.body["detail"].as_str().unwrap();
    assert!(detail.contains("the conversation is busy"), "{detail}");
    assert!(began.elapsed() < Duration::from_millis(lock_timeout.into()));
    holder.run("rollback", &[]).await.unwrap();
    assert_eq!(ann.edit(stuck.id, "at last").await.status, 200);
}

#[tokio::test]
async fn what_shares_a_turn_with_a_held_conversation_is_done_and_answered_for_itself() {
    if is_without_server() {
        return;
    }
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let [first, held, free] = [
        ann.group(&[]).await,
        ann.group(&[]).await,
        ann.group(&[]).await,
    ];
    let (stuck, loose) = (ann.say(held, "one").await, ann.say(free, "two").await);
    let mut holders = [hold(&server, first).await, hold(&server, held).await];
    let nowhere = ConversationId::new(unknown_id());
    let hello = json!({"content": "hello"});

    // While the first is waited for, the others gather behind it.
    let (one, refused, changed, unknown) = tokio::join!(
        ann.send(first, hello.clone()),
        ann.edit(stuck.id, "other"),
        ann.edit(loose.id, "other"),
        ann.send(nowhere, hello.clone()),
    );

    assert_eq!((one.status, refused.status), (503, 503));
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(unknown.problem(), (404, "not_found"));
    for holder in &mut holders {
        holder.run("rollback", &[]).await.unwrap();
    }
}
