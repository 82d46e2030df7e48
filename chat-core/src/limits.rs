//! What is allowed, in numbers. Published in the `ready` frame and in the documents; over them comes an error that
//! says which.

use serde::{Deserialize, Serialize};

/// Sizes and rates that a server holds its clients to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limits {
    /// Characters in a message.
    pub message_chars: u32,
    /// Bytes in a socket message.
    pub frame_bytes: u32,
    /// Bytes in a request body.
    pub body_bytes: u32,
    /// Entries in a page.
    pub page_entries: u32,
    /// Events in one `sync` answer.
    pub sync_events: u32,
    /// Members in a conversation.
    pub members: u32,
    /// Sockets of one user at a time.
    pub sockets_per_user: u32,
    /// Users whose presence one socket may watch.
    pub presence_watches: u32,
    /// Messages a user may send in a minute (bursts of a quarter of that are fine).
    pub sends_per_minute: u32,
    /// Other calls a user may make in a minute.
    pub calls_per_minute: u32,
    /// Calls without a sign-in from one address in a minute.
    pub anonymous_calls_per_minute: u32,
}

impl Limits {
    /// Characters in a message.
    pub const MESSAGE_CHARS: u32 = 4_000;
    /// Entries in a page.
    pub const PAGE_ENTRIES: u32 = 100;
    /// Entries in a page when the caller does not say.
    pub const PAGE_DEFAULT: u32 = 50;
    /// Events in one `sync` answer.
    pub const SYNC_EVENTS: u32 = 1_000;
    /// Events in one `sync` answer when the caller does not say.
    pub const SYNC_DEFAULT: u32 = 500;
    /// Users whose presence one socket may watch.
    pub const PRESENCE_WATCHES: u32 = 500;
    /// Members shown inside a [`Conversation`](crate::Conversation).
    pub const MEMBERS_SHOWN: usize = 10;
    /// Up to this many members, read and delivered marks of the others are told live.
    pub const MARKS_LIVE_MEMBERS: u32 = 100;
    /// Unread messages are counted up to this many.
    pub const UNREAD_COUNTED: u32 = 1_000;
    /// A typing sign goes out by itself after this many milliseconds.
    pub const TYPING_MS: i64 = 6_000;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_chars: Self::MESSAGE_CHARS,
            frame_bytes: 64 * 1024,
            body_bytes: 1024 * 1024,
            page_entries: Self::PAGE_ENTRIES,
            sync_events: Self::SYNC_EVENTS,
            members: 5_000,
            sockets_per_user: 20,
            presence_watches: Self::PRESENCE_WATCHES,
            sends_per_minute: 300,
            calls_per_minute: 1_200,
            anonymous_calls_per_minute: 60,
        }
    }
}
