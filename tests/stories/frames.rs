//! Frames: good calls are answered by number, bad ones are explained, and broken ones end the socket.

use chat_tests::{RawConnection, Server};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

/// The next frame that is no ping of the server: the first of those comes at a moment that is drawn by lot.
async fn next(raw: &mut RawConnection) -> (u8, Vec<u8>) {
    loop {
        match raw.frame().await {
            (9, _) => {}
            frame => return frame,
        }
    }
}

#[tokio::test]
async fn an_answer_carries_the_number_of_its_call_and_without_one_there_is_none() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut socket = ann.socket().await;

    socket.send(json!({"type": "ping", "data": {}})).await;
    socket
        .send(json!({"id": 9_007_199_254_740_991_u64, "type": "ping"}))
        .await;
    socket
        .send(json!({"id": 0, "type": "ping", "data": null}))
        .await;

    for id in [9_007_199_254_740_991, 0] {
        assert!(socket.answer(id).await.unwrap()["server_time"].is_string());
    }
    assert_eq!(socket.settle().await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn an_error_names_the_fields_and_leaves_the_socket_open() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut socket = ann.socket().await;

    let error = socket
        .call("message.send", json!({"content": "", "client_id": "a b"}))
        .await
        .unwrap_err();

    assert_eq!(error["code"], "invalid");
    let fields: Vec<_> = error["errors"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(fields, ["client_id", "content", "conversation_id"]);
    assert!(socket.call("ping", json!({})).await.is_ok());
}

#[tokio::test]
async fn what_is_no_call_is_explained_and_leaves_the_socket_open() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut socket = ann.socket().await;

    assert_eq!(
        socket.call("moon.rise", json!({})).await.unwrap_err()["code"],
        "malformed"
    );
    assert_eq!(
        socket.call("auth.logout", json!({})).await.unwrap_err()["code"],
        "malformed",
        "not over a socket"
    );
    for text in [
        "",
        "x",
        "[]",
        "7",
        "{\"id\": 1",
        "{\"id\":1,\"id\":2,\"type\":\"ping\"}",
        "{\"type\":\"ping\\u0000\"}",
    ] {
        socket.send_message(Message::Text(text.into())).await;
        let answer = socket.answer(0).await;
        assert!(answer.is_err(), "{text:?}: {answer:?}");
    }
    let deep = format!(
        "{{\"id\":5,\"type\":\"ping\",\"data\":{}{}}}",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    socket.send_message(Message::Text(deep.into())).await;
    assert_eq!(socket.answer(0).await.unwrap_err()["code"], "malformed");
    assert!(socket.call("ping", json!({})).await.is_ok());
}

#[tokio::test]
async fn a_type_that_is_no_text_is_named_with_the_number_of_the_call() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut socket = ann.socket().await;

    for (id, frame) in [
        (7, json!({"id": 7, "type": ["ping"]})),
        (8, json!({"id": 8})),
        (9, json!({"id": 9, "type": "ping", "data": [1]})),
    ] {
        socket.send(frame.clone()).await;
        assert!(socket.answer(id).await.is_err(), "{frame}");
    }
    socket.send(json!({"id": "seven", "type": "ping"})).await;
    assert!(
        socket.answer(0).await.unwrap_err()["errors"]
            .as_object()
            .unwrap()
            .contains_key("id")
    );
}

#[tokio::test]
async fn a_binary_frame_ends_the_socket() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut socket = ann.socket().await;

    socket
        .send_message(Message::Binary(b"{}".to_vec().into()))
        .await;

    assert_eq!(
        socket.expect_close().await,
        (4502, "broken frame".to_owned())
    );
}

#[tokio::test]
async fn a_frame_over_the_published_size_ends_the_socket() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let most = ann.socket().await.ready["limits"]["frame_bytes"]
        .as_u64()
        .unwrap() as usize;
    let mut just = RawConnection::upgraded(&ann.door).await;
    let mut over = RawConnection::upgraded(&ann.door).await;
    let mut in_parts = RawConnection::upgraded(&ann.door).await;

    just.write_frame(0x81, &vec![b' '; most]).await;
    over.write_frame(0x81, &vec![b' '; most + 1]).await;
    in_parts.write_frame(0x01, &vec![b' '; most]).await;
    in_parts.write_frame(0x80, b" ").await;

    assert_eq!(next(&mut just).await.0, 1, "an answer: it is no call");
    assert_eq!(
        (over.closing_code().await, in_parts.closing_code().await),
        (1009, 1009)
    );
}

