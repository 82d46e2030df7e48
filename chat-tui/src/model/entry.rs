//! A message as it is shown: inert, with its lines wrapped once per width.

mod lines;

pub(super) use lines::file_label;
pub use lines::{Tone, Wrapped};

use super::{Coming, summary::person_name};
use crate::when;
use chat_core::{
    ClientId, Echo, EchoStatus, Extras, Message, MessageId, MessageKind, Seq, UserId, text,
};
use jiff::{civil::Date, tz::TimeZone};
use std::{
    borrow::Cow,
    cell::RefCell,
    rc::Rc,
    sync::{Arc, LazyLock},
};

/// What an item is, for finding it again after everything around it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// The beginning.
    Start,
    /// The hole before the stretch after this place.
    Gap(Seq),
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
    pub(crate) fn order(&self) -> (Seq, u8) {
        match self {
            Self::Start => (Seq::ZERO, 0),
            Self::Gap(seq) => (*seq, 3),
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
    /// Told by the server: something that happened to the conversation.
    System,
    /// A tombstone.
    Deleted,
    /// On its way.
    Pending,
    /// Refused; why.
    Failed(String),
}

/// A message as it is shown. All its texts are inert, but for [`Entry::stored_text`].
#[derive(Debug, Clone)]
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
    /// Whether it names the reader, or everybody.
    pub names_me: bool,
    /// The beginning of what it answers, and who said that.
    quote: Option<String>,
    /// The reader's username, where the text names them.
    username: String,
    /// What is stored, where that is not inert: an edit goes on from there, and takes nothing out unasked.
    stored_text: Option<String>,
    /// What it is about to be.
    pub(super) coming: Option<Coming>,
    /// The message itself, shared with the state: as long as it is the same there, nothing is to be shown anew.
    message: Option<Arc<Message>>,
    wrapped: RefCell<Option<(u16, Rc<Wrapped>)>>,
}

/// Who reads, and where.
pub(super) struct Reader<'a> {
    pub(super) me: UserId,
    pub(super) username: &'a str,
    pub(super) zone: &'a TimeZone,
}

/// Columns before a message's text: the time, the name, and a space behind each.
pub fn body_indent(width: u16) -> u16 {
    6 + name_room(width) + 2
}

/// Columns for the name.
pub fn name_room(width: u16) -> u16 {
    match width {
        0..=29 => 3,
        30..=49 => 7,
        50..=62 => 9,
        _ => 14,
    }
}

impl Entry {
    pub(super) fn stored(
        message: &Arc<Message>,
        quote: Option<String>,
        reader: &Reader<'_>,
    ) -> Self {
        let shown = text::inert(&message.content);
        let names_me = message.mentions(reader.me);
        Self {
            stored_text: (shown != message.content).then(|| message.content.clone()),
            key: Key::Message(message.seq),
            sender: message.sender.id,
            name: person_name(&message.sender),
            mine: message.sender.id == reader.me,
            text: shown.into_owned(),
            day: when::day(message.created_at, reader.zone),
            clock: when::clock(message.created_at, reader.zone),
            state: match (message.deleted_at, message.kind) {
                (Some(_), _) => EntryState::Deleted,
                (None, MessageKind::System) => EntryState::System,
                (None, _) => EntryState::Stored {
                    id: message.id,
                    edited: message.edited_at.is_some(),
                },
            },
            username: match names_me {
                true => reader.username.to_owned(),
                false => String::new(),
            },
            names_me,
            quote,
            coming: None,
            message: Some(message.clone()),
            wrapped: RefCell::default(),
        }
    }

    pub(super) fn echo(echo: &Echo, quote: Option<String>, reader: &Reader<'_>) -> Self {
        Self {
            key: Key::Echo(echo.client_id.clone()),
            sender: reader.me,
            name: "you".to_owned(),
            mine: true,
            text: match text::inert(&echo.content) {
                // A file without words; what it is called is told while it is sent.
                text if text.is_empty() => "a file".to_owned(),
                text => text.into_owned(),
            },
            day: when::day(echo.created_at, reader.zone),
            clock: when::clock(echo.created_at, reader.zone),
            state: match &echo.status {
                EchoStatus::Pending => EntryState::Pending,
                EchoStatus::Failed { detail, .. } => {
                    EntryState::Failed(text::inert_line(detail).into_owned())
                }
            },
            names_me: false,
            quote,
            username: String::new(),
            stored_text: None,
            coming: None,
            message: None,
            wrapped: RefCell::default(),
        }
    }

