//! Speaking to a mail server: a connection for each mail, and a deadline on everything. What the server says in words
//! is not repeated, as it likes to name the address; its codes say enough.

use super::{
    config::{MailConfig, Security, SmtpUrl},
    deliver::{Failure, Patience},
};
use crate::Error;
use lettre::{
    Message,
    transport::smtp::{
        Error as SmtpError,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        extension::ClientId,
    },
};
use std::{error::Error as _, fs, path::Path, time::Duration};
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};

/// For saying goodbye, when the mail has been taken already.
const GOODBYE: Duration = Duration::from_secs(1);

/// A mail server, ready to be connected to.
pub(super) struct SmtpServer {
    url: SmtpUrl,
    tls: TlsParameters,
    hello: ClientId,
}

impl SmtpServer {
    pub(super) fn new(url: &SmtpUrl, config: &MailConfig) -> Result<Self, Error> {
        let mut tls = TlsParameters::builder(url.host.clone());
        if let Some(path) = &config.ca_file {
            for certificate in certificates(path)? {
                tls = tls.add_root_certificate(certificate);
            }
        }
        let tls = tls.build().map_err(|error| {
            Error::Config(format!(
                "mail.ca_file has a certificate that cannot be used: {error}"
            ))
        })?;
        Ok(Self {
            url: url.clone(),
            tls,
            hello: ClientId::default(),
        })
    }

    /// Hands a mail over. Done means that the server has taken it on.
    pub(super) async fn send(&self, letter: &Message, patience: &Patience) -> Result<(), Failure> {
        let sending = async {
            let connecting = timeout(patience.connect, self.connect(patience.connect));
            let mut connection = connecting.await.map_err(|_| late("connecting"))??;
            let bytes = letter.formatted();
            connection.send(letter.envelope(), &bytes).await?;
            Ok::<_, Failure>(connection)
        };
        let sent = timeout(patience.send, sending).await;
        let mut connection = sent.map_err(|_| late("sending"))??;
        // Nothing can go wrong with the mail any more, and sending it again would be wrong.
        let _ = timeout(GOODBYE, connection.quit()).await;
        Ok(())
    }

    async fn connect(&self, deadline: Duration) -> Result<AsyncSmtpConnection, SmtpError> {
        let server = (self.url.host.as_str(), self.url.port);
        let tls = (self.url.security == Security::Tls).then(|| self.tls.clone());
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(deadline), &self.hello, tls, None)
                .await?;
        if self.url.security == Security::StartTls {
            connection.starttls(self.tls.clone(), &self.hello).await?;
        }
        if let Some((user, password)) = &self.url.credentials {
            // Said to the mail server, over TLS or within this machine.
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            let ways = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&ways, &credentials).await?;
        }
        Ok(connection)
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, Error> {
    let cannot = |why: String| {
        let path = path.display();
        Error::Config(format!("cannot use mail.ca_file {path}: {why}"))
    };
    let pem = fs::read(path).map_err(|error| cannot(error.to_string()))?;
    let mut all = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| cannot(error.to_string()))?;
        let read = Certificate::from_der(certificate.to_vec());
        all.push(read.map_err(|error| cannot(error.to_string()))?);
    }
    match all.is_empty() {
        true => Err(cannot("there is no certificate (PEM) in it".to_owned())),
        false => Ok(all),
    }
}

fn late(what: &str) -> Failure {
    Failure {
        reason: format!("{what} took too long"),
        lasting: false,
    }
}

impl From<SmtpError> for Failure {
    fn from(error: SmtpError) -> Self {
        let reason = match error.status() {
            Some(code) => {
                let words = error.source().map(ToString::to_string).unwrap_or_default();
                match enhanced(&words) {
                    Some(more) => format!("the mail server says {code} {more}"),
                    None => format!("the mail server says {code}"),
                }
            }
            None if error.is_response() => {
                "the mail server's answer is no SMTP, or was cut off".to_owned()
            }
            None => error.to_string(),
        };
        // What the server refuses for good, or cannot do at all, it will not do in a minute.
        let lasting = error.is_permanent() || error.is_client();
        Self { reason, lasting }
    }
}

/// The enhanced status code that the words begin with, such as 5.7.1 (RFC 3463).
fn enhanced(words: &str) -> Option<&str> {
    let first = words.split_whitespace().next()?;
    let parts: Vec<_> = first.split('.').collect();
    let number = |part: &&str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    (parts.len() == 3 && parts.iter().all(number)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_a_server_says_only_the_code_is_kept() {
        for (words, code) in [
            ("5.1.1 <ann@example.org>: no such user", Some("5.1.1")),
            ("<ann@example.org>: no such user", None),
            ("5.1.ann", None),
            ("5.1", None),
            ("", None),
        ] {
            assert_eq!(enhanced(words), code, "{words}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");

        let missing = certificates(&path).unwrap_err().to_string();
        fs::write(&path, "nothing").unwrap();
        let empty = certificates(&path).unwrap_err().to_string();

        assert!(missing.contains("ca.pem"), "{missing}");
        assert!(empty.contains("no certificate"), "{empty}");
    }
}
