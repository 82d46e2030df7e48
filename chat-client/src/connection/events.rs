//! What the server says: answers go to who asked, events into what is known, and what came of it to the listeners.

use super::{
    Event as Happened,
    calls::Call,
    run::{Run, failure},
};
use crate::{
    Error, Update, lock,
    outbox::Refusal,
    signals::{MarkKind, Signal},
    sync::Change,
};
use chat_core::{
    Ack, ClientId, Close, Code, ConversationId, Envelope, ErrorFrame, Event, Problem, ServerFrame,
    Synced, Watched,
};
use serde_json::Value;

/// How long a signal waits at least after a refusal that is not for good.
const SIGNAL_PAUSE_MS: u64 = 1_000;

impl Run {
    /// Takes a text frame.
    pub(super) fn hear(&mut self, text: &str) {
        match ServerFrame::parse(text) {
            Ok(ServerFrame::Event(envelope)) => self.event(*envelope),
            Ok(ServerFrame::Reply { id, result }) => {
                if let Some(call) = self.calls.answered(id) {
                    self.answer(&call, result);
                }
            }
            Err(error) => {
                // What it said is fetched, if it was part of a log. The text itself is nobody's business.
                tracing::warn!(%error, "a frame could not be read");
                self.step(Happened::Gap);
            }
        }
    }

    fn event(&mut self, envelope: Envelope) {
        match envelope.event {
            Event::Ready(ready) => {
                lock(&self.shared.signals).forget_typing();
                self.step(Happened::Ready {
                    heartbeat_ms: ready.heartbeat_ms,
                });
            }
            Event::Resync(_) => self.step(Happened::Gap),
            _ if self.is_syncing() => lock(&self.shared.known).keep_aside(envelope),
            _ => {
                let now = self.shared.clock().now();
                let change = lock(&self.shared.known).apply(envelope, now);
                self.changed(change);
            }
        }
    }

    /// Takes the answer to a sync.
    pub(super) fn synced(&mut self, synced: Result<Synced, Error>) {
        let step = match synced {
            Ok(synced) => {
                let now = self.shared.clock().now();
                lock(&self.shared.known).apply_sync(synced, now)
            }
            Err(error) => return self.sync_failed(&error),
        };
        self.changed(step.change);
        self.step(match step.is_stuck {
            true => Happened::SyncFailed {
                reason: "the server has more to tell but does not tell it".into(),
                retry_after_ms: None,
            },
            false => Happened::Synced { again: step.again },
        });
    }

    fn sync_failed(&mut self, error: &Error) {
        self.step(failure(error).unwrap_or_else(|| Happened::SyncFailed {
            reason: error.to_string(),
            retry_after_ms: error.retry_after_ms(),
        }));
    }

    /// Tells what changed, and does what follows from it.
    fn changed(&mut self, change: Change) {
        for update in change.updates {
            self.shared.tell(update);
        }
        let now_ms = self.now_ms();
        for id in change.touched {
            let undelivered = lock(&self.shared.known).undelivered(id);
            if let Some(seq) = undelivered {
                lock(&self.shared.signals).mark(MarkKind::Delivered, id, seq, now_ms);
            }
        }
        self.shared.settle();
        if change.gap {
            self.step(Happened::Gap);
        }
    }

    /// Lets typing signs go out that were not repeated.
    pub(super) fn expire(&mut self) {
        let now = self.shared.clock().now();
        let mut known = lock(&self.shared.known);
        if known.state.next_expiry().is_none_or(|at| at > now) {
            return;
        }
        let typed: Vec<ConversationId> = known
            .state
            .conversations()
            .iter()
            .filter(|known| known.typing().next().is_some())
            .map(|known| known.conversation().id)
            .collect();
        known.state.expire(now);
        drop(known);
        for id in typed {
            self.shared.tell(Update::Conversation(id));
        }
    }

    fn answer(&mut self, call: &Call, result: Result<Value, ErrorFrame>) {
        let is_expired = matches!(&result, Err(error) if error.code == Code::TokenExpired);
        match (call, result) {
            (Call::Ping, _) => {}
            (Call::Send(id, client_id), Ok(value)) => self.stored(*id, client_id, value),
            (Call::Send(id, client_id), Err(error)) => {
                self.refused(*id, client_id, error.into());
            }
            (Call::Signal(signal), Ok(value)) => self.signal_answered(signal, value),
            (Call::Signal(signal), Err(error)) => self.signal_refused(signal, &error),
        }
        if is_expired {
            self.step(Happened::Closed {
                code: Some(Close::TokenExpired.code()),
                reason: String::new(),
            });
        }
    }

    fn stored(&mut self, conversation: ConversationId, client_id: &ClientId, value: Value) {
        match serde_json::from_value::<Ack>(value) {
            Ok(ack) => {
                lock(&self.shared.outbox).acknowledged(conversation, client_id, ack);
                self.shared.settle();
            }
            Err(error) => {
                let detail = format!("the server's answer cannot be read: {error}");
                self.refused(
                    conversation,
                    client_id,
                    Problem::new(Code::Internal, detail),
                );
            }
        }
    }

    fn refused(&mut self, conversation: ConversationId, client_id: &ClientId, problem: Problem) {
        let (now_ms, dice) = (self.now_ms(), self.shared.clock().random());
        let refusal =
            lock(&self.shared.outbox).refused(conversation, client_id, &problem, now_ms, dice);
        if refusal == Refusal::ForGood {
            lock(&self.shared.known).state.fail_echo(
                conversation,
                client_id,
                problem.code,
                problem.detail,
            );
            self.shared.tell(Update::Conversation(conversation));
        }
    }

    fn signal_answered(&mut self, signal: &Signal, value: Value) {
        lock(&self.shared.signals).answered(signal, None, self.now_ms());
        if !matches!(signal, Signal::Watch(_)) {
            return;
        }
        match serde_json::from_value::<Watched>(value) {
            Ok(watched) => {
                let mut known = lock(&self.shared.known);
                for presence in watched.items {
                    known.state.set_presence(presence);
                }
                drop(known);
                self.shared.tell(Update::Presence);
            }
            Err(error) => tracing::warn!(%error, "who is here could not be read"),
        }
    }

    fn signal_refused(&mut self, signal: &Signal, error: &ErrorFrame) {
        let now_ms = self.now_ms();
        let is_for_now = error.code.is_retryable() || error.code == Code::TokenExpired;
        let pause_ms = error.retry_after_ms.unwrap_or_default();
        let again_ms = is_for_now.then_some(now_ms + pause_ms.max(SIGNAL_PAUSE_MS));
        if again_ms.is_none() {
            tracing::debug!(code = error.code.as_str(), "a signal was refused");
        }
        lock(&self.shared.signals).answered(signal, again_ms, now_ms);
    }
}
