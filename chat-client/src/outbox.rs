//! What was said or done and is not acknowledged yet. First in, first out in each conversation, one unanswered call at a
//! time, so that a sender's own order holds; always under the same name, so that asking again does nothing twice. What
//! failed is passed by, and so is what waits for it.
//!
//! It neither sends nor writes: the connection takes from it, and tells it what became of each; what is to be kept on
//! disk it says with every change.

mod answer;
mod change;
mod failing;
mod queue;
mod queued;

pub(crate) use answer::Refusal;
pub(crate) use queue::{Begun, Outcome};
pub use queued::{FileTarget, Progress, Queued, Target, Task};

use crate::{Error, Write};
use chat_core::{Attachment, ClientId, ConversationId, MessageId, Seq, UploadId};
use queue::{Entry, Queue};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How long the disk is left alone that did not take something.
const DISK_PAUSE_MS: u64 = 1_000;
/// How many files are known by the name under which they were queued, once they are stored. The server keeps fewer that
/// are in no message.
const STORED_FILES_MOST: usize = 64;
/// How many files are sent at a time, in whichever conversations: the server takes few of a user at once.
const UPLOADS_MOST: usize = 2;

/// What was said or done and is not acknowledged yet.
#[derive(Default)]
pub(crate) struct Outbox {
    queues: BTreeMap<ConversationId, Queue>,
    /// Files that the server has stored for a message that is still to come, the oldest first.
    stored_files: VecDeque<(ClientId, Attachment)>,
    /// What the server may forget of files that were taken back.
    unwanted: Vec<UploadId>,
    last_place: u64,
    /// There is a disk: what is not on it is not sent.
    is_durable: bool,
}

