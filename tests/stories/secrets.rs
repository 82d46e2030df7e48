//! Secrets stay secret: planted ones are looked for wherever an operator or a stranger could look.

use chat_tests::{Door, Logs, Opening, RawConnection, Server};
use serde_json::{Value, json};

const PASSWORD: &str = "canary-password-7f3a";
const WRONG: &str = "canary-wrong-password-91cc";
const TEXT: &str = "canary-text-5be2";
const BROKEN: &str = "canary-broken-0d4e";
const BLOCKED: &str = "canary-offered-3a3a";

/// Signing up and in, well and badly. Returns the tokens that came out; every error that is told is noted.
async fn sign_in(server: &Server, errors: &mut Vec<Value>) -> (String, String) {
    let account =
        json!({"username": "ann", "email": "canary-mail@example.org", "password": PASSWORD});
    let made = server.post("/auth/register", account.clone()).await.ok();
    let wrong = json!({"identifier": "ann", "password": WRONG});
    let odd = json!({"username": BROKEN, "email": BROKEN, "password": [BROKEN], "display_name": {"a": BROKEN}});
    for (path, body) in [
        ("/auth/register", account),
        ("/auth/login", wrong),
        ("/auth/register", odd),
        ("/auth/refresh", json!({"refresh_token": BROKEN})),
    ] {
        errors.push(server.post(path, body).await.body);
    }
    let door = server.door.bearer(BROKEN);
    errors.push(door.call("GET", "/users/me", None).await.body);
    for name in ["token", "ticket"] {
        let opening = Opening::new(&server.door).at(&format!("/ws?{name}={BROKEN}"));
        errors.push(opening.try_open().await.err().unwrap().1);
    }
    (text(&made["access_token"]), text(&made["refresh_token"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Saying something, well and badly.
async fn talk(ann: &Door, errors: &mut Vec<Value>) {
    let group = json!({"kind": "group", "title": "Here", "member_ids": []});
    let made = ann.call("POST", "/conversations", Some(group)).await.ok();
    let path = format!("/conversations/{}/messages", text(&made["id"]));
    for content in [
        json!(TEXT),
        json!([TEXT]),
        json!(format!("{TEXT}\0")),
        json!(TEXT.repeat(300)),
        json!(format!("other {TEXT}")),
    ] {
        let body = json!({"client_id": "c1", "content": content});
        let answer = ann.call("POST", &path, Some(body)).await;
        if answer.status >= 400 {
            errors.push(answer.body);
        }
    }
    let broken = Some(format!("{{\"content\": \"{TEXT}\" x"));
    let path = format!("/api/v1{path}");
    errors.push(ann.send_text("POST", &path, broken).await.body);
}

/// The same over a socket that was opened with a ticket. Returns the ticket.
async fn talk_over_a_socket(server: &Server, ann: &Door, errors: &mut Vec<Value>) -> String {
    let made = ann.call("POST", "/auth/ticket", Some(json!({}))).await.ok();
    let ticket = text(&made["ticket"]);
    let opening = Opening::new(&server.door).at(&format!("/ws?ticket={ticket}"));
    let mut socket = opening.open().await;
    let odd = json!({"conversation_id": BROKEN, "content": [TEXT]});
    for (kind, data) in [("message.send", odd), (TEXT, json!({"content": TEXT}))] {
        errors.push(socket.call(kind, data).await.unwrap_err());
    }
    socket.close().await;
    ticket
}

#[tokio::test]
async fn no_password_token_or_text_is_in_logs_metrics_or_errors() {
    let logs = Logs::capture();
    let server = Server::start().await;

    let mut errors = Vec::new();
    let (access, refresh) = sign_in(&server, &mut errors).await;
    let ann = server.door.bearer(&access);
    talk(&ann, &mut errors).await;
    let ticket = talk_over_a_socket(&server, &ann, &mut errors).await;
    let tokens = [access, refresh, ticket];
    let mut blocked = RawConnection::open(server.address()).await;
    blocked
        .write(
            format!("GET /ws?token={BLOCKED} HTTP/1.1\r\nbad header {BLOCKED}\r\n\r\n").as_bytes(),
        )
        .await;
    blocked.rest().await;

    let metrics = server.door.get("/metrics").await.body.to_string();
    assert!(
        metrics.contains("auth.register"),
        "they count something: {metrics}"
    );
    let errors = serde_json::to_string(&errors).unwrap();
    let logged = logs.text();
    assert!(logged.contains("request_id"), "it listens at all: {logged}");
    let words = [PASSWORD, WRONG, TEXT, BROKEN, BLOCKED, "canary-mail"].map(str::to_owned);
    for canary in words.into_iter().chain(tokens) {
        for (place, text) in [
            ("logs", &logged),
            ("metrics", &metrics),
            ("errors", &errors),
        ] {
            if let Some(found) = text.find(&canary) {
                let around = text.get(found.saturating_sub(300)..(found + 100).min(text.len()));
                panic!("{canary} is in the {place}: {around:?}");
            }
        }
    }
    server.stop().await;
}
