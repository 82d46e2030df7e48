//! Windows above the chat.

use super::{Field, Form, Picker, Picture};
use chat_core::{ConversationId, MessageId, SessionId, UserId};

/// A window above the chat.
#[derive(Debug, Clone)]
pub enum Popup {
    /// All keys.
    Help {
        /// The first row that is shown.
        top: u16,
    },
    /// Something to choose.
    Pick(Picker),
    /// Something to fill in.
    Form(Form),
    /// A question before something that cannot be undone.
    Ask(Question),
    /// Something to read.
    Read(Reading),
    /// A picture to look at.
    Picture(Picture),
}

/// A question before something that cannot be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Delete this message?
    Delete(MessageId),
    /// Sign out?
    SignOut,
    /// Leave this conversation?
    Leave(ConversationId),
    /// Take somebody out of it?
    Remove {
        /// Out of which.
        conversation: ConversationId,
        /// Whom.
        user: UserId,
        /// What they are called.
        name: String,
    },
    /// Let somebody write to one no more?
    Block(UserId, String),
    /// Sign out on another device?
    EndSession(SessionId, String),
    /// Sign out everywhere else?
    EndOthers(Vec<SessionId>),
    /// Put so much pasted text into the draft?
    Paste(String),
}

/// Something to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it is.
    pub title: String,
    /// Inert lines, not wrapped yet.
    pub lines: Vec<String>,
    /// The first row that is shown.
    pub top: u16,
}

impl Popup {
    /// The line that is written into, if there is one.
    pub(crate) fn field_mut(&mut self) -> Option<&mut Field> {
        match self {
            Self::Pick(picker) => Some(&mut picker.filter),
            Self::Form(form) if !form.busy => form.focused_mut(),
            _ => None,
        }
    }
}
