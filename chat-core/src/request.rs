//! Everything a client may ask: one table with the call's name, its REST method and path, who may call it, and the
//! types that go in and out. Routes, frames, documents and the typed calls of the SDK are all made from it.

use crate::{
    Ack, AddMembers, ChangeConversation, ChangeMember, Conversation, ConversationPage,
    CreateConversation, CreateTicket, Created, DeleteConversation, DeleteMessage, EditMessage,
    EndSession, FromInput, History, Input, LeaveConversation, ListConversations, ListMembers,
    ListSessions, ListUsers, Login, Logout, MarkDelivered, MarkRead, MarkUnread, Marked, Me,
    Member, MemberPage, Message, MessagePage, Problem, Refresh, Register, RemoveMember,
    SendMessage, Sent, SessionPage, SetPresence, SetTyping, ShowConversation, ShowMe, ShowMessage,
    ShowSession, ShowUser, SignedIn, Sync, Synced, Ticket, Timestamp, TokenPair, User, UserPage,
    WatchPresence, Watched, WhoAmI, input::input,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

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
        matches!(self, Self::Get | Self::Delete)
    }
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Anonymous,
    /// Who is signed in.
    User,
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
    parse: fn(Input) -> Result<Request, Problem>,
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

    /// The names of the fields in the path: `/messages/{message_id}` has one.
    pub fn path_fields(path: &str) -> impl Iterator<Item = &str> {
        path.split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// A request with its answer's type: what makes a typed call.
pub trait Endpoint: Serialize + Into<Request> {
    /// What a success answers with over HTTP.
    type Reply: DeserializeOwned;
    /// The call.
    fn operation() -> &'static Operation;
    /// The answer to this call out of any answer; none for the answer to another call.
    fn from_reply(reply: Reply) -> Option<Self::Reply>;
}

/// Nothing more to say (204).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Empty {}

/// The answer to a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pong {
    /// The server's clock.
    pub server_time: Timestamp,
}

input! {
    /// Asks for a sign of life.
    pub struct Ping {}
}

macro_rules! operations {
    ($(#[doc = $doc:literal] $request:ident -> $reply:ty = $name:literal, $rest:expr, $frame:literal, $access:ident, $status:literal;)*) => {
        /// Everything a client may ask.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Request {
            $(#[doc = $doc] $request($request),)*
        }

        impl Request {
            /// The call it belongs to.
            pub fn operation(&self) -> &'static Operation {
                match self { $(Self::$request(_) => $request::operation(),)* }
            }
        }

        /// What a success answers with, by the request it answers.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        #[non_exhaustive]
        pub enum Reply {
            $(#[doc = $doc] $request($reply),)*
        }

        impl Reply {
            /// The call it answers.
            pub fn operation(&self) -> &'static Operation {
                match self { $(Self::$request(_) => $request::operation(),)* }
            }
        }

        impl Operation {
            /// Every call.
            pub const ALL: &'static [Self] = &[$(Self {
                name: $name,
                summary: $doc.trim_ascii(),
                rest: $rest,
                frame: $frame,
                access: Access::$access,
                status: $status,
                parse: |input| Ok(Request::$request($request::from_input(input)?)),
                #[cfg(feature = "schema")]
                schemas: |generator| (generator.subschema_for::<$request>(), generator.subschema_for::<$reply>()),
            },)*];
        }

        operations!(@index 0usize; $($request -> $reply;)*);

        $(impl From<$request> for Request {
            fn from(request: $request) -> Self {
                Self::$request(request)
            }
        })*
    };
    (@index $at:expr; $request:ident -> $reply:ty; $($rest:tt)*) => {
        impl Endpoint for $request {
            type Reply = $reply;

            fn operation() -> &'static Operation {
                &Operation::ALL[$at]
            }

            fn from_reply(reply: Reply) -> Option<$reply> {
                match reply {
                    Reply::$request(reply) => Some(reply),
                    _ => None,
                }
            }
        }
        operations!(@index $at + 1; $($rest)*);
    };
    (@index $at:expr;) => {};
}

use Method::{Delete, Get, Patch, Post, Put};

