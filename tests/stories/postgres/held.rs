//! Rows that somebody else holds: only what is written there waits, and it is told what the matter is.

use super::is_without_server;
use chat_core::{ConversationId, MessageId};
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

/// What puts an emoji under a message.
fn like(id: MessageId) -> String {
    format!("/messages/{id}/reactions/%F0%9F%91%8D")
}

#[tokio::test]
async fn a_change_of_a_message_that_is_held_keeps_nothing_else_waiting() {
    if is_without_server() {
        return;
    }
    let server = Server::with(|config| config.postgres.lock_timeout_ms = 6_000).await;
    let ann = server.person("ann").await;
    let (held, free) = (ann.group(&[]).await, ann.group(&[]).await);
    let (stuck, loose) = (ann.say(held, "one").await, ann.say(free, "two").await);
    let mut holder = hold(&server, held).await;
    let lock_timeout_ms = server.chat().config().postgres.lock_timeout_ms;
    let lock_timeout = Duration::from_millis(u64::from(lock_timeout_ms));

    // Found out once.
    let like_it = like(stuck.id);
    ann.put(&like_it, json!({})).await;
    let mut waited = 0;
    for nth in 0..5 {
        let (began, content) = (Instant::now(), format!("{nth}"));
        let (edited, liked, changed) = tokio::join!(
            ann.edit(stuck.id, &content),
            ann.put(&like_it, json!({})),
            ann.edit(loose.id, &content),
        );
        for refused in [edited, liked] {
            assert_eq!(refused.status, 503, "{refused:?}");
            let detail = refused.body["detail"].as_str().unwrap_or_default();
            assert!(detail.contains("busy"), "{detail}");
        }
        assert_eq!(changed.status, 200, "{changed:?}");
        waited += u32::from(began.elapsed() >= lock_timeout);
    }

    // A machine that stands still makes one of them long, and what is forgotten meanwhile another.
    assert!(waited <= 2, "{waited} of 5 waited for all of it");
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
    let groups = [
        ann.group(&[]).await,
        ann.group(&[]).await,
        ann.group(&[]).await,
    ];
    let [first, held, free] = groups;
    let (stuck, loose) = (ann.say(held, "one").await, ann.say(free, "two").await);
    let mut holders = [hold(&server, first).await, hold(&server, held).await];
    let nowhere = ConversationId::new(unknown_id());
    let hello = json!({"content": "hello"});
    let (stuck, loose) = (like(stuck.id), like(loose.id));

    // While the first is waited for, the others gather behind it.
    let (one, refused, changed, unknown) = tokio::join!(
        ann.send(first, hello.clone()),
        ann.put(&stuck, json!({})),
        ann.put(&loose, json!({})),
        ann.send(nowhere, hello.clone()),
    );

    assert_eq!((one.status, refused.status), (503, 503));
    assert!(changed.status < 300, "{changed:?}");
    assert_eq!(unknown.problem(), (404, "not_found"));
    for holder in &mut holders {
        holder.run("rollback", &[]).await.unwrap();
    }
}
