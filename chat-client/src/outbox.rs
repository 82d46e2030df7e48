//! What was said or done and is not acknowledged yet. First in, first out in each conversation, one unanswered call at a
//! time, so that a sender's own order holds; always under the same name, so that asking again does nothing twice. What
//! failed is passed by, and so is what waits for it.
//!
//! It neither sends nor writes: the connection takes from it, and tells it what became of each; what is to be kept on
//! disk it says with every change.

mod answer;
mod change;
mod queued;

pub(crate) use answer::Refusal;
pub use queued::{FileTarget, Progress, Queued, Target, Task};

use crate::{Error, Write};
use chat_core::{Ack, AttachmentId, ClientId, ConversationId, MessageId, Seq};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tokio::sync::oneshot;

/// How long the disk is left alone that did not take something.
const DISK_PAUSE_MS: u64 = 1_000;
/// How many files are known by the name under which they were queued, once they are stored. The server keeps fewer that
/// are in no message.
const STORED_FILES_MOST: usize = 64;
/// Where the outcome goes: of a message, its acknowledgement.
pub(crate) type Outcome = oneshot::Sender<Result<Option<Ack>, Error>>;

struct Entry {
    queued: Queued,
    outcome: Option<Outcome>,
    faults: u32,
    /// How often in a row it was refused for now.
    tries: u32,
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

    /// It has failed, or waits for something that is passed by itself.
    fn is_passed_by(&self, away: &BTreeSet<ClientId>) -> bool {
        let has_failed = matches!(self.queued.progress, Progress::Failed { .. });
        has_failed
            || self
                .queued
                .waits_for()
                .iter()
                .any(|key| away.contains(*key))
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
            if entry.is_passed_by(&away) {
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
    /// Files that the server has stored for a message that is still to come, the oldest first.
    stored_files: VecDeque<(ClientId, AttachmentId)>,
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
                tries: 0,
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
            tries: 0,
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

    /// Puts the ids of what is stored by now in where something new means it by the name under which it was queued.
    /// `message` knows the messages that are not in here any more.
    pub(crate) fn resolve(
        &self,
        queued: &mut Queued,
        message: impl Fn(&ClientId) -> Option<MessageId>,
    ) {
        let names: Vec<_> = queued.waits_for().into_iter().cloned().collect();
        for key in names {
            let file = self.stored_files.iter().find(|(known, _)| *known == key);
            if let Some((_, id)) = file {
                queued.resolve_file(&key, *id);
                continue;
            }
            let mut here = self.queued(queued.conversation_id);
            let id = match here.find(|known| known.key == key) {
                Some(known) => match known.progress {
                    Progress::Stored { message_id, .. } => Some(message_id),
                    _ => None,
                },
                None => message(&key),
            };
            if let Some(id) = id {
                queued.resolve(&key, id);
            }
        }
    }

    /// How much of what is queued can be sent without anybody's doing.
    pub(crate) fn sendable(&self) -> usize {
        let of = |queue: &Queue| {
            let mut away = BTreeSet::new();
            let mut count = 0;
            for entry in &queue.entries {
                match entry.is_passed_by(&away) {
                    true => drop(away.insert(entry.queued.key.clone())),
                    false => count += usize::from(entry.queued.is_waiting()),
                }
            }
            count
        };
        self.queues.values().map(of).sum()
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

    fn forget_empty(&mut self, conversation: ConversationId) {
        let queue = self.queues.get(&conversation);
        if queue.is_some_and(|queue| queue.entries.is_empty()) {
            self.queues.remove(&conversation);
        }
    }
}

#[cfg(test)]
mod tests;
