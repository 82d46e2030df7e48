//! The log of `chat serve`: a line for each call and each socket, and no secret in any of them.

use chat_tests::{Door, Home, Opening, Serving};
use serde_json::{Value, json};

const PASSWORD: &str = "canary-password-7f3a";
const TEXT: &str = "canary-text-5be2";
const MAIL: &str = "canary-mail@example.org";
const QUERY: &str = "canary-query-0d4e";

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn door(chat: &Serving) -> Door {
    Door::mounted(chat.address.parse().unwrap(), "")
}

/// Does what has secrets in it, well and badly. Returns the door of who did it and the tokens.
async fn use_secrets(nobody: &Door) -> (Door, Vec<String>) {
    let account = json!({"username": "ann", "email": MAIL, "password": PASSWORD});
    let made = nobody
        .call("POST", "/auth/register", Some(account))
        .await
        .ok();
    let wrong = json!({"identifier": MAIL, "password": format!("{PASSWORD}x")});
    assert_eq!(
        nobody.call("POST", "/auth/login", Some(wrong)).await.status,
        401
    );
    let access = text(&made["access_token"]);
    let ann = nobody.bearer(&access);
    let ticket = ann.call("POST", "/auth/ticket", Some(json!({}))).await.ok();
    let ticket = text(&ticket["ticket"]);
    ann.call("GET", &format!("/users?q={MAIL}"), None).await;
    ann.get(&format!("/{QUERY}?token={access}")).await;
    let by_token = Opening::new(nobody).at(&format!("/ws?token={access}"));
    assert_eq!(by_token.try_open().await.err().unwrap().0, 401);
    let mut socket = Opening::new(nobody)
        .at(&format!("/ws?ticket={ticket}"))
        .open()
        .await;
    let group = json!({"kind": "group", "title": TEXT, "member_ids": []});
    let group = socket.call("conversation.create", group).await.unwrap();
    let send = json!({"conversation_id": group["id"], "client_id": "c1", "content": TEXT});
    let sent = socket.call("message.send", send).await.unwrap();
    ann.call(
        "GET",
        &format!("/messages/{}", text(&sent["message_id"])),
        None,
    )
    .await
    .ok();
    socket.close().await;
    (ann, vec![access, text(&made["refresh_token"]), ticket])
}

#[tokio::test]
async fn no_secret_is_in_the_log_of_a_server_at_debug() {
    let home = Home::new();
    let chat = home
        .serve("127.0.0.1:0", &["--log", "debug", "--log-format", "json"])
        .await;

    let (_, tokens) = use_secrets(&door(&chat)).await;

    let log = chat.process.terminate().await.stderr;
    assert!(
        log.contains("\"DEBUG\"") && log.contains("a socket closed"),
        "{log}"
    );
    let words = [PASSWORD, TEXT, MAIL, QUERY, "canary"].map(str::to_owned);
    for secret in words.into_iter().chain(tokens) {
        let line = log.lines().find(|line| line.contains(&secret));
        assert!(line.is_none(), "{secret} is in {line:?}");
    }
}

#[tokio::test]
async fn each_call_and_each_socket_has_its_lines() {
    let home = Home::new();
    let chat = home.serve("127.0.0.1:0", &["--log", "json"]).await;
    let (ann, _) = use_secrets(&door(&chat).with("x-request-id", "r:1")).await;
    let me = ann.call("GET", "/users/me", None).await.ok();

    let log = chat.process.terminate().await.stderr;

    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let find = |name: &str, value: &str| {
        let line = lines.iter().find(|line| line[name] == value);
        line.unwrap_or_else(|| panic!("no {name} {value} in {log}"))
    };
    let line = find("route", "/api/v1/messages/{message_id}");
    let wanted = json!(["GET", 200, "r:1", me["id"], "127.0.0.1"]);
    let found = ["method", "status", "request_id", "user", "address"].map(|name| &line[name]);
    assert_eq!(json!(found), wanted, "{line}");
    assert!(
        line["bytes"].as_u64() > Some(0) && line["duration_ms"].as_f64() > Some(0.0),
        "{line}"
    );
    assert_eq!(find("route", "/api/v1/auth/login")["user"], "anonymous");
    assert_eq!(find("route", "none")["status"], 404);
    assert_eq!(find("message", "a socket opened")["user"], me["id"]);
    let closed = find("message", "a socket closed");
    let counts = (closed["frames_in"].as_u64(), closed["frames_out"].as_u64());
    assert!(counts.0 >= Some(3) && counts.1 >= Some(3), "{closed}");
    assert_eq!(
        (&closed["code"], &closed["reason"]),
        (&json!(1000), &json!("the peer said goodbye"))
    );
}

#[tokio::test]
async fn a_frame_that_fails_is_logged_with_its_cause() {
    let home = Home::new();
    let chat = home.serve("127.0.0.1:0", &["--log", "json"]).await;
    let (ann, _) = use_secrets(&door(&chat)).await;
    let mut socket = Opening::new(&ann).open().await;
    let group = json!({"kind": "group", "title": "a", "member_ids": []});
    let group = socket.call("conversation.create", group).await.unwrap();
    let mut database = chat_tests::Database::open(&home.database()).await;
    let broken = database
        .run("alter table messages rename to gone", &[])
        .await;
    broken.unwrap();

    let history = json!({"conversation_id": group["id"]});
    let failed = socket.call("history", history).await.unwrap_err();

    assert_eq!(failed["code"], "unavailable");
    let log = chat.process.terminate().await.stderr;
    let line = log
        .lines()
        .find(|line| line.contains("a call over a socket failed"));
    let line: Value = serde_json::from_str(line.unwrap()).unwrap();
    assert_eq!(line["operation"], "history", "{line}");
    let cause = match database.is_postgres() {
        true => "does not exist",
        false => "no such table",
    };
    assert!(text(&line["cause"]).contains(cause), "{line}");
    assert!(
        line["user"].is_string() && line["socket"].is_string() && line["frame"].is_u64(),
        "{line}"
    );
}
