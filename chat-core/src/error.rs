//! Every error there is: one table that feeds HTTP, the socket, exit codes and the bindings.

use crate::MessageId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $retry:literal, $exit:literal, $title:literal;)*) => {
        /// What went wrong, in one stable word. The same on HTTP, the socket, the command line and in the bindings.
        ///
        /// A word this version does not know reads as [`Code::Unknown`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The HTTP status that carries it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// Whether the same call may succeed later without being changed.
            pub const fn is_retryable(self) -> bool {
                match self { $(Self::$name => $retry,)* }
            }

            /// The exit code of a command that ended with it.
            pub const fn exit_code(self) -> u8 {
                match self { $(Self::$name => $exit,)* }
            }

            /// A short sentence for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    /// The request could not be read at all.
    Malformed = "malformed", 400, false, 2, "the request could not be read";
    /// Nobody is signed in, or the token is not valid here.
    Unauthenticated = "unauthenticated", 401, false, 4, "sign in first";
    /// The access token has run out; refresh it.
    TokenExpired = "token_expired", 401, false, 4, "the access token has expired";
    /// The session was ended; sign in again.
    SessionEnded = "session_ended", 401, false, 4, "the session has ended";
    /// The name or the password is wrong; which of them is not said.
    WrongCredentials = "wrong_credentials", 401, false, 4, "wrong name or password";
    /// The caller may see it but may not do this.
    Forbidden = "forbidden", 403, false, 4, "not allowed";
    /// The account is switched off.
    AccountDisabled = "account_disabled", 403, false, 4, "the account is disabled";
    /// It does not exist, or the caller has no part in it.
    NotFound = "not_found", 404, false, 3, "not found";
    /// The path exists, but not with this method.
    MethodNotAllowed = "method_not_allowed", 405, false, 2, "method not allowed";
    /// The request did not arrive in time.
    Timeout = "timeout", 408, true, 7, "the request took too long";
    /// It contradicts what is there.
    Conflict = "conflict", 409, false, 6, "conflicts with what is there";
    /// A name or an address that somebody has.
    Taken = "taken", 409, false, 6, "already taken";
    /// The same client id or idempotency key was used before with another content.
    IdempotencyConflict = "idempotency_conflict", 409, false, 6, "the same id was used with another content";
    /// A conversation needs an owner.
    LastOwner = "last_owner", 409, false, 6, "the last owner hands over first";
    /// Larger than the published limit.
    TooLarge = "too_large", 413, false, 2, "too large";
    /// The body is of a type that is not read here.
    UnsupportedMediaType = "unsupported_media_type", 415, false, 2, "unsupported media type";
    /// The file has no such range; the header `Content-Range` says how long it is.
    NoSuchRange = "no_such_range", 416, false, 2, "no such range of the file";
    /// Fields are wrong; `errors` names each.
    Invalid = "invalid", 422, false, 2, "fields are invalid";
    /// A WebSocket upgrade was expected.
    UpgradeRequired = "upgrade_required", 426, false, 2, "a websocket upgrade is needed";
    /// Too many calls; `retry_after_ms` says when to come back.
    RateLimited = "rate_limited", 429, true, 8, "too many calls";
    /// A refusal by the program that embeds the server.
    Refused = "refused", 422, false, 1, "refused";
    /// A fault on the server; the log has more under the request id.
    Internal = "internal", 500, true, 1, "internal error";
    /// The server cannot serve just now; `retry_after_ms` says when to come back.
    Unavailable = "unavailable", 503, true, 7, "unavailable for the moment";
    /// A code of a newer server.
    Unknown = "unknown", 500, false, 1, "unknown error";
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Ok(Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == word)
            .unwrap_or(Self::Unknown))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Code {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let words: Vec<_> = Self::ALL.iter().map(|code| code.as_str()).collect();
        schemars::json_schema!({"type": "string", "enum": words})
    }
}

/// What is wrong with which field: every failing one at once.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct FieldErrors(pub BTreeMap<String, Vec<String>>);

impl FieldErrors {
    /// One error of one field.
    pub fn one(field: &str, error: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, error);
        errors
    }

    /// Adds an error of a field.
    pub fn add(&mut self, field: &str, error: impl Into<String>) {
        self.0
            .entry(field.to_owned())
            .or_default()
            .push(error.into());
    }

    /// Adds others.
    pub fn extend(&mut self, others: Self) {
        for (field, errors) in others.0 {
            self.0.entry(field).or_default().extend(errors);
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An error as the server tells it: `application/problem+json` (RFC 9457) with this protocol's own members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// A URI for the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short sentence for people; the same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable word.
    pub code: Code,
    /// What happened this time, and what to do.
    pub detail: String,
    /// For `invalid`: what is wrong with which field.
    #[serde(default, skip_serializing_if = "FieldErrors::is_empty")]
    pub errors: FieldErrors,
    /// For `rate_limited` and `unavailable`: wait this long. With a word that is not known: it may be tried again then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// For `idempotency_conflict` of a message: the one that was sent under this client id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// Under this id the server's log has more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem with a sentence about this occurrence.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:chat:problem:{}", code.as_str()),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: detail.into(),
            errors: FieldErrors::default(),
            retry_after_ms: None,
            message_id: None,
            request_id: None,
        }
    }

    /// The problem of wrong fields; its detail names them.
    pub fn invalid(errors: FieldErrors) -> Self {
        let detail = errors
            .0
            .iter()
            .map(|(field, what)| format!("{field} {}", what.join(" and ")))
            .collect::<Vec<_>>()
            .join("; ");
        Self {
            errors,
            ..Self::new(Code::Invalid, detail)
        }
    }

    /// Whether the same call may succeed later without being changed: also where a newer server says in a word of its own
    /// when to come back.
    pub fn is_retryable(&self) -> bool {
        let says_when = self.code == Code::Unknown && self.retry_after_ms.is_some();
        self.code.is_retryable() || says_when
    }

    /// The same problem with a time to wait.
    #[must_use]
    pub fn after_ms(mut self, ms: u64) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }

    /// The same problem with the message that is there already.
    #[must_use]
    pub fn about(mut self, message: MessageId) -> Self {
        self.message_id = Some(message);
        self
    }
}

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        Self::invalid(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_has_an_error_status() {
        for code in Code::ALL {
            let word = serde_json::to_string(code).unwrap();
            assert_eq!(serde_json::from_str::<Code>(&word).unwrap(), *code);
            assert!((400..=599).contains(&code.status()), "{code:?}");
            assert_ne!(code.exit_code(), 0, "{code:?}");
        }
    }

    #[test]
    fn a_code_of_tomorrow_reads_as_unknown() {
        assert_eq!(
            serde_json::from_str::<Code>("\"moon_phase\"").unwrap(),
            Code::Unknown
        );
    }
}
