//! What cannot go out because something failed: the failed itself, and what waits for it. It changes nothing.
//!
//! Whatever waits stands behind what it waits for: each queue is walked once.

use super::{Outbox, Progress, Queue, Queued};
use chat_core::{ClientId, ConversationId};
use std::collections::{BTreeMap, BTreeSet};

impl Outbox {
    /// What is not sent before somebody does something, and the failure that it is because of: its own, or that of what it
    /// waits for.
    pub(crate) fn failures(&self) -> BTreeMap<&ClientId, &Progress> {
        let mut all = BTreeMap::new();
        for queue in self.queues.values() {
            all.append(&mut queue.failures());
        }
        all
    }

    /// How far something is, where what waits for something that failed is no farther than that.
    pub(crate) fn shown<'a>(&'a self, queued: &'a Queued) -> &'a Progress {
        let queue = self.queues.get(&queued.conversation_id);
        let queue = queue.filter(|_| !queued.waits_for().is_empty());
        let failure = queue.and_then(|queue| queue.failures().remove(&queued.key));
        failure.unwrap_or(&queued.progress)
    }

    /// What waits for something, directly or not.
    pub(crate) fn waiting_for(
        &self,
        conversation: ConversationId,
        key: &ClientId,
    ) -> impl Iterator<Item = &Queued> {
        let queue = self.queues.get(&conversation);
        queue.into_iter().flat_map(|queue| {
            let waiting = queue.waiting_for(key).into_iter();
            waiting.map(|at| &queue.entries[at].queued)
        })
    }
}

impl Queue {
    fn failures(&self) -> BTreeMap<&ClientId, &Progress> {
        let mut all = BTreeMap::new();
        for queued in self.entries.iter().map(|entry| &entry.queued) {
            let failure = match &queued.progress {
                failed @ Progress::Failed { .. } => Some(failed),
                _ if all.is_empty() => None,
                _ => {
                    let mut awaited = queued.waits_for().into_iter();
                    awaited.find_map(|key| all.get(key).copied())
                }
            };
            if let Some(failure) = failure {
                all.insert(&queued.key, failure);
            }
        }
        all
    }

    /// What has failed of something and of what it waits for.
    pub(super) fn failed_for(&self, key: &ClientId) -> BTreeSet<ClientId> {
        let mut wanted = BTreeSet::from([key]);
        let mut failed = BTreeSet::new();
        for queued in self.entries.iter().rev().map(|entry| &entry.queued) {
            if !wanted.contains(&queued.key) {
                continue;
            }
            wanted.extend(queued.waits_for());
            if matches!(queued.progress, Progress::Failed { .. }) {
                failed.insert(queued.key.clone());
            }
        }
        failed
    }

    /// Where the entries are that wait for this one, or for one that does.
    pub(super) fn waiting_for(&self, key: &ClientId) -> Vec<usize> {
        let mut keys = BTreeSet::from([key]);
        let mut found = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            let awaited = entry.queued.waits_for();
            if awaited.into_iter().any(|key| keys.contains(key)) {
                keys.insert(&entry.queued.key);
                found.push(at);
            }
        }
        found
    }

    /// Where the files are that failed, and that nothing waits for when these entries are gone.
    pub(super) fn useless_without(&self, gone: &BTreeSet<usize>) -> Vec<usize> {
        let awaited = |is_gone: bool| {
            let entries = self.entries.iter().enumerate();
            let entries = entries.filter(move |(at, _)| gone.contains(at) == is_gone);
            entries.flat_map(|(_, entry)| entry.queued.waits_for())
        };
        let mut useless: BTreeSet<_> = awaited(true).collect();
        if useless.is_empty() {
            return Vec::new();
        }
        for key in awaited(false) {
            useless.remove(key);
        }
        let entries = self.entries.iter().enumerate();
        let failed = entries.filter(|(_, entry)| {
            let has_failed = matches!(entry.queued.progress, Progress::Failed { .. });
            has_failed && entry.is_upload() && useless.contains(&entry.queued.key)
        });
        failed.map(|(at, _)| at).collect()
    }
}
