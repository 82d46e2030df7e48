//! What became of what was asked: stored, done, refused for now or for good.

use super::{Begun, Entry, Outbox, Progress, Queue, Queued, STORED_FILES_MOST, Task};
use crate::{Error, Target, Write, connection::backoff_ms, error::AFTER_MOST_MS};
use chat_core::{Ack, Attachment, ClientId, Code, ConversationId, MessageBody, MessageId, Problem};
use ring::digest::{SHA256, digest};

/// A call that meets this many faults on the server is given up, so that it does not hold up what comes after it.
pub(super) const FAULTS_MOST: u32 = 5;
/// How long a call waits at least after a refusal that is not for good.
const PAUSE_LEAST_MS: u64 = 250;

/// The longest pause of a file that did not get through doubles from here with every try …
const UPLOAD_PAUSE_MS: u64 = 1_000;
/// … up to here.
const UPLOAD_PAUSE_MOST_MS: u64 = 600_000;

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
        queue.has_stored = true;
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
        stored: &Attachment,
    ) -> Vec<Write> {
        let Some(queue) = self.answered(conversation, key) else {
            return Vec::new();
        };
        let mut writes = resolve(queue, |waiting| waiting.resolve_file(key, stored));
        // Who uploads first and writes then says so in a moment.
        if self.stored_files.len() >= STORED_FILES_MOST {
            self.stored_files.pop_front();
        }
        self.stored_files.push_back((key.clone(), stored.clone()));
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

    /// The server knows of a file.
    pub(crate) fn began(&mut self, conversation: ConversationId, key: &ClientId, begun: Begun) {
        match self.entry(conversation, key) {
            Some(entry) => entry.begun = Some(begun),
            // It was taken back meanwhile.
            None => self.unwanted.push(begun.id),
        }
    }

    /// Some of a file has got there since it was asked: what broke it off was not the file.
    pub(crate) fn got_on(&mut self, conversation: ConversationId, key: &ClientId) {
        if let Some(entry) = self.entry(conversation, key) {
            entry.tries = 0;
        }
    }

    fn entry(&mut self, conversation: ConversationId, key: &ClientId) -> Option<&mut Entry> {
        let queue = self.queues.get_mut(&conversation)?;
        let at = queue.at(key)?;
        queue.entries.get_mut(at)
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
        let not_now = problem.is_retryable() || problem.code == Code::TokenExpired;
        if not_now && entry.faults < FAULTS_MOST {
            entry.tries += 1;
            let pause_ms = problem
                .retry_after_ms
                .unwrap_or_default()
                .min(AFTER_MOST_MS);
            let jitter_ms = match entry.queued.task {
                Task::Upload { .. } => upload_pause_ms(entry.tries, dice),
                _ => backoff_ms(entry.faults, dice),
            };
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
            let writes = self.said_before(conversation, key, problem.message_id);
            return Refusal::ThereAlready(writes);
        }
        entry.queued.progress = Progress::Failed {
            code: problem.code,
            detail: problem.detail.clone(),
        };
        Refusal::ForGood(vec![Write::Queue(entry.queued.clone())])
    }

    /// This device is an older copy of itself: the message was changed and sent in a life that it forgot, as this one where
    /// the server says which. What is to be kept now.
    fn said_before(
        &mut self,
        conversation: ConversationId,
        key: &ClientId,
        message: Option<MessageId>,
    ) -> Vec<Write> {
        let mut writes = vec![Write::Done(key.clone())];
        let Some(queue) = self.queues.get_mut(&conversation) else {
            return writes;
        };
        let at = queue.at(key);
        if let Some((at, entry)) = at.and_then(|at| Some((at, queue.entries.remove(at)?))) {
            if let Some(id) = message {
                writes.extend(resolve(queue, |waiting| waiting.resolve(key, id)));
            }
            if let Some(edit) = edit_of(entry.queued, message) {
                writes.push(Write::Queue(edit.clone()));
                // It takes the place of what is on the disk: one that does not take it now is asked again.
                let edit = Entry::new(edit, None, !self.is_durable, true);
                queue.entries.insert(at, edit);
            }
        }
        self.forget_empty(conversation);
        writes
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
}

/// What is left to do of a message that the server has with another text: to give it the one that it was given here since it
/// was queued. With the text that it was queued with nothing is left: that is the older one.
fn edit_of(queued: Queued, message: Option<MessageId>) -> Option<Queued> {
    let Task::Send(said) = queued.task else {
        return None;
    };
    let content = said.content.filter(|_| said.is_amended)?;
    Some(Queued {
        key: key_of_edit(&queued.key, &content)?,
        task: Task::Edit {
            // An older server does not say which it is: it is looked for among the messages that are known here.
            message: message.map_or(Target::Queued(queued.key), Target::Stored),
            content,
        },
        progress: Progress::Waiting,
        ..queued
    })
}

/// The same for the same text, so that it is done once however many copies of this device ask for it; another for another
/// text, which the server would refuse under the name of the first.
fn key_of_edit(key: &ClientId, content: &MessageBody) -> Option<ClientId> {
    // The same with every release of this program and every compiler: the copies may be of different ones.
    let digest = digest(&SHA256, content.as_str().as_bytes());
    let text: String = digest
        .as_ref()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // A client id has at most 64 characters.
    let name: String = key.as_str().chars().take(47).collect();
    ClientId::try_from(format!("{name}.{text}")).ok()
}

/// How long a file waits that did not get through so often in a row: twice as long each time, by a random part of up to
/// half less. It would cost all that there is to send with otherwise.
fn upload_pause_ms(tries: u32, dice: f64) -> u64 {
    let most_ms = UPLOAD_PAUSE_MOST_MS.min(UPLOAD_PAUSE_MS << tries.min(16));
    let half_ms = most_ms / 2;
    // At most 300,000: exact in an f64, and back.
    half_ms + (half_ms as f64 * dice.clamp(0.0, 1.0)) as u64
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
