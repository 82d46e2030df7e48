//! Connections that stall: each is closed by a deadline, and nobody else waits for it.

use chat_tests::{Opening, RawConnection, Server};
use futures_util::future::join_all;
use serde_json::json;
use std::time::Instant;

/// One test for all of them, so that their deadlines pass beside each other.
#[tokio::test]
async fn every_way_to_stall_is_closed_by_a_deadline_while_others_are_served() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let authorized = format!(
        "POST /api/v1/conversations/{group}/messages HTTP/1.1\r\nHost: chat\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n",
        ann.token
    );
    let body = format!("{authorized}Content-Length: 20\r\n\r\n{{\"content\"");
    let chunks = format!("{authorized}Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"con");
    let stall = async |bytes: String| {
        let begun = Instant::now();
        let mut raw = RawConnection::open(server.address()).await;
        raw.write(bytes.as_bytes()).await;
        (raw.rest_text().await, begun.elapsed().as_secs())
    };
    let hello = async {
        let begun = Instant::now();
        let code = Opening::new(&server.door)
            .open_silent()
            .await
            .expect_close()
            .await
            .0;
        (code.to_string(), begun.elapsed().as_secs())
    };
    let served = async {
        for _ in 0..50 {
            ann.say(group, "meanwhile").await;
        }
        (String::new(), 0)
    };

    let heads = join_all(
        ["", "GET /health/live HTTP/1.1\r\nHost:", "G"].map(|text| stall(text.to_owned())),
    );
    let bodies = join_all([body, chunks].map(stall));
    let (heads, bodies, hello, _) = futures_util::future::join4(heads, bodies, hello, served).await;

    for (answer, seconds) in heads {
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
            "{answer}"
        );
        assert!(seconds >= 4, "{seconds} s for a head");
    }
    for (answer, seconds) in bodies {
        assert!(
            answer.starts_with("HTTP/1.1 408") && answer.contains("\"timeout\""),
            "{answer}"
        );
        assert!(seconds >= 13, "{seconds} s for a body");
    }
    assert!(hello.0 == "4501" && hello.1 >= 4, "{hello:?} for a hello");
    assert_eq!(ann.post("/auth/ticket", json!({})).await.status, 200);
}
