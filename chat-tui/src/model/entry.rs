//! A message as it is shown: inert, with its lines wrapped once per width.

use super::summary::person_name;
use crate::{when, wrap};
use chat_core::{ClientId, Echo, EchoStatus, Message, MessageId, Seq, Timestamp, UserId, text};
use jiff::{civil::Date, tz::TimeZone};
use std::{cell::RefCell, rc::Rc};

/// What an item is, for finding it again after everything around it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// The beginning.
    Start,
    /// The day divider before the message at this place.
    Day(Seq),
    /// The divider before what is new, before the message at this place.
    New(Seq),
    /// A stored message.
    Message(Seq),
    /// A message on its way.
    Echo(ClientId),
}

impl Key {
    /// Where it stands among the others.
    pub(super) fn order(&self) -> (Seq, u8) {
        match self {
            Self::Start => (Seq::ZERO, 0),
            Self::Day(seq) => (*seq, 0),
            Self::New(seq) => (*seq, 1),
            Self::Message(seq) => (*seq, 2),
            Self::Echo(_) => (Seq::MAX, 2),
        }
    }
}

/// How a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryState {
    /// Stored.
    Stored {
        /// Its id.
        id: MessageId,
        /// Whether it was changed.
        edited: bool,
    },
    /// A tombstone.
    Deleted,
    /// On its way.
    Pending,
    /// Refused; why.
    Failed(String),
}

/// A message as it is shown. All its texts are inert, but for [`Entry::stored_text`].
#[derive(Debug)]
pub struct Entry {
    /// What it is found again by.
    pub key: Key,
    /// Who said it.
    pub sender: UserId,
    /// What they are called here.
    pub name: String,
    /// Whether the reader said it.
    pub mine: bool,
    /// What was said.
    pub text: String,
    /// Its local day.
    pub day: Date,
    /// Its local time.
    pub clock: String,
    /// How it is.
    pub state: EntryState,
    /// What is stored, where that is not inert: an edit goes on from there, and takes nothing out unasked.
    stored_text: Option<String>,
    /// The name as it came, to see whether it is another now.
    display_name: String,
    changed_at: Option<Timestamp>,
    wrapped: RefCell<Option<(u16, Rc<Wrapped>)>>,
}

/// A message's lines at one width.
#[derive(Debug)]
pub struct Wrapped {
    /// The text.
    pub body: Vec<String>,
    /// What is said about the message behind its last line, or below it.
    pub tail: Vec<String>,
    /// Whether the tail begins behind the last line.
    pub tail_joins: bool,
}

impl Wrapped {
    /// The rows it takes.
    pub fn height(&self) -> usize {
        self.body.len() + self.tail.len() - usize::from(self.tail_joins)
    }
}

/// Columns before a message's text: the time, the name, and a space behind each.
pub fn body_indent(width: u16) -> u16 {
    6 + name_room(width) + 2
}

/// Columns for the name.
pub fn name_room(width: u16) -> u16 {
    match width {
        0..=49 => 7,
        50..=62 => 9,
        _ => 14,
    }
}

impl Entry {
    pub(super) fn stored(message: &Message, me: UserId, zone: &TimeZone) -> Self {
        let shown = text::inert(&message.content);
        Self {
            stored_text: (shown != message.content).then(|| message.content.clone()),
            key: Key::Message(message.seq),
            sender: message.sender.id,
            name: person_name(&message.sender),
            mine: message.sender.id == me,
            text: shown.into_owned(),
            day: when::day(message.created_at, zone),
            clock: when::clock(message.created_at, zone),
            state: match message.deleted_at {
                Some(_) => EntryState::Deleted,
                None => EntryState::Stored {
                    id: message.id,
                    edited: message.edited_at.is_some(),
                },
            },
            display_name: message.sender.display_name.clone(),
            changed_at: message.deleted_at.or(message.edited_at),
            wrapped: RefCell::default(),
        }
    }

    pub(super) fn echo(echo: &Echo, me: UserId, zone: &TimeZone) -> Self {
        Self {
            key: Key::Echo(echo.client_id.clone()),
            sender: me,
            name: "you".to_owned(),
            mine: true,
            text: text::inert(&echo.content).into_owned(),
            day: when::day(echo.created_at, zone),
            clock: when::clock(echo.created_at, zone),
            state: match &echo.status {
                EchoStatus::Pending => EntryState::Pending,
                EchoStatus::Failed { detail, .. } => {
                    EntryState::Failed(text::inert_line(detail).into_owned())
                }
            },
            stored_text: None,
            display_name: String::new(),
            changed_at: None,
            wrapped: RefCell::default(),
        }
    }

    pub(super) fn still_shows(&self, message: &Message) -> bool {
        self.key == Key::Message(message.seq)
            && self.changed_at == message.deleted_at.or(message.edited_at)
            && self.display_name == message.sender.display_name
    }

    /// What was said as it is stored. It need not be inert.
    pub fn stored_text(&self) -> &str {
        self.stored_text.as_deref().unwrap_or(&self.text)
    }

    /// Its lines in a room of this width.
    pub fn wrapped(&self, width: u16) -> Rc<Wrapped> {
        let mut cached = self.wrapped.borrow_mut();
        match &*cached {
            Some((at, wrapped)) if *at == width => wrapped.clone(),
            _ => {
                let wrapped =
                    Rc::new(self.wrap(usize::from(width - body_indent(width).min(width))));
                *cached = Some((width, wrapped.clone()));
                wrapped
            }
        }
    }

    fn wrap(&self, room: usize) -> Wrapped {
        let tail = match &self.state {
            EntryState::Stored { edited: true, .. } => "(edited)".to_owned(),
            EntryState::Stored { .. } | EntryState::Deleted => String::new(),
            EntryState::Pending => "◷".to_owned(),
            EntryState::Failed(why) => format!("✗ not sent: {why}"),
        };
        let body = match self.state {
            EntryState::Deleted => vec!["message deleted".to_owned()],
            _ => wrap::wrap(&self.text, room),
        };
        let last = body.last().map_or(0, |line| wrap::width(line));
        let tail_joins = !tail.is_empty() && last + 1 + wrap::width(&tail) <= room;
        Wrapped {
            tail: match tail.is_empty() {
                true => Vec::new(),
                false => wrap::wrap(&tail, room),
            },
            body,
            tail_joins,
        }
    }
}
