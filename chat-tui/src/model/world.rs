//! What the model knows of the world around the messages: who is signed in, how the connection is, what is on its way.

use super::Scroll;
use chat_core::{ConversationId, Timestamp, UserId};

/// Who is signed in, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user.
    pub me: UserId,
    /// Their username.
    pub username: String,
    /// The server, as it is shown.
    pub server: String,
    /// The server's address.
    pub address: String,
}

/// How the connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// Not begun.
    Idle,
    /// A socket is being opened.
    Connecting,
    /// Connected; what was missed is being fetched.
    CatchingUp,
    /// Connected, and nothing is missing.
    Online,
    /// Waiting before the next try.
    Waiting {
        /// Until then.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// It will not be tried again.
    Stopped {
        /// Why.
        reason: String,
    },
}

impl Connection {
    /// Whether the server has let the reader in.
    pub(crate) fn is_in(&self) -> bool {
        matches!(self, Self::CatchingUp | Self::Online)
    }

    /// Whether it was tried, however that went.
    pub(crate) fn is_tried(&self) -> bool {
        !matches!(self, Self::Idle | Self::Connecting)
    }
}

/// A line above the hints that goes away by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it says.
    pub text: String,
    /// Whether something went wrong.
    pub bad: bool,
    /// Until when.
    pub until: Timestamp,
}

/// A file on its way to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Into which conversation.
    pub conversation: ConversationId,
    /// What it is called.
    pub name: String,
    /// Bytes that went out, and bytes there are; none while it waits.
    pub progress: Option<(u64, u64)>,
}

/// Where the reader was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// In which conversation.
    pub conversation: ConversationId,
    /// What was in view.
    pub scroll: Scroll,
}

/// A window that was asked for comes when it comes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Awaits {
    /// None was asked for.
    #[default]
    Nothing,
    /// It is waited for.
    Window,
    /// Somebody has gone on with something else since.
    NoMore,
}
