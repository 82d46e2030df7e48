//! The way to a server on its own machine: through its socket in the file system, where the system vouches for who calls.

use super::of_token;
use crate::error::{Error, Result};
use chat_client::{Client, NetTransport};
use chat_core::Code;
use std::path::Path;
use url::form_urlencoded;

/// What the address says behind a socket; it leads nowhere by itself.
const HOST: &str = "http://localhost/";

/// A client that speaks for an account, or for the first admin.
#[cfg(unix)]
pub(super) async fn through(socket: &Path, user: Option<&str>) -> Result<Client> {
    let cannot = |error: std::io::Error| {
        let code = match error.kind() {
            std::io::ErrorKind::PermissionDenied => Code::Forbidden,
            _ => Code::Unavailable,
        };
        let name = socket.display();
        Error::coded(
            code,
            format!(
                "cannot open the socket {name}: {error}; it is for root and for the user of a server that runs"
            ),
        )
    };
    // Asked here, because what a client says of a connection names no file.
    tokio::net::UnixStream::connect(socket)
        .await
        .map_err(cannot)?;
    let name: String =
        form_urlencoded::byte_serialize(user.unwrap_or_default().as_bytes()).collect();
    let server = HOST.parse().expect("a host is a URL");
    of_token(server, &format!("local:{name}"), || {
        Ok(Some(NetTransport::new()?.over_file(socket)?))
    })
    .await
}

/// There are no such sockets.
#[cfg(not(unix))]
pub(super) async fn through(_: &Path, _: Option<&str>) -> Result<Client> {
    let text = "--socket needs a system with sockets in files; use --server";
    Err(Error::Usage(text.to_owned()))
}
