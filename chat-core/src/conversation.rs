//! A conversation: between two, or in a group. It owns the log that everything said in it is part of.

use crate::{
    ConversationId, Epoch, Limits, Member, MemberRole, Message, Seq, Timestamp, UserId,
    input::{input, text_type},
    text,
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

/// What a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Between two people; there is one for each pair.
    Direct,
    /// Among any number.
    Group,
}

/// A conversation as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// What it is.
    pub kind: ConversationKind,
    /// What it is called; a direct one has no title.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
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
    pub role: MemberRole,
    /// One has read up to here.
    pub read_seq: Seq,
    /// One of one's devices has stored everything up to here.
    pub delivered_seq: Seq,
    /// Messages of others after `read_seq`, up to `counted_seq`; 1,000 stands for that many or more.
    pub unread_count: u32,
    /// Up to where `unread_count` counts.
    pub counted_seq: Seq,
}

/// What everybody sees changed about a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversationChange {
    /// The title now.
    pub title: Option<String>,
    /// The description now.
    pub description: Option<String>,
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
        self.limit
            .unwrap_or(Limits::PAGE_DEFAULT)
            .clamp(1, Limits::PAGE_ENTRIES)
    }
}

input! {
    /// Opens a conversation with others. The caller becomes its owner; a direct one has two equal members.
    pub struct CreateConversation {
        /// `direct` (with exactly one other) or `group`.
        pub kind: ConversationKind,
        /// What a group is called; a direct one has no title.
        pub title: Option<Title>,
        /// What a group is about.
        pub description: Option<Description>,
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
    }
}

input! {
    /// Deletes a group for everyone, with all that was said in it. The owner's.
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
