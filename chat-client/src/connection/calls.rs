//! Calls over the socket that wait for their answer, by the number that both carry.

use crate::signals::Signal;
use chat_core::{ClientId, ConversationId};
use std::collections::BTreeMap;

/// A live socket on which an answer takes longer than this is not believed to be live.
const ANSWER_MS: u64 = 30_000;

/// What was asked.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Call {
    Queued(ConversationId, ClientId),
    Signal(Signal),
    Ping,
}

/// What was asked on this socket and not answered.
#[derive(Default)]
pub(super) struct Calls {
    last: u64,
    open: BTreeMap<u64, (Call, u64)>,
}

impl Calls {
    /// A number for a call.
    pub(super) fn ask(&mut self, call: Call, now_ms: u64) -> u64 {
        self.last += 1;
        self.open.insert(self.last, (call, now_ms));
        self.last
    }

    /// What this number asked for; none for the second answer.
    pub(super) fn answered(&mut self, id: u64) -> Option<Call> {
        self.open.remove(&id).map(|(call, _)| call)
    }

    /// When the oldest call has waited too long.
    pub(super) fn overdue_ms(&self) -> Option<u64> {
        let (_, (_, asked_ms)) = self.open.first_key_value()?;
        Some(asked_ms + ANSWER_MS)
    }

    /// Nothing that was asked will be answered any more.
    pub(super) fn disconnected(&mut self) {
        self.open.clear();
    }
}
