//! What every answer over HTTP has, and what is answered where there is nothing to call.

use chat_core::Operation;
use chat_tests::{HeldClock, RawConnection, Server, unknown_id};
use serde_json::json;

#[tokio::test]
async fn a_header_that_is_too_large_is_answered_with_431() {
    let server = Server::start().await;
    let long = format!(
        "GET /health/live HTTP/1.1\r\nHost: chat\r\nX: {}\r\n\r\n",
        "x".repeat(200_000)
    );
    let many = format!(
        "GET /health/live HTTP/1.1\r\nHost: chat\r\n{}\r\n",
        "X: y\r\n".repeat(1_000)
    );

    for head in [long, many] {
        let mut raw = RawConnection::open(server.address()).await;
        raw.write(head.as_bytes()).await;
        let answer = raw.rest_text().await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer:?}");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/moon",
        "/api/v2/users/me",
        "/ws/moon",
        "//",
        "/api/v1/../v1/users/me/x",
    ] {
        assert_eq!(
            ann.door.get(path).await.problem(),
            (404, "not_found"),
            "{path}"
        );
    }
    let wrong = ann.post("/users/me", json!({})).await;
    assert_eq!(wrong.problem(), (405, "method_not_allowed"));
    assert!(
        wrong
            .header("allow")
            .is_some_and(|allow| allow.contains("GET")),
        "RFC 9110, 15.5.6: {wrong:?}"
    );
    assert_eq!(
        ann.door
            .send_text("POST", "/health/live", None)
            .await
            .problem(),
        (405, "method_not_allowed")
    );
}

#[tokio::test]
async fn a_path_that_cannot_be_decoded_is_a_problem_too() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    for path in [
        "/messages/%FF",
        "/messages/%00",
        "/messages/nonsense",
        "/conversations/%F0%9F/messages",
        "/users/%2e%2e",
    ] {
        let answer = ann.get(path).await;
        assert!(
            [400, 404, 422].contains(&answer.status),
            "{path}: {answer:?}"
        );
        assert!(!answer.code().is_empty(), "{path}: {answer:?}");
    }
    assert_eq!(
        ann.get("/users?q=a%00b").await.problem(),
        (400, "malformed")
    );
}

