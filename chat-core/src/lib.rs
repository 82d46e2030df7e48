//! The chat protocol: ids, models, requests, events, errors, and [`State`], the one reducer that every client runs.
//!
//! Server and clients share this crate and see each other only through it. It does no I/O, reads no clock, makes no
//! ids and knows no async runtime: whatever happens here can be tested by calling a function.
//!
//! The names on the wire are the names in these types: `serde` writes them, and with the feature `schema` the server
//! makes its OpenAPI and AsyncAPI documents from them.

mod conversation;
mod error;
mod event;
mod frame;
mod id;
mod input;
mod limits;
mod member;
mod message;
mod presence;
mod request;
mod secret;
mod session;
mod state;
mod sync;
pub mod text;
mod time;
mod user;

pub use conversation::{
    ChangeConversation, Conversation, ConversationChange, ConversationKind, ConversationPage,
    CreateConversation, Created, DeleteConversation, Description, LeaveConversation,
    ListConversations, My, ShowConversation, Title,
};
pub use error::{Code, FieldErrors, Problem};
pub use event::{
    Class, Envelope, Event, Gone, GoneReason, MergeKey, MyChanged, Place, Ready, Resync, Unreadable,
};
pub use frame::{ClientFrame, Close, ErrorFrame, SUBPROTOCOL, ServerFrame};
pub use id::{ClientId, ConversationId, Epoch, IdError, MessageId, Seq, SessionId, UserId};
pub use input::{FromInput, Input};
pub use limits::Limits;
pub use member::{
    AddMembers, ChangeMember, ListMembers, Mark, Member, MemberChange, MemberPage, MemberRole,
    RemoveMember,
};
pub use message::{
    Ack, DeleteMessage, EditMessage, History, Message, MessageBody, MessageDeleted, MessageEdited,
    MessagePage, SendMessage, Sent, ShowMessage,
};
pub use presence::{
    Presence, PresenceState, SetPresence, SetTyping, Typing, WatchPresence, Watched,
};
pub use request::{
    Access, Empty, Endpoint, FrameBody, Method, Operation, Ping, Pong, Reply, Request,
};
pub use secret::Secret;
pub use session::{
    CreateTicket, EndSession, ListSessions, Login, Logout, Refresh, Register, Session, SessionPage,
    ShowSession, SignedIn, Ticket, TokenPair, WhoAmI,
};

pub use state::{Applied, ConversationState, Echo, EchoStatus, State};
pub use sync::{
    ConversationEvents, InboxEvents, MarkDelivered, MarkRead, MarkUnread, Marked, Position, Reset,
    ResetReason, Sync, Synced,
};
pub use time::Timestamp;
pub use user::{
    DisplayName, Email, ListUsers, Me, NewPassword, ShowMe, ShowUser, User, UserPage, UserRole,
    Username,
};
