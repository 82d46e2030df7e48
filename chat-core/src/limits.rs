//! What is allowed, in numbers. Published in the `ready` frame and in the documents; over them comes an error that
//! says which.

use crate::{Access, Body, Operation};
use serde::{Deserialize, Serialize};

/// Sizes and rates that a server holds its clients to. A figure that an older server does not tell is read as the usual
/// one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(!default))]
#[serde(default)]
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
    /// Messages a user may send in a minute.
    pub sends_per_minute: u32,
    /// Calls a user may make in a minute that no other figure counts.
    pub calls_per_minute: u32,
    /// Calls without a sign-in from one address in a minute; all of them may come at once.
    pub anonymous_calls_per_minute: u32,
    /// Messages in one conversation in a minute, whoever sends them. One that is refused for this has still counted as
    /// one of its sender's.
    pub conversation_sends_per_minute: u32,
    /// Reads of messages by one user in a minute (history and single messages).
    pub reads_per_minute: u32,
    /// Searches of one user in a minute.
    pub searches_per_minute: u32,
    /// Files, and parts of files, that one user may upload in a minute.
    pub uploads_per_minute: u32,
    /// Files and pictures that may be read in a minute, by one user or from one address.
    pub downloads_per_minute: u32,
    /// So much of a minute, in seconds, may be used up at once: 15 is a quarter of what a minute allows, 60 all of it.
    pub burst_s: u32,
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

    /// What a rate allows in a minute.
    pub const fn per_minute(&self, rate: Rate) -> u32 {
        match rate {
            Rate::Anonymous => self.anonymous_calls_per_minute,
            Rate::Calls => self.calls_per_minute,
            Rate::Sends => self.sends_per_minute,
            Rate::Reads => self.reads_per_minute,
            Rate::Searches => self.searches_per_minute,
            Rate::Uploads => self.uploads_per_minute,
            Rate::Downloads => self.downloads_per_minute,
        }
    }

    /// How many of so many in a minute may come at once.
    pub fn burst(&self, per_minute: u32) -> u32 {
        let burst = (u64::from(per_minute) * u64::from(self.burst_s)).div_ceil(60);
        u32::try_from(burst).unwrap_or(per_minute).max(1)
    }

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
            downloads_per_minute: 1_200,
            burst_s: 15,
            attachment_bytes: 25 * 1024 * 1024,
            attachments_per_message: Self::ATTACHMENTS_PER_MESSAGE,
            storage_bytes_per_user: 5 * 1024 * 1024 * 1024,
            metadata_bytes: Self::METADATA_BYTES,
        }
    }
}

/// What a call is counted by. Each belongs to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rate {
    /// Calls without a sign-in, by address.
    Anonymous,
    /// Whatever is none of the others.
    Calls,
    /// Messages sent or forwarded.
    Sends,
    /// Reads of messages.
    Reads,
    /// Searches.
    Searches,
    /// Files brought, and parts of files.
    Uploads,
    /// Files read.
    Downloads,
}

impl Rate {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Anonymous,
        Self::Calls,
        Self::Sends,
        Self::Reads,
        Self::Searches,
        Self::Uploads,
        Self::Downloads,
    ];

    /// The figure in [`Limits`] that it goes by.
    pub const fn figure(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous_calls_per_minute",
            Self::Calls => "calls_per_minute",
            Self::Sends => "sends_per_minute",
            Self::Reads => "reads_per_minute",
            Self::Searches => "searches_per_minute",
            Self::Uploads => "uploads_per_minute",
            Self::Downloads => "downloads_per_minute",
        }
    }
}

impl Operation {
    /// What the call is counted by.
    pub fn rate(&self) -> Rate {
        match (self.body, self.access, self.name) {
            (Body::FileIn | Body::PieceIn, ..) | (.., "upload.begin") => Rate::Uploads,
            (Body::FileOut, Access::Anonymous, _) => Rate::Downloads,
            (_, Access::Anonymous, _) => Rate::Anonymous,
            (.., "message.send" | "message.forward") => Rate::Sends,
            (.., "history" | "message.show") => Rate::Reads,
            (.., "search") => Rate::Searches,
            _ => Rate::Calls,
        }
    }
}

/// Limits by a name.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitsPreset {
    /// Room for people and for programs that behave.
    #[default]
    Default,
    /// Tight, as a public service on a small machine likes it: 20 calls a minute without a sign-in, 100 with one, and
    /// besides them 10 messages sent and 10 reads of messages. What a minute allows may be used up at once.
    Throttled,
}

impl LimitsPreset {
    /// The figures.
    pub fn limits(self) -> Limits {
        match self {
            Self::Default => Limits::default(),
            Self::Throttled => Limits {
                anonymous_calls_per_minute: 20,
                calls_per_minute: 100,
                sends_per_minute: 10,
                reads_per_minute: 10,
                burst_s: 60,
                ..Limits::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_a_rate_and_every_rate_a_published_figure() {
        let limits = serde_json::to_value(Limits::default()).unwrap();
        for rate in Rate::ALL {
            let figure = Limits::default().per_minute(rate);
            assert_eq!(limits[rate.figure()], figure);
            assert!(Operation::ALL.iter().any(|call| call.rate() == rate));
        }
        let of = |rate| {
            let calls = Operation::ALL
                .iter()
                .filter(move |call| call.rate() == rate);
            calls.map(|call| call.name).collect::<Vec<_>>()
        };

        assert_eq!(of(Rate::Sends), ["message.send", "message.forward"]);
        assert_eq!(of(Rate::Reads), ["history", "message.show"]);
        assert_eq!(of(Rate::Searches), ["search"]);
        assert!(of(Rate::Anonymous).contains(&"auth.login"));
        for call in ["attachment.create", "upload.begin", "upload.continue"] {
            assert!(of(Rate::Uploads).contains(&call), "{call}");
        }
        assert!(of(Rate::Downloads).contains(&"avatar.read"));
    }

    #[test]
    fn a_figure_that_an_older_server_does_not_tell_is_the_usual_one() {
        let told = serde_json::json!({"message_chars": 7, "sparkles": 9});

        let limits: Limits = serde_json::from_value(told).unwrap();

        let usual = Limits::default();
        assert_eq!(
            limits,
            Limits {
                message_chars: 7,
                ..usual
            }
        );
    }

    #[test]
    fn a_burst_is_a_part_of_a_minute() {
        let quarter = Limits::default();
        let whole = LimitsPreset::Throttled.limits();

        assert_eq!([1, 8, 300].map(|n| quarter.burst(n)), [1, 2, 75]);
        assert_eq!([1, 10, 100].map(|n| whole.burst(n)), [1, 10, 100]);
    }
}
