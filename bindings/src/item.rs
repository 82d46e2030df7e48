//! What is known, as records: copies of the moment, nothing to hold and nothing to give back. Their
//! `Debug` has no text of a message in it: what is written there ends in logs.

mod extras;
mod message;

pub use extras::{AttachmentItem, ForwardItem, MessageType, ReactionItem, ReplyItem};
pub use message::{MessageItem, SendState};
pub(crate) use message::{shown, stored};

use crate::PresenceItem;
use chat_client::ListItem;
use chat_core::{ConversationKind, Member, MemberRole, Prefs, Right, Timestamp, UserId};
use std::fmt;

/// What a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ConversationType {
    /// Between two people.
    Direct,
    /// Among any number; everybody writes.
    Group,
    /// Among any number; few write, many read.
    Channel,
    /// A kind of a newer server: show it like a group. None can be made.
    Unknown,
}

/// What a member may do. Each role may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Role {
    /// A role of a newer server: show whoever has it like a member. It cannot be given.
    Unknown,
    /// Reads and writes.
    Member,
    /// Also looks after members and messages.
    Admin,
    /// Also gives roles and deletes the conversation.
    Owner,
}

/// A member as a conversation shows them.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MemberItem {
    /// Who.
    pub user_id: String,
    /// The name one finds them by.
    pub username: String,
    /// The name people see.
    pub display_name: String,
    /// Where their picture is, relative to the address of the API.
    pub avatar_url: Option<String>,
    /// As what they are in it.
    pub role: Role,
    /// They have read up to here, as far as they let others see it.
    pub read_seq: u64,
    /// One of their devices has stored everything up to here.
    pub delivered_seq: u64,
}

/// One row of the list of conversations.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct ConversationItem {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: ConversationType,
    /// What a group or channel is called; of a direct one, the name of the other.
    pub title: String,
    /// What it is about.
    pub description: Option<String>,
    /// Where its picture is, relative to the address of the API; of a direct one, the picture of the other.
    pub avatar_url: Option<String>,
    /// Messages are deleted for everyone so many seconds after they were said.
    pub message_ttl_s: Option<u32>,
    /// How many are in it.
    pub member_count: u32,
    /// The first ten of them, in the order they joined, with how far each has read.
    pub members: Vec<MemberItem>,
    /// As what one is in it.
    pub role: Role,
    /// Whether one may say something in it.
    pub can_send: bool,
    /// Messages of others that one has not read.
    pub unread_count: u32,
    /// Of these, messages that name one.
    pub mention_count: u32,
    /// One has read up to here.
    pub read_seq: u64,
    /// The newest message that is stored.
    pub last: Option<MessageItem>,
    /// What one has begun to write, here or else on another device.
    pub draft: Option<String>,
    /// The newest message that waits on this device.
    pub last_queued: Option<String>,
    /// How many messages on this device could not be sent.
    pub failed_count: u32,
    /// Who writes at the moment, by username; nobody in a row of a list that is not on the screen.
    pub typing: Vec<String>,
    /// In a row of two people that is on the screen of a list: whether the other is here, as far as that is known.
    pub presence: Option<PresenceItem>,
    /// When something last happened in it.
    pub updated_at_ms: i64,
    /// What one has set for oneself alone.
    pub prefs: PrefsItem,
}

impl fmt::Debug for ConversationItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationItem")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("unread_count", &self.unread_count)
            .field("last", &self.last)
            .field("updated_at_ms", &self.updated_at_ms)
            .finish_non_exhaustive()
    }
}

/// What one has set for oneself alone in a conversation, on all devices.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PrefsItem {
    /// No notifications until then.
    pub muted_until_ms: Option<i64>,
    /// Whether it comes first in the list.
    pub is_pinned: bool,
    /// Whether it is put away.
    pub is_archived: bool,
    /// What one calls it.
    pub nickname: Option<String>,
}

/// A row of a list, as this user sees it.
pub(crate) fn conversation(row: &ListItem, me: UserId) -> ConversationItem {
    let conversation = &row.conversation;
    let my = &conversation.my;
    let is_direct = conversation.kind == ConversationKind::Direct;
    let other = conversation.members.iter().find(|m| m.user.id != me);
    let other = other.filter(|_| is_direct).map(|member| &member.user);
    let name = other.map(|user| user.display_name.clone());
    let picture = other.and_then(|user| user.avatar_url.clone());
    ConversationItem {
        id: conversation.id.to_string(),
        kind: conversation.kind.into(),
        title: conversation.title.clone().or(name).unwrap_or_default(),
        description: conversation.description.clone(),
        avatar_url: conversation.avatar_url.clone().or(picture),
        message_ttl_s: conversation.message_ttl_s,
        member_count: conversation.member_count,
        members: conversation.members.iter().map(MemberItem::from).collect(),
        role: my.role.into(),
        can_send: my.role.may(Right::Send, conversation.kind),
        unread_count: row.unread_count,
        mention_count: row.mention_count,
        read_seq: my.read_seq.get(),
        last: conversation.last_message.as_ref().map(|m| stored(m, me)),
        draft: row.draft.clone(),
        last_queued: row.last_queued.clone(),
        failed_count: u32::try_from(row.failed_count).unwrap_or(u32::MAX),
        typing: row.typing.clone(),
        presence: row.presence.as_ref().map(PresenceItem::from),
        updated_at_ms: conversation.updated_at.ms(),
        prefs: PrefsItem::from(&my.prefs),
    }
}

impl From<ConversationKind> for ConversationType {
    fn from(kind: ConversationKind) -> Self {
        match kind {
            ConversationKind::Direct => Self::Direct,
            ConversationKind::Group => Self::Group,
            ConversationKind::Channel => Self::Channel,
            ConversationKind::Unknown => Self::Unknown,
        }
    }
}

impl From<ConversationType> for ConversationKind {
    fn from(kind: ConversationType) -> Self {
        match kind {
            ConversationType::Direct => Self::Direct,
            ConversationType::Group => Self::Group,
            ConversationType::Channel => Self::Channel,
            ConversationType::Unknown => Self::Unknown,
        }
    }
}

impl From<MemberRole> for Role {
    fn from(role: MemberRole) -> Self {
        match role {
            MemberRole::Member => Self::Member,
            MemberRole::Admin => Self::Admin,
            MemberRole::Owner => Self::Owner,
            MemberRole::Unknown => Self::Unknown,
        }
    }
}

impl From<Role> for MemberRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Admin => Self::Admin,
            Role::Owner => Self::Owner,
            Role::Unknown => Self::Unknown,
        }
    }
}

impl From<&Member> for MemberItem {
    fn from(member: &Member) -> Self {
        Self {
            user_id: member.user.id.to_string(),
            username: member.user.username.clone(),
            display_name: member.user.display_name.clone(),
            avatar_url: member.user.avatar_url.clone(),
            role: member.role.into(),
            read_seq: member.read_seq.get(),
            delivered_seq: member.delivered_seq.get(),
        }
    }
}

impl From<&Prefs> for PrefsItem {
    fn from(prefs: &Prefs) -> Self {
        Self {
            muted_until_ms: prefs.muted_until.map(Timestamp::ms),
            is_pinned: prefs.pinned,
            is_archived: prefs.archived,
            nickname: prefs.nickname.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
