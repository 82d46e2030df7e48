//! What a device keeps between two lives of the program: conversations, messages, positions, the outbox, drafts. A
//! [`Store`] keeps and gives back; it knows no rules and asks nobody. It is a cache, but for the outbox, the read marks
//! and the drafts: those exist nowhere else.

mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use memory::MemoryDisk;
#[cfg(feature = "sqlite")]
pub use sqlite::{Aside, SqliteStore};

use crate::Queued;
use async_trait::async_trait;
use chat_core::{
    ClientId, Contact, Conversation, ConversationId, Event, Me, Message, MessageId, Position,
    Restored, Seq, Stretch, Timestamp, User, UserId,
};
use serde::{Deserialize, Serialize};
use url::Url;

/// Keeps what a device knows.
///
/// A batch is kept whole or not at all, and batches are kept in the order in which they are committed. What was
/// committed is there after the program has died.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Everything that is needed to show the last state, but the messages. What is kept of another owner is thrown away
    /// first. What was kept with another [`VOCABULARY`](chat_core::VOCABULARY) may lack something: then the position in the
    /// user's own log is given back as one of another epoch, and everything is asked for anew.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn load(&self, owner: &Owner) -> Result<Loaded, StoreError>;

    /// Keeps all of this, or nothing.
    ///
    /// # Errors
    /// When nothing of it was kept.
    async fn commit(&self, batch: &[Write]) -> Result<(), StoreError>;

    /// Up to `limit` messages next to a place, with the stretch that they fill; none when nothing is kept there.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn page(
        &self,
        conversation: ConversationId,
        from: From,
        limit: u32,
    ) -> Result<Option<StoredPage>, StoreError>;

    /// Where a message is, if it is kept.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn place(&self, message: MessageId) -> Result<Option<(ConversationId, Seq)>, StoreError>;

    /// Kept messages that have all of these words in them, in small letters, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn search(
        &self,
        words: &[String],
        within: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
}

/// Whose things a store keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// On which server.
    pub server: Url,
    /// Who.
    pub user_id: UserId,
}

/// Which way a page goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The newest messages before this place.
    Before(Seq),
    /// The oldest messages after this place.
    After(Seq),
}

/// Messages out of a store.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPage {
    /// Oldest first.
    pub items: Vec<Message>,
    /// Which places they fill: there is no other message in it.
    pub stretch: Stretch,
}

/// What a store gives back when it is opened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Loaded {
    /// The state but the messages.
    pub state: Restored,
    /// The server's clock at the last complete catching up.
    pub since: Option<Timestamp>,
    /// How far the server's clock was before this device's, in milliseconds, when it was last heard of.
    pub skew_ms: Option<i64>,
    /// What was queued and is not done, in its order.
    pub outbox: Vec<Queued>,
    /// Read marks that the server has not taken yet.
    pub read_marks: Vec<(ConversationId, Seq)>,
    /// What was begun to be written.
    pub drafts: Vec<(ConversationId, String)>,
    /// Queued things that were lost with a broken file, or that belonged to another owner.
    pub lost: usize,
}

/// One thing to keep.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Throws away all that the server can tell again. The outbox, read marks and drafts stay, and so does the
    /// [skew](Write::Skew).
    Forget,
    /// Throws away everything, so that nothing of it is left on the disk.
    Wipe,
    /// The position in the user's own log.
    Inbox(Option<Position>),
    /// The server's clock at the last complete catching up.
    Since(Option<Timestamp>),
    /// How far the server's clock is before this device's, in milliseconds: when messages run out is in its time, and has to
    /// be judged before there is a network.
    Skew(i64),
    /// The user's own account.
    Account(Option<Me>),
    /// All of the user's contacts.
    Contacts(Vec<Contact>),
    /// Everybody whom the user has blocked.
    Blocked(Vec<UserId>),
    /// A profile.
    User(User),
    /// A conversation with its position.
    Conversation(Conversation),
    /// A conversation that is no longer the user's, or begins anew: away with it and its messages.
    Gone(ConversationId),
    /// A message.
    Message(Message),
    /// All messages of a stretch are kept now.
    Known(ConversationId, Stretch),
    /// An event about a message that may be kept, and about what answers it.
    Changed(Event),
    /// Something queued, new or in another state.
    Queue(Queued),
    /// Something that was queued is done with.
    Done(ClientId),
    /// How far one has read, until the server has taken it.
    ReadMark(ConversationId, Option<Seq>),
    /// What was begun to be written; none takes it away.
    Draft(ConversationId, Option<String>),
}

/// Why a store could not do it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It is encrypted with another key, or not encrypted at all.
    #[error(
        "the store cannot be opened with this key: use the key that it was made with, or delete its file"
    )]
    WrongKey,
    /// A newer version of this program has written it.
    #[error("the store was written by a newer version of this program: update the program")]
    Newer,
    /// It cannot be read or written.
    #[error("the store failed: {0}")]
    Failed(String),
    /// What it holds cannot be read; it is a cache and can be deleted.
    #[error("the store is damaged: {0}")]
    Damaged(String),
}

/// Lets the content of messages go whose time was up while nobody looked.
pub(crate) fn let_expire(items: &mut [Message], now: Timestamp) {
    for message in items {
        if let Some(until) = message.expires_at.filter(|until| *until <= now) {
            message.delete(until, None);
        }
    }
}

/// Adds a stretch to those of a conversation, and makes one of all that touch.
fn join(stretches: &mut Vec<Stretch>, mut new: Stretch) {
    stretches.retain(|known| {
        let is_apart = known.through < new.after || known.after > new.through;
        if !is_apart {
            new.after = new.after.min(known.after);
            new.through = new.through.max(known.through);
        }
        is_apart
    });
    stretches.push(new);
    stretches.sort_by_key(|known| known.after);
}

/// Whether all of the words are in a text.
fn has_words(content: &str, words: &[String]) -> bool {
    let content = content.to_lowercase();
    words.iter().all(|word| content.contains(word.as_str()))
}
