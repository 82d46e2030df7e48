//! What to read again, and how the connection is doing.

use chat_client::{Status, StopReason, Update};
use std::collections::BTreeSet;

/// What is different since the last one: however much happened, it is one update.
#[derive(Debug, Clone, Default, PartialEq, uniffi::Record)]
pub struct ClientUpdate {
    /// Everything may be different.
    pub everything: bool,
    /// The connection's state.
    pub connection: bool,
    /// The list of conversations.
    pub list: bool,
    /// Somebody's presence.
    pub presence: bool,
    /// Conversations about which something is different, by id.
    pub conversation_ids: Vec<String>,
}

impl ClientUpdate {
    /// One update out of many.
    pub(crate) fn of(updates: impl IntoIterator<Item = Update>) -> Self {
        let mut update = Self::default();
        let mut ids = BTreeSet::new();
        for one in updates {
            match one {
                Update::Status => update.connection = true,
                Update::List => update.list = true,
                Update::Presence => update.presence = true,
                Update::Conversation(id) => {
                    ids.insert(id);
                }
                Update::Reset => update.everything = true,
                // What an event changed is told beside it.
                _ => {}
            }
        }
        update.conversation_ids = ids.iter().map(ToString::to_string).collect();
        update
    }

    /// Whether there is nothing to read again.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How the connection is doing.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum ConnectionState {
    /// Not started.
    Idle,
    /// Opening the socket.
    Connecting {
        /// Which try this is, counted from 1.
        attempt: u32,
    },
    /// Connected; fetching what was missed.
    CatchingUp,
    /// Connected, and everything is here.
    Online,
    /// Not connected; it tries again by itself.
    Waiting {
        /// Milliseconds to the next try, from when this state began.
        retry_in_ms: u64,
        /// What went wrong.
        reason: String,
    },
    /// Not connected, and it does not try again.
    Stopped {
        /// Why.
        cause: StopCause,
        /// Why, in a sentence.
        detail: String,
    },
}

/// Why the connection was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum StopCause {
    /// Sign in again.
    SignedOut,
    /// The account is switched off.
    AccountDisabled,
    /// The app is too old for the server.
    UpgradeNeeded,
    /// The client was shut down.
    ShutDown,
    /// The server refuses this client.
    Refused,
}

impl From<&Status> for ConnectionState {
    fn from(status: &Status) -> Self {
        match status {
            Status::Connecting { attempt } => Self::Connecting { attempt: *attempt },
            Status::CatchingUp => Self::CatchingUp,
            Status::Online => Self::Online,
            Status::Waiting {
                retry_in_ms,
                reason,
            } => Self::Waiting {
                retry_in_ms: *retry_in_ms,
                reason: reason.clone(),
            },
            Status::Stopped { reason } => Self::Stopped {
                cause: match reason {
                    StopReason::SignedOut => StopCause::SignedOut,
                    StopReason::AccountDisabled => StopCause::AccountDisabled,
                    StopReason::VersionTooOld => StopCause::UpgradeNeeded,
                    StopReason::ShutDown => StopCause::ShutDown,
                    _ => StopCause::Refused,
                },
                detail: reason.to_string(),
            },
            // Idle, or of a newer SDK: nothing an app could do about it.
            _ => Self::Idle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat_core::ConversationId;

    #[test]
    fn many_updates_are_one_and_each_conversation_is_in_it_once() {
        let id: ConversationId = "01890a5d-ac96-774b-bcce-b302099a8001".parse().unwrap();

        let update = ClientUpdate::of([
            Update::Conversation(id),
            Update::List,
            Update::Conversation(id),
        ]);

        assert_eq!(update.conversation_ids, [id.to_string()]);
        assert!(update.list && !update.everything && !update.connection);
        assert!(!update.is_empty() && ClientUpdate::of([]).is_empty());
    }

    #[test]
    fn a_stop_says_what_to_do() {
        let stopped = Status::Stopped {
            reason: StopReason::SignedOut,
        };

        let expected = ConnectionState::Stopped {
            cause: StopCause::SignedOut,
            detail: "signed out: sign in again".into(),
        };
        assert_eq!(ConnectionState::from(&stopped), expected);
    }
}
