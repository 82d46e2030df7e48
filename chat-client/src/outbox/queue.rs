//! One conversation's queue: its entries in their order, what the disk has of each, and which of them may go. It knows of no
//! other queue.

use super::{Progress, Queued, Task};
use crate::Error;
use chat_core::{Ack, ClientId, MessageBody, UploadId};
use std::collections::{BTreeSet, VecDeque};
use tokio::sync::oneshot;

/// Where the outcome goes: of a message, its acknowledgement.
pub(crate) type Outcome = oneshot::Sender<Result<Option<Ack>, Error>>;

/// A file of which some may have got there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begun {
    /// What the server calls it.
    pub(crate) id: UploadId,
    /// How many bytes went through at once at most.
    pub(crate) part_bytes: u64,
}

/// What a message says, and whether that is another than it was queued with.
pub(super) type Text = (Option<MessageBody>, bool);

/// Something in a queue.
pub(super) struct Entry {
    pub(super) queued: Queued,
    /// How far its file is, where one was begun in this life.
    pub(super) begun: Option<Begun>,
    pub(super) outcome: Option<Outcome>,
    pub(super) faults: u32,
    /// How often in a row it was refused for now.
    pub(super) tries: u32,
    /// The disk has it as it is here. Nothing else may be known to others.
    pub(super) is_kept: bool,
    /// The disk has it in some state.
    pub(super) is_on_disk: bool,
    /// The text that the disk has, while it has another than is here.
    pub(super) text_on_disk: Option<Text>,
}

impl Entry {
    pub(super) fn new(
        queued: Queued,
        outcome: Option<Outcome>,
        is_kept: bool,
        is_on_disk: bool,
    ) -> Self {
        Self {
            queued,
            begun: None,
            outcome,
            faults: 0,
            tries: 0,
            is_kept,
            is_on_disk,
            text_on_disk: None,
        }
    }

    pub(super) fn is_upload(&self) -> bool {
        matches!(self.queued.task, Task::Upload { .. })
    }

    /// The disk has it now as it is in there.
    pub(super) fn kept(&mut self, kept: &Queued) {
        self.is_on_disk = true;
        if self.queued == *kept {
            self.is_kept = true;
            self.text_on_disk = None;
        } else if let (Some(text), Task::Send(message)) = (&mut self.text_on_disk, &kept.task) {
            // What was kept meanwhile in an earlier state says nothing about this one.
            *text = (message.content.clone(), message.is_amended);
        }
    }

    /// The disk did not take it as it is here: it is as the disk has it. True when that is another text.
    pub(super) fn not_kept(&mut self) -> bool {
        if self.queued.progress == Progress::Asked && !self.is_kept {
            self.queued.progress = Progress::Waiting;
        }
        self.is_kept = true;
        let text = self.text_on_disk.take();
        match (text, &mut self.queued.task) {
            (Some(text), Task::Send(message)) => {
                (message.content, message.is_amended) = text;
                true
            }
            _ => false,
        }
    }

    /// It as the disk has it, where that has it.
    pub(super) fn on_disk(&self) -> Option<Queued> {
        let mut queued = self.is_on_disk.then(|| self.queued.clone())?;
        if queued.progress == Progress::Asked && !self.is_kept {
            queued.progress = Progress::Waiting;
        }
        if let (Some(text), Task::Send(message)) = (&self.text_on_disk, &mut queued.task) {
            (message.content, message.is_amended) = text.clone();
        }
        Some(queued)
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(
            self.queued.progress,
            Progress::Failed { .. } | Progress::Stored { .. }
        )
    }

    /// It has failed, or waits for something that is passed by itself.
    pub(super) fn is_passed_by(&self, away: &BTreeSet<ClientId>) -> bool {
        let has_failed = matches!(self.queued.progress, Progress::Failed { .. });
        has_failed
            || self
                .queued
                .waits_for()
                .iter()
                .any(|key| away.contains(*key))
    }
}

/// What is queued in one conversation.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) entries: VecDeque<Entry>,
    /// What was asked and not answered.
    pub(super) asked: Option<ClientId>,
    pub(super) not_before_ms: u64,
    /// Some of it may be stored, and not be among this device's messages yet.
    pub(super) has_stored: bool,
}

impl Queue {
    /// The first that is neither over nor waits for something: nothing passes by what is still to be done.
    pub(super) fn front(&mut self) -> Option<&mut Entry> {
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

    /// Whether what was asked here is an upload.
    pub(super) fn is_uploading(&self) -> bool {
        let asked = self.asked.as_ref().and_then(|key| self.at(key));
        asked.is_some_and(|at| self.entries[at].is_upload())
    }

    pub(super) fn at(&self, key: &ClientId) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| &entry.queued.key == key)
    }
}
