//! The real transport against a bare listener: what it sends, what it makes of the answer, what it refuses to do.

use crate::kit::me;
use chat_client::{
    Error, FileContent, HttpBody, HttpCall, Incoming, NetTransport, Socket, SocketRequest,
    Transport,
};
use chat_core::{Code, Method, SUBPROTOCOL, Secret};
use futures_util::{SinkExt, StreamExt, stream};
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Notify,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Answers one HTTP request with this text; what was asked.
async fn answer(listener: &TcpListener, response: &str) -> String {
    answer_after(listener, "\r\n\r\n", response).await
}

/// Answers one HTTP request with this text once it has come so far; what was asked.
async fn answer_after(listener: &TcpListener, end: &str, response: &str) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut asked = Vec::new();
    while !asked.ends_with(end.as_bytes()) {
        assert_ne!(stream.read_buf(&mut asked).await.unwrap(), 0);
    }
    stream.write_all(response.as_bytes()).await.unwrap();
    String::from_utf8(asked).unwrap()
}

fn get(address: &str) -> HttpCall {
    HttpCall {
        once: None,
        method: Method::Get,
        url: format!("http://{address}/api/v1/users/me").parse().unwrap(),
        token: Some(Secret::new("the-token")),
        range: None,
        body: HttpBody::Empty,
    }
}

fn request(address: &str) -> SocketRequest {
    SocketRequest {
        url: format!("ws://{address}/ws").parse().unwrap(),
        token: Secret::new("the-token"),
    }
}

fn welcome(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    assert_eq!(request.uri().path(), "/ws");
    assert_eq!(request.headers()["authorization"], "Bearer the-token");
    assert_eq!(request.headers()["sec-websocket-protocol"], SUBPROTOCOL);
    let chosen = SUBPROTOCOL.parse().unwrap();
    response
        .headers_mut()
        .insert("sec-websocket-protocol", chosen);
    Ok(response)
}

async fn connected() -> (Socket, WebSocketStream<TcpStream>) {
    let (listener, address) = listener().await;
    let accept = async {
        let (stream, _) = listener.accept().await.unwrap();
        accept_hdr_async(stream, welcome).await.unwrap()
    };
    let transport = NetTransport::new().unwrap();
    let (socket, server) = tokio::join!(transport.connect(request(&address)), accept);
    (socket.unwrap(), server)
}

