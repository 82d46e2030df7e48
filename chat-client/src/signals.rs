//! What is told to the server without waiting for an answer: marks, typing, presence. Only the newest of each matters,
//! so nothing queues up; marks and wishes outlive a connection, a typing sign does not.

use chat_core::{ConversationId, Limits, Seq, UserId};
use std::collections::BTreeMap;

/// Marks of one kind in one conversation are at least this far apart.
const MARK_GAP_MS: u64 = 250;
/// How often one says that one is still typing: twice before the sign goes out.
const TYPING_GAP_MS: u64 = 3_000;
/// Unanswered marks at a time.
const MARKS_ASKED_MOST: usize = 16;

/// Which mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MarkKind {
    Read,
    Delivered,
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Signal {
    Mark(MarkKind, ConversationId, Seq),
    Typing(ConversationId, bool),
    Watch(Vec<UserId>),
    Active(bool),
}

struct Mark {
    wanted: Seq,
    asked: Option<Seq>,
    /// Up to where the server has taken it, or does not want it.
    told: Option<Seq>,
    not_before_ms: u64,
}

/// Where marks were wanted at some moment.
pub(crate) type Marks = BTreeMap<(MarkKind, ConversationId), Seq>;

#[derive(Default)]
struct Typing {
    /// What to say next, if anything.
    wanted: Option<bool>,
    /// When one last said that one types; none after one stopped.
    said_ms: Option<u64>,
}

/// What there is to tell.
pub(crate) struct Signals {
    marks: BTreeMap<(MarkKind, ConversationId), Mark>,
    typing: BTreeMap<ConversationId, Typing>,
    watch: Vec<UserId>,
    watch_told: bool,
    is_active: bool,
    active_told: bool,
    /// Wishes were refused for now: they are not told again before.
    wishes_not_before_ms: u64,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            marks: BTreeMap::new(),
            typing: BTreeMap::new(),
            watch: Vec::new(),
            watch_told: true,
            is_active: true,
            active_told: true,
            wishes_not_before_ms: 0,
        }
    }
}

impl Signals {
    /// What is left of this for another user of this device: who is on the screen, and whether somebody looks at it. No
    /// connection has been told.
    pub(crate) fn of_another_user(&self) -> Self {
        Self {
            watch: self.watch.clone(),
            watch_told: self.watch.is_empty(),
            is_active: self.is_active,
            active_told: self.is_active,
            ..Self::default()
        }
    }

    /// Wants a mark to be at a place, or further on. Where it is wanted now.
    pub(crate) fn mark(
        &mut self,
        kind: MarkKind,
        conversation: ConversationId,
        seq: Seq,
        now_ms: u64,
    ) -> Seq {
        // Reading is told at once and then paced; deliveries are gathered first.
        let first_ms = match kind {
            MarkKind::Read => now_ms,
            MarkKind::Delivered => now_ms + MARK_GAP_MS,
        };
        let mark = self.marks.entry((kind, conversation)).or_insert(Mark {
            wanted: seq,
            asked: None,
            told: None,
            not_before_ms: first_ms,
        });
        mark.wanted = mark.wanted.max(seq);
        mark.wanted
    }

    /// Where the read mark of a conversation is wanted, while the server has not taken it.
    pub(crate) fn read_mark(&self, conversation: ConversationId) -> Option<Seq> {
        let mark = self.marks.get(&(MarkKind::Read, conversation));
        mark.map(|mark| mark.wanted)
    }

    /// All read marks that the server has not taken yet.
    pub(crate) fn read_marks(&self) -> std::vec::IntoIter<(ConversationId, Seq)> {
        let marks = self.marks.iter();
        let read = marks.filter(|((kind, _), _)| *kind == MarkKind::Read);
        let read = read.map(|((_, conversation), mark)| (*conversation, mark.wanted));
        read.collect::<Vec<_>>().into_iter()
    }

    /// Where marks are wanted that are not told.
    pub(crate) fn untold(&self) -> Marks {
        let marks = self.marks.iter();
        marks.map(|(key, mark)| (*key, mark.wanted)).collect()
    }

    /// Whether any of these is not told and can be until then.
    pub(crate) fn is_any_untold(&self, marks: &Marks, until_ms: u64) -> bool {
        marks.iter().any(|(key, seq)| {
            self.marks.get(key).is_some_and(|mark| {
                let is_in_time = mark.asked.is_some() || mark.not_before_ms <= until_ms;
                is_in_time && mark.told < Some(*seq)
            })
        })
    }

    /// Says that one types, or stopped.
    pub(crate) fn typing(&mut self, conversation: ConversationId, is_typing: bool) {
        self.typing.entry(conversation).or_default().wanted = Some(is_typing);
    }

