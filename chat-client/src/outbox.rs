//! What was said or done and is not acknowledged yet. First in, first out in each conversation, one unanswered call at a
//! time, so that a sender's own order holds; always under the same name, so that asking again does nothing twice. What
//! failed is passed by, and so is what waits for it.
//!
//! It neither sends nor writes: the connection takes from it, and tells it what became of each; what is to be kept on
//! disk it says with every change.

mod queued;

pub use queued::{FileTarget, Progress, Queued, Target, Task};

use crate::{Error, Write, connection::backoff_ms};
use chat_core::{Ack, AttachmentId, ClientId, Code, ConversationId, MessageBody, Problem, Seq};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tokio::sync::oneshot;

/// A call that meets this many faults on the server is given up, so that it does not hold up what comes after it.
const FAULTS_MOST: u32 = 5;
/// How long the disk is left alone that did not take something.
const DISK_PAUSE_MS: u64 = 1_000;
/// How long a call waits at least after a refusal that is not for good.
const PAUSE_LEAST_MS: u64 = 250;

/// Where the outcome goes: of a message, its acknowledgement.
pub(crate) type Outcome = oneshot::Sender<Result<Option<Ack>, Error>>;

struct Entry {
    queued: Queued,
    outcome: Option<Outcome>,
    faults: u32,
    /// The disk has it as it is here. Nothing else may be known to others.
    is_kept: bool,
    /// The disk has it in some state.
    is_on_disk: bool,
}

impl Entry {
    fn is_over(&self) -> bool {
        matches!(
            self.queued.progress,
            Progress::Failed { .. } | Progress::Stored { .. }
        )
    }
}

#[derive(Default)]
struct Queue {
    entries: VecDeque<Entry>,
    /// What was asked and not answered.
    asked: Option<ClientId>,
    not_before_ms: u64,
}

impl Queue {
    /// The first that is neither over nor waits for something: nothing passes by what is still to be done.
    fn front(&mut self) -> Option<&mut Entry> {
        let mut away = BTreeSet::new();
        let at = self.entries.iter().position(|entry| {
            let has_failed = matches!(entry.queued.progress, Progress::Failed { .. });
            let waits = || {
                entry
                    .queued
                    .waits_for()
                    .iter()
                    .any(|key| away.contains(*key))
            };
            if has_failed || waits() {
                away.insert(entry.queued.key.clone());
                return false;
            }
            !entry.is_over()
        })?;
        self.entries.get_mut(at)
    }

    fn at(&self, key: &ClientId) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| &entry.queued.key == key)
    }
}

/// What was said or done and is not acknowledged yet.
#[derive(Default)]
pub(crate) struct Outbox {
    queues: BTreeMap<ConversationId, Queue>,
    last_place: u64,
    /// There is a disk: what is not on it is not sent.
    is_durable: bool,
}

/// What the connection is to do next.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    /// Ask the server for this. From here on it counts as asked.
    Ask(Box<Queued>),
    /// Write this down, then come again: it is about to be handed to the network.
    Keep(Box<Queued>),
}

/// What a refusal means.
#[derive(Debug, PartialEq)]
pub(crate) enum Refusal {
    /// It is asked again.
    NotNow,
    /// It has failed. What is to be kept now.
    ForGood(Vec<Write>),
    /// The server has the message, with another text. What is to be kept now.
    ThereAlready(Vec<Write>),
}

impl Outbox {
    pub(crate) fn new(is_durable: bool) -> Self {
        Self {
            is_durable,
            ..Self::default()
        }
    }

    /// Begins with what a store kept.
    pub(crate) fn restore(&mut self, kept: Vec<Queued>) {
        for queued in kept {
            self.last_place = self.last_place.max(queued.place);
            let queue = self.queues.entry(queued.conversation_id).or_default();
            queue.entries.push_back(Entry {
                queued,
                outcome: None,
                faults: 0,
                is_kept: true,
                is_on_disk: true,
            });
        }
    }

    /// Puts something at the end of its conversation's queue; what is to be kept. It is not sent before it is kept. With
    /// `is_live` and nothing before it, it goes out as soon as it is kept: that is written down with it.
    pub(crate) fn push(
        &mut self,
        mut queued: Queued,
        outcome: Option<Outcome>,
        is_live: bool,
    ) -> Write {
        self.last_place += 1;
        queued.place = self.last_place;
        let queue = self.queues.entry(queued.conversation_id).or_default();
        if is_live && queue.front().is_none() {
            queued.progress = Progress::Asked;
        }
        let write = Write::Queue(queued.clone());
        queue.entries.push_back(Entry {
            queued,
            outcome,
            faults: 0,
            is_kept: !self.is_durable,
            is_on_disk: false,
        });
        write
    }

