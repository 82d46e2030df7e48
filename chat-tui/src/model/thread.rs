//! The open conversation: its messages as items to draw, between dividers. Brought up to date from the client's state;
//! what did not change keeps its wrapped lines.

use super::{
    Scroll,
    entry::{Entry, EntryState, Key, Reader, file_label},
    summary::{other, person_name, presence, title},
};
use chat_core::{
    ConversationId, ConversationKind, ConversationState, MemberRole, Message, PresenceState, Right,
    Seq, State, Timestamp, UserId, text,
};
use jiff::{civil::Date, tz::TimeZone};
use std::rc::Rc;

/// A row or several of the messages' room.
#[derive(Debug, Clone)]
pub enum Item {
    /// The beginning, or that older messages are on their way.
    Start,
    /// Another day begins.
    Day(Date, Seq),
    /// What is new begins.
    New(Seq),
    /// A message.
    Entry(Rc<Entry>),
}

impl Item {
    /// What it is found again by.
    pub fn key(&self) -> Key {
        match self {
            Self::Start => Key::Start,
            Self::Day(_, seq) => Key::Day(*seq),
            Self::New(seq) => Key::New(*seq),
            Self::Entry(entry) => entry.key.clone(),
        }
    }
}

/// A member as the pane shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// What they are called here.
    pub name: String,
    /// Whether they are here.
    pub presence: PresenceState,
}

/// How the loading of older messages stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Older {
    /// Nothing is asked.
    Idle,
    /// They are on their way.
    Loading,
    /// It did not work; scrolling up, or a new connection, tries again.
    Failed(String),
}

/// The open conversation.
#[derive(Debug)]
pub struct Thread {
    /// Which.
    pub id: ConversationId,
    /// What it is.
    pub kind: ConversationKind,
    /// What it is called here.
    pub title: String,
    /// What it is about.
    pub about: String,
    /// The first members.
    pub members: Vec<Person>,
    /// How many there are.
    pub member_count: u32,
    /// Who writes.
    pub typing: Vec<String>,
    /// In a direct conversation: whether the other is here.
    pub presence: Option<PresenceState>,
    /// Unread messages.
    pub unread: u32,
    /// Everything to draw, oldest first.
    pub items: Vec<Item>,
    /// Whether there are older messages than the loaded ones.
    pub has_before: bool,
    /// How their loading stands.
    pub older: Older,
    /// What is in view.
    pub scroll: Scroll,
    /// When it was opened, or when the reader came back to it.
    pub opened_at: Timestamp,
    /// Whether it was brought up to date since it was opened.
    pub loaded: bool,
    /// Messages of others after this place are behind the divider.
    pub new_after: Option<Seq>,
    /// Whether the reader may say something here.
    pub may_send: bool,
    may_delete_any: bool,
}

impl Thread {
    /// A conversation that was just opened; nothing of it is known yet.
    pub fn new(id: ConversationId, kind: ConversationKind, title: String, now: Timestamp) -> Self {
        Self {
            id,
            kind,
            title,
            about: String::new(),
            members: Vec::new(),
            member_count: 0,
            typing: Vec::new(),
            presence: None,
            unread: 0,
            items: Vec::new(),
            has_before: false,
            older: Older::Idle,
            scroll: Scroll::Tail,
            opened_at: now,
            loaded: false,
            new_after: None,
            // Until the reader's role is known, what everybody may.
            may_send: MemberRole::Member.may(Right::Send, kind),
            may_delete_any: false,
        }
    }

    /// Whether it is between two.
    pub fn is_direct(&self) -> bool {
        self.kind == ConversationKind::Direct
    }

