//! Invites: a code that lets whoever has it into a group or channel, until it runs out.

use crate::{
    ConversationId, ConversationKind, Limits, Timestamp, UserId,
    input::{input, text_type},
    told,
};
use serde::{Deserialize, Serialize};

text_type! {
    /// The code of an invite.
    InviteCode, 1..=64, |text| match !text.is_empty() && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        true => Ok(text),
        false => Err("must be the code of an invite: letters, digits, '-' and '_'"),
    }
}

/// A way into a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invite {
    /// Whoever has it may join.
    pub code: String,
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Until when it holds; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// How often it may be used; as often as one likes when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u32>,
    /// How often it was used.
    pub uses: u32,
}

/// The invites of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitePage {
    /// Newest first; those that still hold.
    pub items: Vec<Invite>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

/// What one may know before one joins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitePreview {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// What it is.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub kind: ConversationKind,
    /// What it is called.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// How many are in it.
    pub member_count: u32,
}

input! {
    /// Makes an invite. For whoever may add members; at most 50 of a conversation hold at a time.
    pub struct CreateInvite {
        /// Into which conversation.
        pub conversation_id: ConversationId,
        /// How long it holds, in seconds: a minute to a year; for ever when absent.
        #[cfg_attr(feature = "schema", schemars(range(min = 60, max = 31_536_000)))]
        pub expires_in_s: Option<u32>,
        /// How often it may be used: 1 to 100,000; as often as one likes when absent.
        #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100_000)))]
        pub max_uses: Option<u32>,
    }
    where |invite| {
        let mut errors = crate::FieldErrors::default();
        if invite.expires_in_s.is_some_and(|s| !(60..=31_536_000).contains(&s)) {
            errors.add("expires_in_s", "must be 60 to 31536000 seconds");
        }
        if invite.max_uses.is_some_and(|uses| !(1..=100_000).contains(&uses)) {
            errors.add("max_uses", "must be 1 to 100000");
        }
        errors.is_empty().then_some(()).ok_or(errors)
    }
}

input! {
    /// Asks for the invites of a conversation.
    pub struct ListInvites {
        /// Which.
        pub conversation_id: ConversationId,
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListInvites {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}

input! {
    /// Ends an invite.
    pub struct DeleteInvite {
        /// Into which conversation.
        pub conversation_id: ConversationId,
        /// Which.
        pub code: InviteCode,
    }
}

input! {
    /// Asks what an invite leads to.
    pub struct ShowInvite {
        /// Which.
        pub code: InviteCode,
    }
}

input! {
    /// Joins by an invite. Who is in already stays as they are, and uses nothing up.
    pub struct JoinInvite {
        /// Which.
        pub code: InviteCode,
    }
}
