//! The network, behind one trait: calls and sockets. Tests hand in their own and break it as they like.

mod net;

pub use net::NetTransport;

use crate::{Error, FileContent};
use async_trait::async_trait;
use bytes::Bytes;
use chat_core::{Method, Secret};
use futures_util::stream::BoxStream;
use tokio::sync::mpsc;
use url::Url;

/// Frames that may wait in either direction of a socket.
const QUEUE: usize = 128;

/// Carries calls and frames.
///
/// It never reorders, and never makes a call twice that may change something; one that only reads it may make once more where
/// the connection broke before the answer. The frames of a socket arrive in the order in which they were sent, up to the
/// point where it broke.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Makes one HTTP call. Any answer is a success here, whatever its status.
    ///
    /// # Errors
    /// [`Error::Network`] when there was no answer.
    async fn call(&self, call: HttpCall) -> Result<HttpAnswer, Error>;

    /// Makes one HTTP call whose answer may be long, and hands it out while it comes. Any answer is a success here,
    /// whatever its status.
    ///
    /// # Errors
    /// [`Error::Network`] when there was no answer.
    async fn fetch(&self, call: HttpCall) -> Result<HttpFile, Error>;

    /// Opens a socket.
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused, [`Error::Network`] for everything else.
    async fn connect(&self, request: SocketRequest) -> Result<Socket, Error>;

    /// Waits until what was let go of is closed, as far as that goes quickly: the program may end now.
    async fn settled(&self) {}
}

/// An HTTP call, ready to be made.
#[derive(Debug, Clone)]
pub struct HttpCall {
    /// How.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// Goes into the `Authorization` header.
    pub token: Option<Secret>,
    /// Goes into the `Range` header.
    pub range: Option<String>,
    /// Goes into the `Idempotency-Key` header: however often it is made with this, the call is carried out once.
    pub once: Option<String>,
    /// What goes with it.
    pub body: HttpBody,
}

/// The body of an HTTP call.
#[derive(Debug, Clone)]
pub enum HttpBody {
    /// None.
    Empty,
    /// JSON.
    Json(Vec<u8>),
    /// A file.
    File {
        /// Goes into the `Content-Type` header.
        mime_type: String,
        /// What is in it. It never has to be in memory as a whole.
        content: FileContent,
    },
}

/// The answer to an HTTP call.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

/// The answer to an HTTP call, while it comes.
pub struct HttpFile {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// The `Content-Type` header.
    pub mime_type: Option<String>,
    /// The `Content-Length` header.
    pub length: Option<u64>,
    /// The `Content-Range` header.
    pub range: Option<String>,
    /// The body. Dropping it ends the transfer.
    pub chunks: BoxStream<'static, Result<Bytes, Error>>,
}

/// What opens a socket.
#[derive(Debug, Clone)]
pub struct SocketRequest {
    /// Where: `ws` or `wss`.
    pub url: Url,
    /// Goes into the `Authorization` header.
    pub token: Secret,
}

/// What comes out of a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text frame.
    Text(String),
    /// A sign of life without content (a ping or pong).
    Alive,
    /// The last thing there is: how it ended.
    Closed {
        /// The closing code; none when the connection broke.
        code: Option<u16>,
        /// The closing reason, or what broke.
        reason: String,
    },
}

/// An open socket. Dropping it closes it.
#[derive(Debug)]
pub struct Socket {
    pub(crate) outgoing: mpsc::Sender<String>,
    pub(crate) incoming: mpsc::Receiver<Incoming>,
}

/// The other end of a [`Socket`], for who writes a transport: takes what the client says, hands in what it hears.
#[derive(Debug)]
pub struct Peer {
    /// Text frames of the client, in order. Ends when the client has let go of the socket.
    pub frames: mpsc::Receiver<String>,
    /// What the client hears next. Dropping it without [`Incoming::Closed`] counts as a broken connection.
    pub says: mpsc::Sender<Incoming>,
}

impl Socket {
    /// Two ends that are connected.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use chat_client::{Incoming, Socket};
    ///
    /// let (socket, mut peer) = Socket::pair();
    /// // The client has the socket; whoever carries it to a server has the peer.
    /// peer.says.send(Incoming::Alive).await?;
    /// drop(socket);
    /// assert_eq!(peer.frames.recv().await, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pair() -> (Self, Peer) {
        let (outgoing, frames) = mpsc::channel(QUEUE);
        let (says, incoming) = mpsc::channel(QUEUE);
        (Self { outgoing, incoming }, Peer { frames, says })
    }

    /// What goes out and what comes in, for a transport that wraps another and for tests. The socket closes when the
    /// way out is dropped.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use chat_client::Socket;
    ///
    /// let (socket, mut peer) = Socket::pair();
    /// let (outgoing, _incoming) = socket.into_parts();
    /// outgoing.send("{}".to_owned()).await?;
    /// assert_eq!(peer.frames.recv().await.as_deref(), Some("{}"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_parts(self) -> (mpsc::Sender<String>, mpsc::Receiver<Incoming>) {
        (self.outgoing, self.incoming)
    }
}
