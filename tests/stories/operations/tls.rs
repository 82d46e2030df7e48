//! HTTPS without a proxy: who is served, with which certificate, and who is not waited for.

use chat_server::TlsFiles;
use chat_tests::{Certificate, Home, Process, RawConnection, Server, until, within};
use futures_util::{SinkExt, StreamExt};
use std::{net::SocketAddr, time::Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

fn files(certificate: &Certificate) -> TlsFiles {
    TlsFiles {
        certificate: Some(certificate.certificate()),
        key: Some(certificate.key()),
    }
}

/// Calls `ping` over a socket that was opened without the kit's own.
async fn ping<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>) {
    let ping = r#"{"id":1,"type":"ping","data":{}}"#;
    socket.send(Message::text(ping)).await.expect("it is open");
    loop {
        let next = within("an answer", socket.next()).await;
        let frame = next.expect("it is open").expect("it is whole");
        if frame.into_text().is_ok_and(|text| text.contains("\"ok\"")) {
            return;
        }
    }
}

#[tokio::test]
async fn a_replaced_certificate_is_served_while_open_sockets_go_on() {
    let certificate = Certificate::new();
    let server = Server::with(|config| config.tls = files(&certificate)).await;
    let (address, ann) = (server.address(), server.person("ann").await);
    let old = certificate.trust();
    let mut socket = old.socket(address, &ann.token).await;
    ping(&mut socket).await;

    certificate.replace();

    let new = certificate.trust();
    until("the new certificate is served", async || {
        let connected = new.connect(address).await;
        connected.map(drop).ok_or_else(|| "the old one".to_owned())
    })
    .await;
    assert!(old.connect(address).await.is_none());
    ping(&mut socket).await;
    ping(&mut new.socket(address, &ann.token).await).await;
}

#[tokio::test]
async fn chat_serve_says_https_and_keeps_a_good_certificate_for_a_broken_one() {
    let (certificate, home) = (Certificate::new(), Home::new());
    let (file, key) = (certificate.certificate(), certificate.key());
    let mut command = home.chat(&["serve", "--listen", "127.0.0.1:0", "--tls-certificate"]);
    let mut chat = Process::start(command.arg(&file).arg("--tls-key").arg(&key));
    let line = chat.line().await;
    let address: SocketAddr = line
        .strip_prefix("listening on https://")
        .unwrap()
        .parse()
        .unwrap();
    let trust = certificate.trust();

    certificate.spoil();

    until("the broken one is noticed", async || match chat.stderr() {
        log if log.contains("the old one is served") => Ok(()),
        log => Err(log),
    })
    .await;
    let answer = trust.get(address, "/health/live").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("strict-transport-security: max-age="),
        "{answer}"
    );
    chat.terminate().await.ok();
}

#[tokio::test]
async fn a_handshake_without_end_is_closed_and_nobody_waits_for_it() {
    let certificate = Certificate::new();
    let server = Server::with(|config| config.tls = files(&certificate)).await;
    let begun = Instant::now();
    let mut stalled = Vec::new();
    for bytes in [
        &b""[..],
        b"\x16",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let mut raw = RawConnection::open(server.address()).await;
        raw.write(bytes).await;
        stalled.push(raw);
    }

    let trust = certificate.trust();
    for _ in 0..3 {
        trust.get(server.address(), "/health/live").await;
    }
    // One after the other, the three would have taken 15 seconds.
    assert!(begun.elapsed().as_secs() < 14, "nobody waits");
    for raw in &mut stalled {
        raw.rest().await;
        let seconds = begun.elapsed().as_secs();
        assert!(seconds >= 4, "{seconds} s for a handshake");
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_told_before_anything_is_served() {
    let (certificate, other, home) = (Certificate::new(), Certificate::new(), Home::new());
    let (file, key) = (certificate.certificate(), other.key());
    let start = async |key: &std::path::Path| {
        let mut command = home.chat(&["serve", "--listen", "127.0.0.1:0", "--log", "error"]);
        command
            .arg("--tls-certificate")
            .arg(&file)
            .arg("--tls-key")
            .arg(key);
        Process::start(&mut command).ended().await
    };

    let (foreign, missing) = (start(&key).await, start(&home.path().join("none")).await);

    assert!(
        foreign.stderr.contains("do not belong together"),
        "{foreign:?}"
    );
    assert!(missing.stderr.contains("tls.key"), "{missing:?}");
    for ended in [foreign, missing] {
        assert!(
            ended.code != Some(0) && ended.stdout.is_empty(),
            "{ended:?}"
        );
    }
}
