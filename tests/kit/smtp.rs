//! A mail server over TCP that wants STARTTLS and a password before it takes anything, keeps what it takes, and is
//! ill-behaved when told to. Its certificate comes from an authority that only its file names.

mod session;

use crate::within;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use session::Session;
use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// Who may send mail here.
const USER: &str = "chat@example.org";
/// With special characters in it, as real ones have.
const PASSWORD: &str = "canary/smtp+p@ss%word";

/// How one connection is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    /// As it should be.
    Good,
    /// Nobody of that name: 550 to the recipient, and for good.
    Refuse,
    /// Not now: 451 to the recipient.
    Defer,
    /// It takes the mail in and never says a word again.
    Stall,
    /// It hangs up in the middle of the mail.
    Drop,
}

/// A mail that was taken.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Who sent it, on the envelope.
    pub from: String,
    /// Whom it is for, on the envelope.
    pub to: Vec<String>,
    /// Head and body, in lines that end with `\n`.
    pub text: String,
}

impl Letter {
    /// A line of the head.
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\n\n").next().unwrap_or_default();
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// What is below the head.
    pub fn body(&self) -> &str {
        self.text.split_once("\n\n").map_or("", |(_, body)| body)
    }

    /// The first link in it.
    ///
    /// # Panics
    /// Without one.
    #[track_caller]
    pub fn link(&self) -> &str {
        let link = self.body().lines().find(|line| line.contains("://"));
        link.unwrap_or_else(|| panic!("no link in {}", self.text))
    }

    /// The token of its link, which stands behind the hash.
    ///
    /// # Panics
    /// Without one.
    #[track_caller]
    pub fn token(&self) -> &str {
        let (_, token) = self.link().split_once("#token=").expect("a token");
        token
    }
}

/// What connections share.
struct Shared {
    manners: Mutex<VecDeque<Manners>>,
    taken: mpsc::UnboundedSender<Letter>,
    met: AtomicUsize,
    told: Notify,
    acceptor: TlsAcceptor,
}

/// A mail server. It is gone when this is dropped.
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    letters: mpsc::UnboundedReceiver<Letter>,
    directory: TempDir,
    task: JoinHandle<()>,
}

impl MailServer {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// Without a free port or a place for temporary files.
    pub async fn start() -> Self {
        let directory = TempDir::new().expect("a temporary directory can be made");
        let (acceptor, authority) = certificate();
        std::fs::write(directory.path().join("ca.pem"), authority).expect("it is writable");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (taken, letters) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            manners: Mutex::default(),
            taken,
            met: AtomicUsize::new(0),
            told: Notify::new(),
            acceptor,
        });
        let task = tokio::spawn(listen(listener, shared.clone()));
        Self {
            address,
            shared,
            letters,
            directory,
            task,
        }
    }

    /// The setting `mail.smtp`.
    pub fn url(&self) -> String {
        let encode = |text: &str| {
            let special = |c: char| !c.is_ascii_alphanumeric();
            text.chars()
                .map(|c| match special(c) {
                    true => format!("%{:02X}", u32::from(c)),
                    false => c.to_string(),
                })
                .collect::<String>()
        };
        let (user, password) = (encode(USER), encode(PASSWORD));
        format!("smtp://{user}:{password}@localhost:{}", self.address.port())
    }

    /// The setting `mail.ca_file`.
    pub fn ca_file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// What nobody but it and its client may see.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// How the connections to come are treated, one after the other; those after them well.
    pub fn treat_next(&self, manners: &[Manners]) {
        let mut queue = self
            .shared
            .manners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        queue.extend(manners);
    }

    /// The next mail.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn next(&mut self) -> Letter {
        let letter = within("a mail comes", self.letters.recv()).await;
        letter.expect("the server runs")
    }

    /// A mail that has come already.
    pub fn come_already(&mut self) -> Option<Letter> {
        self.letters.try_recv().ok()
    }

    /// Waits until so many mails were offered, taken or not.
    pub async fn met(&self, count: usize) {
        let meeting = async {
            loop {
                let told = self.shared.told.notified();
                if self.shared.met.load(Ordering::SeqCst) >= count {
                    return;
                }
                told.await;
            }
        };
        within("mails are offered", meeting).await;
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A certificate for localhost, and the authority it comes from, in PEM.
fn certificate() -> (TlsAcceptor, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key can be made");
    let authority = CertifiedIssuer::self_signed(authority, key).expect("it signs itself");
    let key = KeyPair::generate().expect("a key can be made");
    let certificate = CertificateParams::new(["localhost".to_owned()])
        .and_then(|params| params.signed_by(&key, &authority))
        .expect("a good name");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("it knows TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("key and certificate belong together");
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        tokio::spawn(async move {
            // That a client hangs up is its own business.
            let _ = serve(stream, &shared).await;
        });
    }
}

/// Both halves of a connection, the second encrypted.
async fn serve(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut clear = Session::new(stream, false, shared);
    clear.say("220 localhost here").await?;
    if !clear.talk().await? {
        return Ok(());
    }
    let stream = shared.acceptor.accept(clear.stream.into_inner()).await?;
    Session::new(stream, true, shared).talk().await.map(drop)
}
