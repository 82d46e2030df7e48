//! Errors as exceptions: each has a stable code, a sentence and whether to try again, in fields, because exceptions carry
//! no cause.

use chat_client::{Client, ConversationHandle};
use chat_core::{ClientId, ConversationId, MessageBody};

/// Whether the same call may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Retry {
    /// Not without being changed.
    Never,
    /// Later.
    Later {
        /// Not before so many milliseconds, where the server says so.
        after_ms: Option<u64>,
    },
    /// When somebody is signed in again.
    AfterSignIn,
}

/// What is wrong with a field of a call.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FieldProblem {
    /// Which.
    pub field: String,
    /// What it must be.
    pub details: Vec<String>,
}

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, thiserror::Error, uniffi::Error)]
pub enum ChatError {
    /// The server refused it.
    #[error("{detail}")]
    Api {
        /// The stable word of the protocol.
        code: String,
        /// What happened, and what to do.
        detail: String,
        /// Whether to try again.
        retry: Retry,
        /// The HTTP status.
        status: u16,
        /// Under this id the server's log has more.
        request_id: Option<String>,
        /// Which fields are wrong.
        fields: Vec<FieldProblem>,
    },
    /// The server could not be reached; whether the call was carried out is not known.
    #[error("{detail}")]
    Network {
        /// The stable word of the protocol.
        code: String,
        /// What happened.
        detail: String,
        /// Whether to try again.
        retry: Retry,
    },
    /// Nobody is signed in, or the session has ended.
    #[error("{detail}")]
    SignedOut {
        /// The stable word of the protocol.
        code: String,
        /// What to do.
        detail: String,
        /// Whether to try again.
        retry: Retry,
    },
    /// What was handed in is not valid.
    #[error("{detail}")]
    InvalidInput {
        /// The stable word of the protocol.
        code: String,
        /// What it must be.
        detail: String,
        /// Whether to try again.
        retry: Retry,
        /// Which argument; empty where it is not one of them.
        field: String,
    },
    /// This device could not keep or read something.
    #[error("{detail}")]
    Store {
        /// `wrong_key`, `newer_version`, or `store_failed`.
        code: String,
        /// What happened, and what to do.
        detail: String,
        /// Whether to try again.
        retry: Retry,
    },
    /// The client was shut down.
    #[error("{detail}")]
    ShutDown {
        /// The stable word: `shut_down`.
        code: String,
        /// What happened.
        detail: String,
        /// Whether to try again.
        retry: Retry,
    },
    /// A fault on this side, or an answer that this version cannot read.
    #[error("{detail}")]
    Internal {
        /// The stable word of the protocol.
        code: String,
        /// What happened.
        detail: String,
        /// Whether to try again.
        retry: Retry,
    },
}

impl ChatError {
    pub(crate) fn invalid(field: &str, detail: impl std::fmt::Display) -> Self {
        Self::InvalidInput {
            code: "invalid".into(),
            detail: format!("{field} {detail}"),
            retry: Retry::Never,
            field: field.to_owned(),
        }
    }

    /// Why nobody waits any more for something that is in the outbox all the same: asked for again, it would be done twice.
    pub(crate) fn of_queued(error: chat_client::Error, key: &ClientId) -> Self {
        let mut error = Self::from(error);
        match &mut error {
            Self::SignedOut { detail, retry, .. } | Self::ShutDown { detail, retry, .. } => {
                *retry = Retry::Never;
                detail.push_str(&format!(
                    "; the message is in the outbox as {key} and needs not be said again"
                ));
            }
            Self::Api { retry, .. }
            | Self::Network { retry, .. }
            | Self::InvalidInput { retry, .. }
            | Self::Store { retry, .. }
            | Self::Internal { retry, .. } => *retry = Retry::Never,
        }
        error
    }

    pub(crate) fn internal(detail: impl std::fmt::Display) -> Self {
        Self::Internal {
            code: "internal".into(),
            detail: detail.to_string(),
            retry: Retry::Never,
        }
    }
}

impl From<chat_client::StoreError> for ChatError {
    fn from(error: chat_client::StoreError) -> Self {
        use chat_client::StoreError;
        let (code, retry) = match error {
            StoreError::WrongKey => ("wrong_key", Retry::Never),
            StoreError::Newer => ("newer_version", Retry::Never),
            // A full disk, for instance.
            StoreError::Failed(_) => ("store_failed", Retry::Later { after_ms: None }),
            _ => ("store_failed", Retry::Never),
        };
        Self::Store {
            code: code.into(),
            detail: error.to_string(),
            retry,
        }
    }
}

