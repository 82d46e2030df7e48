//! A plain hyper program with the chat below `/chat`: its own connection loop, its own answer at `/`.
//!
//! ```text
//! cargo run -p chat-server --example plain_hyper -- 127.0.0.1:8000
//! curl http://127.0.0.1:8000/
//! curl http://127.0.0.1:8000/chat/health/ready
//! ```

use axum::{Router, body::Body, extract::ConnectInfo};
use chat_server::ChatServer;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{convert::Infallible, error::Error, pin::pin, time::Duration};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:0")).await?;
    let chat = ChatServer::builder()
        // A real program keeps it in a file: `sqlite://chat.db`.
        .database("sqlite::memory:")
        .build()
        .await?;
    // axum takes the prefix off, and leaves a note of it: the chat's own documents name addresses with it. At the root,
    // without a prefix, `chat.service()` alone is enough.
    let below_chat = Router::new().nest_service("/chat", chat.service());
    println!("listening on http://{}", listener.local_addr()?);

    let (connections, closing) = (TaskTracker::new(), CancellationToken::new());
    let mut stop = pin!(stop_signal());
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    eprintln!("a connection could not be taken: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let below_chat = below_chat.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            // The chat counts its limits by address; without this, all callers would share one.
            request.extensions_mut().insert(ConnectInfo(peer));
            route(below_chat.clone(), request)
        });
        let connection = http1::Builder::new()
            // With a timer, whoever does not finish a request's head in time is let go.
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service)
            // Without this, sockets would never open.
            .with_upgrades();
        let closing = closing.clone();
        connections.spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = &mut connection => ended,
                () = closing.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            // How a connection ends is its peer's business.
            ended.unwrap_or_default();
        });
    }

    // No new connections; sockets are told to come back later, and what is under way may finish.
    drop(listener);
    chat.drain();
    closing.cancel();
    connections.close();
    timeout(Duration::from_secs(5), connections.wait())
        .await
        .unwrap_or_default();
    timeout(Duration::from_secs(5), chat.sockets_gone())
        .await
        .unwrap_or_default();
    Ok(())
}

/// The program's own answer at `/`; the chat, which also says what is not there, for the rest.
async fn route(
    mut below_chat: Router,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    match request.uri().path() {
        "/" => Ok(Response::new(Body::from(
            "This is my program. The chat is at /chat/docs\n",
        ))),
        _ => below_chat.call(request).await,
    }
}

/// Ctrl+C, or what an init system says.
async fn stop_signal() {
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<Option<()>>();
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate => {}
    }
}
