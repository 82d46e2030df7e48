//! Coming back: positions in, everything missed out; and the marks that say how far one has come.

use crate::{
    Contact, Conversation, ConversationId, Envelope, Epoch, Limits, Mark, Me, My, Seq, Timestamp,
    User, UserId, input::input, told,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A place in one life of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Position {
    /// The life.
    pub epoch: Epoch,
    /// The last place that was applied.
    pub seq: Seq,
}

input! {
    /// Asks for everything after the given positions. From an empty client (no positions) it is how one starts.
    pub struct Sync {
        /// Of every conversation the client holds; at most 10,000.
        pub positions: Option<BTreeMap<ConversationId, Position>>,
        /// Of the caller's own log.
        pub inbox: Option<Position>,
        /// At most this many events and new conversations (1 to 1,000; 500 when absent). Conversations in which only marks
        /// moved come besides, all of them. Of profiles that changed, about as many.
        pub limit: Option<u32>,
        /// The `server_time` of the last answer that was complete: marks that moved and profiles that changed
        /// since then come with this one; without it, all of them. Profiles that do not fit come with the next one: its
        /// `server_time` is earlier for that.
        pub since: Option<Timestamp>,
    }
}

impl Sync {
    /// How much to answer with.
    pub fn limit(&self) -> u32 {
        self.limit
            .unwrap_or(Limits::SYNC_DEFAULT)
            .clamp(1, Limits::SYNC_EVENTS)
    }
}

/// What was missed. Apply it whole; ask again with the new positions while `more` is true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Synced {
    /// The caller's own log.
    pub inbox: InboxEvents,
    /// Conversations in which something happened.
    pub conversations: Vec<ConversationEvents>,
    /// Conversations whose position is void: drop them and ask again, then they come as new.
    pub reset: Vec<Reset>,
    /// Conversations that are no longer the caller's.
    pub gone: Vec<ConversationId>,
    /// Conversations the client does not hold, newest activity first, with their last message only.
    pub new: Vec<Conversation>,
    /// People in these conversations whose profile changed since.
    #[serde(default)]
    pub users: Vec<User>,
    /// What is the caller's own besides conversations; for callers without a position in their inbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Own>,
    /// Whether something was left out for length.
    pub more: bool,
    /// When this was read; where more profiles changed than fit, the moment up to which they are told.
    pub server_time: Timestamp,
}

/// A stretch of the caller's own log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InboxEvents {
    /// The life of the log. Another than the client's: everything it holds is void.
    pub epoch: Epoch,
    /// After this place.
    pub from: Seq,
    /// Up to and with this place.
    pub to: Seq,
    /// Every event between them.
    pub events: Vec<Envelope>,
}

/// A stretch of a conversation's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversationEvents {
    /// Which.
    pub conversation_id: ConversationId,
    /// The life of its log.
    pub epoch: Epoch,
    /// After this place.
    pub from: Seq,
    /// Up to and with this place.
    pub to: Seq,
    /// Every event between them.
    pub events: Vec<Envelope>,
    /// The end of the log; when `to` is before it, ask again.
    pub head: Seq,
    /// How far the members are, for the first hundred.
    pub marks: Vec<Mark>,
    /// What is the caller's own, as it is now.
    pub my: My,
}

/// A position that cannot be continued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reset {
    /// Which.
    pub conversation_id: ConversationId,
    /// The life of its log now.
    pub epoch: Epoch,
    /// The end of its log now.
    pub head: Seq,
    /// Why.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub reason: ResetReason,
}

/// Why a position is void. A newer server may tell another reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// The log began another life.
    Epoch,
    /// The position is beyond the end of the log.
    Ahead,
    /// So much happened since that starting over is cheaper.
    FarBehind,
    /// Entries of the log are lost.
    Damaged,
    /// A reason of a newer server: void it is.
    #[serde(skip)]
    Unknown,
}

input! {
    /// Says that one has read up to a place. Only ever moves forward, and never past what exists.
    pub struct MarkRead {
        /// Where.
        pub conversation_id: ConversationId,
        /// Up to here.
        pub seq: Seq,
    }
}

input! {
    /// Moves the read mark back on purpose, so that everything from this place on is unread again.
    pub struct MarkUnread {
        /// Where.
        pub conversation_id: ConversationId,
        /// From here on.
        pub seq: Seq,
    }
}

input! {
    /// Says that this device has stored everything up to a place. Only ever moves forward, and never past what exists.
    pub struct MarkDelivered {
        /// Where.
        pub conversation_id: ConversationId,
        /// Up to here.
        pub seq: Seq,
    }
}

/// Where the marks are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Marked {
    /// Read up to here.
    pub read_seq: Seq,
    /// Stored up to here.
    pub delivered_seq: Seq,
    /// Messages of others after `read_seq`.
    pub unread_count: u32,
    /// Of these, messages that name the user.
    #[serde(default)]
    pub mention_count: u32,
}

/// What is a user's own besides conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Own {
    /// The account, with its settings.
    pub me: Me,
    /// All of one's contacts.
    pub contacts: Vec<Contact>,
    /// Everybody one has blocked.
    pub blocked: Vec<UserId>,
}