impl From<chat_client::Error> for ChatError {
    fn from(error: chat_client::Error) -> Self {
        use chat_client::Error;
        let (code, detail) = (error.code().as_str().to_owned(), error.to_string());
        let retry = match (&error, error.is_retryable()) {
            (Error::SignedOut, _) => Retry::AfterSignIn,
            (_, true) => Retry::Later {
                after_ms: error.retry_after_ms(),
            },
            (_, false) => Retry::Never,
        };
        match error {
            Error::Api(problem) => Self::Api {
                code,
                detail,
                retry,
                status: problem.status,
                request_id: problem.request_id,
                fields: (problem.errors.0)
                    .into_iter()
                    .map(|(field, details)| FieldProblem { field, details })
                    .collect(),
            },
            Error::Network { .. } => Self::Network {
                code,
                detail,
                retry,
            },
            Error::SignedOut => Self::SignedOut {
                code,
                detail,
                retry,
            },
            Error::Invalid(_) => Self::InvalidInput {
                code,
                detail,
                retry,
                field: String::new(),
            },
            Error::Store(error) => error.into(),
            Error::Stopped => Self::ShutDown {
                code: "shut_down".into(),
                detail,
                retry,
            },
            _ => Self::Internal {
                code,
                detail,
                retry,
            },
        }
    }
}

/// What a foreign function threw that it may not throw.
impl From<uniffi::UnexpectedUniFFICallbackError> for ChatError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::internal(error.reason)
    }
}

/// Reads an id, or whatever else has a rule, out of an argument.
pub(crate) fn parsed<T>(field: &str, text: &str) -> Result<T, ChatError>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    text.parse().map_err(|rule| ChatError::invalid(field, rule))
}

pub(crate) fn conversation_id(text: &str) -> Result<ConversationId, ChatError> {
    parsed("conversation_id", text)
}

/// The conversation of this id.
pub(crate) fn here(client: &Client, id: &str) -> Result<ConversationHandle, ChatError> {
    Ok(client.conversation(conversation_id(id)?))
}

pub(crate) fn message_body(text: String) -> Result<MessageBody, ChatError> {
    MessageBody::parse(text).map_err(|rule| ChatError::invalid("text", rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat_core::{Code, Problem};

    #[test]
    fn a_refusal_keeps_its_code_and_the_time_to_wait() {
        let problem = Problem::new(Code::RateLimited, "slowly").after_ms(900);

        let error = ChatError::from(chat_client::Error::from(problem));

        let expected = ChatError::Api {
            code: "rate_limited".into(),
            detail: "slowly".into(),
            retry: Retry::Later {
                after_ms: Some(900),
            },
            status: 429,
            request_id: None,
            fields: Vec::new(),
        };
        assert_eq!(error, expected);
    }

    #[test]
    fn a_wrong_argument_is_named() {
        let error = conversation_id("hall").unwrap_err();

        assert!(
            matches!(&error, ChatError::InvalidInput { field, .. } if field == "conversation_id")
        );
        assert_eq!(error.to_string(), "conversation_id must be a UUID");
        assert!(message_body(" \u{200b}".into()).is_err());
    }

    #[test]
    fn who_is_signed_out_is_told_to_sign_in_and_a_wrong_key_is_told_apart() {
        let out = ChatError::from(chat_client::Error::SignedOut);
        assert!(
            matches!(
                out,
                ChatError::SignedOut {
                    retry: Retry::AfterSignIn,
                    ..
                }
            ),
            "{out:?}"
        );
        let locked = ChatError::from(chat_client::Error::Store(chat_client::StoreError::WrongKey));
        assert!(
            matches!(&locked, ChatError::Store { code, retry: Retry::Never, .. } if code == "wrong_key"),
            "{locked:?}"
        );
        let full = chat_client::StoreError::Failed("no space is left".into());
        let full = ChatError::from(chat_client::Error::Store(full));
        assert!(
            matches!(
                full,
                ChatError::Store {
                    retry: Retry::Later { .. },
                    ..
                }
            ),
            "{full:?}"
        );
    }

    #[test]
    fn who_waited_for_what_is_queued_is_not_told_to_say_it_again() {
        let key = ClientId::try_from("n1".to_owned()).unwrap();

        let error = ChatError::of_queued(chat_client::Error::SignedOut, &key);

        let ChatError::SignedOut { detail, retry, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(retry, Retry::Never);
        assert!(detail.contains("in the outbox as n1"), "{detail}");
    }
}
