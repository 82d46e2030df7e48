//! What happens to a mail once it has left the queue: it is made into a letter, and tried until it is gone or given up.

use super::{Mail, MailConfig, MailTransport, smtp::SmtpServer};
use crate::{Clock, Error, clock::Random, private, telemetry::Metrics};
use lettre::{
    Address, Message,
    message::{
        Body, Mailbox,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0},
    },
};
use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use tokio_util::sync::CancellationToken;

/// How long to wait, and for what.
pub(super) struct Patience {
    /// From nothing to a server that has greeted, speaks TLS and knows who this is.
    pub(super) connect: Duration,
    /// One try, connecting included.
    pub(super) send: Duration,
    /// Between tries. There is one try more than pauses.
    pub(super) pauses: [Duration; 2],
}

impl Patience {
    pub(super) const USUAL: Self = Self {
        connect: Duration::from_secs(10),
        send: Duration::from_secs(30),
        pauses: [Duration::from_secs(1), Duration::from_secs(20)],
    };
}

/// Why a try failed. Nothing in it tells to whom the mail was, or what was in it.
pub(super) struct Failure {
    pub(super) reason: String,
    /// Whether trying again is of no use.
    pub(super) lasting: bool,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self {
            reason: error.to_string(),
            lasting: false,
        }
    }
}

/// The way out.
enum Way {
    Log,
    File(PathBuf),
    Smtp(Box<SmtpServer>),
    Off,
}

/// Sends mails.
pub(super) struct Postman {
    way: Way,
    from: Mailbox,
    clock: Arc<dyn Clock>,
    random: Random,
    metrics: Arc<Metrics>,
    patience: Patience,
    closing: CancellationToken,
}

impl Postman {
    pub(super) fn new(
        config: &MailConfig,
        clock: Arc<dyn Clock>,
        random: Random,
        metrics: Arc<Metrics>,
        patience: Patience,
        closing: CancellationToken,
    ) -> Result<Self, Error> {
        config.check()?;
        let way = match (config.transport, &config.directory, &config.smtp) {
            (MailTransport::File, Some(directory), _) => {
                fs::create_dir_all(directory).map_err(|error| {
                    let directory = directory.display();
                    Error::Config(format!("cannot use mail.directory {directory}: {error}"))
                })?;
                Way::File(directory.clone())
            }
            (MailTransport::Smtp, _, Some(url)) => {
                Way::Smtp(Box::new(SmtpServer::new(url, config)?))
            }
            (MailTransport::Log, ..) => Way::Log,
            _ => Way::Off,
        };
        Ok(Self {
            way,
            from: config.sender()?,
            clock,
            random,
            metrics,
            patience,
            closing,
        })
    }

    /// Sends a mail, or says why it could not be sent.
    pub(super) async fn deliver(&self, mail: Mail) {
        let purpose = mail.purpose.as_str();
        let outcome = match &self.way {
            Way::Off => "off",
            Way::Log => {
                let subject = mail.purpose.subject();
                tracing::info!(target: "chat::mail", purpose, "{subject}\n\n{}", mail.text);
                "sent"
            }
            Way::File(_) | Way::Smtp(_) => match self.carry(&mail).await {
                Ok(()) => "sent",
                Err(Failure { reason, .. }) => {
                    tracing::warn!(purpose, reason, "a mail could not be sent");
                    "failed"
                }
            },
        };
        self.metrics.mail(purpose, outcome);
    }

    async fn carry(&self, mail: &Mail) -> Result<(), Failure> {
        let letter = self.letter(mail)?;
        for pause in self.patience.pauses {
            match self.hand_over(&letter).await {
                Err(failure) if !failure.lasting => {
                    let reason = failure.reason;
                    tracing::debug!(
                        purpose = mail.purpose.as_str(),
                        reason,
                        "a mail is tried again"
                    );
                }
                done => return done,
            }
            // There is no time for pauses when the server stops.
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.closing.cancelled() => {}
            }
        }
        self.hand_over(&letter).await
    }

    async fn hand_over(&self, letter: &Message) -> Result<(), Failure> {
        match &self.way {
            Way::Smtp(server) => server.send(letter, &self.patience).await,
            Way::File(directory) => {
                // Their names are in the order of time.
                let name = self.random.id(self.clock.now()).to_string();
                let (directory, bytes) = (directory.clone(), letter.formatted());
                let written =
                    tokio::task::spawn_blocking(move || write(&directory, &name, &bytes)).await;
                Ok(written.map_err(io::Error::other)??)
            }
            Way::Log | Way::Off => Ok(()),
        }
    }

    /// A mail as it travels. Made once, so that a try that came through after all can be told by its id.
    fn letter(&self, mail: &Mail) -> Result<Message, Failure> {
        let cannot = |reason: &str| Failure {
            reason: reason.to_owned(),
            lasting: true,
        };
        let to: Address = mail
            .to
            .as_str()
            .parse()
            .map_err(|_| cannot("no mail can be sent to an address of this shape"))?;
        let now = self.clock.now();
        let id = self.random.id(now);
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.purpose.subject())
            .date(UNIX_EPOCH + Duration::from_millis(u64::try_from(now.ms()).unwrap_or(0)))
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            // Asks programs not to answer (RFC 3834).
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .body(body(&mail.text))
            .map_err(|_| cannot("the mail could not be put together"))
    }
}

/// As it is where any server takes it as it is (RFC 5321, 4.5.3.1.6), so that a link stays in one piece and can be read
/// in a file too.
fn body(text: &str) -> Body {
    let plain = |line: &str| line.len() <= 998 && line.bytes().all(|b| matches!(b, b' '..=b'~'));
    match text.lines().all(plain) {
        true => Body::dangerous_pre_encoded(
            text.replace('\n', "\r\n").into_bytes(),
            ContentTransferEncoding::SevenBit,
        ),
        false => Body::new(text.to_owned()),
    }
}

/// Writes a file that only its owner reads, and gives it its name when it is whole.
fn write(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let new = directory.join(format!(".{name}.new"));
    let mut out = private::file(&new)?;
    out.write_all(bytes)?;
    fs::rename(new, directory.join(format!("{name}.eml")))
}
