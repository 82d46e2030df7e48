//! Everything that may happen to the reference, and how likely it is made to happen.

mod conversation;
mod message;
mod own;

use super::reference::{About, EMOJI, Load, Names, PEOPLE, Reference};
use chat_core::*;
use proptest::prelude::*;

/// The first number is who does it, a number of a message is its place among all messages.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Send(u128, String, Names),
    Bring(u128, String, Load),
    Forward(u128, String),
    Reply(u128, usize, String),
    Tell(u128, String),
    Edit(usize, String, Names),
    Delete(usize, u128),
    Expire(usize),
    React(u128, usize, usize),
    TakeBack(u128, usize, usize),
    ReactAll(usize, usize),
    Pin(u128, usize, bool),
    Join(u128),
    Leave(u128),
    Role(u128, bool),
    Title(Option<String>),
    Describe(Option<String>),
    Picture(Option<String>),
    Timer(Option<u32>),
    Read(u128, usize),
    Unread(usize),
    Delivered(u128, usize),
    Rename(u128, String),
    Prefer(Prefs),
    Set(Settings),
    Introduce(About),
    Contact(u128, Option<String>),
    Forget(u128),
    Block(u128, bool),
    Appear(u128, PresenceState, Option<i64>),
    Type(u128, bool),
    Broken,
}

impl Act {
    /// Something said that names nobody.
    pub(super) fn say(by: u128, content: impl Into<String>) -> Self {
        Self::Send(by, content.into(), Names::default())
    }
}

impl Reference {
    /// Does it, and returns what the viewer is told.
    pub(super) fn act(&mut self, act: Act) -> Vec<Envelope> {
        let was_in = self.is_member(0);
        let mut told = match act {
            Act::Send(..) | Act::Bring(..) | Act::Forward(..) | Act::Reply(..) | Act::Tell(..) => {
                self.say(act)
            }
            Act::Edit(..) | Act::Delete(..) | Act::Expire(..) => self.change_message(act),
            Act::React(..) | Act::TakeBack(..) | Act::ReactAll(..) | Act::Pin(..) => {
                self.add_to_message(act)
            }
            Act::Join(_) | Act::Leave(_) | Act::Role(..) => self.act_on_members(act),
            Act::Title(_) | Act::Describe(_) | Act::Picture(_) | Act::Timer(_) | Act::Broken => {
                self.act_on_conversation(act)
            }
            Act::Read(..) | Act::Unread(..) | Act::Delivered(..) => self.move_mark(act),
            Act::Appear(..) | Act::Type(..) => self.show(act),
            own => self.act_on_own(own),
        };
        if !was_in {
            // Nobody is told of a conversation that is not theirs.
            told.retain(|e| matches!(e.place, Place::Inbox(_)) || e.conversation_id.is_none());
        }
        told
    }
}

fn names() -> impl Strategy<Value = Names> {
    let people = prop::collection::vec(0..4u128, 0..3);
    prop_oneof![
        3 => Just(Names::default()),
        2 => people.prop_map(|people| Names { people, all: false }),
        1 => Just(Names { people: Vec::new(), all: true }),
    ]
}

/// Files, a voice, data of an app, or all of it.
fn load() -> impl Strategy<Value = Load> {
    let (files, metadata) = (
        prop::collection::vec(0..9u8, 0..4),
        prop::option::of("[a-z]{1,3}"),
    );
    (files, any::<bool>(), metadata).prop_map(|(files, is_voice, metadata)| Load {
        files,
        is_voice,
        metadata,
    })
}

/// Mostly one of a few, so that much happens to the same message.
fn nth() -> impl Strategy<Value = usize> + Clone {
    prop::sample::select(vec![0usize, 0, 0, 1, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20])
}

