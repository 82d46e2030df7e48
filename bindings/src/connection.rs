//! How the connection is doing.

use chat_client::{Status, StopReason};

/// How the connection is doing.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum ConnectionState {
    /// Not started.
    Idle,
    /// There is no network, says the app; it connects when there is.
    WaitingForNetwork,
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
    BackingOff {
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

impl ConnectionState {
    /// Whether it will never be anything else.
    pub(crate) fn is_over(&self) -> bool {
        let cause = match self {
            Self::Stopped { cause, .. } => Some(*cause),
            _ => None,
        };
        cause == Some(StopCause::ShutDown)
    }
}

impl From<&Status> for ConnectionState {
    fn from(status: &Status) -> Self {
        match status {
            Status::WaitingForNetwork => Self::WaitingForNetwork,
            Status::Connecting { attempt } => Self::Connecting { attempt: *attempt },
            Status::CatchingUp => Self::CatchingUp,
            Status::Online => Self::Online,
            Status::Waiting {
                retry_in_ms,
                reason,
            } => Self::BackingOff {
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
        assert!(!expected.is_over());
        let reason = StopReason::ShutDown;
        assert!(ConnectionState::from(&Status::Stopped { reason }).is_over());
    }
}
