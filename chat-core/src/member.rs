//! Who is in a conversation, and as what.

mod right;

pub use right::Right;

use crate::{ConversationId, Limits, Reason, Seq, Timestamp, User, UserId, input::input, told};
use serde::{Deserialize, Serialize};

/// What a member is in a conversation. Each role may do what the ones before it may; [`Right`] has the table. A newer
/// server may tell another role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// A role of a newer server: whoever has it is a member, and for all that is known here nothing more.
    #[serde(skip)]
    Unknown,
    /// Reads, and writes but in a channel.
    Member,
    /// Also looks after members, title and messages.
    Admin,
    /// Also gives roles and deletes the conversation. A group or channel always has one.
    Owner,
}

/// A user's part in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    /// Who.
    pub user: User,
    /// As what.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub role: MemberRole,
    /// Since when.
    pub joined_at: Timestamp,
    /// They have read up to here, as far as they let others see it.
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
        Limits::page(self.limit)
    }
}

input! {
    /// Brings users into a group. Those who are in it already stay as they are.
    pub struct AddMembers {
        /// Which.
        pub conversation_id: ConversationId,
        /// Whom: 1 to 1,000.
        #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 1_000)))]
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

/// Somebody who is kept out of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ban {
    /// Who.
    pub user: User,
    /// Who keeps them out.
    pub by: UserId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// A page of bans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BanPage {
    /// Newest first.
    pub items: Vec<Ban>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

input! {
    /// Takes somebody out of a group or channel, if they are in it, and keeps them out: no invite lets them in, and nobody
    /// can add them.
    pub struct AddBan {
        /// Where.
        pub conversation_id: ConversationId,
        /// Whom.
        pub user_id: UserId,
        /// Why; seen by those who may ban.
        pub reason: Option<Reason>,
    }
}

input! {
    /// Lets somebody be a member again. They do not come back by themselves.
    pub struct RemoveBan {
        /// Where.
        pub conversation_id: ConversationId,
        /// Whom.
        pub user_id: UserId,
    }
}

input! {
    /// Asks who is kept out.
    pub struct ListBans {
        /// Of which conversation.
        pub conversation_id: ConversationId,
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListBans {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}
