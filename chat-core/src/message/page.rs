//! Asking for messages: one, those around a place, the pinned ones; and the pages that answer.

use super::Message;
use crate::{ConversationId, Limits, MessageId, Seq, input::input};
use serde::{Deserialize, Serialize};

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
