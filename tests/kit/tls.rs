//! A certificate of one's own, in files as an operator has them, and connections that trust nothing else.

use crate::within;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{client::IntoClientRequest, http::HeaderValue},
};

/// Two files: a certificate for `localhost` that signs itself, and its key.
pub struct Certificate {
    directory: TempDir,
}

impl Certificate {
    /// A new one.
    ///
    /// # Panics
    /// Without a place for temporary files.
    #[expect(clippy::new_without_default, reason = "it makes files")]
    pub fn new() -> Self {
        let directory = TempDir::new().expect("a temporary directory can be made");
        let files = Self { directory };
        files.replace();
        files
    }

    /// Puts another certificate and key in their place, as a renewal does.
    ///
    /// # Panics
    /// When the files cannot be written.
    pub fn replace(&self) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
        let made = made.expect("a name makes a certificate");
        self.put(&self.certificate(), &made.cert.pem());
        self.put(&self.key(), &made.signing_key.serialize_pem());
    }

    /// Puts what is no certificate in its place.
    pub fn spoil(&self) {
        self.put(&self.certificate(), "no certificate");
    }

    /// Whole or not at all, and readable by its owner only.
    fn put(&self, path: &PathBuf, text: &str) {
        let mut file = tempfile::NamedTempFile::new_in(&self.directory).expect("it is writable");
        std::io::Write::write_all(&mut file, text.as_bytes()).expect("there is room");
        file.persist(path).expect("the same directory");
    }

    /// The file with the certificate.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("chat.pem")
    }

    /// The file with the key.
    pub fn key(&self) -> PathBuf {
        self.directory.path().join("chat.key")
    }

    /// What a client needs to trust it as it is now.
    ///
    /// # Panics
    /// When it was spoilt.
    pub fn trust(&self) -> Trust {
        let file = CertificateDer::from_pem_file(self.certificate()).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(file).expect("it signs itself");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("this provider knows them")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Trust(Arc::new(config))
    }
}

/// A client that trusts one certificate.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Shakes hands; none when the server has another certificate.
    ///
    /// # Panics
    /// When nobody listens.
    pub async fn connect(&self, address: SocketAddr) -> Option<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(address).await.expect("it listens");
        let name = ServerName::try_from("localhost").expect("a name");
        let handshake = TlsConnector::from(self.0.clone()).connect(name, stream);
        within("the handshake", handshake).await.ok()
    }

    /// Makes one call, and returns its answer as it came, head and body.
    ///
    /// # Panics
    /// When there is none.
    pub async fn get(&self, address: SocketAddr, path: &str) -> String {
        let mut stream = self.connect(address).await.expect("it is trusted");
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("it is open");
        let mut answer = String::new();
        let read = within("an answer", stream.read_to_string(&mut answer)).await;
        read.expect("text, and an end that was announced");
        answer
    }

    /// Opens a socket with an access token.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn socket(
        &self,
        address: SocketAddr,
        token: &str,
    ) -> WebSocketStream<TlsStream<TcpStream>> {
        let mut request = format!("wss://localhost:{}/ws", address.port())
            .into_client_request()
            .expect("a good address");
        let token = HeaderValue::from_str(&format!("Bearer {token}")).expect("a token");
        request.headers_mut().insert("authorization", token);
        let stream = self.connect(address).await.expect("it is trusted");
        let opened = within("the upgrade", client_async(request, stream)).await;
        opened.expect("it is let in").0
    }
}
