//! Bad input over HTTP: a clear error, nothing lost, nobody else notices.

use chat_tests::{Person, RawConnection, Server};
use serde_json::json;

/// Somebody with a group, and the path of its messages.
async fn somebody(server: &Server) -> (Person, String) {
    let ann = server.person("ann").await;
    let path = format!("/api/v1/conversations/{}/messages", ann.group(&[]).await);
    (ann, path)
}

#[tokio::test]
async fn a_body_that_is_no_good_json_is_malformed() {
    let server = Server::start().await;
    let (ann, path) = somebody(&server).await;
    let deep = format!("{{\"content\": {}", "[".repeat(200_000));

    for body in [
        "{",
        "[]",
        "7",
        "\"content\"",
        "nul",
        "{\"content\": \"x\"} x",
        "{\"content\": \"x\", \"content\": \"y\"}",
        "{\"content\": \"a\\u0000b\"}",
        "{\"content\": \"\\ud800\"}",
        "{\"content\": \"\\udc00\\ud800\"}",
        "{\"content\": 'x'}",
        "{\"content\": \"x\ny\"}",
        "{\"con\\u0000tent\": \"x\"}",
        "{\"a\": 1e999}",
        deep.as_str(),
    ] {
        let answer = ann
            .door
            .send_text("POST", &path, Some(body.to_owned()))
            .await;
        assert_eq!(
            answer.problem(),
            (400, "malformed"),
            "{:?}",
            &body[..body.len().min(60)]
        );
    }
}

#[tokio::test]
async fn bytes_that_are_not_utf8_are_malformed() {
    let server = Server::start().await;
    let (ann, path) = somebody(&server).await;
    let mut raw = RawConnection::open(server.address()).await;

    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: chat\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n",
        ann.token
    );
    raw.write(head.as_bytes()).await;
    raw.write(b"{\"content\": \"\xff\" }").await;

    assert!(raw.rest_text().await.starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn a_field_of_the_wrong_type_is_named() {
    let server = Server::start().await;
    let (ann, path) = somebody(&server).await;

    for body in [
        json!({}),
        json!({"content": null}),
        json!({"content": 7}),
        json!({"content": ["x"]}),
        json!({"content": {"a": "x"}}),
    ] {
        let answer = ann
            .door
            .send_text("POST", &path, Some(body.to_string()))
            .await;
        assert_eq!(
            (answer.problem(), answer.fields()),
            ((422, "invalid"), vec!["content"]),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_text_that_shows_nothing_or_is_too_long_is_refused() {
    let server = Server::start().await;
    let (ann, path) = somebody(&server).await;

    for content in [
        "",
        " \n\t ",
        "\u{200b}\u{200d}",
        "\u{feff}",
        "\u{3164}",
        &"x".repeat(4_001),
        &"ж".repeat(4_001),
    ] {
        let answer = ann
            .door
            .send_text("POST", &path, Some(json!({"content": content}).to_string()))
            .await;
        assert_eq!(
            (answer.problem(), answer.fields()),
            ((422, "invalid"), vec!["content"])
        );
    }
    let most = json!({"content": "👩".repeat(4_000)}).to_string();
    assert_eq!(
        ann.door.send_text("POST", &path, Some(most)).await.status,
        201
    );
}

#[tokio::test]
async fn a_client_id_is_visible_ascii_of_at_most_64() {
    let server = Server::start().await;
    let (ann, path) = somebody(&server).await;

    for id in ["", "a b", "a\n", "é", &"x".repeat(65)] {
        let body = json!({"content": "x", "client_id": id});
        let answer = ann
            .door
            .send_text("POST", &path, Some(body.to_string()))
            .await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec!["client_id"]),
            "{id:?}"
        );
    }
}

#[tokio::test]
async fn numbers_beyond_what_json_readers_hold_are_refused() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;

    for seq in [
        "9007199254740992",
        "18446744073709551616",
        "-1",
        "1.5",
        "\"1\"",
        "null",
        "true",
    ] {
        let path = format!("/api/v1/conversations/{group}/read");
        let answer = ann
            .door
            .send_text("PUT", &path, Some(format!("{{\"seq\": {seq}}}")))
            .await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec!["seq"]),
            "{seq}"
        );
    }
    for query in [
        "before=9007199254740992",
        "after=-1",
        "around=x",
        "limit=-1",
        "limit=1.5",
        "limit=4294967296",
    ] {
        let answer = ann
            .get(&format!("/conversations/{group}/messages?{query}"))
            .await;
        assert_eq!(answer.problem(), (422, "invalid"), "{query}");
    }
}

#[tokio::test]
async fn page_limits_are_brought_into_their_range() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    for nth in 0..3 {
        ann.say(group, &format!("{nth}")).await;
    }

    for (limit, found) in [(0, 1), (1, 1), (3, 3), (1_000_000, 3)] {
        let page = ann.history(group, &format!("?limit={limit}")).await;
        assert_eq!(page["items"].as_array().unwrap().len(), found, "{limit}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_answered_with_413_before_it_is_sent() {
    let server = Server::with(|config| config.limits.body_bytes = 1_000).await;
    let (ann, path) = somebody(&server).await;
    let head = |length: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: chat\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n{length}\r\n\r\n",
            ann.token
        )
    };

    let mut declared = RawConnection::open(server.address()).await;
    declared
        .write(head("Content-Length: 1001").as_bytes())
        .await;
    let mut streamed = RawConnection::open(server.address()).await;
    streamed
        .write(head("Transfer-Encoding: chunked").as_bytes())
        .await;
    streamed
        .write(format!("1000\r\n{}\r\n", " ".repeat(4_096)).as_bytes())
        .await;

    for raw in [&mut declared, &mut streamed] {
        let answer = raw.rest_text().await;
        assert!(
            answer.starts_with("HTTP/1.1 413") && answer.contains("\"too_large\""),
            "{answer:?}"
        );
    }
    assert_eq!(
        ann.door
            .send_text("POST", &path, Some(format!("{{{}}}", " ".repeat(998))))
            .await
            .status,
        422,
        "just fits"
    );
}

#[tokio::test]
async fn only_json_is_read() {
    let server = Server::start().await;
    let (ann, path) = somebody(&server).await;
    let body = json!({"content": "x"}).to_string();

    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "multipart/form-data; boundary=x",
    ] {
        let answer = ann
            .door
            .with("content-type", kind)
            .send_text("POST", &path, Some(body.clone()))
            .await;
        assert_eq!(answer.problem(), (415, "unsupported_media_type"), "{kind}");
    }
    for kind in ["application/json; charset=utf-8", "Application/JSON"] {
        let answer = ann
            .door
            .with("content-type", kind)
            .send_text("POST", &path, Some(body.clone()))
            .await;
        assert_eq!(answer.status, 201, "{kind}");
    }
}
