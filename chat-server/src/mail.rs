//! Outgoing mail: a short queue and one task that empties it, so that nobody's call waits for a mail server.
//!
//! A mail is tried three times and then counted as failed; a process that ends before that loses it, and whoever waits
//! for it asks again. No address, text or link is logged, except by the transport that is the log.

mod config;
mod deliver;
mod pages;
mod smtp;
mod texts;

pub use config::{MailConfig, MailTransport, SmtpUrl};
pub(crate) use pages::{reset_page, verify_page};
pub(crate) use texts::{
    LINK_MINUTES, email_in_use, password_changed, reset_link, reset_password, verify_email,
};

use crate::{Clock, Error, clock::Random, telemetry::Metrics};
use chat_core::Email;
use deliver::{Patience, Postman};
use futures_util::{StreamExt, stream};
use std::{fmt, sync::Arc, time::Duration};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Mails that may wait.
const WAITING_MOST: usize = 256;
/// Mails on their way at once, so that one that is slow does not hold up the others.
const AT_ONCE: usize = 4;
/// What waits at a shutdown may be sent within this time.
const DRAIN_DEADLINE: Duration = Duration::from_secs(5);

/// Why somebody gets a mail. The only thing about it that is logged and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    VerifyEmail,
    ResetPassword,
    EmailInUse,
    PasswordChanged,
}

impl Purpose {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::EmailInUse => "email_in_use",
            Self::PasswordChanged => "password_changed",
        }
    }

    /// Fixed words: nothing of anybody's gets into the head of a mail but the address, and [`Email`] is one line.
    fn subject(self) -> &'static str {
        match self {
            Self::VerifyEmail => "Confirm your email address",
            Self::ResetPassword => "Set a new password",
            Self::EmailInUse => "Somebody tried to use your email address",
            Self::PasswordChanged => "Your password was changed",
        }
    }
}

/// A mail to one person. The functions of this module write them.
pub(crate) struct Mail {
    purpose: Purpose,
    to: Email,
    text: String,
}

impl Mail {
    fn new(purpose: Purpose, to: Email, text: String) -> Self {
        Self { purpose, to, text }
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mail").field(&self.purpose).finish()
    }
}

/// Takes mails, and sends them by and by.
pub(crate) struct Mailer {
    queue: mpsc::Sender<Mail>,
    closing: CancellationToken,
    task: TaskTracker,
}

/// A place in the queue for one mail.
pub(crate) struct Place<'a>(mpsc::Permit<'a, Mail>);

impl Place<'_> {
    /// Puts a mail there.
    pub(crate) fn post(self, mail: Mail) {
        self.0.send(mail);
    }
}

impl Mailer {
    /// Looks at the settings, and starts the task. Needs a tokio runtime.
    pub(crate) fn new(
        config: &MailConfig,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, Error> {
        Self::patient(config, clock, metrics, Patience::USUAL)
    }

    fn patient(
        config: &MailConfig,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        patience: Patience,
    ) -> Result<Self, Error> {
        let closing = CancellationToken::new();
        let random = Random::from_system();
        let postman = Postman::new(config, clock, random, metrics, patience, closing.clone())?;
        if config.transport == MailTransport::Log {
            tracing::warn!(
                "mail goes to the log, with links that set passwords; for real people set mail.transport to smtp"
            );
        }
        let (queue, waiting) = mpsc::channel(WAITING_MOST);
        let task = TaskTracker::new();
        task.spawn(empty(waiting, postman, closing.clone()));
        task.close();
        Ok(Self {
            queue,
            closing,
            task,
        })
    }

    /// A place for a mail. A call that must not tell whether it sends one takes a place in any case: then a full queue
    /// is answered to everybody alike.
    pub(crate) fn place(&self) -> Result<Place<'_>, Error> {
        self.queue.try_reserve().map(Place).map_err(|error| {
            let reason = match error {
                TrySendError::Full(()) => "too many mails wait to be sent; try again later",
                TrySendError::Closed(()) => "the server is stopping; try again",
            };
            Error::Unavailable {
                reason,
                retry_after_ms: 10_000,
            }
        })
    }

    /// Puts a mail into the queue. Never waits.
    pub(crate) fn post(&self, mail: Mail) -> Result<(), Error> {
        self.place()?.post(mail);
        Ok(())
    }

    /// Takes no more mails, and waits a little for those that are there.
    pub(crate) async fn drain(&self) {
        self.closing.cancel();
        if timeout(DRAIN_DEADLINE, self.task.wait()).await.is_err() {
            tracing::warn!("mails were still waiting to be sent at the end of the shutdown");
        }
    }
}

/// Sends whatever comes, until the queue is closed and empty.
async fn empty(waiting: mpsc::Receiver<Mail>, postman: Postman, closing: CancellationToken) {
    let mails = stream::unfold(waiting, |mut waiting| async {
        let mail = tokio::select! {
            biased;
            mail = waiting.recv() => mail,
            () = closing.cancelled() => {
                waiting.close();
                waiting.recv().await
            }
        };
        Some((mail?, waiting))
    });
    mails
        .for_each_concurrent(AT_ONCE, |mail| postman.deliver(mail))
        .await;
}

#[cfg(test)]
mod tests;
