//! Telling what was committed to every process that serves somebody concerned.
//!
//! A bus may lose, repeat and reorder: receivers compare places with what they have and fetch the difference from the
//! database. It must not invent, and must not block for long.

use chat_core::{ConversationId, Envelope, UserId};
use tokio::sync::mpsc;

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

/// The way between processes.
#[async_trait::async_trait]
pub(crate) trait Bus: Send + Sync {
    /// Tells everyone, in this order.
    async fn publish(&self, told: Vec<Told>);
}

/// The bus of a single process: a bounded queue to its own hub.
pub(crate) struct LocalBus(mpsc::Sender<Vec<Told>>);

impl LocalBus {
    /// The bus, and the end from which the hub takes what is told.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Vec<Told>>) {
        let (sender, receiver) = mpsc::channel(1024);
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
