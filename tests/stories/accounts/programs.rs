//! Tokens for programs, as others and their owners see them.

use chat_tests::{HeldClock, Person, Server, until};
use serde_json::{Value, json};

/// A program that speaks for somebody.
async fn program(server: &Server, owner: &Person, scope: &str) -> Person {
    let body = json!({"name": "a bot", "scope": scope});
    let made = owner.post("/auth/tokens", body).await.ok();
    let token = made["token"].as_str().expect("it is told once");
    Person {
        token: token.to_owned(),
        door: server.door.bearer(token),
        ..owner.clone()
    }
}

/// What ann sees of bob.
async fn state(ann: &Person, bob: &Person) -> Value {
    let mut socket = ann.socket().await;
    let watch = json!({"user_ids": [bob.id]});
    socket.call("presence.watch", watch).await.unwrap()["items"][0]["state"].clone()
}

#[tokio::test]
async fn a_program_that_only_reads_is_no_sign_of_its_owner() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    ann.direct(&bob).await;
    let reader = program(&server, &bob, "read").await;

    let reading = reader.socket().await;
    assert_eq!(state(&ann, &bob).await, "offline");
    let writing = program(&server, &bob, "write").await.socket().await;
    assert_eq!(state(&ann, &bob).await, "online");
    writing.close().await;
    let path = format!("/users/{}", bob.id);
    let seen = async || ann.get(&path).await.ok()["last_seen_at"].clone();
    let gone = async || match seen().await {
        at if at.is_string() => Ok(at),
        other => Err(other.to_string()),
    };
    let at = until("the last that others see goes", gone).await;
    assert_eq!(state(&ann, &bob).await, "offline");
    reading.close().await;

    assert_eq!(seen().await, at);
}

#[tokio::test]
async fn when_a_token_was_used_last_is_told_to_the_hour() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| ()).await;
    let ann = server.person("ann").await;
    let bot = program(&server, &ann, "read").await;
    let used = async |who: &Person| {
        let all = who.get("/auth/sessions").await.ok();
        let all = all["items"].as_array().expect("a page").clone();
        let token = all.into_iter().find(|one| one["scope"] == "read");
        token.expect("it is listed")["last_used_at"].clone()
    };

    let new = used(&ann).await;
    let made = used(&bot).await;
    clock.move_by_ms(59 * 60 * 1_000);
    let soon = used(&bot).await;
    clock.move_by_ms(60 * 1_000);

    assert!(new.is_null() && made.is_string(), "{new} {made}");
    assert_eq!(soon, made);
    assert_ne!(used(&bot).await, made);
}
