//! The real network: HTTP through reqwest, the socket through tungstenite, TLS through rustls with ring and the roots
//! of webpki. Redirects are not followed, because a call carries the token; proxies are not used, because the socket
//! could not use them either.

mod body;

use super::{HttpAnswer, HttpCall, HttpFile, Incoming, Peer, Socket, SocketRequest, Transport};
use crate::Error;
use async_trait::async_trait;
use chat_core::SUBPROTOCOL;
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
#[cfg(unix)]
use std::path::Path;
use std::{sync::Arc, time::Duration};
use tokio::io::{AsyncRead, AsyncWrite};
#[cfg(unix)]
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::{
    Connector, WebSocketStream, connect_async_tls_with_config,
    tungstenite::{
        self, Message,
        client::IntoClientRequest,
        http::{
            HeaderMap, HeaderValue, Response,
            header::{AUTHORIZATION, RETRY_AFTER, SEC_WEBSOCKET_PROTOCOL},
        },
        protocol::WebSocketConfig,
    },
};
use tokio_util::task::TaskTracker;

/// An answer longer than this is given up.
const ANSWER_MOST_BYTES: usize = 64 * 1024 * 1024;
/// A frame longer than this ends the socket.
const FRAME_MOST_BYTES: usize = 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A call is given up after this time; a file only when nothing of it has moved for so long.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// A connection that rested for longer carries no more calls. Servers close them after some seconds, ours after five, and may
/// do so in the very moment in which a call goes out: whether it arrived is not known then.
const REST: Duration = Duration::from_secs(3);
/// How long a closing handshake may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The real network.
#[derive(Clone)]
pub struct NetTransport {
    http: reqwest::Client,
    tls: Arc<rustls::ClientConfig>,
    /// What carries the frames of a socket, until it has said goodbye.
    pumps: TaskTracker,
    /// Goes here instead of to the host of the address.
    #[cfg(unix)]
    file: Option<Arc<Path>>,
}

impl std::fmt::Debug for NetTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NetTransport")
    }
}

impl NetTransport {
    /// A transport that trusts the roots that browsers trust.
    ///
    /// ```
    /// use chat_client::{Client, NetTransport};
    ///
    /// let server = "https://chat.example.org".parse()?;
    /// // What a builder uses by itself.
    /// let client = Client::builder(server).transport(NetTransport::new()?).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Network`] when TLS cannot be set up.
    pub fn new() -> Result<Self, Error> {
        let roots =
            rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        // The provider is handed in: with two of them in one program rustls would have no default.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::network("TLS cannot be set up", error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self::with_tls(tls)
    }

    /// A transport with its own idea of whom to trust, for servers with a private authority.
    ///
    /// ```
    /// use chat_client::NetTransport;
    /// use rustls::{ClientConfig, RootCertStore, crypto::ring};
    /// use std::sync::Arc;
    ///
    /// // With the authority's certificate in it.
    /// let roots = RootCertStore::empty();
    /// let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
    ///     .with_safe_default_protocol_versions()?
    ///     .with_root_certificates(roots)
    ///     .with_no_client_auth();
    /// let transport = NetTransport::with_tls(tls)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Network`] when the HTTP client cannot be built with it.
    pub fn with_tls(tls: rustls::ClientConfig) -> Result<Self, Error> {
        Ok(Self {
            http: built(builder(&tls))?,
            tls: Arc::new(tls),
            pumps: TaskTracker::new(),
            #[cfg(unix)]
            file: None,
        })
    }

    /// The same over a socket in the file system of this machine, whatever host the address names.
    ///
    /// ```
    /// use chat_client::{Client, NetTransport};
    ///
    /// let transport = NetTransport::new()?.over_file("/run/chat/chat.sock".as_ref())?;
    /// let client = Client::builder("http://localhost".parse()?).transport(transport).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Network`] when TLS or the HTTP client cannot be set up.
    #[cfg(unix)]
    pub fn over_file(self, socket: &Path) -> Result<Self, Error> {
        Ok(Self {
            http: built(builder(&self.tls).unix_socket(socket))?,
            file: Some(socket.into()),
            ..self
        })
    }
}

fn builder(tls: &rustls::ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(REST)
        .user_agent(concat!("chat-client/", env!("CARGO_PKG_VERSION")))
}

fn built(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    builder
        .build()
        .map_err(|error| Error::network("the HTTP client cannot be built", error))
}