    /// Whose presence to watch from now on.
    pub(crate) fn watch(&mut self, mut users: Vec<UserId>) {
        users.sort_unstable();
        users.dedup();
        users.truncate(Limits::PRESENCE_WATCHES as usize);
        if users != self.watch {
            self.watch = users;
            self.watch_told = false;
        }
    }

    /// Whether this device is in use.
    pub(crate) fn active(&mut self, is_active: bool) {
        if is_active != self.is_active {
            self.is_active = is_active;
            self.active_told = false;
        }
    }

    /// The next thing to tell now.
    pub(crate) fn take(&mut self, now_ms: u64) -> Option<Signal> {
        let may_wish = self.wishes_not_before_ms <= now_ms;
        if may_wish && !self.active_told {
            self.active_told = true;
            return Some(Signal::Active(self.is_active));
        }
        if may_wish && !self.watch_told {
            self.watch_told = true;
            return Some(Signal::Watch(self.watch.clone()));
        }
        self.take_typing(now_ms).or_else(|| self.take_mark(now_ms))
    }

    fn take_typing(&mut self, now_ms: u64) -> Option<Signal> {
        for (conversation, typing) in &mut self.typing {
            let is_recent = typing
                .said_ms
                .is_some_and(|said_ms| now_ms < said_ms + TYPING_GAP_MS);
            match typing.wanted.take() {
                Some(true) if !is_recent => {
                    typing.said_ms = Some(now_ms);
                    return Some(Signal::Typing(*conversation, true));
                }
                Some(false) if typing.said_ms.take().is_some() => {
                    return Some(Signal::Typing(*conversation, false));
                }
                _ => {}
            }
        }
        self.typing.retain(|_, typing| typing.said_ms.is_some());
        None
    }

    fn take_mark(&mut self, now_ms: u64) -> Option<Signal> {
        if self.asked() >= MARKS_ASKED_MOST {
            return None;
        }
        let ((kind, conversation), mark) = self
            .marks
            .iter_mut()
            .find(|(_, mark)| mark.asked.is_none() && mark.not_before_ms <= now_ms)?;
        mark.asked = Some(mark.wanted);
        Some(Signal::Mark(*kind, *conversation, mark.wanted))
    }

    fn asked(&self) -> usize {
        self.marks.values().filter(|m| m.asked.is_some()).count()
    }

    /// When [`Signals::take`] has something that it did not have before.
    pub(crate) fn next_ms(&self) -> Option<u64> {
        let has_wish = !self.active_told || !self.watch_told;
        let wish_ms = has_wish.then_some(self.wishes_not_before_ms);
        let has_room = self.asked() < MARKS_ASKED_MOST;
        let waiting = self.marks.values().filter(|mark| mark.asked.is_none());
        let mark_ms = waiting.map(|mark| mark.not_before_ms).min();
        wish_ms
            .into_iter()
            .chain(mark_ms.filter(|_| has_room))
            .min()
    }

    /// A signal was answered. With a time, it was refused for now; without one it is done, or refused for good. Gives the
    /// conversation whose read mark the server has taken as it is wanted.
    pub(crate) fn answered(
        &mut self,
        signal: &Signal,
        again_ms: Option<u64>,
        now_ms: u64,
    ) -> Option<ConversationId> {
        match signal {
            Signal::Mark(kind, conversation, seq) => {
                let key = (*kind, *conversation);
                let mark = self.marks.get_mut(&key)?;
                mark.asked = None;
                mark.not_before_ms = again_ms.unwrap_or(now_ms).max(now_ms + MARK_GAP_MS);
                if again_ms.is_none() {
                    mark.told = Some(*seq);
                }
                if again_ms.is_none() && mark.wanted <= *seq {
                    self.marks.remove(&key);
                    return Some(*conversation).filter(|_| *kind == MarkKind::Read);
                }
            }
            Signal::Watch(_) => {
                self.watch_told &= again_ms.is_none();
                self.wishes_not_before_ms = again_ms.unwrap_or_default();
            }
            Signal::Active(_) => {
                self.active_told &= again_ms.is_none();
                self.wishes_not_before_ms = again_ms.unwrap_or_default();
            }
            Signal::Typing(..) => {}
        }
        None
    }

    /// A sign that one types is about now: what was said without a connection is not told later.
    pub(crate) fn forget_typing(&mut self) {
        self.typing.clear();
    }

    /// The socket is gone: what was not answered is told again, and so is what a new socket does not know.
    pub(crate) fn disconnected(&mut self) {
        for mark in self.marks.values_mut() {
            mark.asked = None;
        }
        self.typing.clear();
        self.watch_told = self.watch.is_empty();
        self.active_told = self.is_active;
    }
}

#[cfg(test)]
mod tests;
