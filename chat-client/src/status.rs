//! How the connection is doing, for people.

use chat_core::Close;

/// How the connection is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// Not started.
    Idle,
    /// There is no network, says the app; it tries when there is ([`Client::network_changed`](crate::Client::network_changed)).
    WaitingForNetwork,
    /// Opening the socket.
    Connecting {
        /// Which try this is since it was last connected, counted from 1.
        attempt: u32,
    },
    /// Connected; fetching what was missed.
    CatchingUp,
    /// Connected, and everything is here.
    Online,
    /// Not connected; it tries again by itself.
    Waiting {
        /// Milliseconds from when this status began to the next try.
        retry_in_ms: u64,
        /// What went wrong.
        reason: String,
    },
    /// Not connected, and it does not try again until [`Client::start`](crate::Client::start) is called.
    Stopped {
        /// Why.
        reason: StopReason,
    },
}

/// Why the connection was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// Nobody is signed in, or the session has ended: sign in again.
    SignedOut,
    /// The account is switched off.
    AccountDisabled,
    /// This client is too old for the server.
    VersionTooOld,
    /// The server did not understand this client.
    ProtocolBroken,
    /// The server closed with a code that forbids coming back, unknown to this version.
    Refused(u16),
    /// [`Client::shutdown`](crate::Client::shutdown) was called.
    ShutDown,
}

impl StopReason {
    /// What a closing code that forbids coming back means.
    pub(crate) fn of_close(code: u16) -> Self {
        match Close::from_code(code) {
            Some(Close::NotSignedIn | Close::SessionEnded) => Self::SignedOut,
            Some(Close::AccountDisabled) => Self::AccountDisabled,
            Some(Close::VersionTooOld) => Self::VersionTooOld,
            Some(Close::BrokenFrame) => Self::ProtocolBroken,
            _ => Self::Refused(code),
        }
    }
}

impl std::fmt::Display for StopReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SignedOut => f.write_str("signed out: sign in again"),
            Self::AccountDisabled => f.write_str("the account is disabled"),
            Self::VersionTooOld => f.write_str("this client is too old for the server: update it"),
            Self::ProtocolBroken => f.write_str("the server did not understand this client"),
            Self::Refused(code) => write!(f, "the server refuses this client (code {code})"),
            Self::ShutDown => f.write_str("shut down"),
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Idle => f.write_str("not connected"),
            Self::WaitingForNetwork => f.write_str("waiting for a network"),
            Self::Connecting { attempt: 1 } => f.write_str("connecting"),
            Self::Connecting { attempt } => write!(f, "connecting (try {attempt})"),
            Self::CatchingUp => f.write_str("catching up"),
            Self::Online => f.write_str("online"),
            Self::Waiting {
                retry_in_ms,
                reason,
            } => write!(
                f,
                "trying again in {:.1} s: {reason}",
                std::time::Duration::from_millis(*retry_in_ms).as_secs_f32()
            ),
            Self::Stopped { reason } => write!(f, "stopped: {reason}"),
        }
    }
}
