//! Where outgoing mail goes. A mail server's password is shown nowhere: not by `Debug`, not by `chat config show`, not
//! in an error about the address it stands in.

use crate::Error;
use chat_core::Secret;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};
use url::Url;

/// Shown in place of a password.
const HIDDEN: &str = "[secret]";

/// How the server sends mail: links to set a new password, and the like.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// `log` (for development: mails are only written to the log, with the links in them), `file` (one file for each
    /// mail in `mail.directory`), `smtp` (through the mail server in `mail.smtp`) or `off`.
    pub transport: MailTransport,
    /// Where mails come from: `chat@example.org`, or with a name `Chat <chat@example.org>`. A mail server will want an
    /// address of its own domain.
    pub from: String,
    /// Where `file` puts mails (`.eml`, readable by the owner only). Made where it is missing.
    pub directory: Option<PathBuf>,
    /// The mail server of `smtp`: `smtp://user:password@host:587` (STARTTLS, always) or `smtps://user:password@host:465`
    /// (TLS from the start); special characters as `%XX`. `?tls=none` is for a server on this machine only.
    pub smtp: Option<SmtpUrl>,
    /// Certificates (PEM) of a private authority that the mail server's certificate may come from, besides the public
    /// ones.
    pub ca_file: Option<PathBuf>,
}

/// Where mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// Nowhere but the log.
    Log,
    /// Into files.
    File,
    /// To a mail server.
    Smtp,
    /// Nowhere.
    Off,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            transport: MailTransport::Log,
            from: "chat@localhost".to_owned(),
            directory: None,
            smtp: None,
            ca_file: None,
        }
    }
}

impl MailConfig {
    /// Refuses settings that could not work.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.sender()?;
        let wrong = match self.transport {
            MailTransport::Smtp if self.smtp.is_none() => {
                "mail.transport is smtp: say where in mail.smtp, such as smtp://user:password@host:587"
            }
            MailTransport::File if self.directory.is_none() => {
                "mail.transport is file: say where in mail.directory"
            }
            // Who names a mail server wants mail to leave the house.
            MailTransport::Log if self.smtp.is_some() => {
                "mail.smtp is set, but mail.transport is log: set mail.transport to smtp, or to off"
            }
            MailTransport::Log if self.directory.is_some() => {
                "mail.directory is set, but mail.transport is log: set mail.transport to file, or to off"
            }
            _ => return Ok(()),
        };
        Err(Error::Config(wrong.to_owned()))
    }

    /// Whom mails come from.
    pub(super) fn sender(&self) -> Result<Mailbox, Error> {
        self.from.parse().map_err(|_| {
            Error::Config("mail.from must be an address such as chat@example.org".to_owned())
        })
    }
}

/// A mail server, and how to speak to it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SmtpUrl {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) credentials: Option<(String, Secret)>,
}

/// What keeps others from reading along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    /// It begins in the clear; nothing is said before TLS is up.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Nothing; it stays on this machine.
    Plain,
}

impl FromStr for SmtpUrl {
    type Err = Error;

    /// Reads `smtp://user:password@host:587` or `smtps://user:password@host:465`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(wrong("it must be smtp://user:password@host:587"));
        }
        let (security, port) = match (url.scheme(), url.query()) {
            ("smtp", None) => (Security::StartTls, 587),
            ("smtps", None) => (Security::Tls, 465),
            ("smtp", Some("tls=none")) if is_loopback(host) => (Security::Plain, 25),
            ("smtp", Some("tls=none")) => {
                return Err(wrong(
                    "tls=none would send passwords and links in the clear, and is only for localhost; leave it out",
                ));
            }
            ("smtp" | "smtps", Some(_)) => {
                return Err(wrong("only tls=none may stand behind the question mark"));
            }
            _ => return Err(wrong("it must begin with smtp:// or smtps://")),
        };
        Ok(Self {
            host: host.to_owned(),
            port: url.port().unwrap_or(port),
            security,
            credentials: credentials(&url)?,
        })
    }
}

fn credentials(url: &Url) -> Result<Option<(String, Secret)>, Error> {
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, Some(password)) if !user.is_empty() && !password.is_empty() => {
            let (user, password) = (decoded(user)?, decoded(password)?);
            if password == HIDDEN {
                // Settings that were written out and read again must not become a wrong password.
                return Err(wrong("the password was hidden; put the real one there"));
            }
            Ok(Some((user, Secret::new(password))))
        }
        _ => Err(wrong("a user and a password belong together")),
    }
}

/// Says what is wrong, and never repeats the address: a password is in it.
fn wrong(what: &str) -> Error {
    Error::Config(format!("mail.smtp is wrong: {what}"))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

/// `%40` is `@`.
fn decoded(text: &str) -> Result<String, Error> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let byte = part
            .get(..2)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .ok_or_else(|| wrong("a % in the user or password is written %25"))?;
        bytes.push(byte);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    let text = String::from_utf8(bytes).ok();
    text.filter(|text| !text.contains(char::is_control))
        .ok_or_else(|| wrong("the user and password must be text"))
}

impl TryFrom<String> for SmtpUrl {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<SmtpUrl> for String {
    fn from(url: SmtpUrl) -> Self {
        url.to_string()
    }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, query) = match self.security {
            Security::StartTls => ("smtp", ""),
            Security::Tls => ("smtps", ""),
            Security::Plain => ("smtp", "?tls=none"),
        };
        write!(f, "{scheme}://")?;
        if let Some((user, _)) = &self.credentials {
            write!(f, "{user}:{HIDDEN}@")?;
        }
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}{query}", self.host, self.port),
            false => write!(f, "{}:{}{query}", self.host, self.port),
        }
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
