//! No call goes uncounted.

use super::{over, over_frame, server};
use chat_core::{Method, Operation, Rate};
use chat_tests::{Answer, HeldClock, Person, Server};
use serde_json::json;

/// Makes a call with ids that are nobody's and with nothing else that it asks for.
async fn make(server: &Server, ann: &Person, call: &Operation) -> Option<Answer> {
    let (method, path) = call.rest?;
    let id = "01890000-0000-7000-8000-000000000000";
    let parts = path.split('/').map(|part| match part.strip_prefix('{') {
        Some(_) => id,
        None => part,
    });
    let path = parts.collect::<Vec<_>>().join("/");
    let door = match call.rate() {
        Rate::Anonymous | Rate::Downloads => &server.door,
        _ => &ann.door,
    };
    let body = (method != Method::Get).then(|| json!({}));
    Some(door.call(method.as_str(), &path, body).await)
}

#[tokio::test]
async fn once_the_limits_are_used_up_every_call_is_refused_over_http_and_the_socket() {
    let clock = HeldClock::default();
    let server = server(&clock, |limits| {
        limits.anonymous_calls_per_minute = 1;
        limits.calls_per_minute = 1;
        limits.sends_per_minute = 1;
        limits.reads_per_minute = 1;
        limits.searches_per_minute = 1;
        limits.uploads_per_minute = 1;
        limits.downloads_per_minute = 1;
    })
    .await;
    let ann = server.person("ann").await;
    // The opening is a call.
    let mut socket = ann.socket().await;
    for rate in Rate::ALL.into_iter().filter(|rate| *rate != Rate::Calls) {
        let mut calls = Operation::ALL.iter().filter(|call| call.rate() == rate);
        let first = calls.next().expect("each rate has calls");
        let answer = make(&server, &ann, first).await.expect("it is in HTTP");
        assert_ne!(answer.status, 429, "{rate:?}");
    }

    for call in Operation::ALL {
        if let Some(answer) = make(&server, &ann, call).await {
            over(&answer, call.rate().figure());
        }
        if call.frame {
            over_frame(socket.call(call.name, json!({"x": 1})).await, "_per_minute");
        }
    }
}
