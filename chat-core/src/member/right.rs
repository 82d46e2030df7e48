//! Roles, and what each may do: the one table. The server refuses by it, clients show by it.

use super::MemberRole;
use crate::ConversationKind;

/// Something that not everybody may do in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Say something.
    Send,
    /// Put an emoji under a message.
    React,
    /// Name everybody with `@all`.
    MentionAll,
    /// Pin and unpin messages.
    Pin,
    /// Change how long messages stay.
    SetTimer,
    /// Change title, description and picture.
    ChangeInfo,
    /// Delete messages of others.
    DeleteOthers,
    /// Add members, and make invites.
    AddMembers,
    /// Take members out, and ban them.
    RemoveMembers,
    /// Give roles.
    GiveRoles,
    /// Delete the conversation for everyone.
    DeleteConversation,
}

impl Right {
    /// Every right.
    pub const ALL: &'static [Self] = &[
        Self::Send,
        Self::React,
        Self::MentionAll,
        Self::Pin,
        Self::SetTimer,
        Self::ChangeInfo,
        Self::DeleteOthers,
        Self::AddMembers,
        Self::RemoveMembers,
        Self::GiveRoles,
        Self::DeleteConversation,
    ];

    /// The lowest role that has it in a conversation of this kind; none where nobody has it.
    ///
    /// ```
    /// use chat_core::{ConversationKind, MemberRole, Right};
    ///
    /// assert_eq!(Right::Send.least(ConversationKind::Channel), Some(MemberRole::Admin));
    /// assert_eq!(Right::AddMembers.least(ConversationKind::Direct), None);
    /// ```
    pub const fn least(self, kind: ConversationKind) -> Option<MemberRole> {
        use ConversationKind::{Channel, Direct, Group, Unknown};
        use MemberRole::{Admin, Member, Owner};
        match (self, kind) {
            (Self::Send, Direct | Group | Unknown) => Some(Member),
            (Self::Send, Channel) => Some(Admin),
            (Self::React, _) => Some(Member),
            (Self::Pin | Self::SetTimer, Direct) => Some(Member),
            (Self::Pin | Self::SetTimer, Group | Channel) => Some(Admin),
            // What else is allowed there, only a newer server knows.
            (_, Unknown) => None,
            // Between two people there is nobody else to name, to manage or to hand anything to.
            (_, Direct) => None,
            (
                Self::MentionAll
                | Self::ChangeInfo
                | Self::DeleteOthers
                | Self::AddMembers
                | Self::RemoveMembers,
                Group | Channel,
            ) => Some(Admin),
            (Self::GiveRoles | Self::DeleteConversation, Group | Channel) => Some(Owner),
        }
    }
}

impl MemberRole {
    /// Whether a member with this role may do something in a conversation of this kind. Of a role that it does not know, a
    /// client offers what every member may do, and the server, which knows it, decides: it has no such role itself.
    pub fn may(self, right: Right, kind: ConversationKind) -> bool {
        right
            .least(kind)
            .is_some_and(|least| self.max(Self::Member) >= least)
    }
}