#[tokio::test]
async fn a_trailing_slash_is_accepted_everywhere() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    for (method, path) in Operation::ALL.iter().filter_map(|operation| operation.rest) {
        let path = path.split('/').map(|part| {
            if part.starts_with('{') {
                unknown_id().to_string()
            } else {
                part.to_owned()
            }
        });
        let path = path.collect::<Vec<_>>().join("/");
        // What ends the session or the account leaves nobody to call a second time.
        if path == "/auth/logout" || (method.as_str(), &*path) == ("DELETE", "/users/me") {
            continue;
        }
        let plain = ann.door.call(method.as_str(), &path, Some(json!({}))).await;
        let slash = ann
            .door
            .call(method.as_str(), &format!("{path}/"), Some(json!({})))
            .await;
        assert_eq!(plain.status, slash.status, "{path}");
    }
    for path in [
        "/health/live/",
        "/health/ready/",
        "/metrics/",
        "/api/openapi.json/",
        "/api/asyncapi.json/",
        "/docs/",
    ] {
        assert_eq!(server.door.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn every_answer_carries_a_request_id_and_takes_over_a_harmless_one() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let id = async |given: &str, path: &str| {
        let answer = ann.door.with("x-request-id", given).get(path).await;
        answer.header("x-request-id").map(str::to_owned)
    };

    for path in [
        "/api/v1/users/me",
        "/api/v1/moon",
        "/health/ready",
        "/health/live",
        "/metrics",
        "/docs",
        "/api/openapi.json",
        "/ws",
    ] {
        assert_eq!(
            id("my-request-0001", path).await.as_deref(),
            Some("my-request-0001"),
            "{path}"
        );
        for odd in [
            "",
            "with space in it",
            "\u{fffd}aaaaaaaaaa",
            &"x".repeat(65),
        ] {
            let made = id(odd, path)
                .await
                .unwrap_or_else(|| panic!("{path} has one"));
            assert!(made.len() == 36 && made != odd, "{path}: {made}");
        }
    }
}

#[tokio::test]
async fn what_a_proxy_says_is_only_believed_of_a_configured_one() {
    for trusted in [false, true] {
        let server = Server::held(&HeldClock::default(), |config| {
            config.limits.anonymous_calls_per_minute = 2;
            config.trusted_proxies = if trusted {
                vec!["127.0.0.1".parse().unwrap()]
            } else {
                Vec::new()
            };
        })
        .await;

        let mut statuses = Vec::new();
        for nth in 0..6 {
            let door = server
                .door
                .with("x-forwarded-for", &format!("198.51.100.{nth}"));
            let login = json!({"identifier": format!("somebody{nth}"), "password": "guess"});
            statuses.push(door.call("POST", "/auth/login", Some(login)).await.status);
        }

        let wanted = if trusted {
            [401; 6]
        } else {
            [401, 401, 429, 429, 429, 429]
        };
        assert_eq!(statuses, wanted);
    }
}

#[tokio::test]
async fn answers_are_not_to_be_stored_or_guessed_at() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    for path in [
        "/api/v1/users/me",
        "/api/v1/moon",
        "/docs",
        "/metrics",
        "/api/openapi.json",
    ] {
        let answer = ann.door.get(path).await;
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    let policy = ann
        .door
        .get("/docs")
        .await
        .header("content-security-policy")
        .unwrap()
        .to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
}

#[tokio::test]
async fn what_is_no_http_is_answered_or_closed_and_the_server_goes_on() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: chat\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: chat\r\nTransfer-Encoding: moon\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut raw = RawConnection::open(server.address()).await;
        raw.write(bytes).await;
        let answer = raw.rest_text().await;
        assert!(
            answer.is_empty()
                || answer.starts_with("HTTP/1.1 4")
                || answer.starts_with("HTTP/1.0 4"),
            "{bytes:?}: {answer}"
        );
    }
    assert_eq!(ann.get("/users/me").await.status, 200);
}

#[tokio::test]
async fn two_lengths_are_not_two_requests() {
    let server = Server::start().await;
    for lengths in [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
    ] {
        let mut raw = RawConnection::open(server.address()).await;
        let smuggled = "0\r\n\r\nGET /api/v1/moon HTTP/1.1\r\nHost: chat\r\n\r\n";
        raw.write(format!("POST /api/v1/auth/login HTTP/1.1\r\nHost: chat\r\nConnection: close\r\n{lengths}\r\n\r\n{smuggled}").as_bytes()).await;

        let answer = raw.rest_text().await;

        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        assert!(
            !answer.contains("/docs"),
            "the second was not looked at: {answer}"
        );
    }
}

#[tokio::test]
async fn calls_other_than_sends_are_counted_over_http_and_sockets_together() {
    let server = Server::held(&HeldClock::default(), |config| {
        config.limits.calls_per_minute = 12;
    })
    .await;
    let ann = server.person("ann").await;
    // Three may come at once, and opening a socket is the first of them.
    let mut socket = ann.socket().await;

    assert_eq!(ann.get("/users/me").await.status, 200);
    assert!(socket.call("ping", json!({})).await.is_ok());
    let (over_http, over_socket) = (
        ann.get("/users/me").await,
        socket.call("ping", json!({})).await,
    );

    assert_eq!(over_http.problem(), (429, "rate_limited"));
    assert!(
        over_http
            .header("retry-after")
            .is_some_and(|wait| wait.parse::<u32>().unwrap() >= 1)
    );
    assert!(over_socket.unwrap_err()["retry_after_ms"].as_u64() > Some(0));
}
