//! Which part of a conversation's log is looked at. Places only; it shows nothing and fetches nothing.

use chat_core::{ConversationState, Seq, Stretch};

/// A window onto a log.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Window {
    /// It begins after this place.
    pub(super) after: Seq,
    /// It ends with this place; without one, with whatever comes.
    pub(super) through: Option<Seq>,
    /// One had read up to here when it was opened, if something was unread.
    pub(super) unread_after: Option<Seq>,
    /// What is missing up to here is being fetched.
    pub(super) filling: Option<Seq>,
    /// What is missing is not asked for before this.
    pub(super) not_before_ms: Option<u64>,
    /// How often in a row it was refused for now.
    pub(super) refusals: u32,
}

impl Window {
    /// Takes the right to fetch what is missing; one fetch at a time has it, and none while it is refused.
    pub(super) fn begin_filling(&mut self, through: Seq, now_ms: u64) -> bool {
        let may_ask = self.not_before_ms.is_none_or(|ms| now_ms >= ms);
        let is_free = self.filling.is_none() && may_ask;
        if is_free {
            self.filling = Some(through);
        }
        is_free
    }

    /// Where the newest `count` messages begin.
    pub(super) fn newest(known: &ConversationState, count: usize) -> Seq {
        let first = known.messages().rev().nth(count.saturating_sub(1));
        let begin = known
            .stretches()
            .last()
            .map_or(Seq::ZERO, |newest| newest.after);
        first.map_or(begin, |message| message.seq.before())
    }

    /// Where up to `count` known messages begin that end with this place; none when nothing is known there.
    pub(super) fn further_back(known: &ConversationState, after: Seq, count: usize) -> Option<Seq> {
        let mut stretch = known.stretch_of(after)?;
        stretch.through = after;
        let places: Vec<_> = known
            .messages_in(stretch)
            .map(|message| message.seq)
            .collect();
        let first = places.len().checked_sub(count);
        Some(
            first
                .and_then(|at| places.get(at))
                .map_or(stretch.after, |seq| seq.before()),
        )
    }

    /// Whether there is a message between two places.
    pub(super) fn has_between(known: &ConversationState, after: Seq, through: Seq) -> bool {
        known
            .messages_in(Stretch { after, through })
            .next()
            .is_some()
    }

    /// Where up to `count` known messages end that begin after this place: with whatever comes where that is the end. None
    /// when nothing is known there.
    pub(super) fn further_on(
        known: &ConversationState,
        through: Seq,
        count: usize,
    ) -> Option<Option<Seq>> {
        let newest = known.position().seq;
        if through >= newest {
            return Some(None);
        }
        let mut stretch = known.stretch_of(through.next())?;
        stretch.after = through;
        let last = known.messages_in(stretch).nth(count.saturating_sub(1));
        match last {
            Some(last) if last.seq < newest => Some(Some(last.seq)),
            _ if stretch.through == newest => Some(None),
            _ => Some(Some(stretch.through)),
        }
    }

    /// A window with up to `count` known messages before a place and as many from it on.
    pub(super) fn around(
        known: &ConversationState,
        seq: Seq,
        count: usize,
    ) -> Option<(Seq, Option<Seq>)> {
        known.stretch_of(seq)?;
        let after = match seq.before() {
            Seq::ZERO => Seq::ZERO,
            before => Self::further_back(known, before, count).unwrap_or(before),
        };
        Some((after, Self::further_on(known, seq.before(), count)?))
    }
}
