//! What is to be said, and what waits to be said or done.

use crate::{ChatError, SendState, error::message_body};
use chat_client::{NewMessage, Progress, Queued, Target, Task};
use chat_core::{Ack, AttachmentId, ClientId, Metadata};
use std::fmt;

/// A message, stored or still on this device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum MessageTarget {
    /// The server knows it, under this id.
    Stored {
        /// Its id.
        message_id: String,
    },
    /// It waits on this device, under this id of the send.
    Queued {
        /// The id of the send.
        client_id: String,
    },
}

/// A message to be said.
#[derive(Clone, Default, PartialEq, uniffi::Record)]
pub struct OutgoingMessage {
    /// The text; may be absent where there are files.
    #[uniffi(default = None)]
    pub text: Option<String>,
    /// What it answers, in the same conversation.
    #[uniffi(default = None)]
    pub reply_to: Option<MessageTarget>,
    /// Files that wait on this device themselves, by what `upload` gave: the message waits for them.
    #[uniffi(default = [])]
    pub uploads: Vec<String>,
    /// Files that the server has, by their ids.
    #[uniffi(default = [])]
    pub attachment_ids: Vec<String>,
    /// Members it names besides those whom the text names with `@username`, by id.
    #[uniffi(default = [])]
    pub mentions: Vec<String>,
    /// Whether it is something spoken: one stored sound.
    #[uniffi(default = false)]
    pub is_voice: bool,
    /// Data of the app: a JSON object.
    #[uniffi(default = None)]
    pub metadata: Option<String>,
}

impl OutgoingMessage {
    /// One that is this text and no more.
    pub(crate) fn of(text: String) -> Self {
        Self {
            text: Some(text),
            ..Self::default()
        }
    }
}

impl fmt::Debug for OutgoingMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingMessage")
            .field("reply_to", &self.reply_to)
            .field("uploads", &self.uploads)
            .finish_non_exhaustive()
    }
}

/// A message that the server has stored.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct StoredMessage {
    /// Its id.
    pub message_id: String,
    /// Its place in the conversation.
    pub seq: u64,
    /// When it was stored.
    pub sent_at_ms: i64,
}

/// What waits to be done.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum QueuedAction {
    /// Say something.
    Send {
        /// The text.
        text: String,
    },
    /// Give a message another text.
    Edit {
        /// Which.
        target: MessageTarget,
        /// The text.
        text: String,
    },
    /// Delete a message.
    Delete {
        /// Which.
        target: MessageTarget,
    },
    /// Put an emoji under a message, or take it back.
    React {
        /// Which.
        target: MessageTarget,
        /// The emoji.
        emoji: String,
        /// Whether it is to be there.
        is_on: bool,
    },
    /// Store a file, for a message behind it.
    Upload {
        /// Where the file is on this device.
        path: String,
        /// What it is called.
        file_name: String,
    },
}

impl fmt::Debug for QueuedAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Send { .. } => "Send",
            Self::Edit { .. } => "Edit",
            Self::Delete { .. } => "Delete",
            Self::React { .. } => "React",
            Self::Upload { .. } => "Upload",
        })
    }
}

/// Something the user said or did that the server has not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct QueuedItem {
    /// Its name; of a message, the id of the send.
    pub key: String,
    /// Where.
    pub conversation_id: String,
    /// When it was queued.
    pub created_at_ms: i64,
    /// What is to be done.
    pub action: QueuedAction,
    /// How far it is.
    pub state: SendState,
}

impl TryFrom<MessageTarget> for Target {
    type Error = ChatError;

    fn try_from(target: MessageTarget) -> Result<Self, ChatError> {
        match target {
            MessageTarget::Stored { message_id } => {
                let id = message_id.parse();
                let id = id.map_err(|rule| ChatError::invalid("message_id", rule))?;
                Ok(Self::Stored(id))
            }
            MessageTarget::Queued { client_id } => Ok(Self::Queued(self::client_id(client_id)?)),
        }
    }
}

