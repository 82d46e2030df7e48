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
    /// Messages in one conversation in a minute, whoever sends them.
    pub conversation_sends_per_minute: u32,
    /// Reads of messages by one user in a minute (history and single messages).
    pub reads_per_minute: u32,
    /// Searches of one user in a minute.
    pub searches_per_minute: u32,
    /// Files one user may upload in a minute.
    pub uploads_per_minute: u32,
    /// Bytes of a file.
    pub attachment_bytes: u64,
    /// Files with one message.
    pub attachments_per_message: u32,
    /// Bytes of all the files of a user.
    pub storage_bytes_per_user: u64,
    /// Bytes of a message's metadata, as JSON.
    pub metadata_bytes: u32,
}

impl Limits {
    /// Characters in a message.
    pub const MESSAGE_CHARS: u32 = 4_000;
    /// Bytes of a message's metadata, as JSON.
    pub const METADATA_BYTES: u32 = 4_096;
    /// Files with one message.
    pub const ATTACHMENTS_PER_MESSAGE: u32 = 10;
    /// Conversations a message may be forwarded to at once.
    pub const FORWARDS: usize = 20;
    /// Users shown with a reaction.
    pub const REACTORS_SHOWN: usize = 20;
    /// Different emoji under one message.
    pub const REACTIONS: u32 = 50;
    /// Different emoji of one user under one message.
    pub const REACTIONS_OF_ONE: u32 = 20;
    /// Pinned messages in a conversation.
    pub const PINS: u32 = 100;
    /// Contacts of a user, and people a user has blocked.
    pub const CONTACTS: u32 = 2_000;
    /// Characters of the excerpt in a reply.
    pub const EXCERPT_CHARS: usize = 160;
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

    /// How many entries to answer with, when so many are asked for.
    pub(crate) fn page(asked: Option<u32>) -> u32 {
        asked
            .unwrap_or(Self::PAGE_DEFAULT)
            .clamp(1, Self::PAGE_ENTRIES)
    }
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
            conversation_sends_per_minute: 6_000,
            reads_per_minute: 600,
            searches_per_minute: 60,
            uploads_per_minute: 60,
            attachment_bytes: 25 * 1024 * 1024,
            attachments_per_message: Self::ATTACHMENTS_PER_MESSAGE,
            storage_bytes_per_user: 5 * 1024 * 1024 * 1024,
            metadata_bytes: Self::METADATA_BYTES,
        }
    }
}
