//! Connections: hyper's own HTTP/1 with a deadline on everything a peer could stall at.

mod lingering;
#[cfg(unix)]
mod local;
mod places;

use crate::{
    ChatServer,
    http::{OverTls, PeerAddress, Vouched},
    tls::Tls,
};
use axum::{
    extract::Request,
    http::{HeaderMap, header::CONNECTION},
};
use futures_util::TryFutureExt;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use lingering::{Lingering, MaySend};
use places::Places;
use std::{
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

/// From the first byte of a connection, or the end of the request before, to the end of the headers.
const HEADER_DEADLINE: Duration = Duration::from_secs(5);
/// Bytes of headers; more is answered with 431.
const HEADER_BYTES_MOST: usize = 32 * 1024;
/// Headers in a request.
const HEADERS_MOST: usize = 64;
/// Connections that are not sockets, besides those that are.
const CONNECTIONS_BESIDE: usize = 1_000;
/// The same from one address.
const CONNECTIONS_BESIDE_OF_ONE: usize = 100;
/// What is under way at a shutdown must be done within this time.
const DRAIN_DEADLINE: Duration = Duration::from_secs(10);
/// After a failed accept (no file handles left), a moment for others to close theirs.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown` is done and what was under way is finished.
pub(crate) async fn until(
    server: &ChatServer,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let Some(tls) = server.tls.clone() else {
        return serve(server, listener, shutdown).await;
    };
    tokio::select! {
        served = serve(server, listener, shutdown) => served,
        never = tls.watch() => match never {},
    }
}

async fn serve(
    server: &ChatServer,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    listener.local_addr()?;
    let config = server.config();
    let places = Places::new(
        config.sockets_most as usize + CONNECTIONS_BESIDE,
        config.sockets_per_address as usize + CONNECTIONS_BESIDE_OF_ONE,
        &config.trusted_proxies,
    );
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    if let Some(path) = &config.local_socket {
        local(server, path, &stop, &tasks).await?;
    }
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(place) = places.take(peer.ip()) else {
            if server.tls.is_none() {
                let places = places.clone();
                tasks.spawn(async move { places.turn_away(stream).await });
            }
            continue;
        };
        let counted = server.app.metrics.connected();
        let connection = connected(server.clone(), stream, peer.ip(), stop.clone());
        tasks.spawn(async move {
            connection.await;
            drop((place, counted));
        });
    }
    drop(listener);
    finish(server, stop, tasks).await;
    Ok(())
}

/// Serves nothing but a socket in the file system until `shutdown` is done.
pub(crate) async fn local_until(
    server: &ChatServer,
    path: &Path,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    local(server, path, &stop, &tasks).await?;
    shutdown.await;
    finish(server, stop, tasks).await;
    Ok(())
}

#[cfg(unix)]
async fn local(
    server: &ChatServer,
    path: &Path,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> io::Result<()> {
    let with_group = server.config().local_socket_group;
    let opened = local::Local::open(path, with_group).await;
    let local = opened.map_err(|error| {
        let detail = format!(
            "the local socket {} cannot be opened: {error}",
            path.display()
        );
        io::Error::new(error.kind(), detail)
    })?;
    tasks.spawn(local.serve(server.clone(), stop.clone(), tasks.clone()));
    Ok(())
}

#[cfg(not(unix))]
async fn local(_: &ChatServer, _: &Path, _: &CancellationToken, _: &TaskTracker) -> io::Result<()> {
    let detail = "local_socket needs a system with sockets in files; leave it out";
    Err(io::Error::new(io::ErrorKind::Unsupported, detail))
}

/// No new connections come; those that are there end in good order.
async fn finish(server: &ChatServer, stop: CancellationToken, tasks: TaskTracker) {
    server.drain();
    stop.cancel();
    tasks.close();
    if timeout(DRAIN_DEADLINE, tasks.wait()).await.is_err() {
        tracing::warn!(
            left = tasks.len(),
            "connections were cut off at the end of the shutdown"
        );
    }
    // Sockets have left their connections; they have been told to go, and say goodbye by themselves.
    if timeout(DRAIN_DEADLINE, server.sockets_gone())
        .await
        .is_err()
    {
        tracing::warn!(
            left = server.sockets(),
            "sockets were cut off at the end of the shutdown"
        );
    }
}

async fn connected(server: ChatServer, stream: TcpStream, peer: IpAddr, stop: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone before it began");
        return;
    }
    match server.tls.clone() {
        None => connection(server, stream, Way::Open(peer), stop).await,
        // Boxed: a connection without TLS should not pay for the space.
        Some(tls) => Box::pin(over_tls(tls, server, stream, peer, stop)).await,
    }
}

async fn over_tls(
    tls: Arc<Tls>,
    server: ChatServer,
    stream: TcpStream,
    peer: IpAddr,
    stop: CancellationToken,
) {
    match stop.run_until_cancelled(tls.accept(stream)).await {
        Some(Ok(stream)) => connection(server, stream, Way::Tls(peer), stop).await,
        Some(Err(error)) => tracing::debug!(%error, "a handshake was not finished"),
        None => {}
    }
}

/// How a connection came.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// From a peer, without TLS.
    Open(IpAddr),
    /// From a peer, over TLS of our own.
    Tls(IpAddr),
    /// Through a socket in the file system; the system vouches for the peer.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only there are such sockets"))]
    Local,
}

impl Way {
    fn mark(self, request: &mut Request) {
        let marks = request.extensions_mut();
        let peer = match self {
            Self::Open(peer) | Self::Tls(peer) => peer,
            Self::Local => Ipv4Addr::LOCALHOST.into(),
        };
        marks.insert(PeerAddress(peer));
        match self {
            Self::Open(_) => {}
            Self::Tls(_) => {
                marks.insert(OverTls);
            }
            Self::Local => {
                marks.insert(Vouched);
            }
        }
    }
}

async fn connection<S>(server: ChatServer, stream: S, way: Way, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = server.router();
    let may_send = MaySend::default();
    let stream = Lingering::new(stream, may_send.clone());
    let service =
        hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let mut request: Request = request.map(axum::body::Body::new);
            way.mark(&mut request);
            let may_send = may_send.clone();
            router.clone().call(request).inspect_ok(move |response| {
                if is_last(response.headers()) {
                    may_send.note();
                }
            })
        });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_DEADLINE)
        .max_buf_size(HEADER_BYTES_MOST)
        .max_headers(HEADERS_MOST)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let result = tokio::select! {
        result = &mut connection => result,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Whether no other request is answered on the connection: the peer may be in the middle of this one, or it is a socket from
/// here on.
fn is_last(headers: &HeaderMap) -> bool {
    headers.contains_key(CONNECTION)
}
