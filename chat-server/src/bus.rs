//! Telling what was committed to every process that serves somebody concerned.
//!
//! A bus may lose, repeat and reorder: receivers compare places with what they have and fetch the difference from the
//! database. It must not invent, and must not block for long.

mod redis;

pub use redis::RedisUrl;
pub(crate) use redis::{Away, Dead, Incoming, Redis, RedisBus, Speaker};

use chat_core::{Close, ConversationId, Envelope, Seq, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// What this process has told may wait for the hub.
const WAITING_MOST: usize = 1024;

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Whoever is a member of the conversation.
    Members(ConversationId),
    /// The same without some of them.
    MembersBut(ConversationId, Box<[UserId]>),
    /// All devices of one user.
    User(UserId),
    /// Who watches the presence of this user.
    Watchers(UserId),
}

/// Something to be told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub(crate) to: Audience,
    pub(crate) envelope: Envelope,
}

/// What a process can listen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    /// What is told to the members of a conversation.
    Conversation(ConversationId),
    /// What is told to a user's devices.
    User(UserId),
    /// Whether somebody comes or goes.
    Watched(UserId),
    /// What every process must know.
    Everybody,
}

/// What every process must know at once, whomever it serves. It is in the database too, where those look that missed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Signal {
    /// Sessions of a user have ended, or everything that lets them in.
    CutOff {
        user: UserId,
        sessions: Vec<SessionId>,
        is_everything: bool,
        is_disabled: bool,
    },
}

impl Signal {
    /// How sockets end by it.
    pub(crate) fn close(&self) -> Close {
        match self {
            Self::CutOff {
                is_disabled: true, ..
            } => Close::AccountDisabled,
            Self::CutOff { .. } => Close::SessionEnded,
        }
    }
}

/// What came from elsewhere: from another process, or out of the database when it was compared.
#[derive(Debug)]
pub(crate) enum Heard {
    /// An event, with its bytes as sockets get them.
    Told(Box<Told>, Utf8Bytes),
    /// A conversation's log reaches this far.
    Reaches(ConversationId, Seq),
    /// A user's inbox reaches this far.
    InboxReaches(UserId, Seq),
    /// A conversation's log ends here, before what was told of it: the database was put back to an older state.
    EndsAt(ConversationId, Seq),
    /// A user's inbox ends here, before what was told of it.
    InboxEndsAt(UserId, Seq),
    /// Something that every process must know.
    Signal(Signal),
    /// Everything that let a user in was taken back at this moment.
    CutOff(UserId, Timestamp),
}

/// The way to this process's own hub and to the other processes.
#[async_trait::async_trait]
pub(crate) trait Bus: Send + Sync {
    /// Tells everyone, in this order.
    async fn publish(&self, told: Vec<Told>);

    /// Tells the other processes what all must know. Never waits, and may lose it.
    fn signal(&self, signal: &Signal) {
        let _ = signal;
    }
}

/// The bus of a single process: a bounded queue to its own hub.
pub(crate) struct LocalBus(mpsc::Sender<Vec<Told>>);

impl LocalBus {
    /// The bus, and the end from which the hub takes what is told.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Vec<Told>>) {
        let (sender, receiver) = mpsc::channel(WAITING_MOST);
        (Self(sender), receiver)
    }
}

#[async_trait::async_trait]
impl Bus for LocalBus {
    async fn publish(&self, told: Vec<Told>) {
        // The hub only goes away with the process; nobody is left to be told then.
        let _ = self.0.send(told).await;
    }
}
