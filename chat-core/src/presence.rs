//! Who is here, and who is writing. Best effort: it may be lost, late or repeated.

use crate::{ConversationId, FieldErrors, Timestamp, UserId, input::input, told};
use serde::{Deserialize, Serialize};

/// Whether somebody is here. A newer server may tell another state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    /// At least one device is in use.
    Online,
    /// Connected, but not in use.
    Away,
    /// Not connected.
    Offline,
    /// The server cannot say just now, or says it in a word of a newer one: shown as nothing is known.
    Unknown,
}

/// Where somebody is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Presence {
    /// Who.
    pub user_id: UserId,
    /// Whether they are here.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub state: PresenceState,
    /// When they were last here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

/// Somebody writes, or stopped. Goes out by itself after six seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Typing {
    /// Who.
    pub user_id: UserId,
    /// Their username.
    pub username: String,
    /// Whether they write.
    pub is_typing: bool,
}

/// The presence of those whom the socket watches from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Watched {
    /// As it is now; changes come as `presence` events.
    pub items: Vec<Presence>,
}

input! {
    /// Says that one writes, or stopped.
    pub struct SetTyping {
        /// Where.
        pub conversation_id: ConversationId,
        /// Whether one writes.
        pub is_typing: bool,
    }
}

input! {
    /// Says whether this device is in use.
    pub struct SetPresence {
        /// `online` or `away`.
        pub state: PresenceState,
    }
    where |set| match set.state {
        PresenceState::Online | PresenceState::Away => Ok(()),
        PresenceState::Offline | PresenceState::Unknown => Err(FieldErrors::one(
            "state",
            "must be online or away; close the socket to be offline",
        )),
    }
}

input! {
    /// Says whose presence this socket wants to hear of: at most 500 users, who share a conversation with the caller.
    /// Replaces what it watched before.
    pub struct WatchPresence {
        /// Whom.
        pub user_ids: Vec<UserId>,
    }
}
