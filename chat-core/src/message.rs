//! A message: its text, its life from sent to edited to deleted, and its history by pages.

use crate::{
    ClientId, ConversationId, Limits, MessageId, Seq, Timestamp, User, UserId,
    input::{input, text_type},
    text,
};
use serde::{Deserialize, Serialize};

text_type! {
    /// Text of a message: 1 to 4000 characters, something visible among them.
    MessageBody, 1..=4000, |text| match text.chars().count() {
        1..=4000 if text::is_visible(&text) => Ok(text),
        0..=4000 => Err("must show something: it is empty or invisible"),
        _ => Err("must be at most 4000 characters"),
    }
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
    /// What was said; empty once deleted.
    pub content: String,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
}

impl Message {
    /// Puts a new text in, unless the message is deleted.
    pub fn edit(&mut self, content: &str, edited_at: Timestamp) {
        if self.deleted_at.is_none() {
            content.clone_into(&mut self.content);
            self.edited_at = Some(edited_at);
        }
    }

    /// Leaves a tombstone.
    pub fn delete(&mut self, deleted_at: Timestamp, deleted_by: UserId) {
        self.content.clear();
        self.edited_at = None;
        self.deleted_at = Some(deleted_at);
        self.deleted_by = Some(deleted_by);
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

/// A message has another text now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageEdited {
    /// Which.
    pub id: MessageId,
    /// The text now.
    pub content: String,
    /// When.
    pub edited_at: Timestamp,
}

/// A message is a tombstone now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageDeleted {
    /// Which.
    pub id: MessageId,
    /// When.
    pub deleted_at: Timestamp,
    /// By whom.
    pub deleted_by: UserId,
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

input! {
    /// Says something. With the same client id again it answers with the message that is there.
    pub struct SendMessage {
        /// Where.
        pub conversation_id: ConversationId,
        /// The client's own id for this send; the server makes one when absent, and then a retry is a new message.
        pub client_id: Option<ClientId>,
        /// What.
        pub content: MessageBody,
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
    /// Gives a message of one's own another text.
    pub struct EditMessage {
        /// Which.
        pub message_id: MessageId,
        /// The text from now on.
        pub content: MessageBody,
    }
}

input! {
    /// Deletes a message: one's own, or anyone's as an admin of the conversation. Leaves a tombstone.
    pub struct DeleteMessage {
        /// Which.
        pub message_id: MessageId,
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
        self.limit
            .unwrap_or(Limits::PAGE_DEFAULT)
            .clamp(1, Limits::PAGE_ENTRIES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
