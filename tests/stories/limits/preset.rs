//! The documented figures of the throttled chat, by name: 20, 100 and 10 in a minute.

use super::{over, over_frame, text};
use chat_core::LimitsPreset;
use chat_server::{ChatServer, Config};
use chat_tests::{HeldClock, Home, Server};
use serde_json::{Value, json};

async fn throttled(clock: &HeldClock) -> Server {
    Server::held(clock, |config| {
        *config = std::mem::take(config).with_limits(LimitsPreset::Throttled);
    })
    .await
}

/// All of it refills in a minute, and one in its part of that.
#[track_caller]
fn is_a_part_of_a_minute(wait: i64, figure: i64) {
    assert_eq!(wait, 60_000 / figure);
}

#[tokio::test]
async fn nobody_calls_20_times_a_minute() {
    let clock = HeldClock::default();
    let server = throttled(&clock).await;
    let refresh = async || {
        let token = json!({"refresh_token": "not a good one"});
        server.post("/auth/refresh", token).await
    };
    for nth in 1..=20 {
        assert_ne!(refresh().await.status, 429, "call {nth}");
    }

    let wait = over(&refresh().await, "anonymous_calls_per_minute");

    is_a_part_of_a_minute(wait, 20);
    clock.move_by_ms(60_000);
    for nth in 1..=20 {
        assert_ne!(refresh().await.status, 429, "call {nth} of the next minute");
    }
}

#[tokio::test]
async fn somebody_calls_100_times_a_minute_over_http_and_the_socket_together() {
    let clock = HeldClock::default();
    let server = throttled(&clock).await;
    let ann = server.person("ann").await;
    let mut socket = ann.socket().await;
    for nth in (2..=100).step_by(3) {
        ann.get("/users/me").await.ok();
        socket.call("ping", json!({})).await.expect("it is counted");
        assert_eq!(ann.get("/auth/session").await.status, 200, "call {nth}");
    }

    is_a_part_of_a_minute(over(&ann.get("/users/me").await, "calls_per_minute"), 100);
    over_frame(socket.call("ping", json!({})).await, "calls_per_minute");
}

#[tokio::test]
async fn somebody_sends_10_messages_and_reads_10_times_a_minute_besides() {
    let clock = HeldClock::default();
    let server = throttled(&clock).await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let mut socket = ann.socket().await;
    let (send, read) = ("sends_per_minute", "reads_per_minute");
    let frame = |kind: &str| match kind {
        "history" => json!({"conversation_id": group}),
        _ => json!({"conversation_id": group, "content": "hello"}),
    };
    for _ in 0..5 {
        ann.say(group, "hello").await;
        socket
            .call("message.send", frame("send"))
            .await
            .expect("sent");
        ann.history(group, "").await;
        socket
            .call("history", frame("history"))
            .await
            .expect("read");
    }

    is_a_part_of_a_minute(over(&ann.send(group, text("11")).await, send), 10);
    over_frame(socket.call("message.send", frame("send")).await, send);
    let path = format!("/conversations/{group}/messages");
    is_a_part_of_a_minute(over(&ann.get(&path).await, read), 10);
    over_frame(socket.call("history", frame("history")).await, read);
    assert_eq!(ann.look(group).await.last_seq.get(), 10);
}

#[tokio::test]
async fn the_program_takes_the_preset_by_name_and_lists_the_names_of_all() {
    let home = Home::new();
    let words = [
        "config",
        "show",
        "--limits",
        "throttled",
        "--set",
        "limits.reads_per_minute=9",
    ];

    let shown = home.run(&words).await.json();
    let of = |key: &str| {
        let line = shown
            .iter()
            .find(|line| line["key"] == key)
            .unwrap_or(&Value::Null);
        (
            line["value"].clone(),
            line["from"].as_str().unwrap_or_default(),
        )
    };

    assert_eq!(
        of("limits.sends_per_minute"),
        (json!(10), "preset throttled")
    );
    assert_eq!(
        of("limits.reads_per_minute"),
        (json!(9), "flag --set limits.reads_per_minute")
    );
    assert_eq!(of("limits_preset"), (json!("throttled"), "flag --limits"));
    let refused = home.run(&["serve", "--limits", "tight"]).await;
    let said = refused.failed(2);
    assert!(
        said.contains("default") && said.contains("throttled"),
        "{said}"
    );
}

#[tokio::test]
async fn a_preset_that_is_only_named_is_refused() {
    let config = Config {
        database: "sqlite::memory:".to_owned(),
        limits_preset: LimitsPreset::Throttled,
        ..Config::default()
    };

    let refused = ChatServer::builder().config(config).build().await;

    let said = refused.err().expect("it is refused").to_string();
    assert!(said.contains("with_limits"), "{said}");
}
