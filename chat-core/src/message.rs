//! A message: its text, what belongs to it, its life from sent to edited to deleted, and its history by pages.

mod change;
pub(crate) mod reaction;
mod system;

pub use change::{
    DeleteMessage, EditMessage, ListReceipts, ListRevisions, MessageDeleted, MessageEdited,
    PinChange, PinMessage, Receipt, ReceiptPage, Revision, RevisionPage, UnpinMessage,
};
pub use reaction::{AddReaction, Emoji, ListReactions, Reaction, ReactionChange, RemoveReaction};
pub use system::{SystemAction, SystemNote};

use crate::{
    Attachment, AttachmentId, ClientId, ConversationId, FieldErrors, Limits, MessageId, Seq,
    Timestamp, User, UserId,
    input::{input, text_type},
    text,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

text_type! {
    /// Text of a message: 1 to 4000 characters, something visible among them.
    MessageBody, 1..=4000, |text| match text.chars().count() {
        1..=4000 if text::is_visible(&text) => Ok(text),
        0..=4000 => Err("must show something: it is empty or invisible"),
        _ => Err("must be at most 4000 characters"),
    }
}

/// What a message is.
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
    #[serde(other)]
    Unknown,
}

/// What a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SendKind {
    /// Something said, with or without files.
    Text,
    /// Something spoken: exactly one sound, and perhaps its text.
    Voice,
}

impl From<SendKind> for MessageKind {
    fn from(kind: SendKind) -> Self {
        match kind {
            SendKind::Text => Self::Text,
            SendKind::Voice => Self::Voice,
        }
    }
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
    pub client_id: ClientId,
    /// Who said it.
    pub sender: User,
    /// What it is.
    #[serde(default)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
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

/// A stored message, and whether it had been stored before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sent {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// True when the same client id had been sent before: nothing new was stored.
    pub duplicate: bool,
}

/// The short answer to a send over the socket: stored, here. The message itself comes to the sender as to everyone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ack {
    /// The message's id.
    pub message_id: MessageId,
    /// Its place in the conversation.
    pub seq: Seq,
    /// When it was stored.
    pub created_at: Timestamp,
    /// True when the same client id had been sent before: nothing new was stored.
    pub duplicate: bool,
}

impl From<&Sent> for Ack {
    fn from(sent: &Sent) -> Self {
        Self {
            message_id: sent.message.id,
            seq: sent.message.seq,
            created_at: sent.message.created_at,
            duplicate: sent.duplicate,
        }
    }
}

/// A stretch of a conversation's messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessagePage {
    /// Oldest first.
    pub items: Vec<Message>,
    /// Whether there are older ones.
    pub has_before: bool,
    /// Whether there are newer ones.
    pub has_after: bool,
}

/// Messages that a call made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageList {
    /// In the order that was asked for.
    pub items: Vec<Message>,
}

/// The pinned messages of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PinPage {
    /// Last pinned first.
    pub items: Vec<Message>,
    /// Always none: they all fit on one page.
    pub next_cursor: Option<String>,
}

input! {
    /// Says something. With the same client id again it answers with the message that is there.
    #[cfg_attr(feature = "schema", schemars(extend("anyOf" = [
        {
            "required": ["content"],
            "properties": {"content": {"type": "string"}, "kind": {"enum": ["text", null]}},
        },
        {
            "required": ["attachment_ids"],
            "properties": {"attachment_ids": {"type": "array", "minItems": 1}, "kind": {"enum": ["text", null]}},
        },
        {
            "required": ["attachment_ids", "kind"],
            "properties": {"attachment_ids": {"type": "array", "minItems": 1, "maxItems": 1}},
        },
    ])))]
    pub struct SendMessage {
        /// Where.
        pub conversation_id: ConversationId,
        /// The client's own id for this send; the server makes one when absent, and then a retry is a new message.
        pub client_id: Option<ClientId>,
        /// What; may be absent where files are sent.
        pub content: Option<MessageBody>,
        /// What it is; `text` when absent.
        pub kind: Option<SendKind>,
        /// Data of the app.
        pub metadata: Option<Metadata>,
        /// The message that it answers, in the same conversation.
        pub reply_to: Option<MessageId>,
        /// Files of the caller's, at most 10.
        #[cfg_attr(feature = "schema", schemars(length(max = 10)))]
        pub attachment_ids: Option<Vec<AttachmentId>>,
        /// Members it names, besides those whom the text names with `@username`: at most 50.
        #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
        pub mentions: Option<Vec<UserId>>,
    }
    where |send| {
        let mut errors = FieldErrors::default();
        let files = send.attachment_ids.as_ref().map_or(0, Vec::len);
        if send.content.is_none() && files == 0 {
            errors.add("content", "is required where no files are sent");
        }
        if files > Limits::ATTACHMENTS_PER_MESSAGE as usize {
            errors.add("attachment_ids", "must be at most 10");
        }
        if send.kind == Some(SendKind::Voice) && files != 1 {
            errors.add("attachment_ids", "must be exactly one sound for a voice message");
        }
        if send.mentions.as_ref().is_some_and(|named| named.len() > 50) {
            errors.add("mentions", "must be at most 50");
        }
        errors.is_empty().then_some(()).ok_or(errors)
    }
}

