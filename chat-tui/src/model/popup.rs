//! Windows above the chat.

use super::{Field, Form, FormKind, Picker, Picture, Purpose};
use chat_core::{ClientId, ConversationId, MessageId, SessionId, UserId};

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
    /// Throw this message away, which is not sent?
    Discard(ConversationId, ClientId),
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
    /// Whether it is a form of this kind that waits for an answer.
    pub(crate) fn waits(&self, is_it: impl Fn(FormKind) -> bool) -> bool {
        matches!(self, Self::Form(form) if form.busy && is_it(form.kind))
    }

    /// Whether it is one to look something up in, or to choose what to do next: that comes above others, and is gone when it
    /// was used.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Help { .. } => true,
            Self::Pick(picker) => picker.purpose == Purpose::Command,
            _ => false,
        }
    }

    /// Says that there may be more of it, which only the server knows.
    pub(crate) fn is_all_that_is_here(&mut self) {
        let title = match self {
            Self::Pick(picker) => {
                "nothing that is known here".clone_into(&mut picker.nothing);
                &mut picker.title
            }
            Self::Read(reading) => &mut reading.title,
            _ => return,
        };
        title.push_str(", as far as is known here");
    }

    /// The line that is written into, if there is one.
    pub(crate) fn field_mut(&mut self) -> Option<&mut Field> {
        match self {
            Self::Pick(picker) => Some(&mut picker.filter),
            Self::Form(form) if !form.busy => form.focused_mut(),
            _ => None,
        }
    }
}
