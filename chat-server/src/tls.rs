//! TLS for [`ChatServer::run`](crate::ChatServer::run): the certificate and key of the settings, and what follows them.
//!
//! The files are looked at every few seconds; a new certificate is served to new connections and leaves the old ones
//! alone. One that cannot be used is logged and changes nothing. Asks no authority for certificates and checks none of
//! clients: a proxy or another program does that.

use crate::{Error, TlsFiles};
use std::{
    convert::Infallible,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        version::{TLS12, TLS13},
    },
    server::TlsStream,
};

/// From the first byte of a connection to the end of the handshake.
const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(5);
/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A certificate and its key, as they are now.
pub(crate) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<ServerConfig>>,
    seen: Mutex<Seen>,
    /// Whether what was seen last could not be used: perhaps only for lack of a right, which changes nothing that is seen.
    is_unused: AtomicBool,
}

/// What tells two versions of the files apart: when each was changed, its size, and which file it is.
type Seen = [Option<(SystemTime, u64, u64)>; 2];

impl Tls {
    /// Reads the files of the settings; none where there is to be no TLS.
    pub(crate) fn open(files: &TlsFiles) -> Result<Option<Arc<Self>>, Error> {
        let (Some(certificate), Some(key)) = (&files.certificate, &files.key) else {
            return Ok(None);
        };
        // Looked at before it is read: what changes in between is noticed at the next look.
        let seen = [certificate, key].map(|path| look_at(path));
        let current = load(certificate, key).map_err(Error::Config)?;
        warn_of_readers(key);
        Ok(Some(Arc::new(Self {
            certificate: certificate.clone(),
            key: key.clone(),
            current: RwLock::new(current),
            seen: Mutex::new(seen),
            is_unused: AtomicBool::new(false),
        })))
    }

    /// Shakes hands with whoever has connected, within its deadline.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let current = self.current.read();
        let current = current.unwrap_or_else(PoisonError::into_inner).clone();
        let handshake = TlsAcceptor::from(current).accept(stream);
        timeout(HANDSHAKE_DEADLINE, handshake)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Looks after the files for as long as it is polled.
    pub(crate) async fn watch(self: Arc<Self>) -> Infallible {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let tls = self.clone();
            // Files may be on a disk that takes its time.
            if let Err(error) = tokio::task::spawn_blocking(move || tls.look()).await {
                tracing::error!(%error, "the certificate was not looked after");
            }
        }
    }

    /// Takes the files over when they have changed.
    fn look(&self) {
        let now = [&self.certificate, &self.key].map(|path| look_at(path));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let has_changed = *seen != now;
        if !has_changed && !self.is_unused.load(Ordering::Relaxed) {
            return;
        }
        *seen = now;
        match load(&self.certificate, &self.key) {
            Ok(next) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
                self.is_unused.store(false, Ordering::Relaxed);
                tracing::info!(certificate = %self.certificate.display(), "a new certificate is served");
                warn_of_readers(&self.key);
            }
            // Of two files, one is always the first to change; the other is on its way.
            Err(reason) => {
                self.is_unused.store(true, Ordering::Relaxed);
                if has_changed {
                    tracing::warn!(
                        reason,
                        "the new certificate cannot be used; the old one is served"
                    );
                }
            }
        }
    }
}

fn look_at(path: &Path) -> Option<(SystemTime, u64, u64)> {
    let about = fs::metadata(path).ok()?;
    #[cfg(unix)]
    let which = std::os::unix::fs::MetadataExt::ino(&about);
    #[cfg(not(unix))]
    let which = 0;
    Some((about.modified().ok()?, about.len(), which))
}

/// Reads both files into what connections are served with; else says what is wrong and what to do.
fn load(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
    let unreadable = |setting: &str, path: &Path, error: &dyn std::fmt::Display| {
        let path = path.display();
        format!(
            "{setting} {path} cannot be used: {error}; it must be a PEM file that this process may read"
        )
    };
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|error| unreadable("tls.certificate", certificate, &error))?;
    if chain.is_empty() {
        let nothing = "it holds no certificate";
        return Err(unreadable("tls.certificate", certificate, &nothing));
    }
    let secret =
        PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("tls.key", key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(chain, secret)
        })
        .map_err(|error| {
            let (certificate, key) = (certificate.display(), key.display());
            format!(
                "tls.certificate {certificate} and tls.key {key} do not belong together: {error}"
            )
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// A key that everybody on the machine may read is no secret.
fn warn_of_readers(key: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(key).map_or(0, |about| about.permissions().mode());
        if mode & 0o007 != 0 {
            tracing::warn!(key = %key.display(), "others on this machine may read tls.key; take that right from them: chmod o= FILE");
        }
    }
}
