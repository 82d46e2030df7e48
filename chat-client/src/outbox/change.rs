//! What the user changes about what is queued: trying again, another text, taking back.

use super::{Outbox, Outcome, Progress, Task};
use crate::Write;
use chat_core::{ClientId, ConversationId, MessageBody};
use std::collections::{BTreeSet, VecDeque};

impl Outbox {
    /// Sends something again that was refused for good, or that waits for what was, behind everything else; what waits for
    /// any of it follows. What is to be kept now; nothing when nothing of it has failed.
    pub(crate) fn retry(
        &mut self,
        conversation: ConversationId,
        key: &ClientId,
        outcome: Option<Outcome>,
    ) -> Vec<Write> {
        let Some(queue) = self.queues.get_mut(&conversation) else {
            return Vec::new();
        };
        let failed = queue.failed_for(key);
        let mut moved = BTreeSet::new();
        for name in &failed {
            moved.extend(queue.at(name));
            moved.extend(queue.waiting_for(name));
        }
        let mut writes = Vec::new();
        let mut back = VecDeque::new();
        for at in moved.into_iter().rev() {
            back.extend(queue.entries.remove(at));
        }
        let mut outcome = outcome;
        while let Some(mut entry) = back.pop_back() {
            if failed.contains(&entry.queued.key) {
                entry.queued.progress = Progress::Waiting;
                entry.faults = 0;
                entry.tries = 0;
            }
            if &entry.queued.key == key {
                entry.outcome = outcome.take().or(entry.outcome);
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
                let before = (
                    message.content.replace(content.clone()),
                    std::mem::replace(&mut message.is_amended, true),
                );
                if self.is_durable && entry.text_on_disk.is_none() {
                    entry.text_on_disk = Some(before);
                }
                entry.is_kept = !self.is_durable;
                Some(Write::Queue(entry.queued.clone()))
            }
            _ => None,
        }
    }

    /// Takes something out that nobody else knows of or that has failed, and what waits for it; files that failed, too, where
    /// nothing else waits for them. What was taken out; nothing when the server may have it.
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
            // What the server has of it belongs to no message, and may be forgotten.
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
        let mut gone = BTreeSet::from([at]);
        gone.extend(queue.waiting_for(key));
        let useless = queue.useless_without(&gone);
        gone.extend(useless);
        let gone = gone.into_iter().rev();
        let gone: Vec<_> = gone.filter_map(|at| queue.entries.remove(at)).collect();
        self.forget_empty(conversation);
        let begun = gone.iter().filter_map(|entry| entry.begun);
        self.unwanted.extend(begun.map(|begun| begun.id));
        gone.into_iter().map(|entry| entry.queued.key).collect()
    }
}
