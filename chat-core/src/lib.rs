//! The chat protocol: ids, models, requests, events, errors, and [`State`], the one reducer that every client runs.
//!
//! Server and clients share this crate and see each other only through it. It does no I/O, reads no clock, makes no
//! ids and knows no async runtime: whatever happens here can be tested by calling a function.
//!
//! A word that only a newer server knows reads as the `Unknown` of its type, wherever one is told; nothing that can be asked
//! for takes it ([`VOCABULARY`]).
//!
//! The names on the wire are the names in these types: `serde` writes them, and with the feature `schema` the server
//! makes its OpenAPI and AsyncAPI documents from them.

mod admin;
mod attachment;
mod audit;
mod conversation;
mod error;
mod event;
mod frame;
mod id;
mod input;
mod invite;
mod limits;
mod member;
mod message;
mod presence;
mod report;
mod request;
mod search;
mod secret;
mod session;
mod state;
mod sync;
pub mod text;
mod time;
mod token;
mod told;
mod upload;
mod user;

pub use admin::*;
pub use attachment::*;
pub use audit::*;
pub use conversation::*;
pub use error::{Code, FieldErrors, Problem};
pub use event::{
    Class, Envelope, Event, Gone, GoneReason, MergeKey, MyChanged, Place, Ready, Resync, Unreadable,
};
pub use frame::{ClientFrame, Close, ErrorFrame, SUBPROTOCOL, ServerFrame};
pub use id::{
    AttachmentId, ClientId, ConversationId, Epoch, IdError, MessageId, ReportId, Seq, SessionId,
    UploadId, UserId,
};
pub use input::{FromInput, Input};
pub use invite::*;
pub use limits::{Limits, LimitsPreset, Rate};
pub use member::*;
pub use message::*;
pub use presence::*;
pub use report::*;
pub use request::{
    Access, Body, Empty, Endpoint, FrameBody, Method, Operation, Ping, Pong, Reply, Request,
};
pub use search::*;
pub use secret::Secret;
pub use session::*;
pub use state::{
    Applied, ConversationState, Echo, EchoStatus, Echoes, Life, Moment, Restored, State, Stretch,
};
pub use sync::*;
pub use time::Timestamp;
pub use token::*;
pub use told::VOCABULARY;
pub use upload::*;
pub use user::*;
