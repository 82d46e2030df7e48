//! What goes over the socket: calls with the client's own number, answers with the same number, and events.

use crate::{
    Code, Envelope, FieldErrors, FrameBody, Input, MessageId, Operation, Problem, Reply, Request,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "chat.v1";

/// Why a socket is closed. 4000 to 4499: come back; 4500 to 4999: do not, without changing something first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// The server goes away; the reason is the delay in milliseconds before coming back.
    GoingAway,
    /// The access token ran out: refresh it and come back.
    TokenExpired,
    /// The peer reads too slowly even to be told so.
    TooSlow,
    /// The position was lost: come back and sync.
    PositionLost,
    /// Too many sockets or calls.
    TooMany,
    /// Nobody is signed in.
    NotSignedIn,
    /// A frame broke the protocol.
    BrokenFrame,
    /// The session was ended.
    SessionEnded,
    /// The account is switched off.
    AccountDisabled,
    /// The client is too old.
    VersionTooOld,
}

impl Close {
    /// Every reason.
    pub const ALL: &'static [Self] = &[
        Self::GoingAway,
        Self::TokenExpired,
        Self::TooSlow,
        Self::PositionLost,
        Self::TooMany,
        Self::NotSignedIn,
        Self::BrokenFrame,
        Self::SessionEnded,
        Self::AccountDisabled,
        Self::VersionTooOld,
    ];

    /// The closing code on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::GoingAway => 4000,
            Self::TokenExpired => 4001,
            Self::TooSlow => 4008,
            Self::PositionLost => 4010,
            Self::TooMany => 4029,
            Self::NotSignedIn => 4501,
            Self::BrokenFrame => 4502,
            Self::SessionEnded => 4503,
            Self::AccountDisabled => 4504,
            Self::VersionTooOld => 4505,
        }
    }

    /// The reason for a code, if it is one of these.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|close| close.code() == code)
    }

    /// What it means, in a few words.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::GoingAway => "going away",
            Self::TokenExpired => "access token expired",
            Self::TooSlow => "too slow",
            Self::PositionLost => "position lost",
            Self::TooMany => "too many sockets or calls",
            Self::NotSignedIn => "not signed in",
            Self::BrokenFrame => "broken frame",
            Self::SessionEnded => "session ended",
            Self::AccountDisabled => "account disabled",
            Self::VersionTooOld => "version too old",
        }
    }

    /// Whether a closed socket may be opened again without changing anything first (codes of others count as faults
    /// of the network, after which one comes back).
    pub const fn comes_back(code: u16) -> bool {
        code < 4500 || code > 4999
    }
}

/// A call over the socket, read.
#[derive(Debug)]
pub struct ClientFrame {
    /// The client's own number; without one there is no answer.
    pub id: Option<u64>,
    /// The call, or what is wrong with it.
    pub request: Result<Request, Problem>,
}

impl ClientFrame {
    /// Reads a text frame: `{"id": 7, "type": "message.send", "data": {…}}`.
    pub fn parse(text: &str) -> Self {
        let mut input = match Input::from_json(text.as_bytes()) {
            Ok(input) => input,
            Err(problem) => {
                return Self {
                    id: None,
                    request: Err(problem),
                };
            }
        };
        let mut errors = FieldErrors::default();
        let id = input.take::<Option<u64>>("id", &mut errors).flatten();
        let kind = input.take::<String>("type", &mut errors);
        let data = input.take::<Value>("data", &mut errors);
        let request = match (kind, data) {
            (Some(kind), Some(data)) if errors.is_empty() => Self::request(&kind, data),
            _ => Err(errors.into()),
        };
        Self { id, request }
    }

    fn request(kind: &str, data: Value) -> Result<Request, Problem> {
        let Some(operation) = Operation::for_frame(kind) else {
            return Err(Problem::new(
                Code::Malformed,
                "there is no such frame type; see /api/asyncapi.json",
            ));
        };
        operation.parse(Input::from_value(data)?)
    }

    /// Writes the frame of a call.
    pub fn encode(
        id: Option<u64>,
        kind: &str,
        data: &impl Serialize,
    ) -> Result<String, serde_json::Error> {
        #[derive(Serialize)]
        struct Frame<'a, T> {
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<u64>,
            r#type: &'a str,
            data: &'a T,
        }
        serde_json::to_string(&Frame {
            id,
            r#type: kind,
            data,
        })
    }
}