#[tokio::test]
async fn a_call_carries_the_token_and_brings_the_answer() {
    let (listener, address) = listener().await;
    let body = serde_json::to_string(&me()).unwrap();
    let response = format!(
        "HTTP/1.1 429 Too Many\r\nretry-after: 3\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let transport = NetTransport::new().unwrap();

    let (answer, asked) = tokio::join!(transport.call(get(&address)), answer(&listener, &response));

    let answer = answer.unwrap();
    assert_eq!((answer.status, answer.retry_after_ms), (429, Some(3_000)));
    assert_eq!(answer.body, body.as_bytes());
    assert!(
        asked.starts_with("GET /api/v1/users/me HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(
        asked.contains("authorization: Bearer the-token\r\n"),
        "{asked}"
    );
}

fn put(address: &str, content: FileContent) -> HttpCall {
    HttpCall {
        once: None,
        method: Method::Put,
        body: HttpBody::File {
            mime_type: "image/png".into(),
            content,
        },
        ..get(address)
    }
}

#[tokio::test]
async fn a_file_goes_out_in_its_pieces_and_says_how_long_it_is() {
    for (length, head, end) in [
        (Some(6), "content-length: 6\r\n", "\r\n\r\nabcdef"),
        (
            None,
            "transfer-encoding: chunked\r\n",
            "3\r\ndef\r\n0\r\n\r\n",
        ),
    ] {
        let (listener, address) = listener().await;
        let content = FileContent::stream(length, || {
            stream::iter(["abc", "def"].map(|piece| Ok(piece.into())))
        });
        let transport = NetTransport::new().unwrap();
        let response = "HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}";

        let sent = transport.call(put(&address, content));
        let (answer, asked) = tokio::join!(sent, answer_after(&listener, end, response));

        assert_eq!(answer.unwrap().status, 201);
        assert!(
            asked.contains(head) && asked.contains("content-type: image/png\r\n"),
            "{asked}"
        );
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_to_its_end_is_never_sent_as_a_whole_one() {
    let (listener, address) = listener().await;
    let begun = Arc::new(Notify::new());
    let wait = Arc::clone(&begun);
    let content = FileContent::stream(None, move || {
        let wait = Arc::clone(&wait);
        let broken = async move {
            wait.notified().await;
            Err(std::io::ErrorKind::PermissionDenied.into())
        };
        stream::iter([Ok("abc".into())]).chain(stream::once(broken))
    });
    let transport = NetTransport::new().unwrap();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"abc\r\n") {
            assert_ne!(stream.read_buf(&mut asked).await.unwrap(), 0);
        }
        begun.notify_one();
        // An error and an end are both the end of it.
        stream.read_to_end(&mut asked).await.ok();
        asked
    };

    let (answer, asked) = tokio::join!(transport.call(put(&address, content)), server);

    assert!(matches!(answer, Err(Error::Invalid(_))), "{answer:?}");
    assert!(!asked.ends_with(b"0\r\n\r\n"));
}

#[tokio::test]
async fn a_refusal_before_the_end_of_a_file_is_heard() {
    let (listener, address) = listener().await;
    let endless = FileContent::stream(None, || {
        stream::repeat_with(|| Ok(vec![0; 64 * 1024].into()))
    });
    let transport = NetTransport::new().unwrap();
    let response = "HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n";
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(response.as_bytes()).await.unwrap();
        // Reads on, as a server does for a while so that its answer arrives.
        tokio::io::copy(&mut stream, &mut tokio::io::sink())
            .await
            .ok();
    };

    let answer = tokio::select! {
        // The connection may be gone in the moment in which the answer is here.
        biased;
        answer = transport.call(put(&address, endless)) => answer,
        () = server => panic!("the client left without the answer"),
    };

    assert_eq!(answer.unwrap().status, 413);
}

#[tokio::test]
async fn a_file_comes_in_while_it_is_read() {
    let (listener, address) = listener().await;
    let response = "HTTP/1.1 206 Partial\r\ncontent-type: text/plain\r\ncontent-range: bytes 4-6/9\r\n\
                    content-length: 3\r\n\r\nabc";
    let call = HttpCall {
        once: None,
        range: Some("bytes=4-6".into()),
        ..get(&address)
    };
    let transport = NetTransport::new().unwrap();

    let (file, asked) = tokio::join!(transport.fetch(call), answer(&listener, response));

    let file = file.unwrap();
    assert_eq!((file.status, file.length), (206, Some(3)));
    assert_eq!(file.range.as_deref(), Some("bytes 4-6/9"));
    let chunks: Vec<_> = file.chunks.map(Result::unwrap).collect().await;
    assert_eq!(chunks.concat(), b"abc");
    assert!(asked.contains("range: bytes=4-6\r\n"), "{asked}");
}

#[tokio::test]
async fn a_token_is_not_carried_after_a_redirect() {
    let (listener, address) = listener().await;
    let response = format!(
        "HTTP/1.1 302 Found\r\nlocation: http://{address}/elsewhere\r\ncontent-length: 0\r\n\r\n"
    );
    let transport = NetTransport::new().unwrap();

    let (answer, _) = tokio::join!(transport.call(get(&address)), answer(&listener, &response));

    assert_eq!(answer.unwrap().status, 302);
}

#[tokio::test]
async fn nobody_there_is_a_fault_of_the_network() {
    // A port that is taken, so that nobody else comes to listen there meanwhile.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let transport = NetTransport::new().unwrap();

    let call = transport.call(get(&address)).await.unwrap_err();
    let socket = transport.connect(request(&address)).await.unwrap_err();

    assert!(matches!(call, Error::Network { .. }) && call.is_retryable());
    assert!(matches!(socket, Error::Network { .. }));
    assert!(!format!("{call:?}").contains("the-token"));
}

#[tokio::test]
async fn a_refused_handshake_says_why() {
    let (listener, address) = listener().await;
    let body = r#"{"type":"x","title":"x","status":401,"code":"token_expired","detail":"old"}"#;
    let response = format!(
        "HTTP/1.1 401 Unauthorized\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let transport = NetTransport::new().unwrap();

    let (socket, _) = tokio::join!(
        transport.connect(request(&address)),
        answer(&listener, &response)
    );

    assert_eq!(socket.unwrap_err().code(), Code::TokenExpired);
}

#[tokio::test]
async fn frames_go_both_ways_and_the_closing_code_arrives() {
    let (socket, mut server) = connected().await;
    let (outgoing, mut incoming) = socket.into_parts();

    outgoing.send("up".into()).await.unwrap();
    let heard = server.next().await.unwrap().unwrap();
    assert_eq!(heard, Message::text("up"));
    server.send(Message::text("down")).await.unwrap();
    server.send(Message::Ping("x".into())).await.unwrap();
    let close = CloseFrame {
        code: CloseCode::from(4000),
        reason: "250".into(),
    };
    server.send(Message::Close(Some(close))).await.unwrap();

    assert_eq!(incoming.recv().await, Some(Incoming::Text("down".into())));
    assert_eq!(incoming.recv().await, Some(Incoming::Alive));
    let closed = Incoming::Closed {
        code: Some(4000),
        reason: "250".into(),
    };
    assert_eq!(incoming.recv().await, Some(closed));
    assert_eq!(incoming.recv().await, None);
}

#[tokio::test]
async fn letting_go_of_a_socket_says_goodbye() {
    let (socket, mut server) = connected().await;

    drop(socket);

    let last = server.next().await.unwrap().unwrap();
    assert!(matches!(last, Message::Close(_)), "{last:?}");
}

#[tokio::test]
async fn a_frame_that_is_too_long_ends_the_socket() {
    let (socket, mut server) = connected().await;
    let (_outgoing, mut incoming) = socket.into_parts();

    // The client may be gone before all of it is written.
    let long = "x".repeat(2 * 1024 * 1024);
    let (_, heard) = tokio::join!(server.send(Message::text(long)), incoming.recv());

    assert!(
        matches!(heard, Some(Incoming::Closed { code: None, .. })),
        "{heard:?}"
    );
}