/// What became of something that the disk did not take.
#[derive(Debug, PartialEq)]
pub(crate) enum NotKept {
    /// It was never queued.
    Gone,
    /// It has the text again that the disk has.
    TextBefore(Box<Queued>),
    /// It stays as it is, if it is here.
    Stays,
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
            queue.has_stored |= matches!(queued.progress, Progress::Stored { .. });
            queue
                .entries
                .push_back(Entry::new(queued, None, true, true));
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
        let entry = Entry::new(queued, outcome, !self.is_durable, false);
        queue.entries.push_back(entry);
        write
    }

    /// The disk has these now as they are, in the order in which they came there. Each queue is walked once: thousands may
    /// be kept at once.
    pub(crate) fn kept<'a>(&mut self, kept: impl Iterator<Item = &'a Queued>) {
        let mut by_queue: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
        for queued in kept {
            let here = by_queue.entry(queued.conversation_id).or_default();
            here.entry(&queued.key).or_default().push(queued);
        }
        for (conversation, kept) in by_queue {
            let queue = self.queues.get_mut(&conversation);
            for entry in queue.into_iter().flat_map(|queue| &mut queue.entries) {
                for state in kept.get(&entry.queued.key).into_iter().flatten() {
                    entry.kept(state);
                }
            }
        }
    }

    /// What the disk has, as it has it.
    pub(crate) fn on_disk(&self) -> impl Iterator<Item = Queued> {
        let entries = self.queues.values().flat_map(|queue| &queue.entries);
        entries.filter_map(Entry::on_disk)
    }

    /// The disk did not take it. What is not on it at all was never queued; for the rest, it is as it is there, and the disk
    /// is asked again after a while.
    pub(crate) fn not_kept(&mut self, queued: &Queued, now_ms: u64) -> NotKept {
        let Some(queue) = self.queues.get_mut(&queued.conversation_id) else {
            return NotKept::Stays;
        };
        let Some(at) = queue.at(&queued.key) else {
            return NotKept::Stays;
        };
        let entry = &mut queue.entries[at];
        if entry.is_on_disk {
            queue.not_before_ms = now_ms + DISK_PAUSE_MS;
            return match entry.not_kept() {
                true => NotKept::TextBefore(Box::new(entry.queued.clone())),
                false => NotKept::Stays,
            };
        }
        queue.entries.remove(at);
        self.forget_empty(queued.conversation_id);
        NotKept::Gone
    }

    /// What is to be done next, if anything may be now.
    pub(crate) fn next(&mut self, now_ms: u64) -> Option<Next> {
        let has_room = self.has_room_for_upload();
        for queue in self.queues.values_mut() {
            if queue.asked.is_some() || queue.not_before_ms > now_ms {
                continue;
            }
            let may_go = |entry: &&mut Entry| entry.is_kept && (has_room || !entry.is_upload());
            let Some(entry) = queue.front().filter(may_go) else {
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
        let has_room = self.has_room_for_upload();
        let may_go = |entry: &&mut Entry| entry.is_kept && (has_room || !entry.is_upload());
        let waiting = self
            .queues
            .values_mut()
            .filter(|queue| queue.asked.is_none());
        waiting
            .filter_map(|queue| {
                let not_before_ms = queue.not_before_ms;
                queue.front().filter(may_go)?;
                Some(not_before_ms)
            })
            .min()
    }

    /// How far a file is that was begun in this life.
    pub(crate) fn begun(&self, conversation: ConversationId, key: &ClientId) -> Option<Begun> {
        let queue = self.queues.get(&conversation)?;
        queue.entries[queue.at(key)?].begun
    }

    /// What the server is to forget of files that were taken back, once.
    pub(crate) fn unwanted(&mut self) -> Vec<UploadId> {
        std::mem::take(&mut self.unwanted)
    }

    /// Whether another file may go out beside those that do.
    fn has_room_for_upload(&self) -> bool {
        let asked = self.queues.values().filter(|queue| queue.is_uploading());
        asked.take(UPLOADS_MOST).count() < UPLOADS_MOST
    }

    /// The socket is gone: what was not answered may or may not be done, and is asked again. Uploads go on, unless all is
    /// `over`: they have their own connection. Those that wait for another try get it when there is a socket again.
    pub(crate) fn disconnected(&mut self, is_over: bool) {
        self.hurry();
        for queue in self.queues.values_mut() {
            if is_over || !queue.is_uploading() {
                queue.asked = None;
            }
        }
    }

    /// Somebody has reason to believe that the network is another: files that did not get through are tried at once.
    pub(crate) fn hurry(&mut self) {
        for queue in self.queues.values_mut() {
            if queue.front().is_some_and(|entry| entry.is_upload()) {
                queue.not_before_ms = 0;
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
    /// is to be kept now. Each event asks this, with thousands waiting behind the first: queues of which nothing is stored
    /// are not walked.
    pub(crate) fn settle(
        &mut self,
        mut is_shown: impl FnMut(ConversationId, &ClientId, Seq) -> bool,
    ) -> Vec<Write> {
        let mut writes = Vec::new();
        let mut is_any_empty = false;
        for (conversation, queue) in &mut self.queues {
            if !queue.has_stored {
                continue;
            }
            queue.has_stored = false;
            queue.entries.retain(|entry| {
                let Progress::Stored { seq, .. } = entry.queued.progress else {
                    return true;
                };
                let is_shown = is_shown(*conversation, &entry.queued.key, seq);
                match is_shown {
                    true => writes.push(Write::Done(entry.queued.key.clone())),
                    false => queue.has_stored = true,
                }
                !is_shown
            });
            is_any_empty |= queue.entries.is_empty();
        }
        if is_any_empty {
            self.queues.retain(|_, queue| !queue.entries.is_empty());
        }
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
            if let Some((_, stored)) = file {
                queued.resolve_file(&key, stored);
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

    /// How much of what is queued can be sent without anybody's doing, where no pause lasts longer than this.
    pub(crate) fn sendable(&self, until_ms: u64) -> usize {
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
        let queues = self.queues.values();
        let in_time = queues.filter(|queue| queue.not_before_ms <= until_ms);
        in_time.map(of).sum()
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
