//! Every way a command ends without success: what is said on standard error, and the exit code that says it to scripts.
//!
//! Messages are lower case and say what to do. Causes follow their effect after a colon, each once.

use crate::stop::Stop;
use chat_core::Code;
use std::{error::Error as _, io};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The server refused, or could not be reached.
    #[error(transparent)]
    Client(#[from] chat_client::Error),
    /// The server could not be started, or refused a call inside this process.
    #[error("{}", said_by_server(.0))]
    Server(chat_server::Error),
    /// Found out here, but with a code of the protocol.
    #[error("{text}")]
    Coded { code: Code, text: String },
    /// The command line or a setting makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A part of many was done, the rest was not.
    #[error("{0}")]
    Partly(String),
    /// It was done, and what was asked of its answer cannot be had, so all of that was printed.
    #[error("it was done, and all that was answered is printed: {0}")]
    Unchosen(String),
    /// Something about this machine.
    #[error("{what}")]
    Io { what: String, source: io::Error },
    /// Standard output was closed by who reads it: nothing is wrong.
    #[error("standard output is closed")]
    Closed,
    /// It was only to be said what would be done, and that was said: nothing is wrong.
    #[error("nothing was done")]
    Rehearsed,
    /// It was told to stop: whoever said so knows.
    #[error("stopped")]
    Stopped(Stop),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

/// What a command gives back.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with a code of the protocol.
    pub(crate) fn coded(code: Code, text: impl Into<String>) -> Self {
        let text = text.into();
        Self::Coded { code, text }
    }

    /// An error of the machine, with what was attempted.
    pub(crate) fn io(what: impl Into<String>, source: io::Error) -> Self {
        let what = what.into();
        Self::Io { what, source }
    }

    /// The code the process ends with.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Client(error) => error.code().exit_code(),
            Self::Server(chat_server::Error::Config(_)) => 2,
            Self::Server(error) => error.code().exit_code(),
            Self::Coded { code, .. } => code.exit_code(),
            Self::Usage(_) => 2,
            Self::Partly(_) | Self::Unchosen(_) => 5,
            Self::Closed | Self::Rehearsed => 0,
            Self::Stopped(stop) => stop.exit_code(),
            Self::Io { .. } | Self::Failed(_) => 1,
        }
    }

    /// Whether it is no failure, but the way a command ends early.
    pub(crate) fn is_an_end(&self) -> bool {
        matches!(self, Self::Closed | Self::Rehearsed | Self::Stopped(_))
    }

    /// Whether it would befall everything else that is tried: there is no server, or nobody is let in.
    pub(crate) fn is_about_all(&self) -> bool {
        match self {
            Self::Client(error) => is_about_all(error.code()),
            Self::Coded { code, .. } => is_about_all(*code),
            Self::Closed | Self::Rehearsed | Self::Stopped(_) => true,
            _ => false,
        }
    }

    /// The whole story in one line: the error and its causes.
    pub(crate) fn story(&self) -> String {
        let mut story = match self {
            Self::Client(chat_client::Error::Api(problem)) if problem.code == Code::Invalid => {
                in_words(&problem.detail)
            }
            Self::Client(error) if error.code() == Code::RateLimited => {
                let wait = error.retry_after_ms().unwrap_or(1_000).div_ceil(1_000);
                let again = format!("try again in {wait} s");
                error
                    .to_string()
                    .replace("wait as long as retry_after_ms says", &again)
            }
            other => other.to_string(),
        };
        let mut cause = match self {
            Self::Server(error) => error.source(),
            other => other.source(),
        };
        while let Some(error) = cause {
            let text = error.to_string();
            if !story.contains(&text) {
                story.push_str(": ");
                story.push_str(&text);
            }
            cause = error.source();
        }
        chat_core::text::inert_line(&story).into_owned()
    }

    /// What to try next, where that is known.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        let code = match self {
            Self::Client(error) => error.code(),
            Self::Coded { code, .. } => *code,
            _ => return None,
        };
        match code {
            Code::Unauthenticated | Code::TokenExpired | Code::SessionEnded => Some(
                "sign in with: chat auth login USER; a script has a token in CHAT_TOKEN: chat token create",
            ),
            Code::Timeout | Code::Unavailable => {
                Some("is the server running? start one with: chat serve")
            }
            _ => None,
        }
    }
}

/// What a field of the protocol is called on the command line.
fn in_words(detail: &str) -> String {
    const NAMES: [(&str, &str); 8] = [
        ("attachment_ids", "the file"),
        ("member_ids", "the people"),
        ("user_ids", "the people"),
        ("client_id", "--client-id"),
        ("expires_in_s", "the time"),
        ("max_uses", "--uses"),
        ("reply_to", "--reply-to"),
        ("message_ttl_s", "the time"),
    ];
    let words = detail.split(' ').map(|word| {
        let named = NAMES.iter().find(|(field, _)| *field == word);
        named.map_or(word, |(_, name)| name)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Whoever is not let in now is not let in for the next call either, and a server that is away is away.
fn is_about_all(code: Code) -> bool {
    code != Code::Forbidden && matches!(code.exit_code(), 4 | 7)
}

impl From<chat_server::Error> for Error {
    fn from(error: chat_server::Error) -> Self {
        Self::Server(error)
    }
}

/// In the words that a client would get where those name the fields; else in the words for its operator.
fn said_by_server(error: &chat_server::Error) -> String {
    match error {
        chat_server::Error::Invalid(_) | chat_server::Error::Taken(_) => error.problem().detail,
        _ => error.to_string(),
    }
}

/// The exit codes, for `--help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed
  2    the command line, a setting or a field is wrong
  3    not found
  4    not signed in, or not allowed
  5    done in part
  6    conflicts with what is there
  7    unreachable, or too slow
  8    too many calls; try later
  129  stopped by the end of its terminal (SIGHUP)
  130  stopped by Ctrl+C
  143  stopped by SIGTERM";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_follow_once_and_act_on_nothing() {
        let error = Error::io("cannot read \u{1b}[31mx", io::Error::other("disk gone"));

        assert_eq!(error.story(), "cannot read [31mx: disk gone");
        assert_eq!(error.exit_code(), 1);
    }

    #[test]
    fn a_code_of_the_protocol_decides_the_exit_code() {
        assert_eq!(Error::coded(Code::NotFound, "no").exit_code(), 3);
        assert_eq!(Error::coded(Code::RateLimited, "no").exit_code(), 8);
        assert_eq!(Error::Usage("no".into()).exit_code(), 2);
        assert_eq!(Error::Closed.exit_code(), 0);
    }

    #[test]
    fn how_long_to_wait_is_told_and_not_where_that_would_stand() {
        let detail = "over the limit calls_per_minute; wait as long as retry_after_ms says";
        let problem = chat_core::Problem::new(Code::RateLimited, detail).after_ms(2_500);

        let said = Error::Client(problem.into()).story();

        assert_eq!(said, "over the limit calls_per_minute; try again in 3 s");
    }

    #[test]
    fn a_field_is_called_as_on_the_command_line() {
        let detail = "attachment_ids must be a sound for a voice message";
        assert_eq!(
            in_words(detail),
            "the file must be a sound for a voice message"
        );
        assert_eq!(
            in_words("email must be an address"),
            "email must be an address"
        );
    }

    #[test]
    fn every_exit_code_of_the_protocol_is_explained() {
        for code in Code::ALL {
            let line = format!("\n  {}  ", code.exit_code());
            assert!(EXIT_CODES.contains(&line), "{code:?}");
        }
    }
}
