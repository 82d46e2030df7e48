//! Errors as exceptions: each has a stable code and a sentence, in fields, because exceptions carry no cause.

use chat_core::{ConversationId, MessageBody};

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
        /// The HTTP status.
        status: u16,
        /// Wait this long before the same call.
        retry_after_ms: Option<u64>,
        /// Under this id the server's log has more.
        request_id: Option<String>,
    },
    /// The server could not be reached; whether the call was carried out is not known.
    #[error("{detail}")]
    Network {
        /// The stable word of the protocol.
        code: String,
        /// What happened.
        detail: String,
    },
    /// Nobody is signed in, or the session has ended.
    #[error("{detail}")]
    SignedOut {
        /// The stable word of the protocol.
        code: String,
        /// What to do.
        detail: String,
    },
    /// What was handed in is not valid.
    #[error("{detail}")]
    InvalidInput {
        /// The stable word of the protocol.
        code: String,
        /// What it must be.
        detail: String,
        /// Which argument.
        field: String,
    },
    /// A fault on this side, or an answer that this version cannot read.
    #[error("{detail}")]
    Internal {
        /// The stable word of the protocol.
        code: String,
        /// What happened.
        detail: String,
    },
}

impl ChatError {
    pub(crate) fn invalid(field: &str, detail: impl std::fmt::Display) -> Self {
        Self::InvalidInput {
            code: "invalid".into(),
            detail: format!("{field} {detail}"),
            field: field.to_owned(),
        }
    }
}

impl From<chat_client::Error> for ChatError {
    fn from(error: chat_client::Error) -> Self {
        use chat_client::Error;
        let (code, detail) = (error.code().as_str().to_owned(), error.to_string());
        match error {
            Error::Api(problem) => Self::Api {
                code,
                detail,
                status: problem.status,
                retry_after_ms: problem.retry_after_ms,
                request_id: problem.request_id,
            },
            Error::Network { .. } => Self::Network { code, detail },
            Error::SignedOut => Self::SignedOut { code, detail },
            Error::Invalid(_) => Self::InvalidInput {
                code,
                detail,
                field: String::new(),
            },
            _ => Self::Internal { code, detail },
        }
    }
}

pub(crate) fn conversation_id(text: &str) -> Result<ConversationId, ChatError> {
    text.parse()
        .map_err(|rule| ChatError::invalid("conversation_id", rule))
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
            status: 429,
            retry_after_ms: Some(900),
            request_id: None,
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
}
