//! A message: its text, what belongs to it, and its life from sent to edited to deleted. How it is said, and how it is
//! asked for, stand beside it.

mod change;
mod page;
pub(crate) mod reaction;
mod send;
mod system;

pub use change::{
    DeleteMessage, EditMessage, ListReceipts, ListRevisions, MessageDeleted, MessageEdited,
    PinChange, PinMessage, Receipt, ReceiptPage, Revision, RevisionPage, UnpinMessage,
};
pub use page::{History, ListPins, MessageList, MessagePage, PinPage, ShowMessage};
pub use reaction::{AddReaction, Emoji, ListReactions, Reaction, ReactionChange, RemoveReaction};
pub use send::{Ack, ForwardMessage, MessageBody, SendKind, SendMessage, Sent};
pub use system::{SystemAction, SystemNote};

use crate::{
    Attachment, ClientId, ConversationId, Limits, MessageId, Seq, Timestamp, User, UserId, id, told,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// What a message is. A newer server may tell another kind.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Something said, with or without files.
    #[default]
    Text,
    /// Something spoken: one sound, and perhaps its text.
    Voice,
    /// Something that happened to the conversation, told by the server.
    System,
    /// A kind of a newer server: show the content.
    #[serde(skip)]
    Unknown,
}

/// Data of an app with a message: an object of up to 4,096 bytes as JSON. The server keeps it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct Metadata(Map<String, Value>);

impl Metadata {
    /// The object.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl Metadata {
    /// Reads what a server tells: a newer one may take more than is sent from here.
    fn told<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Self>, D::Error> {
        Ok(Option::deserialize(from)?.map(Self))
    }
}

impl TryFrom<Map<String, Value>> for Metadata {
    type Error = &'static str;

    fn try_from(map: Map<String, Value>) -> Result<Self, &'static str> {
        let bytes = serde_json::to_vec(&map).map_or(usize::MAX, |json| json.len());
        match bytes <= Limits::METADATA_BYTES as usize {
            true => Ok(Self(map)),
            false => Err("must be at most 4096 bytes as JSON"),
        }
    }
}

impl From<Metadata> for Map<String, Value> {
    fn from(metadata: Metadata) -> Self {
        metadata.0
    }
}

/// The message that a message answers, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReplyTo {
    /// Its id.
    pub id: MessageId,
    /// Its place in the same conversation.
    pub seq: Seq,
    /// Who said it.
    pub sender_id: UserId,
    /// Its beginning, up to 160 characters; empty once it is deleted, for a file without a text, and for what the server
    /// told.
    pub excerpt: String,
}

/// Where a forwarded message comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Forwarded {
    /// Who said it first.
    pub sender_id: UserId,
    /// The name they have today.
    pub display_name: String,
    /// When they said it.
    pub sent_at: Timestamp,
}

/// A message as it is now: after edits, or as the tombstone that a deletion leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Where it was said.
    pub conversation_id: ConversationId,
    /// Its place in the conversation.
    pub seq: Seq,
    /// The id its sender's client gave it.
    #[serde(deserialize_with = "id::told")]
    pub client_id: ClientId,
    /// Who said it.
    pub sender: User,
    /// What it is.
    #[serde(
        default,
        serialize_with = "told::write",
        deserialize_with = "told::read"
    )]
    pub kind: MessageKind,
    /// What was said; empty once deleted, and for files without a text. What the server tells is a plain English sentence,
    /// with the names that people have today.
    pub content: String,
    /// What belongs to it besides its text.
    #[serde(flatten)]
    pub extras: Extras,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it will be deleted for everyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Since when it is pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it; nobody where its time had run out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
}

/// What belongs to a message besides its text. Most messages have nothing of it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Extras {
    /// Data of the app that sent it.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "Metadata::told"
    )]
    pub metadata: Option<Metadata>,
    /// What it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ReplyTo>,
    /// Where it was said first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forwarded_from: Option<Forwarded>,
    /// The files with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The members it names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// Whether it names everybody: decided when it is said, and never different afterwards.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mentions_all: bool,
    /// The emoji under it, in the order they came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// What happened, in a message of kind `system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemNote>,
}

impl Message {
    /// Puts a new text in, unless the message is deleted.
    pub fn edit(&mut self, edit: &MessageEdited) {
        if self.deleted_at.is_none() {
            self.content.clone_from(&edit.content);
            self.extras.mentions.clone_from(&edit.mentions);
            self.edited_at = Some(edit.edited_at);
        }
    }

    /// Leaves a tombstone.
    pub fn delete(&mut self, deleted_at: Timestamp, deleted_by: Option<UserId>) {
        self.content.clear();
        self.extras = Extras {
            mentions_all: self.extras.mentions_all,
            ..Extras::default()
        };
        self.edited_at = None;
        self.pinned_at = None;
        self.expires_at = None;
        self.deleted_at = Some(deleted_at);
        self.deleted_by = deleted_by;
    }

    /// Takes in how somebody's profile is now, wherever the message shows it.
    pub fn rename(&mut self, user: &User) {
        if self.sender.id == user.id {
            self.sender.clone_from(user);
        }
        if let Some(from) = &mut self.extras.forwarded_from
            && from.sender_id == user.id
        {
            from.display_name.clone_from(&user.display_name);
        }
        // What a newer server tells, only that server can say.
        if let Some(note) = &mut self.extras.system
            && note.action != SystemAction::Unknown
            && (self.sender.id == user.id || note.user_ids.contains(&user.id))
        {
            note.rename(user);
            self.content = note.sentence(&self.sender.display_name);
        }
    }

    /// Everybody whom it shows by name.
    pub fn shows(&self) -> impl Iterator<Item = UserId> {
        let from = self.extras.forwarded_from.as_ref();
        let named = self.extras.system.iter().flat_map(|note| &note.user_ids);
        std::iter::once(self.sender.id)
            .chain(from.map(|from| from.sender_id))
            .chain(named.copied())
    }

    /// Whether it counts as unread for somebody who has not read it.
    pub fn counts_for(&self, user: UserId) -> bool {
        self.sender.id != user && self.kind != MessageKind::System
    }

    /// Whether it names somebody, by name or with everybody.
    pub fn mentions(&self, user: UserId) -> bool {
        self.sender.id != user && (self.extras.mentions_all || self.extras.mentions.contains(&user))
    }
}
