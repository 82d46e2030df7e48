//! The chat SDK for Kotlin, and later Swift and Python: `chat-client` in types that uniffi carries over.
//!
//! No logic lives here. Items are records, ids are strings, times are milliseconds since 1970, and every list is read
//! whole: [`ChatClient::next_update`] says what to read again. Rust code runs on a runtime of its own, never on the
//! caller's thread.
//!
//! Three names are avoided because the generated Kotlin has them already: `close` and `destroy` (every object gets them)
//! and `message` (every exception has it).

mod client;
mod error;
mod item;
mod runtime;
mod update;

pub use client::{ChatClient, ClientConfig};
pub use error::ChatError;
pub use item::{
    AttachmentItem, ConversationItem, ConversationType, ForwardItem, MessageItem, MessageType,
    PrefsItem, ReactionItem, ReplyItem, Role, SendState,
};
pub use update::{ClientUpdate, ConnectionState, StopCause};

uniffi::setup_scaffolding!();