impl From<&Target> for MessageTarget {
    fn from(target: &Target) -> Self {
        match target {
            Target::Stored(id) => Self::Stored {
                message_id: id.to_string(),
            },
            Target::Queued(key) => Self::Queued {
                client_id: key.to_string(),
            },
        }
    }
}

impl TryFrom<OutgoingMessage> for NewMessage {
    type Error = ChatError;

    fn try_from(outgoing: OutgoingMessage) -> Result<Self, ChatError> {
        let mut files = Vec::new();
        for id in outgoing.attachment_ids {
            let id: AttachmentId = crate::error::parsed("attachment_ids", &id)?;
            files.push(id);
        }
        let mut files = files.into_iter();
        let mut message = match outgoing.is_voice.then(|| files.next()).flatten() {
            Some(sound) => Self::voice(sound),
            None if outgoing.is_voice => {
                return Err(ChatError::invalid("is_voice", "needs a stored sound"));
            }
            None => Self::default(),
        };
        if let Some(text) = outgoing.text {
            message = message.with_text(message_body(text)?);
        }
        for file in files {
            message = message.attach(file);
        }
        for key in outgoing.uploads {
            message = message.attach_queued(client_id(key)?);
        }
        if let Some(target) = outgoing.reply_to {
            message = message.reply_to(Target::try_from(target)?);
        }
        for user in outgoing.mentions {
            message = message.mention(crate::error::parsed("mentions", &user)?);
        }
        if let Some(json) = outgoing.metadata {
            message = message.metadata(metadata(&json)?);
        }
        Ok(message)
    }
}

fn metadata(json: &str) -> Result<Metadata, ChatError> {
    let object = serde_json::from_str::<serde_json::Map<_, _>>(json);
    let object = object.map_err(|_| ChatError::invalid("metadata", "must be a JSON object"))?;
    Metadata::try_from(object).map_err(|rule| ChatError::invalid("metadata", rule))
}

impl From<Ack> for StoredMessage {
    fn from(ack: Ack) -> Self {
        Self {
            message_id: ack.message_id.to_string(),
            seq: ack.seq.get(),
            sent_at_ms: ack.created_at.ms(),
        }
    }
}

impl From<&Progress> for SendState {
    fn from(progress: &Progress) -> Self {
        match progress {
            Progress::Waiting => Self::Queued,
            Progress::Asked => Self::Sending,
            Progress::Stored { .. } => Self::Sent,
            Progress::Failed { code, detail } => Self::Failed {
                code: code.as_str().to_owned(),
                detail: detail.clone(),
            },
        }
    }
}

impl From<&Queued> for QueuedItem {
    fn from(queued: &Queued) -> Self {
        Self {
            key: queued.key.to_string(),
            conversation_id: queued.conversation_id.to_string(),
            created_at_ms: queued.created_at.ms(),
            action: match &queued.task {
                Task::Send(message) => QueuedAction::Send {
                    text: message.content().to_owned(),
                },
                Task::Edit { message, content } => QueuedAction::Edit {
                    target: message.into(),
                    text: content.as_str().to_owned(),
                },
                Task::Delete { message } => QueuedAction::Delete {
                    target: message.into(),
                },
                Task::React {
                    message,
                    emoji,
                    is_on,
                } => QueuedAction::React {
                    target: message.into(),
                    emoji: emoji.as_str().to_owned(),
                    is_on: *is_on,
                },
                Task::Upload {
                    path, file_name, ..
                } => QueuedAction::Upload {
                    path: path.to_string_lossy().into_owned(),
                    file_name: file_name.clone(),
                },
            },
            state: (&queued.progress).into(),
        }
    }
}

pub(crate) fn client_id(text: String) -> Result<ClientId, ChatError> {
    ClientId::try_from(text).map_err(|rule| ChatError::invalid("client_id", rule))
}
