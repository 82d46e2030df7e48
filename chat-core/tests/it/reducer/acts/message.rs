//! What is said, and what becomes of it.

use super::{
    super::reference::{EMOJI, Entry, Load, Names, PEOPLE, Reference, Row, Topic, seq},
    Act,
};
use chat_core::*;

impl Reference {
    pub(super) fn say(&mut self, act: Act) -> Vec<Envelope> {
        let row = |sender, content: &str| Row {
            seq: seq(self.log.len() + 1),
            sender,
            kind: MessageKind::Text,
            content: content.to_owned(),
            names: Names::default(),
            load: Load::default(),
            answers: None,
            forwards: None,
            reactions: Vec::new(),
            created_at: self.now(),
            expires_at: (self.message_ttl_s).map(|s| self.now().plus_ms(i64::from(s) * 1000)),
            edited_at: None,
            pinned_at: None,
            deleted: None,
        };
        let row = match act {
            Act::Send(by, text, names) => Row {
                names,
                ..row(by, &text)
            },
            Act::Bring(by, text, load) => Row {
                kind: match load.is_voice {
                    true => MessageKind::Voice,
                    false => MessageKind::Text,
                },
                load,
                ..row(by, &text)
            },
            Act::Forward(by, text) => Row {
                forwards: Some((by + 2) % PEOPLE),
                ..row(by, &text)
            },
            Act::Reply(by, nth, text) if nth < self.rows.len() => Row {
                answers: Some(nth),
                ..row(by, &text)
            },
            Act::Tell(by, text) => Row {
                kind: MessageKind::System,
                names: Names {
                    people: Vec::new(),
                    all: true,
                },
                ..row(by, &text)
            },
            _ => return Vec::new(),
        };
        if !self.is_member(row.sender) {
            return Vec::new();
        }
        self.rows.push(row);
        vec![self.enter(Entry::Said(self.rows.len() - 1))]
    }

    /// Edits and deletions. Who is no longer named, or named only now, is told their count anew.
    pub(super) fn change_message(&mut self, act: Act) -> Vec<Envelope> {
        let named = |known: &Self| known.is_member(0).then(|| known.my().mention_count);
        let (now, before) = (self.now(), named(self));
        let (Act::Edit(nth, ..) | Act::Delete(nth, _) | Act::Expire(nth)) = act else {
            return Vec::new();
        };
        let Some(row) = self.standing(nth) else {
            return Vec::new();
        };
        let entry = match act {
            Act::Edit(..) if row.kind == MessageKind::System => return Vec::new(),
            Act::Edit(_, content, names) => {
                // Whether everybody is named is decided when it is said.
                (row.content, row.names.people) = (content, names.people);
                row.edited_at = Some(now);
                Entry::Edited(nth)
            }
            Act::Delete(_, by) => {
                row.deleted = Some((now, Some(by)));
                Entry::Deleted(nth)
            }
            _ => {
                row.deleted = Some((now, None));
                Entry::Deleted(nth)
            }
        };
        let mut told = vec![self.enter(entry)];
        if named(self) != before {
            told.push(self.note(Topic::My));
        }
        told
    }

    pub(super) fn add_to_message(&mut self, act: Act) -> Vec<Envelope> {
        match act {
            Act::React(by, nth, emoji) => self.react(by, nth, emoji).into_iter().collect(),
            Act::ReactAll(nth, emoji) => (0..PEOPLE)
                .filter_map(|by| self.react(by, nth, emoji))
                .collect(),
            Act::TakeBack(by, nth, emoji) => self.take_back(by, nth, emoji).into_iter().collect(),
            Act::Pin(by, nth, is_pinned) if self.is_member(by) => {
                let now = self.now();
                let Some(row) = self.standing(nth) else {
                    return Vec::new();
                };
                if row.pinned_at.is_some() == is_pinned {
                    return Vec::new();
                }
                row.pinned_at = is_pinned.then_some(now);
                vec![self.enter(Entry::Pinned(nth, by, is_pinned))]
            }
            _ => Vec::new(),
        }
    }

    fn react(&mut self, by: u128, nth: usize, emoji: usize) -> Option<Envelope> {
        let now = self.now();
        let is_member = self.is_member(by);
        let row = self.standing(nth).filter(|_| is_member)?;
        let is_there = |(e, who, _): &(usize, u128, Timestamp)| (*e, *who) == (emoji, by);
        if row.reactions.iter().any(is_there) {
            return None;
        }
        row.reactions.push((emoji, by, now));
        Some(self.enter(Entry::Reacted(nth, emoji, by, true)))
    }

    /// Whoever is asked first and has given it takes it back, so that this happens often.
    fn take_back(&mut self, from: u128, nth: usize, emoji: usize) -> Option<Envelope> {
        let row = self.standing(nth)?;
        let asked = (0..PEOPLE as usize * EMOJI.len()).map(|step| {
            let step = step as u128;
            (
                (from + step) % PEOPLE,
                (emoji + (step / PEOPLE) as usize) % EMOJI.len(),
            )
        });
        let (place, (by, emoji)) = { asked }.find_map(|(by, emoji)| {
            let given = row.reactions.iter();
            let place = { given }.position(|(e, who, _)| (*e, *who) == (emoji, by))?;
            Some((place, (by, emoji)))
        })?;
        row.reactions.remove(place);
        Some(self.enter(Entry::Reacted(nth, emoji, by, false)))
    }

    /// A message that is not deleted.
    fn standing(&mut self, nth: usize) -> Option<&mut Row> {
        self.rows.get_mut(nth).filter(|row| row.deleted.is_none())
    }
}
