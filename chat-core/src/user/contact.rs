//! Contacts and blocks: whom one knows, and whom one does not want to hear from. Nobody else sees either.

use crate::{DisplayName, Limits, Timestamp, User, UserId, input::input};
use serde::{Deserialize, Serialize};

/// Somebody one knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Contact {
    /// Who.
    pub user: User,
    /// What one calls them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// Whether they come first.
    pub favorite: bool,
    /// Since when.
    pub created_at: Timestamp,
}

/// A contact came, changed or went. In the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContactChange {
    /// Who.
    pub user_id: UserId,
    /// The contact now; none when it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

/// A page of contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContactPage {
    /// Favourites first, in the order of their usernames.
    pub items: Vec<Contact>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

/// Somebody was blocked, or no longer is. In the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlockChange {
    /// Who.
    pub user_id: UserId,
    /// Whether they are blocked now.
    pub blocked: bool,
}

input! {
    /// Makes somebody a contact, or changes what one has noted of them; what is absent stays. At most 2,000.
    pub struct SetContact {
        /// Whom.
        pub user_id: UserId,
        /// What one calls them; empty takes it away.
        pub nickname: Option<Nickname>,
        /// Whether they come first.
        pub favorite: Option<bool>,
    }
}

crate::input::text_type! {
    /// A name for oneself alone: up to 64 characters. Empty takes it away.
    Nickname, 0..=64, |text| match text.trim() {
        "" => Ok(String::new()),
        name => DisplayName::parse(name).map(String::from).map_err(|_| "must be at most 64 visible characters"),
    }
}

input! {
    /// Forgets a contact.
    pub struct RemoveContact {
        /// Whom.
        pub user_id: UserId,
    }
}

input! {
    /// Asks for one's contacts.
    pub struct ListContacts {
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListContacts {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}

input! {
    /// Blocks somebody: they cannot write to one directly, change anything there or add one to groups, and are not told why.
    /// They still see one's name, picture, bio and status. At most 2,000.
    pub struct BlockUser {
        /// Whom.
        pub user_id: UserId,
    }
}

input! {
    /// Lets somebody in again.
    pub struct UnblockUser {
        /// Whom.
        pub user_id: UserId,
    }
}

input! {
    /// Asks whom one has blocked.
    pub struct ListBlocks {
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListBlocks {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}
