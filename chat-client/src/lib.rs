//! The async SDK, offline first: sign in, keep one socket alive, and hold a [`State`](chat_core::State) that is always
//! whole.
//!
//! A [`Client`] is a cheap handle. [`Client::start`] begins a task that connects, catches up and stays connected: it
//! comes back after every fault with a random, growing delay, resumes from its positions, and sends again what was not
//! acknowledged, under the same client id, so that nothing is stored twice. What is known is read with
//! [`Client::read`]; [`Client::updates`] says what to read again.
//!
//! ```
//! # chat_client::test_kit::between_two(async |ann, ben, group| {
//! # let session = ann.session().ok_or("nobody is signed in")?;
//! use chat_client::{Client, Update};
//! use chat_core::{MessageBody, text::inert};
//!
//! let client = Client::builder(session.server.clone()).session(session).build()?;
//! let mut updates = client.updates();
//! client.start();
//! # chat_client::test_kit::online(&client).await;
//! # ben.conversation(group).send(chat_core::MessageBody::parse("hello")?);
//!
//! while let Some(update) = updates.next().await {
//!     let Update::Conversation(id) = update else { continue };
//!     let newest = client.read(|state| state.conversation(id)?.messages().last().cloned());
//!     let Some(message) = newest.filter(|message| Some(message.sender.id) != client.me()) else { continue };
//!     println!("{}: {}", message.sender.username, inert(&message.content));
//!     let ticket = client.conversation(id).send(MessageBody::parse("seen")?);
//!     println!("stored at {}", ticket.stored().await?.seq);
//! #   break;
//! }
//! # Ok(())
//! # });
//! ```
//!
//! Whatever does something has an example like this one, which runs: against a real server in the same process, that of the
//! `test_kit` (feature `test-kit`), which is there for your tests, too. What only tells something of a value has none.
//!
//! With a [`Store`] (a [`SqliteStore`], or one's own) the last state is there before any network, history that was seen
//! needs none, and what was said or done is on disk before it goes out: it survives the program's death, and is done once
//! and in its order. [`Client::conversation_list`] and [`ConversationHandle::timeline`] are lists for a screen: a snapshot,
//! then steps.
//!
//! The server may be a release older or newer. A word that only a newer one knows reads as the `Unknown` of its type, and
//! everything beside it as it is: a conversation of such a kind is shown like a group, whoever has such a role like a
//! member, and what they may do is the server's to say.
//!
//! It draws nothing, and asks nobody for the time but its [`Clock`]; the network is behind [`Transport`], so that tests can
//! break it.

mod client;
mod clock;
mod connection;
mod conversation;
mod drafts;
mod error;
mod file;
mod http;
mod journal;
mod message;
mod observe;
mod outbox;
mod session;
mod shared;
mod signals;
mod status;
pub mod store;
mod sync;
#[cfg(feature = "test-kit")]
pub mod test_kit;
mod transport;
mod typed;
mod updates;
mod upload;

pub use client::{Builder, Client, WakeUp};
pub use clock::{Clock, SystemClock};
pub use conversation::{ConversationHandle, SendTicket, Ticket};
pub use error::Error;
pub use file::{Download, FileContent};
pub use journal::Kept;
pub use message::NewMessage;
pub use observe::{
    ConversationList, Diff, ListFilter, ListItem, PresenceUpdates, Said, Timeline, TimelineItem,
    TimelineMessage, TimelineOptions, TimelineUpdates,
};
pub use outbox::{FileTarget, Progress, Queued, Target, Task};
pub use session::{
    MemoryStore, SavedSession, SessionFile, SessionStore, TokenProvider, TokenReason,
    create_private_dir, write_private,
};
pub use status::{Status, StopReason};
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
pub use store::{Loaded, MemoryDisk, Owner, Store, StoreError, Write};
pub use transport::{
    HttpAnswer, HttpBody, HttpCall, HttpFile, Incoming, NetTransport, Peer, Socket, SocketRequest,
    Transport,
};
pub use typed::typed_server;
pub use updates::{Update, Updates};
pub(crate) use upload::Progressing;
pub use upload::UploadProgress;

/// Locks. A panic in a caller's closure leaves nothing half done here, so its poison is no reason to stop.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
