//! Bodies that do not come to their end, and connections that close while they are used.

use super::{super::NetTransport, *};
use http_body_util::BodyExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

#[tokio::test]
async fn a_body_that_is_not_finished_breaks() {
    let content = FileContent::stream(None, || {
        let broken = Err(io::ErrorKind::PermissionDenied.into());
        stream::iter([Ok("abc".into()), broken])
    });
    let (sender, body) = Channel::new(1);

    let feed = feed(Unfinished(Some(sender)), &content);
    let (fed, body) = tokio::join!(feed, body.collect());

    assert!(matches!(fed, Err(Error::Invalid(_))) && body.is_err());
}

#[test]
fn what_was_handed_over_has_the_time_that_a_slow_line_needs_for_it() {
    assert_eq!(patience(Some(4 << 20)), Duration::from_secs(30 + 128));
    assert_eq!(patience(Some(1_000)), CALL_TIMEOUT);
    assert_eq!(patience(None), CALL_TIMEOUT);
}

/// A server that closes its first connection when it is asked something there, and answers on the second.
async fn closes_once() -> (url::Url, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}/", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        for nth in 0..2 {
            let (mut connection, _) = listener.accept().await.unwrap();
            assert!(connection.read(&mut [0; 4_096]).await.unwrap() > 0);
            if nth == 1 {
                let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
                connection.write_all(answer).await.unwrap();
            }
        }
    });
    (at.parse().unwrap(), served)
}

fn http() -> reqwest::Client {
    NetTransport::new().unwrap().http
}

fn call(method: Method, url: url::Url) -> HttpCall {
    HttpCall {
        once: None,
        method,
        url,
        token: None,
        range: None,
        body: HttpBody::Empty,
    }
}

#[tokio::test]
async fn a_question_is_put_again_where_the_connection_closed() {
    let (url, _served) = closes_once().await;
    let answer = send(&http(), call(Method::Get, url)).await;
    assert_eq!(answer.map(|answer| answer.status().as_u16()).unwrap(), 204);
}

#[tokio::test]
async fn what_no_call_can_carry_is_no_fault_of_the_network() {
    let url = "http://127.0.0.1:9/".parse().unwrap();
    let token = Some(chat_core::Secret::new("read from a file\n"));
    let asked = HttpCall {
        token,
        ..call(Method::Get, url)
    };
    let answer = send(&http(), asked).await;
    assert!(matches!(answer, Err(Error::Invalid(_))), "{answer:?}");
}

#[tokio::test]
async fn what_changes_something_is_not_put_again() {
    let (url, served) = closes_once().await;
    let answer = send(&http(), call(Method::Delete, url)).await;
    assert!(matches!(answer, Err(Error::Network { .. })));
    assert!(!served.is_finished());
}
