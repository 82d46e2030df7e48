//! Who is in a conversation, and as what.

use crate::{ConversationId, Limits, Seq, Timestamp, User, UserId, input::input};
use serde::{Deserialize, Serialize};

/// What a member may do in a conversation. Each role may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Reads and writes.
    Member,
    /// Also adds and removes members, changes the title, deletes messages of others.
    Admin,
    /// Also gives roles and deletes the conversation. A group always has one.
    Owner,
}

/// A user's part in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    /// Who.
    pub user: User,
    /// As what.
    pub role: MemberRole,
    /// Since when.
    pub joined_at: Timestamp,
    /// They have read up to here.
    pub read_seq: Seq,
    /// One of their devices has stored everything up to here.
    pub delivered_seq: Seq,
}

/// A member came, went or changed. With it the first members of the conversation can be kept exact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemberChange {
    /// The member.
    #[serde(flatten)]
    pub member: Member,
    /// How many there are now.
    pub member_count: u32,
    /// Who made the change.
    pub by: UserId,
    /// After somebody among the first ten has left: who moves up into them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_up: Option<Member>,
}

/// How far a member has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mark {
    /// Who.
    pub user_id: UserId,
    /// Has read up to here.
    pub read_seq: Seq,
    /// Has stored everything up to here.
    pub delivered_seq: Seq,
}

/// A page of members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemberPage {
    /// In the order they joined.
    pub items: Vec<Member>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

input! {
    /// Asks who is in a conversation.
    pub struct ListMembers {
        /// Which.
        pub conversation_id: ConversationId,
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListMembers {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        self.limit
            .unwrap_or(Limits::PAGE_DEFAULT)
            .clamp(1, Limits::PAGE_ENTRIES)
    }
}

input! {
    /// Brings users into a group. Those who are in it already stay as they are.
    pub struct AddMembers {
        /// Which.
        pub conversation_id: ConversationId,
        /// Whom: 1 to 1,000.
        pub user_ids: Vec<UserId>,
        /// As what; `member` when absent.
        pub role: Option<MemberRole>,
    }
}

input! {
    /// Gives a member another role.
    pub struct ChangeMember {
        /// Where.
        pub conversation_id: ConversationId,
        /// Whom.
        pub user_id: UserId,
        /// As what from now on.
        pub role: MemberRole,
    }
}

input! {
    /// Takes a member out of a group.
    pub struct RemoveMember {
        /// Where.
        pub conversation_id: ConversationId,
        /// Whom.
        pub user_id: UserId,
    }
}