    /// Its messages, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Rc<Entry>> {
        self.items.iter().filter_map(|item| match item {
            Item::Entry(entry) => Some(entry),
            _ => None,
        })
    }

    /// One of its messages.
    pub fn entry(&self, key: &Key) -> Option<&Rc<Entry>> {
        self.entries().rev().find(|entry| entry.key == *key)
    }

    /// The place of the newest stored message.
    pub fn newest(&self) -> Option<Seq> {
        self.entries().rev().find_map(|entry| match entry.key {
            Key::Message(seq) => Some(seq),
            _ => None,
        })
    }

    /// The same, with the conversation.
    pub(crate) fn newest_place(&self) -> Option<(ConversationId, Seq)> {
        self.newest().map(|seq| (self.id, seq))
    }

    /// Whether the reader may delete this message.
    pub fn may_delete(&self, entry: &Entry) -> bool {
        matches!(entry.state, EntryState::Stored { .. }) && (entry.mine || self.may_delete_any)
    }

    /// Brings it up to date. `reading` says whether the newest message was before the reader's eyes until now.
    pub(crate) fn refresh(
        &mut self,
        state: &State,
        known: &ConversationState,
        zone: &TimeZone,
        reading: bool,
    ) {
        let conversation = known.conversation();
        let me = state.me();
        self.kind = conversation.kind;
        self.title = title(conversation, me);
        self.about = conversation
            .description
            .as_deref()
            .map(|about| text::inert_line(about).into_owned())
            .unwrap_or_default();
        self.member_count = conversation.member_count;
        let role = conversation.my.role;
        self.may_send = role.may(Right::Send, conversation.kind);
        self.may_delete_any = role.may(Right::DeleteOthers, conversation.kind);
        let members = &conversation.members;
        self.typing = known
            .typing()
            .map(|name| {
                let mut users = members.iter().map(|member| &member.user);
                match users.find(|user| user.username == name) {
                    Some(user) => person_name(user),
                    None => text::inert_line(name).into_owned(),
                }
            })
            .collect();
        self.refresh_people(state, known);

        let unread = conversation.my.unread_count;
        if !self.loaded {
            self.new_after = (unread > 0).then_some(conversation.my.read_seq);
        } else if self.new_after.is_none() && self.unread == 0 && unread > 0 && !reading {
            self.new_after = self.newest();
        }
        self.unread = unread;
        self.has_before = known.has_before();
        self.items = self.build(state, known, zone);
        self.loaded = true;
    }

    /// Brings up to date who is here.
    pub(crate) fn refresh_people(&mut self, state: &State, known: &ConversationState) {
        let conversation = known.conversation();
        self.members = conversation
            .members
            .iter()
            .map(|member| Person {
                id: member.user.id,
                name: person_name(&member.user),
                presence: presence(state, &member.user),
            })
            .collect();
        self.presence = match conversation.kind {
            ConversationKind::Direct => {
                other(conversation, state.me()).map(|user| presence(state, user))
            }
            ConversationKind::Group | ConversationKind::Channel => None,
        };
    }

    fn build(&self, state: &State, known: &ConversationState, zone: &TimeZone) -> Vec<Item> {
        let username = username(state, known);
        let reader = Reader {
            me: state.me(),
            username: &username,
            zone,
        };
        let mut before = self.entries().peekable();
        let stored = known.messages().map(|message| {
            let key = Key::Message(message.seq).order();
            while before.next_if(|old| old.key.order() < key).is_some() {}
            let quote = quote(message, known);
            match before.next_if(|old| old.still_shows(message, quote.as_ref())) {
                Some(old) => old.clone(),
                None => Rc::new(Entry::stored(message, quote, &reader)),
            }
        });
        let echoes = state.echoes(self.id).iter();
        let echoes = echoes.map(|echo| Rc::new(Entry::echo(echo, &reader)));

        let mut items = vec![Item::Start];
        let mut day = None;
        let mut new_after = self.new_after;
        for entry in stored.chain(echoes) {
            let (seq, _) = entry.key.order();
            if day != Some(entry.day) {
                day = Some(entry.day);
                items.push(Item::Day(entry.day, seq));
            }
            if new_after.is_some_and(|after| seq > after) && !entry.mine {
                new_after = None;
                items.push(Item::New(seq));
            }
            items.push(Item::Entry(entry));
        }
        items
    }
}

/// The reader's username, by which texts name them.
fn username(state: &State, known: &ConversationState) -> String {
    let mut members = known
        .conversation()
        .members
        .iter()
        .map(|member| &member.user);
    let account = state.account().map(|me| &me.user);
    account
        .or_else(|| members.find(|user| user.id == state.me()))
        .map(|user| user.username.to_lowercase())
        .unwrap_or_default()
}

/// A file that is answered is named in so many columns.
const QUOTED: usize = 40;

/// The beginning of what a message answers, in one line.
fn quote(message: &Message, known: &ConversationState) -> Option<String> {
    let reply = message.extras.reply_to.as_ref()?;
    let answered = known.message(reply.id);
    let file = answered.and_then(|message| message.extras.attachments.first());
    let said = match file {
        _ if answered.is_some_and(|message| message.deleted_at.is_some()) => {
            "message deleted".into()
        }
        Some(file) if reply.excerpt.is_empty() => file_label(file, QUOTED).into(),
        None if reply.excerpt.is_empty() => "…".into(),
        _ => text::inert_line(&reply.excerpt),
    };
    let mut members = known
        .conversation()
        .members
        .iter()
        .map(|member| &member.user);
    let sender = answered
        .map(|message| &message.sender)
        .or_else(|| members.find(|user| user.id == reply.sender_id));
    Some(match sender {
        Some(sender) => format!("{}: {said}", person_name(sender)),
        None => said.into_owned(),
    })
}
