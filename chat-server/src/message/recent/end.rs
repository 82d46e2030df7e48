//! The end of a log as one state of it has it: without a hole, and never used for another state. What came since may be
//! put to it where that was nothing but new messages.

use crate::store::{conversation::LogState, message::StoredMessage};
use chat_core::{History, MessageId, Seq};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Messages that are kept of one conversation.
const MESSAGES_MOST: usize = 200;
/// Where more has come since, the end is read anew.
const GROWS_MOST: u64 = 100;

/// Where a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::message) enum Where {
    Newest,
    Before(Seq),
    After(Seq),
    Around(Seq),
}

impl Where {
    /// None where more than one place is named.
    pub(in crate::message) fn of(input: &History) -> Option<Self> {
        match (input.before, input.after, input.around) {
            (None, None, None) => Some(Self::Newest),
            (Some(before), None, None) => Some(Self::Before(before)),
            (None, Some(after), None) => Some(Self::After(after)),
            (None, None, Some(around)) => Some(Self::Around(around)),
            _ => None,
        }
    }

    /// An end that begins after this place has nothing of the page.
    pub(super) fn reaches_back_to(self) -> Seq {
        match self {
            Self::Newest => Seq::MAX,
            Self::Before(before) => before.before(),
            Self::After(after) => after.next(),
            Self::Around(around) => around,
        }
    }
}

/// What has a place in a log.
pub(in crate::message) trait Placed {
    fn seq(&self) -> Seq;
    fn id(&self) -> MessageId;
}

impl Placed for StoredMessage {
    fn seq(&self) -> Seq {
        self.seq()
    }

    fn id(&self) -> MessageId {
        self.id()
    }
}

/// The newest messages in one state of a log, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::message) struct End<M> {
    pub(super) state: LogState,
    /// Whether there is no message before them. Where not, there is at least one.
    pub(super) is_whole: bool,
    pub(super) messages: Vec<M>,
}

/// Which messages of an end a page has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) has_before: bool,
    pub(super) has_after: bool,
}

impl<M: Placed> End<M> {
    /// The newest messages, of which one more was asked for than are kept.
    pub(super) fn new(state: LogState, mut newest: Vec<M>, kept: usize) -> Self {
        let more = newest.len().saturating_sub(kept);
        newest.drain(..more);
        Self {
            state,
            is_whole: more == 0,
            messages: newest,
        }
    }

    /// The place from which on it has every message.
    pub(super) fn begins_at(&self) -> Seq {
        match self.messages.first() {
            Some(first) if !self.is_whole => first.seq(),
            _ => Seq::ZERO,
        }
    }

    /// A page, if all of it is here, and it is known whether there is more.
    pub(super) fn page(&self, place: Where, limit: usize) -> Option<Found> {
        let count = self.messages.len();
        let nth = |seq: Seq| self.messages.partition_point(|message| message.seq() < seq);
        if self.begins_at() > place.reaches_back_to() {
            return None;
        }
        let back = |end: usize, wanted: usize| match end.checked_sub(wanted) {
            None if !self.is_whole => None,
            start => Some(start.unwrap_or(0)),
        };
        let range = match place {
            Where::Newest => back(count, limit)?..count,
            Where::Before(before) => back(nth(before), limit)?..nth(before),
            Where::After(after) => {
                let start = nth(after.next());
                start..count.min(start + limit)
            }
            Where::Around(around) => {
                let (half, middle) = (limit / 2, nth(around));
                back(middle, half)?..count.min(middle + limit - half)
            }
        };
        Some(Found {
            has_before: range.start > 0 || !self.is_whole,
            has_after: range.end < count,
            range,
        })
    }

    /// What is to be read to bring it to a later state: from which place on, and how many messages that are if nothing else
    /// has happened. None where it cannot be brought there.
    pub(super) fn grows_from(&self, state: LogState) -> Option<(Seq, usize)> {
        let newest = self.messages.last()?.seq();
        let more = state.last_seq.get().checked_sub(newest.get())?;
        // Where something happened after its newest message already, that message is no sign of it.
        let may = state.epoch == self.state.epoch
            && newest == self.state.last_seq
            && (1..=GROWS_MOST).contains(&more);
        may.then_some((newest, more as usize + 1))
    }

    /// Brings it to a later state by what was read from [`Self::grows_from`] on in that state: its newest message again,
    /// as a sign that this is the same log, and a message at each place since. Else something was changed.
    pub(super) fn grow(mut self, state: LogState, since: Vec<M>) -> Option<Self> {
        let (_, wanted) = self.grows_from(state)?;
        let same = since.first().map(Placed::id) == self.messages.last().map(Placed::id);
        if !same || since.len() != wanted {
            return None;
        }
        self.messages.pop();
        self.messages.extend(since);
        let over = self.messages.len().saturating_sub(MESSAGES_MOST);
        self.messages.drain(..over);
        self.is_whole &= over == 0;
        self.state = state;
        Some(self)
    }
}

#[cfg(test)]
mod tests;
