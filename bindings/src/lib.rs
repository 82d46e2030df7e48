//! The chat SDK for Kotlin, Swift and Python: `chat-client` in types that uniffi carries over.
//!
//! No logic lives here. Items are records, ids are strings, times are milliseconds since 1970, files are paths. What takes
//! any time is asynchronous and runs on a runtime of its own, from the look at its arguments on. What is watched is an object
//! with a `next()`: a list comes whole first, then in steps. What the user does is on disk when the call returns, and is done
//! even when the caller does not wait for that.
//!
//! Three names are avoided because the generated Kotlin has them already: `close` and `destroy` (every object gets them)
//! and `message` (every exception has it).

mod client;
mod config;
mod connection;
mod error;
mod item;
mod list;
mod outbox;
mod people;
mod runtime;
mod timeline;
mod tokens;
mod transfer;
mod watch;

pub use client::ChatClient;
pub use config::{ClientConfig, WakeUpResult, forget_store, rebuild_store};
pub use connection::{ConnectionState, StopCause};
pub use error::{ChatError, FieldProblem, Retry};
pub use item::{
    AttachmentItem, ConversationItem, ConversationType, ForwardItem, MemberItem, MessageItem,
    MessageType, PrefsItem, ReactionItem, ReplyItem, Role, SendState,
};
pub use list::{ConversationDiff, ConversationFilter, ConversationList, ConversationListUpdates};
pub use outbox::{MessageTarget, OutgoingMessage, QueuedAction, QueuedItem, StoredMessage};
pub use people::{
    MemberPageItem, PersonItem, PersonPage, PrefsChange, PresenceItem, PresenceStatus, ReceiptItem,
    SearchQuery, SearchResult, SearchResultPage,
};
pub use timeline::{Timeline, TimelineDiff, TimelineItem, TimelineSettings, TimelineUpdates};
pub use tokens::{SessionKeeper, TokenCause, TokenProvider};
pub use transfer::{FileTransfer, TransferProgress};
pub use watch::{ConnectionUpdates, ConversationUpdates, PresenceUpdates, UnreadUpdates};

uniffi::setup_scaffolding!("chat_sdk");
