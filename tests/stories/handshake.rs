//! Opening a socket: who one is, where the page comes from, and what is said first.

use chat_tests::{Opening, Server, unknown_id};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn the_first_frame_says_who_one_is_and_what_is_allowed() {
    let server = Server::with(|config| config.heartbeat_ms = 12_345).await;
    let ann = server.person("ann").await;

    let socket = ann.socket().await;

    let ready = &socket.ready;
    assert_eq!(
        (&ready["user"]["id"], &ready["session_id"]),
        (&json!(ann.id), &json!(ann.session_id))
    );
    assert_eq!(
        (&ready["heartbeat_ms"], &ready["limits"]["message_chars"]),
        (&json!(12_345), &json!(4_000))
    );
    assert!(ready["server_time"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn the_subprotocol_is_answered_where_it_is_offered() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let offered = Opening::new(&ann.door)
        .with("sec-websocket-protocol", "old, chat.v1")
        .open()
        .await;
    let silent = Opening::new(&ann.door).open().await;

    let answer = |socket: &chat_tests::Socket| {
        socket
            .upgrade
            .headers()
            .get("sec-websocket-protocol")
            .cloned()
    };
    assert_eq!(answer(&offered).unwrap(), "chat.v1");
    assert_eq!(answer(&silent), None);
}

#[tokio::test]
async fn a_first_frame_may_bring_the_token() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut socket = Opening::new(&server.door).open_silent().await;

    socket
        .send(json!({"type": "hello", "data": {"token": ann.token}}))
        .await;

    let ready = socket.next_event("ready").await;
    assert_eq!(ready["data"]["user"]["username"], "ann");
}

#[tokio::test]
async fn a_first_frame_that_is_no_good_hello_closes_the_socket() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let out = server.another_device(&ann).await;
    out.post("/auth/logout", json!({})).await.ok();

    for (frame, code) in [
        (
            json!({"type": "hello", "data": {"token": "nonsense"}}),
            4501,
        ),
        (
            json!({"type": "hello", "data": {"token": ann.refresh_token}}),
            4501,
        ),
        (json!({"type": "hello"}), 4501),
        (json!({"id": 1, "type": "ping", "data": {}}), 4501),
        (
            json!({"type": "hello", "data": {"token": "x".repeat(10_000)}}),
            4501,
        ),
        (json!({"type": "hello", "data": {"token": out.token}}), 4503),
    ] {
        let mut socket = Opening::new(&server.door).open_silent().await;
        socket.send(frame.clone()).await;
        assert_eq!(socket.expect_close().await.0, code, "{frame}");
    }
    let mut binary = Opening::new(&server.door).open_silent().await;
    binary
        .send_message(Message::Binary(b"hello".to_vec().into()))
        .await;
    assert_eq!(binary.expect_close().await.0, 4501);
}

#[tokio::test]
async fn a_token_in_the_address_is_refused_unless_it_is_switched_on() {
    let (off, on) = (
        Server::start().await,
        Server::with(|config| config.query_token = true).await,
    );

    let ann = off.person("ann").await;
    let refused = Opening::new(&off.door)
        .at(&format!("/ws?token={}", ann.token))
        .try_open()
        .await;
    let ann = on.person("ann").await;
    let opened = Opening::new(&on.door)
        .at(&format!("/ws?token={}", ann.token))
        .open()
        .await;

    assert_eq!(refused.err().unwrap().0, 401);
    assert_eq!(opened.ready["user"]["username"], "ann");
}

