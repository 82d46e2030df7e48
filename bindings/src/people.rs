//! People, and what is found: records that calls answer with.

use crate::{MemberItem, MessageItem, item};
use chat_core::{
    MemberPage, Message, Presence, PresenceState, Receipt, SearchPage, Timestamp, User, UserId,
    UserPage,
};
use std::fmt;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonItem {
    /// Their id.
    pub user_id: String,
    /// The name one finds them by.
    pub username: String,
    /// The name people see.
    pub display_name: String,
    /// Where their picture is, relative to the address of the API.
    pub avatar_url: Option<String>,
    /// Whether a program speaks through the account.
    pub is_bot: bool,
}

/// A page of people.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonPage {
    /// In the order of their usernames.
    pub items: Vec<PersonItem>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

/// A page of members.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MemberPageItem {
    /// In the order they joined.
    pub items: Vec<MemberItem>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

/// Whether somebody is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PresenceStatus {
    /// At least one device is in use.
    Online,
    /// Connected, but not in use.
    Away,
    /// Not connected.
    Offline,
    /// The server cannot say at the moment, or says it in a word of a newer one: show nothing of it.
    Unknown,
}

/// Where somebody is now.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PresenceItem {
    /// Who.
    pub user_id: String,
    /// Whether they are here.
    pub status: PresenceStatus,
    /// When they were last here.
    pub last_seen_at_ms: Option<i64>,
}

/// How far a message has come with one member.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReceiptItem {
    /// Who.
    pub person: PersonItem,
    /// Whether one of their devices has stored it.
    pub is_delivered: bool,
    /// When, where that is known.
    pub delivered_at_ms: Option<i64>,
    /// Whether they have read it, where they let others see that.
    pub is_read: bool,
    /// When, where that is known.
    pub read_at_ms: Option<i64>,
}

/// What to look for among all messages that the server has.
#[derive(Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct SearchQuery {
    /// The words; all of them must be there. May be absent where a sender or a time is given.
    #[uniffi(default = None)]
    pub text: Option<String>,
    /// In this conversation only.
    #[uniffi(default = None)]
    pub conversation_id: Option<String>,
    /// By this sender only.
    #[uniffi(default = None)]
    pub sender_id: Option<String>,
    /// Said before this moment.
    #[uniffi(default = None)]
    pub before_ms: Option<i64>,
    /// Said after this moment.
    #[uniffi(default = None)]
    pub after_ms: Option<i64>,
    /// At most this many (1 to 100).
    #[uniffi(default = 50)]
    pub limit: u32,
    /// From the page before.
    #[uniffi(default = None)]
    pub cursor: Option<String>,
}

impl fmt::Debug for SearchQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchQuery")
            .field("conversation_id", &self.conversation_id)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SearchResult {
    /// It.
    pub item: MessageItem,
    /// Where in its text the words are: begin and end of each stretch, in Unicode code points.
    pub highlights: Vec<u32>,
}

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SearchResultPage {
    /// Best first.
    pub items: Vec<SearchResult>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

/// What to set for oneself alone in a conversation; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct PrefsChange {
    /// No notifications until then; a moment in the past ends it.
    #[uniffi(default = None)]
    pub muted_until_ms: Option<i64>,
    /// Whether it comes first in the list.
    #[uniffi(default = None)]
    pub is_pinned: Option<bool>,
    /// Whether it is put away.
    #[uniffi(default = None)]
    pub is_archived: Option<bool>,
    /// What one calls it; empty takes it away.
    #[uniffi(default = None)]
    pub nickname: Option<String>,
}

impl From<&User> for PersonItem {
    fn from(user: &User) -> Self {
        Self {
            user_id: user.id.to_string(),
            username: user.username.clone(),
            display_name: user.display_name.clone(),
            avatar_url: user.avatar_url.clone(),
            is_bot: user.is_bot,
        }
    }
}

impl From<UserPage> for PersonPage {
    fn from(page: UserPage) -> Self {
        Self {
            items: page.items.iter().map(PersonItem::from).collect(),
            next_cursor: page.next_cursor,
        }
    }
}

impl From<MemberPage> for MemberPageItem {
    fn from(page: MemberPage) -> Self {
        Self {
            items: page.items.iter().map(MemberItem::from).collect(),
            next_cursor: page.next_cursor,
        }
    }
}

impl From<&Presence> for PresenceItem {
    fn from(presence: &Presence) -> Self {
        Self {
            user_id: presence.user_id.to_string(),
            status: match presence.state {
                PresenceState::Online => PresenceStatus::Online,
                PresenceState::Away => PresenceStatus::Away,
                PresenceState::Offline => PresenceStatus::Offline,
                PresenceState::Unknown => PresenceStatus::Unknown,
            },
            last_seen_at_ms: presence.last_seen_at.map(Timestamp::ms),
        }
    }
}

impl From<&Receipt> for ReceiptItem {
    fn from(receipt: &Receipt) -> Self {
        Self {
            person: (&receipt.user).into(),
            is_delivered: receipt.delivered,
            delivered_at_ms: receipt.delivered_at.map(Timestamp::ms),
            is_read: receipt.read,
            read_at_ms: receipt.read_at.map(Timestamp::ms),
        }
    }
}

impl SearchResultPage {
    /// A page, as this user sees it.
    pub(crate) fn of(page: SearchPage, me: UserId) -> Self {
        let items = page.items.iter().map(|hit| SearchResult {
            item: item::stored(&hit.message, me),
            highlights: (hit.highlights.iter())
                .flat_map(|stretch| [stretch.start, stretch.end])
                .collect(),
        });
        Self {
            items: items.collect(),
            next_cursor: page.next_cursor,
        }
    }

    /// What was found on this device.
    pub(crate) fn kept(messages: &[Message], me: UserId) -> Vec<MessageItem> {
        let items = messages.iter();
        items.map(|message| item::stored(message, me)).collect()
    }
}