pub(super) fn act_on_message() -> impl Strategy<Value = Act> {
    let (who, nth, emoji, text) = (0..PEOPLE, nth(), 0..EMOJI.len(), "[a-z]{1,6}");
    prop_oneof![
        8 => (who.clone(), text, names()).prop_map(|(who, text, names)| Act::Send(who, text, names)),
        3 => (who.clone(), text, load()).prop_map(|(who, text, load)| Act::Bring(who, text, load)),
        1 => (who.clone(), text).prop_map(|(who, text)| Act::Forward(who, text)),
        4 => (who.clone(), nth.clone(), text).prop_map(|(who, nth, text)| Act::Reply(who, nth, text)),
        1 => (who.clone(), text).prop_map(|(who, text)| Act::Tell(who, text)),
        4 => (nth.clone(), text, names()).prop_map(|(nth, text, names)| Act::Edit(nth, text, names)),
        2 => (nth.clone(), who.clone()).prop_map(|(nth, who)| Act::Delete(nth, who)),
        1 => nth.clone().prop_map(Act::Expire),
        5 => (who.clone(), nth.clone(), emoji.clone()).prop_map(|(who, nth, emoji)| Act::React(who, nth, emoji)),
        3 => (who.clone(), nth.clone(), emoji.clone()).prop_map(|(who, nth, emoji)| Act::TakeBack(who, nth, emoji)),
        1 => (nth.clone(), emoji).prop_map(|(nth, emoji)| Act::ReactAll(nth, emoji)),
        3 => (who, nth, any::<bool>()).prop_map(|(who, nth, is_pinned)| Act::Pin(who, nth, is_pinned)),
    ]
}

fn act_around() -> impl Strategy<Value = Act> {
    let (who, text) = (0..PEOPLE, "[a-z]{1,6}");
    prop_oneof![
        2 => who.clone().prop_map(Act::Join),
        2 => who.clone().prop_map(Act::Leave),
        1 => Just(Act::Join(0)),
        2 => (0..4u128, any::<bool>()).prop_map(|(who, admin)| Act::Role(who, admin)),
        1 => prop::option::of(text).prop_map(Act::Title),
        1 => prop::option::of(text).prop_map(Act::Describe),
        1 => prop::option::of(text).prop_map(Act::Picture),
        1 => prop::option::of(5u32..9).prop_map(Act::Timer),
        3 => (who.clone(), 0usize..60).prop_map(|(who, to)| Act::Read(who, to)),
        1 => (0usize..60).prop_map(Act::Unread),
        2 => (who.clone(), 0usize..60).prop_map(|(who, to)| Act::Delivered(who, to)),
        1 => (who, any::<bool>()).prop_map(|(who, is_typing)| Act::Type(who, is_typing)),
        1 => Just(Act::Broken),
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    let seen = || {
        prop::sample::select(vec![
            Visibility::Everyone,
            Visibility::Contacts,
            Visibility::Nobody,
        ])
    };
    let notify = prop::sample::select(vec![Notify::All, Notify::Mentions, Notify::Nothing]);
    let flags = any::<[bool; 3]>();
    (seen(), seen(), notify, flags).prop_map(|(presence, last_seen, notify, flags)| Settings {
        presence,
        last_seen,
        read_marks: flags[0],
        found_by_email: flags[1],
        notify,
        notify_content: flags[2],
    })
}

fn about() -> impl Strategy<Value = About> {
    let text = || prop::option::of("[a-z]{1,6}");
    (text(), text(), text()).prop_map(|(bio, status_text, email)| About {
        bio,
        status_text,
        email,
    })
}

fn act_on_own() -> impl Strategy<Value = Act> {
    let (who, text) = (0..PEOPLE, "[a-z]{1,6}");
    let presence = prop::sample::select(vec![
        PresenceState::Online,
        PresenceState::Away,
        PresenceState::Offline,
    ]);
    let prefs = (
        any::<bool>(),
        prop::option::of(text),
        prop::option::of(0i64..9),
    );
    prop_oneof![
        2 => prefs.prop_map(|(archived, draft, until)| Act::Prefer(Prefs {
            muted_until: until.map(Timestamp::from_ms), pinned: !archived, archived, nickname: draft.clone(), draft,
        })),
        1 => settings().prop_map(Act::Set),
        1 => about().prop_map(Act::Introduce),
        2 => (who.clone(), prop::option::of(text)).prop_map(|(who, nickname)| Act::Contact(who, nickname)),
        1 => who.clone().prop_map(Act::Forget),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, is_blocked)| Act::Block(who, is_blocked)),
        2 => (who.clone(), presence, prop::option::of(0i64..9)).prop_map(|(who, state, at)| Act::Appear(who, state, at)),
        3 => (who, text).prop_map(|(who, name)| Act::Rename(who, name)),
    ]
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    prop_oneof![5 => act_on_message(), 3 => act_around(), 1 => act_on_own()]
}
