//! What stands beside the calls: sockets, counts, documents, health.

use super::asking::Answered;
use chat_tests::{Door, Opening};
use serde_json::{Value, json};
use uuid::Uuid;

/// All of it, by the paths of the server.
pub(super) const PATHS: &[&str] = &[
    "/api/asyncapi.json",
    "/api/openapi.json",
    "/docs",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/ws",
    "/ws/conversations/{conversation_id}",
];

/// Status and body. A socket that opens is 101, and where it has to be told who one is, what a wrong word closes it with.
pub(super) async fn ask(door: &Door, path: &str, place: Uuid, signed_in: bool) -> Answered {
    let path = path.replace("{conversation_id}", &place.to_string());
    if !path.starts_with("/ws") {
        return door.get(&path).await.without_id();
    }
    match Opening::new(door).at(&path).try_open().await {
        Ok(mut socket) if signed_in => {
            socket.next_event("ready").await;
            socket.close().await;
            (101, Value::Null)
        }
        Ok(mut socket) => {
            let hello = json!({"type": "hello", "data": {"token": "nonsense"}});
            socket.send(hello).await;
            (socket.expect_close().await.0, Value::Null)
        }
        Err((status, mut problem)) => {
            problem["request_id"].take();
            (status, problem)
        }
    }
}