impl SendMessage {
    /// A text and nothing else.
    ///
    /// ```
    /// use chat_core::{ClientId, ConversationId, MessageBody, SendMessage};
    /// # let here: ConversationId = "01890a5d-ac96-774b-bcce-b302099a8057".parse()?;
    /// let hello = SendMessage {
    ///     client_id: Some(ClientId::try_from("c-1".to_owned())?),
    ///     ..SendMessage::text(here, MessageBody::parse("hello")?)
    /// };
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn text(conversation_id: ConversationId, content: MessageBody) -> Self {
        Self {
            conversation_id,
            client_id: None,
            content: Some(content),
            kind: None,
            metadata: None,
            reply_to: None,
            attachment_ids: None,
            mentions: None,
        }
    }
}

input! {
    /// Says again in other conversations what was said here, with its files and where it comes from.
    pub struct ForwardMessage {
        /// Which.
        pub message_id: MessageId,
        /// Where to: 1 to 20 conversations.
        #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 20)))]
        pub conversation_ids: Vec<ConversationId>,
        /// The client's own id for these sends, as in `message.send`.
        pub client_id: Option<ClientId>,
    }
    where |forward| match (1..=Limits::FORWARDS).contains(&forward.conversation_ids.len()) {
        true => Ok(()),
        false => Err(FieldErrors::one("conversation_ids", "must be 1 to 20")),
    }
}

input! {
    /// Asks for one message.
    pub struct ShowMessage {
        /// Which.
        pub message_id: MessageId,
    }
}

input! {
    /// Asks for the pinned messages of a conversation.
    pub struct ListPins {
        /// Which.
        pub conversation_id: ConversationId,
    }
}

input! {
    /// Asks for messages around a place: the newest when no place is named. At most one of the three may be.
    pub struct History {
        /// Where.
        pub conversation_id: ConversationId,
        /// The newest ones before this place.
        pub before: Option<Seq>,
        /// The oldest ones after this place.
        pub after: Option<Seq>,
        /// Half of them before this place, the other half from it on.
        pub around: Option<Seq>,
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
    }
}

impl History {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FromInput, Input};

    #[test]
    fn a_body_shows_something_and_has_a_limit() {
        assert!(MessageBody::parse("x".repeat(4000)).is_ok());
        assert!(MessageBody::parse("ж".repeat(4000)).is_ok());
        for bad in [
            String::new(),
            " \n ".into(),
            "\u{200b}\u{feff}".into(),
            "x".repeat(4001),
        ] {
            assert!(MessageBody::parse(bad.clone()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_send_has_a_text_or_files_and_a_voice_message_one_sound() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let fields = |rest: &str| {
            let json = format!(r#"{{"conversation_id": "{id}"{rest}}}"#);
            let input = Input::from_json(json.as_bytes()).unwrap();
            SendMessage::from_input(input)
                .err()
                .map(|errors| errors.0.into_keys().collect::<Vec<_>>())
        };

        assert_eq!(fields(r#", "content": "x""#), None);
        assert_eq!(fields(&format!(r#", "attachment_ids": ["{id}"]"#)), None);
        assert_eq!(fields(""), Some(vec!["content".to_owned()]));
        assert_eq!(
            fields(r#", "content": "x", "kind": "voice""#),
            Some(vec!["attachment_ids".to_owned()])
        );
        assert_eq!(
            fields(r#", "content": "x", "kind": "system""#),
            Some(vec!["kind".to_owned()])
        );
        let large = format!(
            r#", "content": "x", "metadata": {{"a": "{}"}}"#,
            "x".repeat(4096)
        );
        assert_eq!(fields(&large), Some(vec!["metadata".to_owned()]));
    }
}
