//! Conversations that another transaction has held for long. What is written there is tried in a transaction of its own
//! that hardly waits, so that nothing else waits behind it.

use chat_core::ConversationId;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// After this time a conversation is waited for like any other: it may be free, and only much used.
const REMEMBERED: Duration = Duration::from_secs(10);

/// Which they are.
#[derive(Debug, Default)]
pub(super) struct Busy(HashMap<ConversationId, Instant>);

impl Busy {
    /// Somebody holds it.
    pub(super) fn add(&mut self, id: ConversationId) {
        tracing::warn!(conversation = %id, "another transaction holds a conversation; what is said there is refused until it is free");
        self.0.insert(id, Instant::now());
    }

    /// It could be written to.
    pub(super) fn remove(&mut self, id: ConversationId) {
        self.0.remove(&id);
    }

    /// Forgets what was long ago.
    pub(super) fn tidy(&mut self) {
        self.0.retain(|_, since| since.elapsed() < REMEMBERED);
    }

    /// Whether nobody is known to hold anything.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first of these that somebody holds.
    pub(super) fn among(&self, ids: &[ConversationId]) -> Option<ConversationId> {
        ids.iter().find(|id| self.0.contains_key(id)).copied()
    }
}
