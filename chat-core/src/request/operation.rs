//! What a row of the table of calls says of a call: its name, where it is, who may, and what becomes of it when it is made
//! again.

use super::Request;
use crate::{Input, Problem};

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes something.
    Post,
    /// Sets something; again changes nothing.
    Put,
    /// Changes parts.
    Patch,
    /// Takes away; again changes nothing.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether the fields that are not in the path go into the query instead of a body.
    pub const fn uses_query(self) -> bool {
        matches!(self, Self::Get)
    }
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Anonymous,
    /// Who is signed in.
    User,
    /// Who looks after the server.
    Admin,
}

/// What the bodies of a call are over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// JSON in, JSON out.
    Json,
    /// A file in (as it is, or in a form); the fields are in the path and query.
    FileIn,
    /// A part of a file in, as it is; the fields are in the path and query.
    PieceIn,
    /// A file out, or a range of it.
    FileOut,
}

/// One call, described.
pub struct Operation {
    /// Its name: a noun and a verb. The frame type, where it is a frame.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Method and path below `/api/v1`; none for what only a socket can ask.
    pub rest: Option<(Method, &'static str)>,
    /// Whether a socket can ask it.
    pub frame: bool,
    /// Who may call.
    pub access: Access,
    /// The HTTP status of a success.
    pub status: u16,
    /// What the bodies are.
    pub body: Body,
    pub(super) parse: fn(Input) -> Result<Request, Problem>,
    /// The schemas of what goes in and what comes out.
    #[cfg(feature = "schema")]
    pub schemas: fn(&mut schemars::SchemaGenerator) -> (schemars::Schema, schemars::Schema),
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Operation {
    /// The call behind a frame type.
    pub fn for_frame(kind: &str) -> Option<&'static Self> {
        Self::ALL
            .iter()
            .find(|operation| operation.frame && operation.name == kind)
    }

    /// Makes the request of this call.
    ///
    /// # Errors
    /// `invalid`, with every failing field.
    pub fn parse(&self, input: Input) -> Result<Request, Problem> {
        (self.parse)(input)
    }

    /// Whether the call changes nothing that others could see: asking, and opening what one hears by.
    pub fn is_reading(&self) -> bool {
        let asks = matches!(self.rest, Some((Method::Get, _)));
        asks || matches!(
            self.name,
            "sync" | "ticket.create" | "presence.watch" | "ping"
        )
    }

    /// Whether the call happens once under an `Idempotency-Key`: what the other POSTs do may be done again, or is known
    /// by the client's own id.
    pub fn happens_once(&self) -> bool {
        matches!(
            self.name,
            "conversation.create"
                | "conversation.leave"
                | "member.add"
                | "invite.create"
                | "message.report"
                | "message.forward"
                | "attachment.create"
                | "token.create"
        )
    }

    /// The names of the fields in the path: `/messages/{message_id}` has one.
    pub fn path_fields(path: &str) -> impl Iterator<Item = &str> {
        path.split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}
