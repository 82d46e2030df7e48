//! What may happen to a message after it was said: edited, pinned, deleted. What came before an edit stays to be seen.

use crate::{
    ClientId, FieldErrors, Limits, MessageBody, MessageId, Timestamp, User, UserId, input::input,
};
use serde::{Deserialize, Serialize};

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
    /// Whom the text names now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
}

/// A message is a tombstone now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageDeleted {
    /// Which.
    pub id: MessageId,
    /// When.
    pub deleted_at: Timestamp,
    /// By whom; by nobody where its time had run out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
}

/// A message was pinned or unpinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PinChange {
    /// Which.
    pub message_id: MessageId,
    /// By whom.
    pub by: UserId,
    /// Since when it is pinned; none when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
}

/// A text that a message had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Revision {
    /// The text.
    pub content: String,
    /// Since when it was the message's text.
    pub at: Timestamp,
}

/// The texts of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevisionPage {
    /// Oldest first; the last one is the text now. Of more than 100, the newest.
    pub items: Vec<Revision>,
    /// Always none: they all fit on one page.
    pub next_cursor: Option<String>,
}

/// How far one member has come with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// Who.
    pub user: User,
    /// Whether one of their devices has stored it.
    pub delivered: bool,
    /// When, where that is still known: for 30 days, in conversations of up to 100 members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// Whether they have read it, where they let others see that.
    pub read: bool,
    /// When, where that is still known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

/// A page of receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReceiptPage {
    /// The members but the sender, in the order they joined.
    pub items: Vec<Receipt>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

input! {
    /// Gives a message of one's own another text. What it was stays in its history.
    pub struct EditMessage {
        /// Which.
        pub message_id: MessageId,
        /// The text from now on.
        pub content: MessageBody,
        /// Members it names from now on, besides those whom the text names with `@username`: at most 50. When absent,
        /// those who were named like this before.
        #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
        pub mentions: Option<Vec<UserId>>,
        /// The client's own id for this edit. Asked again under it within a day, it is not done again, whatever the text is
        /// by now, and answers with the message as it is. When absent, it is done again.
        pub client_id: Option<ClientId>,
    }
    where |edit| match edit.mentions.as_ref().is_none_or(|named| named.len() <= 50) {
        true => Ok(()),
        false => Err(FieldErrors::one("mentions", "must be at most 50")),
    }
}

input! {
    /// Deletes a message: one's own, or anyone's as an admin of the conversation. Leaves a tombstone.
    pub struct DeleteMessage {
        /// Which.
        pub message_id: MessageId,
        /// The client's own id for this, as in `message.edit`.
        pub client_id: Option<ClientId>,
    }
}

impl DeleteMessage {
    /// This message away, asked once, so without an id of the client's.
    pub fn new(message_id: MessageId) -> Self {
        Self {
            message_id,
            client_id: None,
        }
    }
}

input! {
    /// Asks for the texts that a message had.
    pub struct ListRevisions {
        /// Which.
        pub message_id: MessageId,
    }
}

input! {
    /// Asks who has received and read a message.
    pub struct ListReceipts {
        /// Which.
        pub message_id: MessageId,
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListReceipts {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}

input! {
    /// Keeps a message at hand for everyone: at most 100 in a conversation. Again changes nothing.
    pub struct PinMessage {
        /// Which.
        pub message_id: MessageId,
    }
}

input! {
    /// Lets a pinned message go.
    pub struct UnpinMessage {
        /// Which.
        pub message_id: MessageId,
    }
}
