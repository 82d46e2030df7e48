//! What the server says: answers go to who asked, events into what is known, and what came of it to the listeners.

use super::{
    Event as Happened,
    calls::Call,
    run::{Run, failure},
};
use crate::{
    Error, Update, Write,
    error::AFTER_MOST_MS,
    lock,
    outbox::{Refusal, Task},
    shared::EchoQueued,
    signals::Signal,
    sync::{Change, Known},
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
                self.shared.hear_clock(ready.server_time);
                self.step(Happened::Ready {
                    heartbeat_ms: ready.heartbeat_ms,
                });
            }
            Event::Resync(_) => self.step(Happened::Gap),
            _ if self.is_syncing() => lock(&self.shared.known).keep_aside(envelope),
            _ => {
                let now = self.shared.clock().now();
                let mut known = lock(&self.shared.known);
                let mut change = known.apply(envelope, now);
                self.keep(&known, &mut change);
                drop(known);
                self.changed(change);
            }
        }
    }

    /// Takes the answer to a sync.
    pub(super) fn synced(&mut self, synced: Result<Synced, Error>) {
        let step = match synced {
            Ok(synced) => {
                let now = self.shared.clock().now();
                let mut known = lock(&self.shared.known);
                let mut step = known.apply_sync(synced, now);
                self.keep(&known, &mut step.change);
                step
            }
            Err(error) => return self.sync_failed(&error),
        };
        self.changed(step.change);
        if !step.again {
            self.shared.catching_up.came(self.sync_number);
        }
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

    /// Hands in what is to be kept, while what is known is locked: it is kept in the order in which it happened.
    fn keep(&self, known: &Known, change: &mut Change) {
        let drafts = lock(&self.shared.drafts).settle(&known.state);
        change.writes.extend(drafts);
        if self.shared.journal.store().is_some() {
            let writes = std::mem::take(&mut change.writes);
            let touched = std::mem::take(&mut change.touched);
            self.shared.journal.write(writes, touched);
        }
    }

    /// Tells what changed, and does what follows from it.
    fn changed(&mut self, change: Change) {
        for update in change.updates {
            self.shared.tell(update);
        }
        // Where there is a disk, only what is on it counts as delivered.
        self.shared.delivered(change.touched);
        self.shared.settle();
        if change.gap {
            self.step(Happened::Gap);
        }
    }

    /// Lets typing signs go out that were not repeated, and what messages say whose time is up.
    pub(super) fn expire(&mut self) {
        let server_now = self.shared.server_now();
        let over = lock(&self.shared.known).state.expire_messages(server_now);
        for id in over {
            self.shared.tell(Update::Conversation(id));
        }
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
            (Call::Queued(id, key), Ok(value)) => self.did(*id, key, value),
            (Call::Queued(id, key), Err(error)) => self.refused(*id, key, &error.into()),
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

    /// The server has done something that was queued.
    fn did(&mut self, conversation: ConversationId, key: &ClientId, value: Value) {
        let known = lock(&self.shared.known);
        let mut outbox = lock(&self.shared.outbox);
        let is_send = outbox
            .queued(conversation)
            .any(|queued| &queued.key == key && matches!(queued.task, Task::Send(_)));
        let writes = match is_send.then(|| serde_json::from_value::<Ack>(value)) {
            None => outbox.done(conversation, key),
            Some(Ok(ack)) => {
                let has_echo = known.state.echoes(conversation).contains(key);
                outbox.stored(conversation, key, ack, !has_echo)
            }
            Some(Err(error)) => {
                drop(outbox);
                drop(known);
                let detail = format!("the server's answer cannot be read: {error}");
                return self.refused(conversation, key, &Problem::new(Code::Internal, detail));
            }
        };
        self.shared.journal.write(writes, Vec::new());
        drop(outbox);
        drop(known);
        self.shared.tell(Update::Conversation(conversation));
        self.shared.settle();
    }

    /// The server has refused something that was queued.
    pub(super) fn refused(
        &mut self,
        conversation: ConversationId,
        key: &ClientId,
        problem: &Problem,
    ) {
        let (now_ms, dice) = (self.now_ms(), self.shared.clock().random());
        let mut known = lock(&self.shared.known);
        let mut outbox = lock(&self.shared.outbox);
        let refusal = outbox.refused(conversation, key, problem, now_ms, dice);
        let writes = match refusal {
            // That it pauses is news, too.
            Refusal::NotNow => Vec::new(),
            Refusal::ThereAlready(writes) => {
                known.state.drop_echo(conversation, key);
                writes
            }
            Refusal::ForGood(writes) => {
                for write in &writes {
                    if let Write::Queue(queued) = write {
                        known.state.echo_queued(queued, &queued.progress);
                        // What waits for it is sent as little.
                        for waiting in outbox.waiting_for(conversation, key) {
                            if known.state.echoes(conversation).contains(&waiting.key) {
                                known.state.echo_queued(waiting, &queued.progress);
                            }
                        }
                    }
                }
                writes
            }
        };
        self.shared.journal.write(writes, Vec::new());
        drop(outbox);
        drop(known);
        self.shared.tell(Update::Conversation(conversation));
    }

    fn signal_answered(&mut self, signal: &Signal, value: Value) {
        self.signal_done(signal, None);
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
        let is_for_now =
            Problem::from(error.clone()).is_retryable() || error.code == Code::TokenExpired;
        let pause_ms = error.retry_after_ms.unwrap_or_default().min(AFTER_MOST_MS);
        let again_ms = is_for_now.then_some(now_ms + pause_ms.max(SIGNAL_PAUSE_MS));
        if again_ms.is_none() {
            tracing::debug!(code = error.code.as_str(), "a signal was refused");
        }
        self.signal_done(signal, again_ms);
        if again_ms.is_none() {
            // What counted as read is unread again.
            self.shared.tell(Update::List);
        }
    }

    fn signal_done(&mut self, signal: &Signal, again_ms: Option<u64>) {
        let mut signals = lock(&self.shared.signals);
        let taken = signals.answered(signal, again_ms, self.now_ms());
        let write = taken.map(|id| Write::ReadMark(id, None));
        self.shared.journal.write(Vec::from_iter(write), Vec::new());
        drop(signals);
        self.shared.catching_up.marked.notify_waiters();
    }
}
