//! What belongs to a message besides its text, as records.

use chat_core::{Attachment, AttachmentId, Forwarded, MessageKind, Reaction, ReplyTo};
use std::fmt;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum MessageType {
    /// Something said, with or without files.
    Text,
    /// Something spoken: one sound, and perhaps its text.
    Voice,
    /// Something that happened to the conversation, told by the server: show the text without a sender.
    System,
    /// A kind of a newer server: show the text.
    Unknown,
}

/// The message that a message answers, as it is now.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReplyItem {
    /// Its id.
    pub message_id: String,
    /// Its place in the same conversation.
    pub seq: u64,
    /// Who said it.
    pub sender_id: String,
    /// Its beginning; empty once it is deleted, and for a file without a text.
    pub excerpt: String,
}

impl fmt::Debug for ReplyItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyItem")
            .field("message_id", &self.message_id)
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

/// Where a forwarded message comes from, as it was then.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ForwardItem {
    /// Who said it first.
    pub sender_id: String,
    /// The name they had then.
    pub sender_name: String,
    /// When they said it.
    pub sent_at_ms: i64,
}

/// A file with a message.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AttachmentItem {
    /// Its id.
    pub id: String,
    /// What its sender called it.
    pub file_name: String,
    /// Bytes.
    pub size: u64,
    /// What it is, by its content.
    pub mime_type: String,
    /// Of an image, in pixels, as it is shown.
    pub width: Option<u32>,
    /// Of an image, in pixels, as it is shown.
    pub height: Option<u32>,
    /// Of a sound, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Of a sound: how loud it is, in 64 steps from 0 to 255.
    pub waveform: Vec<u8>,
    /// Of an image: a blurred picture in a few characters, to show until the image is there.
    pub blurhash: Option<String>,
    /// Whether there is a small picture of it.
    pub has_thumbnail: bool,
}

/// An emoji under a message.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReactionItem {
    /// The emoji.
    pub emoji: String,
    /// How many gave it.
    pub count: u32,
    /// The first 20 of them, in the order they gave it.
    pub user_ids: Vec<String>,
}

impl From<MessageKind> for MessageType {
    fn from(kind: MessageKind) -> Self {
        match kind {
            MessageKind::Text => Self::Text,
            MessageKind::Voice => Self::Voice,
            MessageKind::System => Self::System,
            MessageKind::Unknown => Self::Unknown,
        }
    }
}

impl From<&ReplyTo> for ReplyItem {
    fn from(reply: &ReplyTo) -> Self {
        Self {
            message_id: reply.id.to_string(),
            seq: reply.seq.get(),
            sender_id: reply.sender_id.to_string(),
            excerpt: reply.excerpt.clone(),
        }
    }
}

impl From<&Forwarded> for ForwardItem {
    fn from(from: &Forwarded) -> Self {
        Self {
            sender_id: from.sender_id.to_string(),
            sender_name: from.display_name.clone(),
            sent_at_ms: from.sent_at.ms(),
        }
    }
}

impl From<&Attachment> for AttachmentItem {
    fn from(file: &Attachment) -> Self {
        Self {
            id: file.id.to_string(),
            file_name: file.file_name.clone(),
            size: file.size,
            mime_type: file.mime_type.clone(),
            width: file.width,
            height: file.height,
            duration_ms: file.duration_ms,
            waveform: file.waveform.clone(),
            blurhash: file.blurhash.clone(),
            has_thumbnail: file.has_thumbnail,
        }
    }
}

impl AttachmentItem {
    /// A file of which only the id is known.
    pub(super) fn unknown(id: AttachmentId) -> Self {
        Self {
            id: id.to_string(),
            file_name: String::new(),
            size: 0,
            mime_type: "application/octet-stream".to_owned(),
            width: None,
            height: None,
            duration_ms: None,
            waveform: Vec::new(),
            blurhash: None,
            has_thumbnail: false,
        }
    }
}

impl From<&Reaction> for ReactionItem {
    fn from(reaction: &Reaction) -> Self {
        Self {
            emoji: reaction.emoji.clone(),
            count: reaction.count,
            user_ids: reaction.user_ids.iter().map(ToString::to_string).collect(),
        }
    }
}