/// The error in an answer over the socket: the parts of a [`Problem`] that the socket needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorFrame {
    /// The stable word.
    pub code: Code,
    /// What happened, and what to do.
    pub detail: String,
    /// For `invalid`: what is wrong with which field.
    #[serde(default, skip_serializing_if = "FieldErrors::is_empty")]
    pub errors: FieldErrors,
    /// For `rate_limited` and `unavailable`: wait this long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// For `idempotency_conflict` of a message: the one that was sent under this client id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
}

impl From<Problem> for ErrorFrame {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code,
            detail: problem.detail,
            errors: problem.errors,
            retry_after_ms: problem.retry_after_ms,
            message_id: problem.message_id,
        }
    }
}

impl From<ErrorFrame> for Problem {
    fn from(frame: ErrorFrame) -> Self {
        Self {
            errors: frame.errors,
            retry_after_ms: frame.retry_after_ms,
            message_id: frame.message_id,
            ..Self::new(frame.code, frame.detail)
        }
    }
}

/// A frame from the server, as a client reads it.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerFrame {
    /// The answer to a call.
    Reply {
        /// The client's own number.
        id: u64,
        /// What the call answers with.
        result: Result<Value, ErrorFrame>,
    },
    /// Something happened.
    Event(Box<Envelope>),
}

impl ServerFrame {
    /// Reads a text frame.
    ///
    /// # Errors
    /// Text that is not a frame of this protocol.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Answer {
            id: Option<u64>,
            ok: Option<Value>,
            error: Option<ErrorFrame>,
        }
        // Answers have an id, events never. Most frames are events, and begin with their type.
        if !text.starts_with("{\"type\":") {
            let answer: Answer = serde_json::from_str(text)?;
            if let Some(id) = answer.id {
                let result = match answer.error {
                    Some(error) => Err(error),
                    None => Ok(answer.ok.unwrap_or_default()),
                };
                return Ok(Self::Reply { id, result });
            }
        }
        serde_json::from_str(text).map(|envelope| Self::Event(Box::new(envelope)))
    }

    /// Writes the answer to a call.
    pub fn encode_reply(id: u64, result: Result<&Reply, Problem>) -> String {
        #[derive(Serialize)]
        struct Ok<'a> {
            id: u64,
            ok: FrameBody<'a>,
        }
        #[derive(Serialize)]
        struct Err {
            id: u64,
            error: ErrorFrame,
        }
        let text = match result {
            Result::Ok(reply) => serde_json::to_string(&Ok {
                id,
                ok: reply.frame_body(),
            }),
            Result::Err(problem) => serde_json::to_string(&Err {
                id,
                error: problem.into(),
            }),
        };
        text.expect("answers have string keys and no foreign types")
    }

    /// Writes an event.
    pub fn encode_event(envelope: &Envelope) -> String {
        serde_json::to_string(envelope).expect("events have string keys and no foreign types")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_frame_still_tells_its_number() {
        let frame =
            ClientFrame::parse(r#"{"id": 7, "type": "message.send", "data": {"content": ""}}"#);

        assert_eq!(frame.id, Some(7));
        let problem = frame.request.unwrap_err();
        assert_eq!(problem.code, Code::Invalid);
        assert!(
            problem.errors.0.contains_key("conversation_id")
                && problem.errors.0.contains_key("content")
        );
    }

    #[test]
    fn a_type_that_is_no_text_is_named() {
        for json in [
            r#"{"id":1,"type":["a"]}"#,
            r#"{"id":1,"type":{"a":1}}"#,
            r#"{"id":1}"#,
        ] {
            let frame = ClientFrame::parse(json);
            assert!(
                frame.request.unwrap_err().errors.0.contains_key("type"),
                "{json}"
            );
        }
    }

    #[test]
    fn closing_codes_say_whether_to_come_back() {
        for close in Close::ALL {
            assert_eq!(Close::from_code(close.code()), Some(*close));
            assert_eq!(Close::comes_back(close.code()), close.code() < 4500);
        }
        assert!(Close::comes_back(1006));
    }
}
