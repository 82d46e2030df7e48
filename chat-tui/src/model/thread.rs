//! The open conversation: its messages as items to draw, between dividers. Brought up to date from the client's state;
//! what did not change keeps its wrapped lines.

mod quote;

use super::{
    Scroll,
    entry::{Entry, Key, Reader},
    summary::{other, person_name, presence, title},
};
use chat_core::{
    ConversationId, ConversationKind, ConversationState, History, MemberRole, MessageId,
    PresenceState, Right, Seq, State, Timestamp, UserId, text,
};
use jiff::{civil::Date, tz::TimeZone};
use quote::{quote, username};
use std::{collections::BTreeSet, rc::Rc};

/// A row or several of the messages' room.
#[derive(Debug, Clone)]
pub enum Item {
    /// The beginning, or that older messages are on their way.
    Start,
    /// A hole between messages that are known: it begins after the first place, and what is behind it after the second.
    Gap(Seq, Seq),
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
            Self::Gap(_, after) => Key::Gap(*after),
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
    /// The name they are mentioned by.
    pub username: String,
    /// Whether they are here.
    pub presence: PresenceState,
    /// They have read up to here.
    pub read: Seq,
    /// One of their devices has everything up to here.
    pub delivered: Seq,
}

/// How far a message of the reader's own has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// The server has it.
    Stored,
    /// Others have it on their devices.
    Delivered,
    /// Everybody of whom it is known has read it.
    Read,
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
    /// The place after which the loaded ones begin.
    pub(super) begin: Seq,
    /// The message that is to be shown as soon as it is here.
    pub(crate) awaited: Option<Seq>,
    /// Everything around it is here: if it is not, it never will be.
    pub(crate) is_placed: bool,
    /// What was in view the last time, to be in view again.
    pub(crate) was_at: Option<Scroll>,
    /// It was marked unread on purpose: reading does not mark it again until the reader comes back to it.
    pub(crate) left_unread: bool,
    /// What the reader is in it.
    pub(crate) role: MemberRole,
    /// Messages stay so many seconds; none for ever.
    pub(crate) stays_s: Option<u32>,
    /// How their loading stands.
    pub older: Older,
    /// What was asked for and is not answered.
    pub(crate) asked: Option<History>,
    /// What was asked for and brought nothing; forgotten when something is different.
    pub(crate) fruitless: Option<History>,
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
            begin: Seq::ZERO,
            awaited: None,
            is_placed: false,
            was_at: None,
            left_unread: false,
            role: MemberRole::Member,
            stays_s: None,
            older: Older::Idle,
            asked: None,
            fruitless: None,
            scroll: Scroll::Tail,
            opened_at: now,
            loaded: false,
            new_after: None,
            // Until the reader's role is known, what everybody may.
            may_send: MemberRole::Member.may(Right::Send, kind),
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
        entry.id().is_some() && (entry.mine || self.may(Right::DeleteOthers))
    }

    /// Whether the reader has a right here.
    pub fn may(&self, right: Right) -> bool {
        self.role.may(right, self.kind)
    }

    /// How far a message of the reader's own has come.
    pub fn receipt(&self, entry: &Entry, me: UserId) -> Option<Receipt> {
        let seq = entry.seq().filter(|_| entry.mine && entry.id().is_some())?;
        let mut others = self
            .members
            .iter()
            .filter(|person| person.id != me)
            .peekable();
        let is_alone = others.peek().is_none();
        let all_read = others.clone().all(|person| person.read >= seq);
        Some(match (is_alone, all_read) {
            (true, _) => Receipt::Stored,
            (false, true) => Receipt::Read,
            (false, false) if others.any(|person| person.delivered >= seq) => Receipt::Delivered,
            (false, false) => Receipt::Stored,
        })
    }

    /// The messages that answer this one, and those it answers, as far as they are here; oldest first.
    pub fn replies(&self, id: MessageId) -> Vec<&Rc<Entry>> {
        let answers = |entry: &Entry| entry.extras.reply_to.as_ref().map(|reply| reply.id);
        let mut root = id;
        for entry in self.entries().rev() {
            if entry.id() == Some(root)
                && let Some(answered) = answers(entry)
            {
                root = answered;
            }
        }
        let mut thread = BTreeSet::from([root]);
        let mut found = Vec::new();
        for entry in self.entries() {
            let Some(id) = entry.id() else { continue };
            if thread.contains(&id) || answers(entry).is_some_and(|id| thread.contains(&id)) {
                thread.insert(id);
                found.push(entry);
            }
        }
        found
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
        self.role = role;
        self.stays_s = conversation.message_ttl_s;
        self.may_send = role.may(Right::Send, conversation.kind);
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
        let first = known.stretches().first().map(|stretch| stretch.after);
        self.begin = first.unwrap_or(Seq::ZERO);
        self.has_before = self.begin > Seq::ZERO;
        let items = self.build(state, known, zone);
        if items.len() != self.items.len() {
            self.fruitless = None;
        }
        self.items = items;
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
                username: text::inert_line(&member.user.username).into_owned(),
                presence: presence(state, &member.user),
                read: member.read_seq,
                delivered: member.delivered_seq,
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
        let mut items = vec![Item::Start];
        let mut dividers = Dividers {
            day: None,
            new_after: self.new_after,
        };
        let mut through = None;
        for stretch in known.stretches() {
            if let Some(through) = through.replace(stretch.through) {
                items.push(Item::Gap(through, stretch.after));
            }
            for message in known.messages_in(stretch) {
                let key = Key::Message(message.seq).order();
                while before.next_if(|old| old.key.order() < key).is_some() {}
                let quote = quote(message, known);
                let entry = match before.next_if(|old| old.still_shows(message, quote.as_ref())) {
                    Some(old) => old.clone(),
                    None => Rc::new(Entry::stored(message, quote, &reader)),
                };
                dividers.put(&mut items, entry);
            }
        }
        for echo in state.echoes(self.id) {
            dividers.put(&mut items, Rc::new(Entry::echo(echo, &reader)));
        }
        items
    }
}

/// What stands between messages.
struct Dividers {
    day: Option<Date>,
    new_after: Option<Seq>,
}

impl Dividers {
    fn put(&mut self, items: &mut Vec<Item>, entry: Rc<Entry>) {
        let (seq, _) = entry.key.order();
        if self.day != Some(entry.day) {
            self.day = Some(entry.day);
            items.push(Item::Day(entry.day, seq));
        }
        if self.new_after.is_some_and(|after| seq > after) && !entry.mine {
            self.new_after = None;
            items.push(Item::New(seq));
        }
        items.push(Item::Entry(entry));
    }
}
