//! What was said and is not acknowledged yet. First in, first out in each conversation, one unanswered send at a time,
//! so that a sender's own order holds; always the same client id, so that sending again stores nothing twice.
//!
//! It does not send: the connection takes from it, and tells it what became of each.

use crate::{Error, connection::backoff_ms};
use chat_core::{Ack, ClientId, Code, ConversationId, Problem, SendMessage, Seq};
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::oneshot;

/// A send that meets this many faults on the server is given up, so that it does not hold up what comes after it.
const FAULTS_MOST: u32 = 5;
/// How long a send waits at least after a refusal that is not for good.
const PAUSE_LEAST_MS: u64 = 250;

/// Where the outcome of a send goes.
pub(crate) type Outcome = oneshot::Sender<Result<Ack, Error>>;

struct Entry {
    client_id: ClientId,
    message: SendMessage,
    outcome: Option<Outcome>,
    faults: u32,
}

#[derive(Default)]
struct Queue {
    entries: VecDeque<Entry>,
    /// The first entry was sent and not answered.
    is_asked: bool,
    not_before_ms: u64,
}

/// What was said and is not acknowledged yet.
#[derive(Default)]
pub(crate) struct Outbox {
    queues: BTreeMap<ConversationId, Queue>,
    /// Acknowledged, but perhaps not seen among the messages yet: their echo stays until the log has come that far.
    stored: BTreeMap<(ConversationId, ClientId), Seq>,
    /// Refused for good: what is sent again when the user says so.
    failed: BTreeMap<(ConversationId, ClientId), SendMessage>,
}

/// What a refusal means.
#[derive(Debug, PartialEq)]
pub(crate) enum Refusal {
    /// It is sent again.
    NotNow,
    /// It is out of the queue for good.
    ForGood,
}

impl Outbox {
    /// Puts a message at the end of its conversation's queue, under this client id.
    pub(crate) fn push(&mut self, client_id: ClientId, message: SendMessage, outcome: Outcome) {
        let queue = self.queues.entry(message.conversation_id).or_default();
        queue.entries.push_back(Entry {
            message: SendMessage {
                client_id: Some(client_id.clone()),
                ..message
            },
            client_id,
            outcome: Some(outcome),
            faults: 0,
        });
    }

    /// The next message that may be sent now. From here on it counts as sent and not answered.
    pub(crate) fn take(&mut self, now_ms: u64) -> Option<SendMessage> {
        let queue = self
            .queues
            .values_mut()
            .find(|queue| !queue.is_asked && queue.not_before_ms <= now_ms)?;
        let entry = queue.entries.front()?;
        queue.is_asked = true;
        Some(entry.message.clone())
    }

    /// When [`Outbox::take`] has something that it did not have before.
    pub(crate) fn next_ms(&self) -> Option<u64> {
        let waiting = self.queues.values().filter(|queue| !queue.is_asked);
        waiting.map(|queue| queue.not_before_ms).min()
    }

    /// The socket is gone: what was not answered may or may not be stored, and is sent again.
    pub(crate) fn disconnected(&mut self) {
        for queue in self.queues.values_mut() {
            queue.is_asked = false;
        }
    }

    /// The server has stored it.
    pub(crate) fn acknowledged(
        &mut self,
        conversation: ConversationId,
        client_id: &ClientId,
        ack: Ack,
    ) {
        let Some(entry) = self.answered(conversation, client_id) else {
            return;
        };
        self.stored.insert((conversation, entry.client_id), ack.seq);
        if let Some(outcome) = entry.outcome {
            // Nobody may be waiting.
            outcome.send(Ok(ack)).ok();
        }
    }

    /// The server has refused it.
    pub(crate) fn refused(
        &mut self,
        conversation: ConversationId,
        client_id: &ClientId,
        problem: &Problem,
        now_ms: u64,
        dice: f64,
    ) -> Refusal {
        let Some(queue) = self.queues.get_mut(&conversation) else {
            return Refusal::NotNow;
        };
        let front = queue.entries.front_mut();
        let Some(entry) = front.filter(|entry| &entry.client_id == client_id) else {
            return Refusal::NotNow;
        };
        entry.faults += u32::from(problem.code == Code::Internal);
        // An expired token is renewed: the connection sees to that.
        let not_now = problem.code.is_retryable() || problem.code == Code::TokenExpired;
        if not_now && entry.faults < FAULTS_MOST {
            let pause_ms = problem.retry_after_ms.unwrap_or_default();
            let jitter_ms = backoff_ms(entry.faults, dice);
            queue.not_before_ms = now_ms + pause_ms.max(PAUSE_LEAST_MS) + jitter_ms;
            queue.is_asked = false;
            return Refusal::NotNow;
        }
        if let Some(entry) = self.answered(conversation, client_id) {
            self.failed
                .insert((conversation, entry.client_id), entry.message);
            if let Some(outcome) = entry.outcome {
                // Nobody may be waiting.
                outcome.send(Err(Error::from(problem.clone()))).ok();
            }
        }
        Refusal::ForGood
    }

    /// Hands out a message that was refused for good, once.
    pub(crate) fn take_failed(
        &mut self,
        conversation: ConversationId,
        client_id: &ClientId,
    ) -> Option<SendMessage> {
        self.failed.remove(&(conversation, client_id.clone()))
    }

    /// Takes a message out that was not sent yet. One that was sent may be stored already: it stays.
    pub(crate) fn discard(&mut self, conversation: ConversationId, client_id: &ClientId) -> bool {
        let Some(queue) = self.queues.get_mut(&conversation) else {
            return false;
        };
        let Some(at) = queue
            .entries
            .iter()
            .position(|entry| &entry.client_id == client_id)
        else {
            return false;
        };
        if at == 0 && queue.is_asked {
            return false;
        }
        queue.entries.remove(at);
        self.forget_empty(conversation);
        true
    }

    /// Nothing is sent for now: tells everybody who waits. The messages stay and are sent when the connection is
    /// started again.
    pub(crate) fn release(&mut self, error: &Error) {
        let entries = self
            .queues
            .values_mut()
            .flat_map(|queue| &mut queue.entries);
        for outcome in entries.filter_map(|entry| entry.outcome.take()) {
            // Nobody may be waiting.
            outcome.send(Err(error.clone())).ok();
        }
    }

    /// Goes through what is stored but may still have an echo; what `is_settled` says yes to is let go.
    pub(crate) fn settle(
        &mut self,
        mut is_settled: impl FnMut(ConversationId, &ClientId, Seq) -> bool,
    ) {
        self.stored
            .retain(|(conversation, client_id), seq| !is_settled(*conversation, client_id, *seq));
    }

    /// Takes the answered entry out of its queue.
    fn answered(&mut self, conversation: ConversationId, client_id: &ClientId) -> Option<Entry> {
        let queue = self.queues.get_mut(&conversation)?;
        let entry = queue
            .entries
            .pop_front_if(|entry| &entry.client_id == client_id)?;
        queue.is_asked = false;
        queue.not_before_ms = 0;
        self.forget_empty(conversation);
        Some(entry)
    }

    fn forget_empty(&mut self, conversation: ConversationId) {
        if self
            .queues
            .get(&conversation)
            .is_some_and(|queue| queue.entries.is_empty())
        {
            self.queues.remove(&conversation);
        }
    }
}

#[cfg(test)]
mod tests;
