//! A message as a record, wherever it is: stored, or still on this device.

use super::{AttachmentItem, ForwardItem, MessageType, ReactionItem, ReplyItem};
use crate::MessageTarget;
use chat_client::{FileTarget, Queued, Said, Task, TimelineMessage};
use chat_core::{ClientId, Extras, Message, Metadata, Timestamp, UserId};
use std::fmt;

/// How far something is on its way.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum SendState {
    /// It waits on this device; nobody else knows of it.
    Queued,
    /// It is on its way: the server may have it.
    Sending,
    /// The server has it.
    Sent,
    /// Refused for good: it can be changed, tried again or dropped.
    Failed {
        /// Why, in a stable word.
        code: String,
        /// Why, in a sentence.
        detail: String,
    },
}

/// One message of a conversation.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct MessageItem {
    /// Stays the same from the moment it is sent: what a list is keyed by.
    pub key: String,
    /// Where it was said.
    pub conversation_id: String,
    /// The id of the send.
    pub client_id: String,
    /// Its id, once stored.
    pub message_id: Option<String>,
    /// Its place in the conversation, once stored.
    pub seq: Option<u64>,
    /// Who said it.
    pub sender_id: String,
    /// The name people see; empty for one's own that are not stored yet.
    pub sender_name: String,
    /// Where the sender's picture is, relative to the address of the API.
    pub sender_avatar_url: Option<String>,
    /// Whether one said it oneself.
    pub is_mine: bool,
    /// What it is.
    pub kind: MessageType,
    /// What was said, as it was written; empty once deleted, and for files without a text.
    pub text: String,
    /// What it answers, of a stored one.
    pub reply_to: Option<ReplyItem>,
    /// What it answers, of one that is not stored yet.
    pub reply_target: Option<MessageTarget>,
    /// Where it was said first.
    pub forwarded_from: Option<ForwardItem>,
    /// The files with it that the server has. Of one that is not stored yet and got a file by its id alone, no more than
    /// the id is known.
    pub attachments: Vec<AttachmentItem>,
    /// The files that it waits for, of one that is not stored yet: what `upload` gave.
    pub uploads: Vec<String>,
    /// The members it names, by id.
    pub mentions: Vec<String>,
    /// Whether it names everybody.
    pub mentions_all: bool,
    /// Whether it names oneself, by name or with everybody.
    pub names_me: bool,
    /// The emoji under it, in the order they came.
    pub reactions: Vec<ReactionItem>,
    /// When it was stored; before that, when it was said.
    pub sent_at_ms: i64,
    /// When it was last changed.
    pub edited_at_ms: Option<i64>,
    /// Since when it is pinned.
    pub pinned_at_ms: Option<i64>,
    /// When it will be deleted for everyone.
    pub expires_at_ms: Option<i64>,
    /// Whether it was deleted.
    pub is_deleted: bool,
    /// How far it is.
    pub send_state: SendState,
    /// What waits to be done to it, by its name in the outbox; it is shown as if it were done.
    pub waiting: Vec<String>,
    /// What could not be done to it, by its name in the outbox; it can be tried again or dropped.
    pub failed: Vec<String>,
    /// Data of the app that sent it: a JSON object.
    pub metadata: Option<String>,
}

impl fmt::Debug for MessageItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageItem")
            .field("key", &self.key)
            .field("conversation_id", &self.conversation_id)
            .field("message_id", &self.message_id)
            .field("seq", &self.seq)
            .field("kind", &self.kind)
            .field("send_state", &self.send_state)
            .finish_non_exhaustive()
    }
}

/// A message as a timeline shows it.
pub(crate) fn shown(message: &TimelineMessage) -> MessageItem {
    let item = match &message.said {
        Said::Stored(said) => stored(said, message.me),
        Said::Queued(said) => queued(said, message),
    };
    let names = |keys: &[ClientId]| keys.iter().map(ToString::to_string).collect();
    MessageItem {
        key: message.key.clone(),
        waiting: names(&message.waiting),
        failed: names(&message.failed),
        ..item
    }
}

