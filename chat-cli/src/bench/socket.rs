//! A raw socket to the server under load, with buffers as small as the scenario allows.

use super::scan::{self, Frame};
use crate::error::{Error, Result};
use chat_core::{SUBPROTOCOL, Secret};
use futures_util::{StreamExt, TryStreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{ClientRequestBuilder, Message, http::Uri, protocol::WebSocketConfig},
};
use url::Url;

/// Handshakes at the same time.
const AT_ONCE: usize = 64;

/// An open socket.
pub(super) type Socket = WebSocketStream<TcpStream>;

/// Where the server under load is.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// `host:port`.
    pub(crate) address: String,
    /// Before the server's own paths; empty, or begins with a slash.
    pub(crate) prefix: String,
}

impl Target {
    /// Of an address. Only plain HTTP: encrypting for a thousand clients would measure the generator.
    pub(crate) fn of(server: &Url) -> Result<Self> {
        match (server.scheme(), server.host_str()) {
            ("http", Some(host)) => Ok(Self {
                address: format!("{host}:{}", server.port_or_known_default().unwrap_or(80)),
                prefix: server.path().trim_end_matches('/').to_owned(),
            }),
            _ => Err(Error::Usage(format!(
                "the load goes over plain HTTP only, not to {server}; name the server itself, without the proxy that encrypts"
            ))),
        }
    }

    pub(super) async fn connect(&self) -> Result<TcpStream> {
        let cannot = |error| Error::io(format!("cannot connect to {}", self.address), error);
        let stream = TcpStream::connect(&self.address).await.map_err(cannot)?;
        stream.set_nodelay(true).map_err(cannot)?;
        Ok(stream)
    }

    /// Opens a socket and waits until the server says that it is ready.
    pub(super) async fn open(&self, token: &Secret, buffer: usize) -> Result<Socket> {
        let uri: Uri = format!("ws://{}{}/ws", self.address, self.prefix)
            .parse()
            .map_err(|error| {
                Error::Usage(format!("the server's address is no address: {error}"))
            })?;
        // Exposed to sign in with it.
        let bearer = format!("Bearer {}", token.expose());
        let request = ClientRequestBuilder::new(uri)
            .with_header("Authorization", bearer)
            .with_sub_protocol(SUBPROTOCOL);
        let config = WebSocketConfig::default()
            .read_buffer_size(buffer)
            .write_buffer_size(0);
        let stream = self.connect().await?;
        let opened = client_async_with_config(request, stream, Some(config)).await;
        let (mut socket, _) =
            opened.map_err(|error| Error::Failed(format!("a socket was refused: {error}")))?;
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) if scan::frame(&text) == Frame::Ready => {
                    return Ok(socket);
                }
                Some(Ok(Message::Close(frame))) => {
                    let why = frame
                        .map(|frame| format!("{} {}", frame.code, frame.reason))
                        .unwrap_or_default();
                    return Err(Error::Failed(format!(
                        "a socket was closed before it was ready: {why}"
                    )));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Error::Failed(format!("a socket broke: {error}"))),
                None => {
                    return Err(Error::Failed(
                        "a socket ended before it was ready".to_owned(),
                    ));
                }
            }
        }
    }

    /// Opens a socket for each token, in their order.
    pub(super) async fn open_all(
        &self,
        tokens: &[Secret],
        buffer: usize,
        opened: impl Fn(),
    ) -> Result<Vec<Socket>> {
        futures_util::stream::iter(tokens)
            .map(|token| async {
                let socket = self.open(token, buffer).await;
                opened();
                socket
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_plain_http_with_any_prefix() {
        let target = Target::of(&"http://h:81/chat/".parse().unwrap()).unwrap();

        assert_eq!(
            (target.address.as_str(), target.prefix.as_str()),
            ("h:81", "/chat")
        );
        assert_eq!(
            Target::of(&"http://h".parse().unwrap()).unwrap().address,
            "h:80"
        );
        assert_eq!(
            Target::of(&"https://h".parse().unwrap())
                .unwrap_err()
                .exit_code(),
            2
        );
    }
}
