//! What is queued: said or done by the user, and not confirmed by the server yet. This is what a store keeps, so fields
//! are only ever added.

use crate::NewMessage;
use chat_core::{
    AddReaction, Attachment, AttachmentId, ClientFrame, ClientId, Code, ConversationId,
    DeleteMessage, EditMessage, Emoji, Endpoint, MessageBody, MessageId, RemoveReaction, Seq,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Something the user said or did that the server has not confirmed yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queued {
    /// Its name, and the client id under which the server is asked for it.
    pub key: ClientId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Its place among all that is queued.
    pub place: u64,
    /// When it was queued, by the server's clock as far as that is known.
    pub created_at: Timestamp,
    /// What is to be done.
    pub task: Task,
    /// How far it is.
    pub progress: Progress,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Say something.
    Send(NewMessage),
    /// Give a message another text.
    Edit {
        /// Which.
        message: Target,
        /// The text.
        content: MessageBody,
    },
    /// Delete a message.
    Delete {
        /// Which.
        message: Target,
    },
    /// Put an emoji under a message, or take it back.
    React {
        /// Which.
        message: Target,
        /// The emoji.
        emoji: Emoji,
        /// Whether it is to be there.
        is_on: bool,
    },
    /// Store a file, for a message behind it.
    Upload {
        /// Where the file is on this device. It stays there until it is stored.
        path: PathBuf,
        /// What it is called.
        file_name: String,
        /// What it is.
        mime_type: String,
    },
}

/// A message, stored or still queued itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The server knows it.
    Stored(MessageId),
    /// It waits in the outbox under this client id.
    Queued(ClientId),
}

/// A file, stored or still queued itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileTarget {
    /// The server has it.
    Stored(AttachmentId),
    /// It waits in the outbox under this name.
    Queued(ClientId),
}

/// How far something queued is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// It has not been handed to the network: nobody else knows of it.
    Waiting,
    /// It was handed to the network at least once: the server may have it.
    Asked,
    /// The server has stored the message here; it is not among the messages of this device yet.
    Stored {
        /// The message.
        message_id: MessageId,
        /// Its place.
        seq: Seq,
    },
    /// The server refused it for good; it can be changed and sent again, or dropped.
    Failed {
        /// Why, in a word.
        code: Code,
        /// Why, in a sentence.
        detail: String,
    },
}

impl From<MessageId> for Target {
    fn from(id: MessageId) -> Self {
        Self::Stored(id)
    }
}

impl From<ClientId> for Target {
    fn from(key: ClientId) -> Self {
        Self::Queued(key)
    }
}

impl Target {
    /// Puts the stored message in where the queued one is meant.
    fn resolve(&mut self, key: &ClientId, id: MessageId) -> bool {
        let is_meant = matches!(self, Self::Queued(queued) if queued == key);
        if is_meant {
            *self = Self::Stored(id);
        }
        is_meant
    }

    fn stored(&self) -> Option<MessageId> {
        match self {
            Self::Stored(id) => Some(*id),
            Self::Queued(_) => None,
        }
    }
}

impl Queued {
    /// Whether it is still to be done, and has not failed itself. What it waits for may have: of a message, the echo says so.
    pub fn is_waiting(&self) -> bool {
        matches!(self.progress, Progress::Waiting | Progress::Asked)
    }

    /// What it waits for: a message or files that are queued themselves.
    pub(crate) fn waits_for(&self) -> Vec<&ClientId> {
        let target = match &self.task {
            Task::Send(message) => message.reply_to.as_ref(),
            Task::Edit { message, .. } | Task::Delete { message } | Task::React { message, .. } => {
                Some(message)
            }
            Task::Upload { .. } => None,
        };
        let queued = match target {
            Some(Target::Queued(key)) => Some(key),
            _ => None,
        };
        let files = match &self.task {
            Task::Send(message) => &message.files[..],
            _ => &[],
        };
        let files = files.iter().filter_map(|file| match file {
            FileTarget::Queued(key) => Some(key),
            FileTarget::Stored(_) => None,
        });
        queued.into_iter().chain(files).collect()
    }

    /// Puts the id of a stored message in where it waited for it. True when it did.
    pub(crate) fn resolve(&mut self, key: &ClientId, id: MessageId) -> bool {
        match &mut self.task {
            Task::Send(message) => message
                .reply_to
                .as_mut()
                .is_some_and(|target| target.resolve(key, id)),
            Task::Edit { message, .. } | Task::Delete { message } | Task::React { message, .. } => {
                message.resolve(key, id)
            }
            Task::Upload { .. } => false,
        }
    }

    /// Puts a stored file in where it waited for it. True when it did.
    pub(crate) fn resolve_file(&mut self, key: &ClientId, stored: &Attachment) -> bool {
        let Task::Send(message) = &mut self.task else {
            return false;
        };
        let mut is_changed = false;
        for file in &mut message.files {
            if matches!(file, FileTarget::Queued(queued) if queued == key) {
                *file = FileTarget::Stored(stored.id);
                is_changed = true;
            }
        }
        if is_changed {
            message.stored.push(stored.clone());
        }
        is_changed
    }

    /// The frame that asks for it, always under the same name; none for an upload, and while it waits for something.
    pub(crate) fn frame(&self, id: u64) -> Option<String> {
        let client_id = Some(self.key.clone());
        match &self.task {
            Task::Send(message) => {
                let request = message.request(self.conversation_id, self.key.clone())?;
                encode(id, &request)
            }
            Task::Edit { message, content } => {
                let (message_id, content) = (message.stored()?, content.clone());
                encode(
                    id,
                    &EditMessage {
                        message_id,
                        content,
                        mentions: None,
                        client_id,
                    },
                )
            }
            Task::Delete { message } => {
                let message_id = message.stored()?;
                encode(
                    id,
                    &DeleteMessage {
                        message_id,
                        client_id,
                    },
                )
            }
            Task::React {
                message,
                emoji,
                is_on,
            } => {
                let (message_id, emoji) = (message.stored()?, emoji.clone());
                match is_on {
                    true => encode(
                        id,
                        &AddReaction {
                            message_id,
                            emoji,
                            client_id,
                        },
                    ),
                    false => encode(
                        id,
                        &RemoveReaction {
                            message_id,
                            emoji,
                            client_id,
                        },
                    ),
                }
            }
            Task::Upload { .. } => None,
        }
    }
}

fn encode<E: Endpoint>(id: u64, request: &E) -> Option<String> {
    let frame = ClientFrame::encode(Some(id), E::operation().name, request)
        .expect("requests have string keys and no foreign types");
    Some(frame)
}