    /// Something that bo said at midnight.
    #[cfg(test)]
    pub(crate) fn heard(seq: Seq, text: &str) -> Self {
        let now = chat_core::Timestamp::from_ms(0);
        let echo = Echo {
            client_id: ClientId::try_from("heard".to_owned()).expect("it is one"),
            conversation_id: chat_core::ConversationId::new(uuid::Uuid::nil()),
            content: text.to_owned(),
            created_at: now,
            reply_to: None,
            status: EchoStatus::Pending,
        };
        let reader = Reader {
            me: UserId::new(uuid::Uuid::nil()),
            username: "",
            zone: &TimeZone::UTC,
        };
        Self {
            key: Key::Message(seq),
            name: "bo".to_owned(),
            mine: false,
            state: EntryState::Stored {
                id: MessageId::new(uuid::Uuid::from_u128(seq.get().into())),
                edited: false,
            },
            ..Self::echo(&echo, None, &reader)
        }
    }

    pub(super) fn still_shows(&self, message: &Arc<Message>, quote: Option<&String>) -> bool {
        let shown = self.message.as_ref();
        shown.is_some_and(|shown| Arc::ptr_eq(shown, message)) && self.quote.as_ref() == quote
    }

    /// What belongs to it besides its text, as it came.
    pub(crate) fn extras(&self) -> &Extras {
        static NOTHING: LazyLock<Extras> = LazyLock::new(Extras::default);
        self.message
            .as_ref()
            .map_or(&NOTHING, |message| &message.extras)
    }

    /// Whether it is pinned in its conversation.
    pub(crate) fn is_pinned(&self) -> bool {
        self.message
            .as_ref()
            .is_some_and(|message| message.pinned_at.is_some())
    }

    /// Whether it is told without a name: by the server, of the conversation.
    pub fn is_system(&self) -> bool {
        self.state == EntryState::System
    }

    /// Its id, when it is stored and still says something.
    pub fn id(&self) -> Option<MessageId> {
        match self.state {
            EntryState::Stored { id, .. } => Some(id),
            _ => None,
        }
    }

    /// Its place, when it is stored.
    pub fn seq(&self) -> Option<Seq> {
        match self.key {
            Key::Message(seq) => Some(seq),
            _ => None,
        }
    }

    /// The beginning of what it answers, and who said that.
    pub(crate) fn quote(&self) -> Option<&str> {
        self.quote.as_deref()
    }

    /// The addresses in it that a browser opens.
    pub fn links(&self) -> Vec<String> {
        let words = self.text.split_whitespace();
        let mut links = Vec::new();
        for word in words {
            let word = word.trim_start_matches(['(', '<', '[', '"', '\'']);
            let word =
                word.trim_end_matches([')', '>', ']', '"', '\'', '.', ',', ';', ':', '!', '?']);
            let known = url::Url::parse(word).ok();
            let opens = known.filter(|url| matches!(url.scheme(), "http" | "https"));
            if let Some(url) = opens.map(String::from).filter(|url| !links.contains(url)) {
                links.push(url);
            }
        }
        links
    }

    /// What was said as it is stored, or is about to be. It need not be inert.
    pub fn stored_text(&self) -> &str {
        let coming = self
            .coming
            .as_ref()
            .and_then(|coming| coming.text.as_deref());
        coming.or(self.stored_text.as_deref()).unwrap_or(&self.text)
    }

    /// What is read: what was said, or what an edit that waits to be sent makes of it.
    pub fn shown_text(&self) -> Cow<'_, str> {
        match self.coming.as_ref().and_then(|coming| coming.text.as_ref()) {
            Some(coming) => text::inert(coming),
            None => Cow::Borrowed(&self.text),
        }
    }

    /// The same, about to be this.
    pub(super) fn becoming(&self, coming: Option<&Coming>) -> Self {
        Self {
            coming: coming.cloned(),
            wrapped: RefCell::default(),
            ..self.clone()
        }
    }

    /// Whether it has lines.
    pub(crate) fn is_wrapped(&self) -> bool {
        self.wrapped.borrow().is_some()
    }

    /// Lets its lines go until they are wanted again.
    pub(super) fn forget_lines(&self) {
        self.wrapped.take();
    }

    /// Its lines in a room of this width.
    pub fn wrapped(&self, width: u16) -> Rc<Wrapped> {
        let mut cached = self.wrapped.borrow_mut();
        match &*cached {
            Some((at, wrapped)) if *at == width => wrapped.clone(),
            _ => {
                let room = usize::from(width - body_indent(width).min(width));
                let wrapped = Rc::new(lines::wrap(self, room));
                *cached = Some((width, wrapped.clone()));
                wrapped
            }
        }
    }
}
