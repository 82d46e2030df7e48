//! The open conversation: its messages as items to draw, between dividers. Brought up to date from the client's state;
//! what did not change keeps its wrapped lines.

mod dividers;
mod lay;
mod people;
mod quote;
mod shed;
#[cfg(test)]
mod tests;

use super::{
    READ_AFTER_MS, STAYED_AFTER_MS, Scroll,
    entry::{Entry, Key},
    summary::{person_name, title},
};
use chat_core::{
    ConversationId, ConversationKind, History, MemberRole, MessageId, Moment, PresenceState, Right,
    Seq, Timestamp, text,
};
use jiff::civil::Date;
pub(crate) use lay::Source;
pub use people::{Person, Receipt};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    rc::{Rc, Weak},
};

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

    /// The message, where it is one.
    pub fn entry(&self) -> Option<&Rc<Entry>> {
        match self {
            Self::Entry(entry) => Some(entry),
            _ => None,
        }
    }

    /// Where it stands among the others.
    pub(super) fn order(&self) -> (Seq, u8) {
        match self {
            Self::Entry(entry) => entry.key.order(),
            other => other.key().order(),
        }
    }
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
    /// What all of them are called, and the names they are mentioned by, where there are more than the first.
    names: Vec<(String, String)>,
    /// So many there were when that was asked for.
    names_of: Option<u32>,
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
    /// The reader walked onto it in the list, and has done nothing in it.
    pub(crate) is_passed: bool,
    /// Whether it was brought up to date since it was opened.
    pub loaded: bool,
    /// Messages of others after this place are behind the divider.
    pub new_after: Option<Seq>,
    /// Those up to here are new: what comes while one reads is not.
    pub(super) new_through: Seq,
    /// The message that the divider stands before.
    new_at: Option<Seq>,
    /// The name by which texts name the reader.
    named: String,
    /// What the items are laid from was so at this moment; none where all of them are to be looked at again.
    laid_at: Option<Moment>,
    /// What is missing between the items.
    holes: lay::Holes,
    /// The messages that may have wrapped lines.
    pub(super) wrapped: RefCell<Vec<Weak<Entry>>>,
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
            names: Vec::new(),
            names_of: None,
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
            is_passed: false,
            loaded: false,
            new_after: None,
            new_through: Seq::ZERO,
            new_at: None,
            named: String::new(),
            laid_at: None,
            holes: lay::Holes::new(),
            wrapped: RefCell::default(),
            // Until the reader's role is known, what everybody may.
            may_send: MemberRole::Member.may(Right::Send, kind),
        }
    }

    /// Nothing is to be brought back into view any more: the reader goes on from what is in view now.
    pub(crate) fn go_on_here(&mut self) {
        if self.loaded && self.was_at.take().is_some() {
            self.awaited = None;
        }
    }

    /// From when on what is in view counts as read.
    pub(crate) fn read_at(&self) -> Timestamp {
        self.opened_at.plus_ms(match self.is_passed {
            true => STAYED_AFTER_MS,
            false => READ_AFTER_MS,
        })
    }

    /// Whether it is between two.
    pub fn is_direct(&self) -> bool {
        self.kind == ConversationKind::Direct
    }

    /// Its messages, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Rc<Entry>> {
        self.items.iter().filter_map(Item::entry)
    }

    /// One of its messages.
    pub fn entry(&self, key: &Key) -> Option<&Rc<Entry>> {
        self.items[self.place(key)?].entry()
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

    /// The messages that answer this one, and those it answers, as far as they are here; oldest first.
    pub fn replies(&self, id: MessageId) -> Vec<&Rc<Entry>> {
        let answers = |entry: &Entry| entry.extras().reply_to.as_ref().map(|reply| reply.id);
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
    pub(crate) fn refresh(&mut self, source: &Source<'_>, reading: bool) {
        let Source { state, known, .. } = *source;
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
        if !self.loaded || !reading {
            self.new_through = conversation.last_seq;
        }
        self.unread = unread;
        let first = known.stretches().first().map(|stretch| stretch.after);
        self.begin = first.unwrap_or(Seq::ZERO);
        self.has_before = self.begin > Seq::ZERO;
        let before = self.items.len();
        self.lay(source);
        if self.items.len() != before {
            self.fruitless = None;
        }
        self.loaded = true;
    }
}
