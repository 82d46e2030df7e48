//! Something to fill in: one line or a few, asked of the server in one go.

use super::Field;
use chat_core::{ConversationId, MessageId};

/// What is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    /// Whom to talk to.
    NewConversation,
    /// A code to join by.
    Join,
    /// Whom to bring in.
    AddMembers(ConversationId),
    /// Title and description.
    Rename(ConversationId),
    /// What one calls it.
    Nickname(ConversationId),
    /// How one is seen.
    Profile,
    /// Another password.
    Password,
    /// Why a message is reported.
    Report(MessageId),
    /// A file to send, and what to say with it.
    Attach(ConversationId),
}

/// Something to fill in.
#[derive(Debug, Clone)]
pub struct Form {
    /// What.
    pub kind: FormKind,
    /// What it says at the top.
    pub title: &'static str,
    /// What it says below.
    pub hint: String,
    /// The lines, each with what it is for.
    pub fields: Vec<(&'static str, Field)>,
    /// Where the cursor is.
    pub focus: usize,
    /// Whether the server is being asked.
    pub busy: bool,
    /// What went wrong.
    pub error: Option<String>,
    /// What is typed may become one of these.
    pub options: Vec<String>,
}

impl Form {
    /// A form with these lines.
    pub fn new(
        kind: FormKind,
        title: &'static str,
        hint: impl Into<String>,
        fields: &[(&'static str, &str)],
    ) -> Self {
        let fields = fields.iter();
        Self {
            kind,
            title,
            hint: hint.into(),
            fields: fields
                .map(|(label, text)| (*label, Field::new(text)))
                .collect(),
            focus: 0,
            busy: false,
            error: None,
            options: Vec::new(),
        }
    }

    /// What is written in a line.
    pub fn text(&self, line: usize) -> &str {
        self.fields.get(line).map_or("", |(_, field)| field.text())
    }

    pub(crate) fn focused_mut(&mut self) -> Option<&mut Field> {
        self.fields.get_mut(self.focus).map(|(_, field)| field)
    }

    /// What is typed in this line and can be completed: a path, or the last of the usernames.
    pub(crate) fn completable(&self) -> Option<&str> {
        let text = self.text(0);
        let typed = match self.kind {
            _ if self.focus != 0 => None,
            FormKind::Attach(_) => Some(text),
            FormKind::NewConversation | FormKind::AddMembers(_) if titled(text).is_none() => {
                let name = text.rsplit([' ', ',', ';']).next()?;
                Some(name.trim_start_matches('@'))
            }
            _ => None,
        };
        typed.filter(|typed| !typed.is_empty())
    }

    /// Puts something in the place of what is typed at the end of this line.
    pub(crate) fn put(&mut self, typed: &str, whole: &str) {
        if let Some((_, field)) = self.fields.get_mut(self.focus) {
            let text = field.text();
            let before = text.strip_suffix(typed).unwrap_or(text);
            *field = Field::new(&format!("{before}{whole}"));
        }
    }

    /// Moves the cursor to another line, around the end.
    pub(crate) fn step(&mut self, back: bool) {
        let count = self.fields.len().max(1);
        let by = if back { count - 1 } else { 1 };
        self.focus = (self.focus + by) % count;
    }

    /// The usernames of the first line, and the title behind them where there is one.
    pub(crate) fn people(&self) -> Result<People, &'static str> {
        people(self.text(0))
    }
}

/// Whom a conversation is to be with, and what it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct People {
    /// Their usernames.
    pub(crate) usernames: Vec<String>,
    /// What it is to be called.
    pub(crate) title: Option<String>,
    /// Whether only admins are to write in it.
    pub(crate) is_channel: bool,
}

/// The signs between usernames and a title, and whether it is that of a channel.
const SIGNS: &[(&str, bool)] = &[("#", false), (">>", true), ("»", true)];

/// What stands before the first of these signs, what stands behind it, and whether it is that of a channel.
fn titled(typed: &str) -> Option<(&str, &str, bool)> {
    let places = SIGNS.iter().filter_map(|(sign, is_channel)| {
        let (names, title) = typed.split_once(sign)?;
        Some((names, title, *is_channel))
    });
    places.min_by_key(|(names, ..)| names.len())
}

/// Usernames, and the title behind `#`, or that of a channel behind `>>`, where there is one.
pub(crate) fn people(typed: &str) -> Result<People, &'static str> {
    let (names, title, is_channel) = match titled(typed) {
        Some((names, title, is_channel)) => (names, Some(title.trim()), is_channel),
        None => (typed, None, false),
    };
    let names: Vec<_> = names
        .split([' ', ',', ';'])
        .map(|name| name.trim().trim_start_matches('@').to_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    match (names.len(), title.filter(|title| !title.is_empty())) {
        (_, None) if is_channel => Err("write what the channel is to be called"),
        (0, None) => Err("write a username, or several for a group"),
        (_, title) => Ok(People {
            usernames: names,
            title: title.map(str::to_owned),
            is_channel,
        }),
    }
}
