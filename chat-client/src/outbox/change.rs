//! What the user changes about what is queued: trying again, another text, taking back.

use super::{Outbox, Outcome, Progress, Queue, Task};
use crate::Write;
use chat_core::{ClientId, ConversationId, MessageBody};
use std::collections::{BTreeSet, VecDeque};

impl Outbox {
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
                entry.tries = 0;
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
                let before = message.content.replace(content.clone());
                message.is_amended = true;
                if self.is_durable && entry.text_on_disk.is_none() {
                    entry.text_on_disk = Some(before);
                }
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