#[tokio::test]
async fn a_frame_that_only_says_that_it_is_huge_ends_the_socket_at_once() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut raw = RawConnection::upgraded(&ann.door).await;

    raw.write(&[0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
        .await;

    assert_eq!(raw.closing_code().await, 1009, "before it is sent");
}

#[tokio::test]
async fn text_that_is_not_utf8_ends_the_socket_also_in_parts() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut whole = RawConnection::upgraded(&ann.door).await;
    let mut parts = RawConnection::upgraded(&ann.door).await;
    let mut torn = RawConnection::upgraded(&ann.door).await;

    whole.write_frame(0x81, b"{\"a\": \"\xff\"}").await;
    parts.write_frame(0x01, b"{\"a\": \"\xe2").await;
    parts.write_frame(0x80, b"\x28\xa1\"}").await;
    torn.write_frame(0x01, b"{\"a\": \"\xe2\x82").await;
    torn.write_frame(0x80, b"").await;

    assert_eq!(whole.closing_code().await, 1007);
    assert_eq!(parts.closing_code().await, 1007);
    assert_eq!(torn.closing_code().await, 1007);
}

#[tokio::test]
async fn a_letter_split_over_fragments_is_read() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let mut raw = RawConnection::upgraded(&ann.door).await;
    let frame = json!({"id": 1, "type": "message.send", "data": {"conversation_id": group, "content": "€"}}).to_string();
    let (first, second) = frame.as_bytes().split_at(frame.find('€').unwrap() + 1);

    raw.write_frame(0x01, first).await;
    raw.write_frame(0x89, b"in between").await;
    raw.write_frame(0x80, second).await;

    let mut frames = [
        next(&mut raw).await,
        next(&mut raw).await,
        next(&mut raw).await,
    ];
    frames.sort();
    assert_eq!(
        frames[2],
        (10, b"in between".to_vec()),
        "a ping between fragments is answered"
    );
    assert_eq!(ann.history(group, "").await["items"][0]["content"], "€");
}

#[tokio::test]
async fn what_breaks_the_rules_of_websockets_ends_the_socket() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let long_ping = [&[0x89, 0xfe, 0x00, 0x7e, 0, 0, 0, 0][..], &[0; 126]].concat();
    let broken: [(&str, &[u8]); 8] = [
        ("unmasked", &[0x81, 0x02, b'{', b'}']),
        ("reserved bit 1", &[0xc1, 0x82, 0, 0, 0, 0, b'{', b'}']),
        ("reserved bit 3", &[0x91, 0x82, 0, 0, 0, 0, b'{', b'}']),
        ("reserved opcode", &[0x83, 0x80, 0, 0, 0, 0]),
        ("reserved control opcode", &[0x8b, 0x80, 0, 0, 0, 0]),
        ("fragmented ping", &[0x09, 0x80, 0, 0, 0, 0]),
        ("long ping", &long_ping),
        ("a continuation of nothing", &[0x80, 0x80, 0, 0, 0, 0]),
    ];

    for (what, bytes) in broken {
        let mut raw = RawConnection::upgraded(&ann.door).await;
        raw.write(bytes).await;
        assert_eq!(raw.closing_code().await, 1002, "{what}");
    }
}

#[tokio::test]
async fn goodbye_is_answered() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    for (payload, code) in [(&[0x03, 0xe8][..], 1000), (&[], 1005)] {
        let mut raw = RawConnection::upgraded(&ann.door).await;

        raw.write_frame(0x88, payload).await;

        assert_eq!(raw.closing_code().await, code, "{payload:?}");
        assert_eq!(
            raw.rest().await,
            b"",
            "and then the server closes the connection"
        );
    }
}

#[tokio::test]
async fn a_bad_goodbye_is_an_error() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    for (payload, code) in [
        (&[0x03, 0xed][..], 1002),
        (&[0x00, 0x01], 1002),
        (&[0x03], 1002),
        (&[0x03, 0xe8, 0xff], 1007),
    ] {
        let mut raw = RawConnection::upgraded(&ann.door).await;

        raw.write_frame(0x88, payload).await;

        assert_eq!(raw.closing_code().await, code, "{payload:?}");
    }
}

#[tokio::test]
async fn a_flood_of_pings_ends_the_socket() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut raw = RawConnection::upgraded(&ann.door).await;

    raw.write(&[0x89, 0x80, 0, 0, 0, 0].repeat(2_000)).await;

    assert_eq!(raw.closing_code().await, 4029);
}