    /// The disk has these now as they are.
    pub(crate) fn kept<'a>(&mut self, kept: impl Iterator<Item = &'a Queued>) {
        for queued in kept {
            let queue = self.queues.get_mut(&queued.conversation_id);
            let entries = queue.into_iter().flat_map(|queue| &mut queue.entries);
            // What was kept meanwhile in an earlier state says nothing about this one.
            let is_this =
                |known: &Queued| known.key == queued.key && known.progress == queued.progress;
            for entry in entries.filter(|entry| is_this(&entry.queued)) {
                entry.is_kept = true;
                entry.is_on_disk = true;
            }
        }
    }

    /// The disk did not take it. What is not on it at all was never queued, and this says true; for the rest, the disk is
    /// asked again after a while.
    pub(crate) fn not_kept(&mut self, queued: &Queued, now_ms: u64) -> bool {
        let Some(queue) = self.queues.get_mut(&queued.conversation_id) else {
            return false;
        };
        let Some(at) = queue.at(&queued.key) else {
            return false;
        };
        let entry = &mut queue.entries[at];
        if entry.is_on_disk {
            if entry.queued.progress == Progress::Asked && !entry.is_kept {
                entry.queued.progress = Progress::Waiting;
            }
            entry.is_kept = true;
            queue.not_before_ms = now_ms + DISK_PAUSE_MS;
            return false;
        }
        queue.entries.remove(at);
        self.forget_empty(queued.conversation_id);
        true
    }

    /// What is to be done next, if anything may be now.
    pub(crate) fn next(&mut self, now_ms: u64) -> Option<Next> {
        for queue in self.queues.values_mut() {
            if queue.asked.is_some() || queue.not_before_ms > now_ms {
                continue;
            }
            let Some(entry) = queue.front().filter(|entry| entry.is_kept) else {
                continue;
            };
            if entry.queued.progress == Progress::Waiting {
                entry.queued.progress = Progress::Asked;
                entry.is_kept = !self.is_durable;
            }
            if !entry.is_kept {
                return Some(Next::Keep(Box::new(entry.queued.clone())));
            }
            let queued = entry.queued.clone();
            queue.asked = Some(queued.key.clone());
            return Some(Next::Ask(Box::new(queued)));
        }
        None
    }

    /// When [`Outbox::next`] has something that it did not have before.
    pub(crate) fn next_ms(&mut self) -> Option<u64> {
        let waiting = self
            .queues
            .values_mut()
            .filter(|queue| queue.asked.is_none());
        waiting
            .filter_map(|queue| {
                let not_before_ms = queue.not_before_ms;
                queue.front().filter(|entry| entry.is_kept)?;
                Some(not_before_ms)
            })
            .min()
    }

    /// The socket is gone: what was not answered may or may not be done, and is asked again. Uploads go on, unless all is
    /// `over`: they have their own connection.
    pub(crate) fn disconnected(&mut self, is_over: bool) {
        for queue in self.queues.values_mut() {
            let asked = queue.asked.as_ref().and_then(|key| queue.at(key));
            let is_upload = asked
                .is_some_and(|at| matches!(queue.entries[at].queued.task, Task::Upload { .. }));
            if is_over || !is_upload {
                queue.asked = None;
            }
        }
    }

    /// The server has stored a message. With `is_shown`, this device has it among its messages already. What is to be
    /// kept now.
    pub(crate) fn stored(
        &mut self,
        conversation: ConversationId,
        key: &ClientId,
        ack: Ack,
        is_shown: bool,
    ) -> Vec<Write> {
        let Some(queue) = self.answered(conversation, key) else {
            return Vec::new();
        };
        let Some(at) = queue.at(key) else {
            return Vec::new();
        };
        let entry = &mut queue.entries[at];
        entry.queued.progress = Progress::Stored {
            message_id: ack.message_id,
            seq: ack.seq,
        };
        let write = Write::Queue(entry.queued.clone());
        let id = ack.message_id;
        if let Some(outcome) = entry.outcome.take() {
            // Nobody may be waiting.
            outcome.send(Ok(Some(ack))).ok();
        }
        let mut writes = resolve(queue, |waiting| waiting.resolve(key, id));
        match is_shown {
            true => {
                queue.entries.remove(at);
                self.forget_empty(conversation);
                writes.push(Write::Done(key.clone()));
            }
            false => writes.push(write),
        }
        writes
    }

    /// The server has stored a file. What is to be kept now.
    pub(crate) fn uploaded(
        &mut self,
        conversation: ConversationId,
        key: &ClientId,
        id: AttachmentId,
    ) -> Vec<Write> {
        let Some(queue) = self.answered(conversation, key) else {
            return Vec::new();
        };
        let mut writes = resolve(queue, |waiting| waiting.resolve_file(key, id));
        writes.extend(self.done(conversation, key));
        writes
    }

    /// The server has done it. What is to be kept now.
    pub(crate) fn done(&mut self, conversation: ConversationId, key: &ClientId) -> Vec<Write> {
        let Some(queue) = self.answered(conversation, key) else {
            return Vec::new();
        };
        let entry = queue.at(key).and_then(|at| queue.entries.remove(at));
        if let Some(outcome) = entry.and_then(|entry| entry.outcome) {
            // Nobody may be waiting.
            outcome.send(Ok(None)).ok();
        }
        self.forget_empty(conversation);
        vec![Write::Done(key.clone())]
    }

    /// The server has refused it.
    pub(crate) fn refused(
        &mut self,
        conversation: ConversationId,
        key: &ClientId,
        problem: &Problem,
        now_ms: u64,
        dice: f64,
    ) -> Refusal {
        let Some(queue) = self.queues.get_mut(&conversation) else {
            return Refusal::NotNow;
        };
        let Some(at) = queue.at(key).filter(|_| queue.asked.as_ref() == Some(key)) else {
            return Refusal::NotNow;
        };
        queue.asked = None;
        let entry = &mut queue.entries[at];
        entry.faults += u32::from(problem.code == Code::Internal);
        // An expired token is renewed: the connection sees to that.
        let not_now = problem.code.is_retryable() || problem.code == Code::TokenExpired;
        if not_now && entry.faults < FAULTS_MOST {
            let pause_ms = problem.retry_after_ms.unwrap_or_default();
            let jitter_ms = backoff_ms(entry.faults, dice);
            queue.not_before_ms = now_ms + pause_ms.max(PAUSE_LEAST_MS) + jitter_ms;
            return Refusal::NotNow;
        }
        queue.not_before_ms = 0;
        if let Some(outcome) = entry.outcome.take() {
            // Nobody may be waiting.
            outcome.send(Err(Error::from(problem.clone()))).ok();
        }
        let is_send = matches!(entry.queued.task, Task::Send(_));
        if is_send && problem.code == Code::IdempotencyConflict {
            // This device is an older copy of itself: the message was changed and sent in a life that it forgot.
            queue.entries.remove(at);
            self.forget_empty(conversation);
            return Refusal::ThereAlready(vec![Write::Done(key.clone())]);
        }
        entry.queued.progress = Progress::Failed {
            code: problem.code,
            detail: problem.detail.clone(),
        };
        Refusal::ForGood(vec![Write::Queue(entry.queued.clone())])
    }

    /// Sends something again that was refused for good, behind everything else; what waits for it follows. What is to be
    /// kept now; nothing when it has not failed.
    pub(crate) fn retry(
        &mut self,
        conversation: ConversationId,
        key: &ClientId,
        outcome: Option<Outcome>,
    ) -> Vec<Write> {
        let Some(queue) = self.queues.get_mut(&conversation) else {
            return Vec::new();
        };
        let failed = queue.at(key);
        let Some(at) = failed
            .filter(|at| matches!(queue.entries[*at].queued.progress, Progress::Failed { .. }))
        else {
            return Vec::new();
        };
        let mut moved = vec![at];
        moved.extend(waiting_for(queue, key));
        moved.sort_unstable();
        let mut writes = Vec::new();
        let mut back = VecDeque::new();
        for at in moved.into_iter().rev() {
            back.extend(queue.entries.remove(at));
        }
        let mut outcome = outcome;
        while let Some(mut entry) = back.pop_back() {
            if &entry.queued.key == key {
                entry.queued.progress = Progress::Waiting;
                entry.faults = 0;
                entry.outcome = outcome.take();
            }
            self.last_place += 1;
            entry.queued.place = self.last_place;
            entry.is_kept = !self.is_durable;
            writes.push(Write::Queue(entry.queued.clone()));
            queue.entries.push_back(entry);
        }
        writes
    }

    /// Changes the text of a message that nobody else knows of. What is to be kept; none when the server may have it.
    pub(crate) fn amend(
        &mut self,
        conversation: ConversationId,
        key: &ClientId,
        content: &MessageBody,
    ) -> Option<Write> {
        let queue = self.queues.get_mut(&conversation)?;
        let at = queue.at(key)?;
        let entry = &mut queue.entries[at];
        let is_own = matches!(
            entry.queued.progress,
            Progress::Waiting | Progress::Failed { .. }
        );
        match &mut entry.queued.task {
            Task::Send(message) if is_own => {
                message.content = Some(content.clone());
                entry.is_kept = !self.is_durable;
                Some(Write::Queue(entry.queued.clone()))
            }
            _ => None,
        }
    }

    /// Takes something out that nobody else knows of or that has failed, and what waits for it. What was taken out;
    /// nothing when the server may have it.
    pub(crate) fn discard(
        &mut self,
        conversation: ConversationId,
        key: &ClientId,
    ) -> Vec<ClientId> {
        let Some(queue) = self.queues.get_mut(&conversation) else {
            return Vec::new();
        };
        let Some(at) = queue.at(key) else {
            return Vec::new();
        };
        let entry = &queue.entries[at];
        let is_own = match &entry.queued.task {
            // What the server has of it belongs to no message, and is collected.
            Task::Upload { .. } => true,
            _ => matches!(
                entry.queued.progress,
                Progress::Waiting | Progress::Failed { .. }
            ),
        };
        if !is_own {
            return Vec::new();
        }
        if queue.asked.as_ref() == Some(key) {
            queue.asked = None;
        }
        let mut gone = vec![at];
        gone.extend(waiting_for(queue, key));
        gone.sort_unstable();
        let gone = gone.into_iter().rev();
        let gone: Vec<_> = gone.filter_map(|at| queue.entries.remove(at)).collect();
        self.forget_empty(conversation);
        gone.into_iter().map(|entry| entry.queued.key).collect()
    }

    /// Nothing is sent for now: tells everybody who waits. What is queued stays and is sent when the connection is
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

    /// Goes through what is stored but was not among this device's messages; what `is_shown` says yes to is let go. What
    /// is to be kept now.
    pub(crate) fn settle(
        &mut self,
        mut is_shown: impl FnMut(ConversationId, &ClientId, Seq) -> bool,
    ) -> Vec<Write> {
        let mut writes = Vec::new();
        for (conversation, queue) in &mut self.queues {
            queue.entries.retain(|entry| {
                let Progress::Stored { seq, .. } = entry.queued.progress else {
                    return true;
                };
                let is_shown = is_shown(*conversation, &entry.queued.key, seq);
                if is_shown {
                    writes.push(Write::Done(entry.queued.key.clone()));
                }
                !is_shown
            });
        }
        self.queues.retain(|_, queue| !queue.entries.is_empty());
        writes
    }

    /// What is queued in a conversation, in its order.
    pub(crate) fn queued(&self, conversation: ConversationId) -> impl Iterator<Item = &Queued> {
        let queue = self.queues.get(&conversation);
        let entries = queue.into_iter().flat_map(|queue| &queue.entries);
        entries.map(|entry| &entry.queued)
    }

    /// Everything that is queued, in its order within each conversation.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Queued> {
        let entries = self.queues.values().flat_map(|queue| &queue.entries);
        entries.map(|entry| &entry.queued)
    }

    /// The queue in which this was asked; it is not any more.
    fn answered(&mut self, conversation: ConversationId, key: &ClientId) -> Option<&mut Queue> {
        let queue = self.queues.get_mut(&conversation)?;
        queue.at(key)?;
        if queue.asked.as_ref() == Some(key) {
            queue.asked = None;
            queue.not_before_ms = 0;
        }
        Some(queue)
    }

    fn forget_empty(&mut self, conversation: ConversationId) {
        let queue = self.queues.get(&conversation);
        if queue.is_some_and(|queue| queue.entries.is_empty()) {
            self.queues.remove(&conversation);
        }
    }
}

/// Changes what waits; what is to be kept of it.
fn resolve(queue: &mut Queue, mut change: impl FnMut(&mut Queued) -> bool) -> Vec<Write> {
    let mut writes = Vec::new();
    for entry in &mut queue.entries {
        if change(&mut entry.queued) {
            // On disk it may still wait for the other: nothing is lost by that, the other is asked again first.
            writes.push(Write::Queue(entry.queued.clone()));
        }
    }
    writes
}

/// Where the entries are that wait for this one, or for one that does.
fn waiting_for(queue: &Queue, key: &ClientId) -> Vec<usize> {
    let mut keys = BTreeSet::from([key.clone()]);
    let mut found = Vec::new();
    for (at, entry) in queue.entries.iter().enumerate() {
        if entry
            .queued
            .waits_for()
            .iter()
            .any(|key| keys.contains(*key))
        {
            keys.insert(entry.queued.key.clone());
            found.push(at);
        }
    }
    found
}

#[cfg(test)]
mod tests;