operations! {
    /// Makes an account and signs it in.
    Register -> SignedIn = "auth.register", Some((Post, "/auth/register")), false, Anonymous, 201;
    /// Signs in.
    Login -> SignedIn = "auth.login", Some((Post, "/auth/login")), false, Anonymous, 200;
    /// Changes a refresh token for a new pair of tokens.
    Refresh -> TokenPair = "auth.refresh", Some((Post, "/auth/refresh")), false, Anonymous, 200;
    /// Ends the session and its sockets, or all of the caller's.
    Logout -> Empty = "auth.logout", Some((Post, "/auth/logout")), false, User, 204;
    /// Says who one is.
    ShowSession -> WhoAmI = "session.show", Some((Get, "/auth/session")), false, User, 200;
    /// Lists where one is signed in.
    ListSessions -> SessionPage = "session.list", Some((Get, "/auth/sessions")), false, User, 200;
    /// Ends one session and its sockets.
    EndSession -> Empty = "session.end", Some((Delete, "/auth/sessions/{session_id}")), false, User, 204;
    /// Makes a ticket that opens one socket, for browsers.
    CreateTicket -> Ticket = "ticket.create", Some((Post, "/auth/ticket")), false, User, 200;
    /// Shows one's own account.
    ShowMe -> Me = "user.me", Some((Get, "/users/me")), false, User, 200;
    /// Looks for users.
    ListUsers -> UserPage = "user.list", Some((Get, "/users")), false, User, 200;
    /// Shows one user.
    ShowUser -> User = "user.show", Some((Get, "/users/{user_id}")), false, User, 200;
    /// Lists one's conversations, newest activity first.
    ListConversations -> ConversationPage = "conversation.list", Some((Get, "/conversations")), false, User, 200;
    /// Opens a conversation; the direct one of a pair is found again (200).
    CreateConversation -> Created = "conversation.create", Some((Post, "/conversations")), true, User, 201;
    /// Shows one conversation.
    ShowConversation -> Conversation = "conversation.show", Some((Get, "/conversations/{conversation_id}")), false, User, 200;
    /// Changes title or description.
    ChangeConversation -> Conversation = "conversation.change", Some((Patch, "/conversations/{conversation_id}")), false, User, 200;
    /// Deletes a group for everyone.
    DeleteConversation -> Empty = "conversation.delete", Some((Delete, "/conversations/{conversation_id}")), false, User, 204;
    /// Lists the members of a conversation.
    ListMembers -> MemberPage = "member.list", Some((Get, "/conversations/{conversation_id}/members")), false, User, 200;
    /// Brings users into a group.
    AddMembers -> MemberPage = "member.add", Some((Post, "/conversations/{conversation_id}/members")), false, User, 201;
    /// Gives a member another role.
    ChangeMember -> Member = "member.change", Some((Patch, "/conversations/{conversation_id}/members/{user_id}")), false, User, 200;
    /// Takes a member out of a group.
    RemoveMember -> Empty = "member.remove", Some((Delete, "/conversations/{conversation_id}/members/{user_id}")), false, User, 204;
    /// Leaves a group.
    LeaveConversation -> Empty = "conversation.leave", Some((Post, "/conversations/{conversation_id}/leave")), false, User, 204;
    /// Moves one's read mark forward.
    MarkRead -> Marked = "read", Some((Put, "/conversations/{conversation_id}/read")), true, User, 200;
    /// Moves one's read mark back on purpose.
    MarkUnread -> Marked = "unread", Some((Put, "/conversations/{conversation_id}/unread")), true, User, 200;
    /// Moves one's delivered mark forward.
    MarkDelivered -> Marked = "delivered", Some((Put, "/conversations/{conversation_id}/delivered")), true, User, 200;
    /// Says that one writes, or stopped.
    SetTyping -> Empty = "typing", Some((Post, "/conversations/{conversation_id}/typing")), true, User, 204;
    /// Pages through the messages of a conversation.
    History -> MessagePage = "history", Some((Get, "/conversations/{conversation_id}/messages")), true, User, 200;
    /// Says something; the same client id again answers with the message that is there (200).
    SendMessage -> Sent = "message.send", Some((Post, "/conversations/{conversation_id}/messages")), true, User, 201;
    /// Shows one message.
    ShowMessage -> Message = "message.show", Some((Get, "/messages/{message_id}")), false, User, 200;
    /// Gives a message of one's own another text.
    EditMessage -> Message = "message.edit", Some((Patch, "/messages/{message_id}")), true, User, 200;
    /// Deletes a message, leaving a tombstone.
    DeleteMessage -> Message = "message.delete", Some((Delete, "/messages/{message_id}")), true, User, 200;
    /// Gives everything after the caller's positions; how a client starts, and how it comes back.
    Sync -> Synced = "sync", Some((Post, "/sync")), true, User, 200;
    /// Says whether this device is in use.
    SetPresence -> Empty = "presence.set", None, true, User, 200;
    /// Says whose presence this socket wants to hear of.
    WatchPresence -> Watched = "presence.watch", None, true, User, 200;
    /// Asks for a sign of life.
    Ping -> Pong = "ping", None, true, User, 200;
}

impl Reply {
    /// The HTTP status: the call's own, but 200 for what was there already.
    pub fn status(&self) -> u16 {
        match self {
            Self::SendMessage(Sent {
                duplicate: true, ..
            })
            | Self::CreateConversation(Created { existing: true, .. }) => 200,
            _ => self.operation().status,
        }
    }

    /// The `ok` of an answer over the socket. A send is only acknowledged there: the message comes as an event.
    pub fn frame_body(&self) -> FrameBody<'_> {
        match self {
            Self::SendMessage(sent) => FrameBody::Ack(sent.into()),
            other => FrameBody::Whole(other),
        }
    }
}

/// What an answer over the socket says of a reply.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum FrameBody<'a> {
    /// Only that it is stored, and where.
    Ack(Ack),
    /// Everything.
    Whole(&'a Reply),
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_routes_are_unique() {
        let names: BTreeSet<_> = Operation::ALL
            .iter()
            .map(|operation| operation.name)
            .collect();
        let routes: BTreeSet<_> = Operation::ALL
            .iter()
            .filter_map(|o| o.rest)
            .map(|(method, path)| (method.as_str(), path))
            .collect();

        assert_eq!(names.len(), Operation::ALL.len());
        assert_eq!(
            routes.len(),
            Operation::ALL
                .iter()
                .filter(|operation| operation.rest.is_some())
                .count()
        );
    }

    #[test]
    fn each_request_knows_its_own_call() {
        assert_eq!(Ping::operation().name, "ping");
        assert_eq!(Register::operation().name, "auth.register");
        assert_eq!(Sync::operation().name, "sync");
    }
}
