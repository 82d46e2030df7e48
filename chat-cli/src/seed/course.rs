//! What is said in a conversation, one thing after the other: however long it is, little of it is in memory at a time.
//!
//! What is said, when, and what becomes of it is left to chance, one after the other for the whole conversation. So each
//! of the three has dice of its own, which begin where those before would have ended.

use super::{Plan, Planned, Said, dice::Dice, enclosed, talk, time::Pace};
use std::collections::{BTreeMap, BTreeSet};

/// The course of a conversation, as far as it is not told yet.
pub(crate) struct Course<'a> {
    plan: &'a Plan,
    nth: usize,
    /// How much is told.
    place: usize,
    /// Where exchanges begin: before each of them is a pause.
    begins: BTreeSet<usize>,
    words: Dice,
    /// The rest of the exchange that goes on.
    exchange: std::vec::IntoIter<(usize, String)>,
    pace: Pace,
    extras: Dice,
    /// How many files may still come.
    files: usize,
    /// Who has said something, and where they did last.
    last: BTreeMap<usize, usize>,
}

impl<'a> Course<'a> {
    /// From its beginning.
    pub(super) fn new(plan: &'a Plan, nth: usize) -> Self {
        let planned = &plan.conversations[nth];
        let words = Dice::new(planned.seed);
        let mut dice = words.clone();
        let (mut begins, mut lines) = (BTreeSet::new(), 0);
        while lines < planned.share {
            begins.insert(lines);
            lines += talk::exchange(&planned.members, &plan.people, &mut dice).len();
        }
        let (from, to) = (planned.opened_ms, planned.rest_ms);
        let pace = Pace::new(planned.share, &begins, from, to, &mut dice);
        Self {
            plan,
            nth,
            place: 0,
            begins,
            words,
            exchange: Vec::new().into_iter(),
            pace,
            extras: dice,
            files: enclosed::MOST,
            last: BTreeMap::new(),
        }
    }

    fn planned(&self) -> &'a Planned {
        &self.plan.conversations[self.nth]
    }

    /// Goes through to the end: who has read up to what, by its place. Who answers has read what was said before; of the
    /// others half have read everything, some a part, some nothing.
    pub(super) fn read(mut self) -> Vec<(usize, usize)> {
        self.by_ref().for_each(drop);
        let Some(last) = self.place.checked_sub(1) else {
            return Vec::new();
        };
        let mut read = Vec::new();
        for member in &self.planned().members {
            let own = self.last.get(member).copied();
            let reads = match self.extras.below(4) {
                0 => None,
                1 => Some(self.extras.below(last + 1)),
                _ => Some(last),
            };
            // None is less than any place.
            if let Some(place) = own.max(reads) {
                read.push((*member, place));
            }
        }
        read
    }
}

impl Iterator for Course<'_> {
    type Item = Said;

    fn next(&mut self) -> Option<Said> {
        let (planned, place) = (self.planned(), self.place);
        if place == planned.share {
            return None;
        }
        let (author, text) = loop {
            match self.exchange.next() {
                Some(line) => break line,
                None => {
                    let (members, people) = (&planned.members, &self.plan.people);
                    let exchange = talk::exchange(members, people, &mut self.words);
                    self.exchange = exchange.into_iter();
                }
            }
        };
        let mut said = Said {
            author,
            text,
            ago_ms: self.pace.moment(self.begins.contains(&place)),
            client_id: self.plan.client_id(self.nth, place),
            reply_to: None,
            edited: None,
            reactions: Vec::new(),
            file: None,
        };
        talk::adorn(
            &mut said,
            place,
            &self.begins,
            &planned.members,
            &mut self.files,
            &mut self.extras,
        );
        self.last.insert(author, place);
        self.place += 1;
        Some(said)
    }
}