#[async_trait]
impl Transport for NetTransport {
    async fn call(&self, call: HttpCall) -> Result<HttpAnswer, Error> {
        let mut response = body::send(&self.http, call).await?;
        let status = response.status().as_u16();
        let retry_after_ms = retry_after_ms(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = body::chunk(&mut response).await? {
            if body.len() + chunk.len() > ANSWER_MOST_BYTES {
                return Err(Error::Unreadable("it is too long".into()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpAnswer {
            status,
            retry_after_ms,
            body,
        })
    }

    async fn fetch(&self, call: HttpCall) -> Result<HttpFile, Error> {
        let response = body::send(&self.http, call).await?;
        Ok(body::file(response))
    }

    async fn connect(&self, request: SocketRequest) -> Result<Socket, Error> {
        let mut handshake = request
            .url
            .as_str()
            .into_client_request()
            .map_err(|error| Error::Invalid(format!("the server's address is no good: {error}")))?;
        // Sent to the server that issued it.
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", request.token.expose()))
            .map_err(|_| Error::Invalid("the access token is no header value".into()))?;
        bearer.set_sensitive(true);
        let headers = handshake.headers_mut();
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(
            SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static(SUBPROTOCOL),
        );
        let config = WebSocketConfig::default()
            .read_buffer_size(8 * 1024)
            .write_buffer_size(0)
            .max_write_buffer_size(2 * FRAME_MOST_BYTES)
            .max_message_size(Some(FRAME_MOST_BYTES))
            .max_frame_size(Some(FRAME_MOST_BYTES));
        #[cfg(unix)]
        if let Some(file) = &self.file {
            let stream = tokio::net::UnixStream::connect(file)
                .await
                .map_err(|error| Error::network("the local socket cannot be opened", error))?;
            let opened = client_async_with_config(handshake, stream, Some(config)).await;
            let (stream, _) = opened.map_err(broken_handshake)?;
            let (socket, peer) = Socket::pair();
            self.pumps.spawn(pump(stream, peer));
            return Ok(socket);
        }
        let connector = Connector::Rustls(Arc::clone(&self.tls));
        let (stream, _) =
            connect_async_tls_with_config(handshake, Some(config), true, Some(connector))
                .await
                .map_err(broken_handshake)?;
        let (socket, peer) = Socket::pair();
        self.pumps.spawn(pump(stream, peer));
        Ok(socket)
    }

    async fn settled(&self) {
        self.pumps.close();
        // Who does not let a goodbye through is not waited for.
        tokio::time::timeout(CLOSE_TIMEOUT, self.pumps.wait())
            .await
            .ok();
    }
}

/// Carries frames between a socket and its [`Peer`] until either lets go. Reading goes on while writing is held up.
async fn pump<S>(stream: WebSocketStream<S>, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sink, source) = stream.split();
    let Peer { frames, says } = peer;
    tokio::select! {
        () = read(source, says) => {}
        () = write(sink, frames) => {}
    }
}

async fn read<S>(
    mut source: SplitStream<WebSocketStream<S>>,
    says: tokio::sync::mpsc::Sender<Incoming>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let incoming = match source.next().await {
            Some(Ok(Message::Text(text))) => Incoming::Text(text.as_str().to_owned()),
            Some(Ok(Message::Close(frame))) => Incoming::Closed {
                code: frame.as_ref().map(|frame| frame.code.into()),
                reason: frame.map_or_else(
                    || "the server closed the connection".to_owned(),
                    |frame| frame.reason.as_str().to_owned(),
                ),
            },
            Some(Ok(_)) => Incoming::Alive,
            Some(Err(error)) => Incoming::Closed {
                code: None,
                reason: error.to_string(),
            },
            None => Incoming::Closed {
                code: None,
                reason: "the connection ended".into(),
            },
        };
        let last = matches!(incoming, Incoming::Closed { .. });
        if says.send(incoming).await.is_err() {
            return;
        }
        if last {
            // Reading on answers the peer's goodbye. A failure changes nothing any more.
            tokio::time::timeout(CLOSE_TIMEOUT, source.next())
                .await
                .ok();
            return;
        }
    }
}

async fn write<S>(
    mut sink: SplitSink<WebSocketStream<S>, Message>,
    mut frames: tokio::sync::mpsc::Receiver<String>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(text) = frames.recv().await {
        if sink.send(Message::text(text)).await.is_err() {
            // The reader learns why, and says so.
            return std::future::pending().await;
        }
    }
    // The client let go: say goodbye, but do not wait for a peer that is gone. A failure changes nothing any more.
    tokio::time::timeout(CLOSE_TIMEOUT, sink.close()).await.ok();
}

fn broken_call(error: reqwest::Error) -> Error {
    // The address stays out of the text: it may carry names that do not belong into a log.
    let error = error.without_url();
    if error.is_builder() {
        // It was never on its way, and would not be the next time.
        let detail =
            "the call cannot be made: its address, token or headers hold what HTTP cannot carry";
        return Error::Invalid(detail.to_owned());
    }
    let detail = match () {
        () if error.is_timeout() => "it did not answer in time",
        () if error.is_connect() => "no connection",
        () => "the connection broke",
    };
    Error::network(detail, error)
}

fn broken_handshake(error: tungstenite::Error) -> Error {
    match error {
        tungstenite::Error::Http(response) => refused_handshake(&response),
        error => Error::network("no connection", error),
    }
}

fn refused_handshake(response: &Response<Option<Vec<u8>>>) -> Error {
    let status = response.status().as_u16();
    let body = response.body().as_deref().unwrap_or_default();
    crate::http::problem(status, retry_after_ms(response.headers()), body)
}

fn retry_after_ms(headers: &HeaderMap) -> Option<u64> {
    let seconds: u64 = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(seconds.saturating_mul(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat_core::{Code, Problem};

    #[test]
    fn a_refused_handshake_tells_the_code_and_the_time_to_wait() {
        let problem = Problem::new(Code::Unavailable, "starting");
        let response = Response::builder()
            .status(503)
            .header(RETRY_AFTER, "2")
            .body(Some(serde_json::to_vec(&problem).unwrap()))
            .unwrap();

        let error = refused_handshake(&response);

        assert_eq!(error.code(), Code::Unavailable);
        assert_eq!(error.retry_after_ms(), Some(2_000));
    }

    #[test]
    fn nobody_makes_a_device_wait_for_ever() {
        let response = Response::builder()
            .status(503)
            .header(RETRY_AFTER, u64::MAX.to_string())
            .body(None)
            .unwrap();

        let error = refused_handshake(&response);

        assert_eq!(error.retry_after_ms(), Some(24 * 60 * 60 * 1_000));
    }

    #[test]
    fn tls_needs_no_default_provider() {
        assert!(NetTransport::new().is_ok());
    }
}
