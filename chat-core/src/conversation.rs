//! A conversation: between two, or in a group. It owns the log that everything said in it is part of.

mod prefs;

pub use prefs::{ChangePrefs, Draft, ListPlace, Prefs};

use crate::{
    ConversationId, Epoch, Limits, Member, MemberRole, Message, Seq, Timestamp, UserId,
    input::{input, text_type},
    text, told,
};
use serde::{Deserialize, Serialize};

text_type! {
    /// What a group is called: 1 to 100 characters, something visible among them.
    Title, 1..=100, |text| {
        let title = text.trim();
        match title.chars().count() {
            1..=100 if text::is_visible(title) && !title.chars().any(text::acts) => Ok(title.to_owned()),
            _ => Err("must be 1 to 100 visible characters without control or direction marks"),
        }
    }
}

text_type! {
    /// What a group is about: up to 500 characters. Empty takes it away.
    Description, 0..=500, |text| match text.chars().count() {
        0..=500 => Ok(text.trim().to_owned()),
        _ => Err("must be at most 500 characters"),
    }
}

/// How long messages stay, in seconds: 5 seconds to a year, or 0 for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("anyOf" = [{"const": 0}, {"minimum": 5}], "maximum" = 31_536_000)))]
#[serde(try_from = "u32", into = "u32")]
pub struct MessageTtl(u32);

impl MessageTtl {
    /// Seconds; none for ever.
    pub fn seconds(self) -> Option<u32> {
        Some(self.0).filter(|s| *s > 0)
    }
}

impl TryFrom<u32> for MessageTtl {
    type Error = &'static str;

    fn try_from(seconds: u32) -> Result<Self, &'static str> {
        match seconds {
            0 | 5..=31_536_000 => Ok(Self(seconds)),
            _ => Err("must be 0 (for ever) or 5 to 31536000 seconds"),
        }
    }
}

impl From<MessageTtl> for u32 {
    fn from(ttl: MessageTtl) -> Self {
        ttl.0
    }
}

/// What a conversation is. A newer server may tell another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Between two people; there is one for each pair.
    Direct,
    /// Among any number; everybody writes.
    Group,
    /// Among any number; few write, many read.
    Channel,
    /// A kind of a newer server: shown like a group, read and left like any, and written in as far as the server lets one.
    #[serde(skip)]
    Unknown,
}

/// A conversation as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// What it is.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub kind: ConversationKind,
    /// What it is called; a direct one has no title.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Where its picture is, relative to the address of the API (`…/api/v1/`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Messages are deleted for everyone so many seconds after they were said; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_ttl_s: Option<u32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last happened in it.
    pub updated_at: Timestamp,
    /// The life of its log that `last_seq` belongs to.
    pub epoch: Epoch,
    /// The last place in its log.
    pub last_seq: Seq,
    /// The newest message, deleted or not.
    pub last_message: Option<Message>,
    /// The first ten, in the order they joined.
    pub members: Vec<Member>,
    /// How many there are.
    pub member_count: u32,
    /// What is the caller's own.
    pub my: My,
}

/// What is a member's own in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct My {
    /// As what one is in it.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub role: MemberRole,
    /// One has read up to here.
    pub read_seq: Seq,
    /// One of one's devices has stored everything up to here.
    pub delivered_seq: Seq,
    /// Messages of others after `read_seq`, up to `counted_seq`, system messages left out; 1,000 stands for that many or more.
    pub unread_count: u32,
    /// Of these, messages that name the user; counted in the same way.
    #[serde(default)]
    pub mention_count: u32,
    /// Up to where `unread_count` and `mention_count` count.
    pub counted_seq: Seq,
    /// What the user has set for themselves alone.
    #[serde(default)]
    pub prefs: Prefs,
}

/// What everybody sees changed about a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversationChange {
    /// The title now.
    pub title: Option<String>,
    /// The description now.
    pub description: Option<String>,
    /// Where its picture is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// How long messages stay now, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_ttl_s: Option<u32>,
    /// Who changed it.
    pub by: UserId,
}

/// A page of conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversationPage {
    /// Newest activity first.
    pub items: Vec<Conversation>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

/// A conversation, and whether it was there before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Created {
    /// The conversation.
    #[serde(flatten)]
    pub conversation: Conversation,
    /// True for the direct conversation that this pair has already.
    pub existing: bool,
}

input! {
    /// Asks for the caller's conversations.
    pub struct ListConversations {
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListConversations {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}

input! {
    /// Opens a conversation with others. The caller becomes its owner; a direct one has two equal members.
    #[cfg_attr(feature = "schema", schemars(extend("anyOf" = [
        {"properties": {"kind": {"enum": ["group", "channel"]}}},
        {"properties": {
            "kind": {"const": "direct"},
            "title": {"type": "null"},
            "description": {"type": "null"},
            "member_ids": {"minItems": 1, "maxItems": 1},
        }},
    ])))]
    pub struct CreateConversation {
        /// `direct` (with exactly one other), `group` or `channel`.
        pub kind: ConversationKind,
        /// What a group or channel is called; a direct one has no title.
        pub title: Option<Title>,
        /// What a group or channel is about; a direct one has no description.
        pub description: Option<Description>,
        /// Messages are deleted for everyone so many seconds after they were said.
        pub message_ttl_s: Option<MessageTtl>,
        /// With whom, besides the caller: at most 1,000.
        pub member_ids: Vec<UserId>,
    }
}

input! {
    /// Asks for one conversation.
    pub struct ShowConversation {
        /// Which.
        pub conversation_id: ConversationId,
    }
}

input! {
    /// Changes what is named; what is absent stays.
    pub struct ChangeConversation {
        /// Which.
        pub conversation_id: ConversationId,
        /// The title from now on.
        pub title: Option<Title>,
        /// The description from now on; empty takes it away.
        pub description: Option<Description>,
        /// How long messages said from now on stay, in seconds; 0 for ever.
        pub message_ttl_s: Option<MessageTtl>,
    }
}

impl ChangeConversation {
    /// Changes nothing yet.
    pub fn of(conversation_id: ConversationId) -> Self {
        Self {
            conversation_id,
            title: None,
            description: None,
            message_ttl_s: None,
        }
    }
}

input! {
    /// Sets the picture of a group or channel; the body is the image.
    pub struct SetConversationAvatar {
        /// Which.
        pub conversation_id: ConversationId,
    }
}

input! {
    /// Takes the picture of a group or channel away.
    pub struct DeleteConversationAvatar {
        /// Which.
        pub conversation_id: ConversationId,
    }
}

input! {
    /// Deletes a group or channel for everyone, with all that was said in it. The owner's.
    pub struct DeleteConversation {
        /// Which.
        pub conversation_id: ConversationId,
    }
}

input! {
    /// Leaves a group. The last owner hands over first.
    pub struct LeaveConversation {
        /// Which.
        pub conversation_id: ConversationId,
    }
}
