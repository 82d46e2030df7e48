//! What can go wrong, by what the caller can do about it. Causes travel in `source`, not in the text.

use crate::StoreError;
use chat_core::{Code, FieldErrors, Problem};
use std::sync::Arc;

/// The kind of a problem that was made here, for an answer that is not of this protocol.
pub(crate) const FOREIGN: &str = "about:blank";

/// The longest time to wait that is believed: whoever says more, a proxy in between for instance, does not stop a device for
/// good.
pub(crate) const AFTER_MOST_MS: u64 = 24 * 60 * 60 * 1_000;

/// Why a call did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server refused it, and says why. The kind of the problem is `about:blank` when not the server answered but
    /// something in between, such as a proxy: its code is then only what the HTTP status suggests.
    #[error("{}", .0.detail)]
    Api(Box<Problem>),
    /// The server could not be reached, or the connection broke: whether the call was carried out is not known.
    #[error("the server cannot be reached: {detail}")]
    Network {
        /// What happened, in a few words.
        detail: String,
        /// The fault below.
        source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    },
    /// Nobody is signed in, or the session has ended: sign in again.
    #[error("not signed in: sign in first")]
    SignedOut,
    /// What was handed in cannot be asked.
    #[error("{0}")]
    Invalid(String),
    /// The server answered with something that this version cannot read.
    #[error("the server's answer cannot be read: {0}")]
    Unreadable(String),
    /// This device could not keep or read something.
    #[error(transparent)]
    Store(StoreError),
    /// The client was shut down before it was done.
    #[error("the client was shut down")]
    Stopped,
}

impl Error {
    /// A fault of the network with its cause, for who writes a transport.
    ///
    /// ```
    /// use chat_client::Error;
    ///
    /// let error = Error::network("the connection broke", std::io::Error::other("reset"));
    /// assert!(error.is_retryable());
    /// ```
    pub fn network(
        detail: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Network {
            detail: detail.into(),
            source: Some(Arc::new(source)),
        }
    }

    /// A fault of the network without one.
    ///
    /// ```
    /// use chat_client::Error;
    ///
    /// let error = Error::disconnected("there is no way there");
    /// assert_eq!(error.to_string(), "the server cannot be reached: there is no way there");
    /// ```
    pub fn disconnected(detail: impl Into<String>) -> Self {
        Self::Network {
            detail: detail.into(),
            source: None,
        }
    }

    /// The stable word for it: the server's own, or the nearest one for what happened on this side.
    pub fn code(&self) -> Code {
        match self {
            Self::Api(problem) => problem.code,
            Self::Network { .. } | Self::Stopped => Code::Unavailable,
            Self::SignedOut => Code::Unauthenticated,
            Self::Invalid(_) => Code::Invalid,
            Self::Unreadable(_) => Code::Unknown,
            Self::Store(_) => Code::Internal,
        }
    }

    /// Whether something between here and the server answered instead of it: says nothing about who is signed in.
    pub(crate) fn is_foreign(&self) -> bool {
        matches!(self, Self::Api(problem) if problem.kind == FOREIGN)
    }

    /// Whether the same call may succeed later without being changed.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Api(problem) => problem.is_retryable(),
            Self::Network { .. } => true,
            Self::SignedOut
            | Self::Invalid(_)
            | Self::Unreadable(_)
            | Self::Store(_)
            | Self::Stopped => false,
        }
    }

    /// How long the server asks to wait before the same call is made again.
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Api(problem) => problem.retry_after_ms,
            _ => None,
        }
    }

    /// For a call with wrong fields: what is wrong with which.
    pub fn fields(&self) -> Option<&FieldErrors> {
        match self {
            Self::Api(problem) if !problem.errors.is_empty() => Some(&problem.errors),
            _ => None,
        }
    }
}

impl From<Problem> for Error {
    fn from(mut problem: Problem) -> Self {
        problem.retry_after_ms = problem.retry_after_ms.map(|ms| ms.min(AFTER_MOST_MS));
        Self::Api(Box::new(problem))
    }
}