#[tokio::test]
async fn pages_of_origins_that_are_not_on_the_list_open_nothing() {
    let server =
        Server::with(|config| config.allowed_origins = vec!["https://app.example.org".to_owned()])
            .await;
    let ann = server.person("ann").await;
    let from = |origin: &str| Opening::new(&ann.door).with("origin", origin).try_open();

    assert!(from("https://app.example.org").await.is_ok());
    for origin in [
        "https://evil.example.org",
        "http://app.example.org",
        "https://app.example.org.evil.org",
        "null",
        "",
    ] {
        let refused = from(origin)
            .await
            .err()
            .unwrap_or_else(|| panic!("{origin:?} may not"));
        assert_eq!(
            (refused.0, &refused.1["code"]),
            (403, &json!("forbidden")),
            "{origin:?}"
        );
    }
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_call_over_http_and_others_may_not() {
    let server =
        Server::with(|config| config.allowed_origins = vec!["https://app.example.org".to_owned()])
            .await;
    let ask = async |origin: &str| {
        let door = server
            .door
            .with("origin", origin)
            .with("access-control-request-method", "POST");
        let answer = door.call("OPTIONS", "/auth/login", None).await;
        answer
            .header("access-control-allow-origin")
            .map(str::to_owned)
    };

    assert_eq!(
        ask("https://app.example.org").await.as_deref(),
        Some("https://app.example.org")
    );
    assert_eq!(ask("https://evil.example.org").await, None);
}

#[tokio::test]
async fn what_is_no_websocket_handshake_is_told_so() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let plain = ann.door.get("/ws").await;
    let old = ann
        .door
        .with("connection", "upgrade")
        .with("upgrade", "websocket")
        .with("sec-websocket-version", "8");
    let old = old
        .with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .get("/ws")
        .await;

    assert_eq!(plain.problem(), (426, "upgrade_required"));
    assert_eq!(old.problem(), (426, "upgrade_required"));
}

#[tokio::test]
async fn one_user_has_no_more_sockets_than_allowed() {
    let server = Server::with(|config| config.limits.sockets_per_user = 2).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (first, _second) = (ann.socket().await, ann.socket().await);

    let mut third = Opening::new(&ann.door).open_silent().await;

    assert_eq!(
        third.expect_close().await,
        (4029, "too many sockets or calls".to_owned())
    );
    bob.socket().await;
    first.close().await;
    chat_tests::within("the place is free again", async {
        while server.chat().sockets() > 2 {
            tokio::task::yield_now().await
        }
    })
    .await;
    ann.socket().await;
}

#[tokio::test]
async fn one_address_and_the_whole_server_have_no_more_sockets_than_allowed() {
    for by_address in [true, false] {
        let server = Server::with(|config| match by_address {
            true => config.sockets_per_address = 1,
            false => config.sockets_most = 1,
        })
        .await;
        let [ann, bob] = server.people(["ann", "bob"]).await;
        let _first = ann.socket().await;

        let mut second = Opening::new(&bob.door).open_silent().await;

        assert_eq!(second.expect_close().await.0, 4029);
    }
}

#[tokio::test]
async fn a_narrowed_socket_hears_of_its_one_conversation_only() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (one, other) = (ann.group(&[&bob]).await, ann.group(&[&bob]).await);
    let mut narrowed = Opening::new(&bob.door)
        .at(&format!("/ws/conversations/{one}"))
        .open()
        .await;

    ann.say(other, "elsewhere").await;
    bob.read(other, 1).await;
    ann.group(&[&bob]).await;
    ann.say(one, "here").await;

    assert_eq!(
        narrowed.next_event("message.new").await["data"]["content"],
        "here"
    );
    let rest = narrowed.settle().await;
    assert_eq!(
        rest,
        Vec::<serde_json::Value>::new(),
        "nothing of the others"
    );
}

#[tokio::test]
async fn a_narrowed_socket_is_for_members() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[]).await;
    let open = |id: String| {
        Opening::new(&bob.door)
            .at(&format!("/ws/conversations/{id}"))
            .try_open()
    };

    let theirs = open(group.to_string()).await.err().unwrap();
    let unknown = open(unknown_id().to_string()).await.err().unwrap();

    assert_eq!((theirs.0, unknown.0), (404, 404));
    assert_eq!(theirs.1["detail"], unknown.1["detail"]);
    assert_eq!(open("nonsense".to_owned()).await.err().unwrap().0, 404);
    let mut hello = Opening::new(&server.door)
        .at(&format!("/ws/conversations/{group}"))
        .open_silent()
        .await;
    hello
        .send(json!({"type": "hello", "data": {"token": bob.token}}))
        .await;
    assert_eq!(hello.expect_close().await.0, 4501);
}