/// A message that the server has.
pub(crate) fn stored(message: &Message, me: UserId) -> MessageItem {
    let Extras {
        reply_to,
        forwarded_from,
        attachments,
        mentions,
        mentions_all,
        reactions,
        metadata,
        ..
    } = &message.extras;
    MessageItem {
        key: format!("{}/{}", message.sender.id, message.client_id),
        conversation_id: message.conversation_id.to_string(),
        client_id: message.client_id.to_string(),
        message_id: Some(message.id.to_string()),
        seq: Some(message.seq.get()),
        sender_id: message.sender.id.to_string(),
        sender_name: message.sender.display_name.clone(),
        sender_avatar_url: message.sender.avatar_url.clone(),
        is_mine: message.sender.id == me,
        kind: message.kind.into(),
        text: message.content.clone(),
        reply_to: reply_to.as_ref().map(ReplyItem::from),
        reply_target: None,
        forwarded_from: forwarded_from.as_ref().map(ForwardItem::from),
        attachments: attachments.iter().map(AttachmentItem::from).collect(),
        uploads: Vec::new(),
        mentions: mentions.iter().map(ToString::to_string).collect(),
        mentions_all: *mentions_all,
        names_me: message.mentions(me),
        reactions: reactions.iter().map(ReactionItem::from).collect(),
        sent_at_ms: message.created_at.ms(),
        edited_at_ms: message.edited_at.map(Timestamp::ms),
        pinned_at_ms: message.pinned_at.map(Timestamp::ms),
        expires_at_ms: message.expires_at.map(Timestamp::ms),
        is_deleted: message.deleted_at.is_some(),
        send_state: SendState::Sent,
        waiting: Vec::new(),
        failed: Vec::new(),
        metadata: metadata.as_ref().map(json),
    }
}

fn json(metadata: &Metadata) -> String {
    serde_json::to_string(metadata.as_map()).expect("it came as JSON")
}

fn queued(queued: &Queued, shown: &TimelineMessage) -> MessageItem {
    let me = shown.me;
    let message = match &queued.task {
        Task::Send(message) => Some(message),
        _ => None,
    };
    let (mut uploads, mut attachments) = (Vec::new(), Vec::new());
    for file in message.into_iter().flat_map(|message| message.files()) {
        match file {
            FileTarget::Queued(key) => uploads.push(key.to_string()),
            FileTarget::Stored(id) => {
                let known = message.and_then(|message| message.stored_file(*id));
                attachments.push(known.map_or_else(|| AttachmentItem::unknown(*id), Into::into));
            }
        }
    }
    MessageItem {
        key: format!("{me}/{}", queued.key),
        conversation_id: queued.conversation_id.to_string(),
        client_id: queued.key.to_string(),
        message_id: None,
        seq: None,
        sender_id: me.to_string(),
        sender_name: String::new(),
        sender_avatar_url: None,
        is_mine: true,
        kind: match message {
            Some(message) if message.is_voice() => MessageType::Voice,
            _ => MessageType::Text,
        },
        text: message.map_or_else(String::new, |message| message.content().to_owned()),
        reply_to: None,
        reply_target: message
            .and_then(|message| message.answers())
            .map(MessageTarget::from),
        forwarded_from: None,
        attachments,
        uploads,
        mentions: message
            .into_iter()
            .flat_map(|message| message.named())
            .map(ToString::to_string)
            .collect(),
        mentions_all: false,
        names_me: false,
        reactions: shown.reactions.iter().map(ReactionItem::from).collect(),
        sent_at_ms: queued.created_at.ms(),
        edited_at_ms: shown.edited_at.map(Timestamp::ms),
        pinned_at_ms: None,
        expires_at_ms: None,
        is_deleted: shown.is_deleted,
        send_state: (&queued.progress).into(),
        waiting: Vec::new(),
        failed: Vec::new(),
        metadata: message.and_then(|message| message.data()).map(json),
    }
}
