//! What can go wrong, as the caller sees it. Causes stay in `source` for the log; the answer never carries them.

use crate::store;
use chat_core::{Code, FieldErrors, MessageId, Problem};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Fields are wrong.
    #[error("fields are invalid")]
    Invalid(FieldErrors),
    /// Names that somebody has.
    #[error("already taken")]
    Taken(FieldErrors),
    /// A rule was broken; the code says which, the sentence says how.
    #[error("{1}")]
    Rule(Code, String),
    /// The sender has sent this message under the same client id, with another content.
    #[error("this client_id was used before with another content; make a new one")]
    SaidBefore(MessageId),
    /// Too many calls of this kind.
    #[error("over the limit {limit}, wait {retry_after_ms} ms")]
    RateLimited {
        /// The figure that is used up.
        limit: &'static str,
        /// Wait this long.
        retry_after_ms: u64,
    },
    /// The server cannot serve just now.
    #[error("{reason}")]
    Unavailable {
        /// Why, for people.
        reason: &'static str,
        /// Wait this long.
        retry_after_ms: u64,
    },
    /// The database failed.
    #[error("storage is unavailable")]
    Store(#[from] sqlx::Error),
    /// The database could not be opened or brought up to date.
    #[error("cannot open the database {database}: {reason}")]
    Database {
        /// Which kind of failure it is.
        code: Code,
        /// Which.
        database: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A setting is wrong.
    #[error("{0}")]
    Config(String),
    /// The key file could not be read or made.
    #[error("cannot use the key file {path}: {reason}")]
    Keys {
        /// Which.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
    /// Files cannot be kept where the settings say.
    #[error("cannot keep files in {place}: {reason}")]
    Files {
        /// Which kind of failure it is.
        code: Code,
        /// Where.
        place: String,
        /// Why, and what to do.
        reason: String,
    },
    /// An archive cannot be written or read.
    #[error("cannot use the archive {path}: {reason}")]
    Archive {
        /// Which kind of failure it is.
        code: Code,
        /// Which directory, or which file in it.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A fault in the program.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    pub(crate) fn rule(code: Code, detail: impl Into<String>) -> Self {
        Self::Rule(code, detail.into())
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::rule(Code::NotFound, format!("there is no such {what} for you"))
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::rule(Code::Forbidden, detail)
    }

    pub(crate) fn invalid(field: &str, error: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::one(field, error))
    }

    /// The stable code that HTTP problems, socket answers and SDKs share.
    pub fn code(&self) -> Code {
        match self {
            Self::Invalid(_) => Code::Invalid,
            Self::Taken(_) => Code::Taken,
            Self::Rule(code, _)
            | Self::Database { code, .. }
            | Self::Files { code, .. }
            | Self::Archive { code, .. } => *code,
            Self::SaidBefore(_) => Code::IdempotencyConflict,
            Self::RateLimited { .. } => Code::RateLimited,
            Self::Unavailable { .. } | Self::Store(_) => Code::Unavailable,
            Self::Config(_) | Self::Keys { .. } | Self::Internal(_) => Code::Internal,
        }
    }

    /// What is behind it, for the log.
    pub(crate) fn cause(&self) -> String {
        std::error::Error::source(self)
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    /// The error as a client is told.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Invalid(errors) => Problem::invalid(errors.clone()),
            Self::Taken(errors) => {
                let detail = Problem::invalid(errors.clone()).detail;
                Problem {
                    errors: errors.clone(),
                    ..Problem::new(Code::Taken, detail)
                }
            }
            Self::Rule(code, detail) => Problem::new(*code, detail.clone()),
            Self::SaidBefore(message) => {
                Problem::new(Code::IdempotencyConflict, self.to_string()).about(*message)
            }
            Self::Archive { code, .. } => Problem::new(*code, self.to_string()),
            Self::RateLimited {
                limit,
                retry_after_ms,
            } => Problem::new(
                Code::RateLimited,
                format!("over the limit {limit}; wait as long as retry_after_ms says"),
            )
            .after_ms(*retry_after_ms),
            Self::Unavailable {
                reason,
                retry_after_ms,
            } => Problem::new(Code::Unavailable, *reason).after_ms(*retry_after_ms),
            Self::Store(error) if store::is_moved(error) => Problem::new(
                Code::Unavailable,
                "the chat has moved to another database, and this server has the old one; nothing was changed, come \
                 back when the server is started with the new one",
            )
            .after_ms(10_000),
            Self::Store(error) if store::lock::is_busy(error) => Problem::new(
                Code::Unavailable,
                "what this writes to is busy; nothing was changed, try again",
            )
            .after_ms(1_000),
            Self::Store(_) => Problem::new(
                Code::Unavailable,
                "storage is unavailable; nothing was changed, try again",
            )
            .after_ms(1_000),
            _ => Problem::new(
                Code::Internal,
                "the server failed; its log has more under the request id",
            ),
        }
    }
}
