//! Answers to what was not read: whoever sends it gets the answer all the same, and never a reset connection.

use chat_tests::{RawConnection, Server, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A call of nobody with a body, and what of it is sent after the head.
fn refused_call(path: &str, headers: &str, length: usize) -> String {
    format!(
        "POST /api/v1{path} HTTP/1.1\r\nHost: chat\r\n{headers}Content-Length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_refused_body_that_is_small_keeps_its_connection() {
    let server = Server::start().await;
    let mut raw = RawConnection::open(server.address()).await;
    let body = vec![b' '; 40_000];

    for (path, status) in [
        ("/attachments", "401"),
        ("/conversations", "401"),
        ("/nowhere", "404"),
        ("/attachments", "401"),
    ] {
        raw.write(refused_call(path, "", body.len()).as_bytes())
            .await;
        raw.write_whole(&body).await;
        let answer = raw.answer().await;

        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(!answer.contains("connection: close"), "{answer}");
    }
}

#[tokio::test]
async fn a_large_body_that_is_refused_can_be_sent_to_its_end_and_its_answer_read() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let token = format!("Authorization: Bearer {}\r\n", ann.token);
    let body = vec![b' '; 12 << 20];

    for (path, headers, status) in [
        ("/attachments", "", "401"),
        ("/nowhere", "", "404"),
        ("/conversations", token.as_str(), "413"),
    ] {
        let mut raw = RawConnection::open(server.address()).await;
        raw.write(refused_call(path, headers, body.len()).as_bytes())
            .await;
        // Who looks for the answer only after everything is sent.
        raw.write_whole(&body).await;
        let answer = raw.answer().await;

        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(answer.contains("connection: close"), "{answer}");
    }
}

#[tokio::test]
async fn a_connection_at_rest_is_ended_and_not_reset() {
    let server = Server::start().await;
    let mut at_rest = TcpStream::connect(server.address()).await.unwrap();
    let call = b"GET /health/live HTTP/1.1\r\nHost: chat\r\n\r\n";
    at_rest.write_all(call).await.unwrap();

    let mut answer = String::new();
    let ended = at_rest.read_to_string(&mut answer);
    let ended = within("the server ends it", ended).await;

    assert!(ended.is_ok(), "{ended:?}");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_waits_to_be_asked_for_is_not_asked_for_when_it_is_refused() {
    let server = Server::start().await;
    let mut raw = RawConnection::open(server.address()).await;
    let call = refused_call("/attachments", "Expect: 100-continue\r\n", 10);
    raw.write(call.as_bytes()).await;

    let answer = raw.rest_text().await;

    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn headers_without_end_are_answered_however_many_are_sent() {
    let server = Server::start().await;
    let mut raw = RawConnection::open(server.address()).await;
    let header = format!("X-More: {}\r\n", "x".repeat(1_000));
    raw.write(b"GET / HTTP/1.1\r\nHost: chat\r\n").await;

    raw.write_whole(header.repeat(12_000).as_bytes()).await;

    let answer = raw.rest_text().await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn whoever_finds_no_place_can_send_a_whole_call_and_read_why() {
    let server = Server::with(|config| config.sockets_per_address = 1).await;
    let ann = server.person("ann").await;
    // A call whose rest is waited for: for longer than for its head, and than a slow machine stands still.
    let begun = format!(
        "POST /api/v1/conversations HTTP/1.1\r\nHost: chat\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{{",
        ann.token
    );
    let mut open = Vec::new();
    for _ in 0..101 {
        let mut one = RawConnection::open(server.address()).await;
        one.write(begun.as_bytes()).await;
        open.push(one);
    }
    let mut late = RawConnection::open(server.address()).await;
    let body = vec![b' '; 1 << 20];
    late.write_whole(refused_call("/attachments", "", body.len()).as_bytes())
        .await;

    late.write_whole(&body).await;

    let answer = late.answer().await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    drop(open);
}

#[tokio::test]
async fn a_frame_that_is_too_large_can_be_sent_to_its_end_and_the_closing_code_read() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut raw = RawConnection::upgraded(&ann.door).await;
    let length = 12_u64 << 20;
    let head = [&[0x81, 0x80 | 127][..], &length.to_be_bytes(), &[0; 4]].concat();
    raw.write_whole(&head).await;

    raw.write_whole(&vec![b' '; 12 << 20]).await;

    assert_eq!(raw.closing_code().await, 1009);
}
