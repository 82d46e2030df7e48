//! Letting messages go that nobody looks at: memory has an end, and a conversation has none. Where they were is a hole like
//! any other, and pages close it again. Nothing else of a conversation goes, and its newest message never does.

use super::{Applied, ConversationState, State, Stretch};
use crate::ConversationId;

impl State {
    /// Lets the messages of a conversation go that are in none of these stretches. Its [life](ConversationState::life) ends
    /// where something goes: a page that was asked for before may be older than what was known and let go meanwhile.
    pub fn keep_only(&mut self, id: ConversationId, wanted: &[Stretch]) -> Applied {
        let telling = self.tellings + 1;
        let known = self.conversations.get_mut(&id);
        match known.is_some_and(|known| known.keep_only(wanted, telling)) {
            true => {
                self.tellings = telling;
                Applied::Changed(Some(id))
            }
            false => Applied::Ignored,
        }
    }
}

impl ConversationState {
    /// False when nothing went.
    fn keep_only(&mut self, wanted: &[Stretch], telling: u64) -> bool {
        let before = self.stretches();
        let parts = before
            .iter()
            .flat_map(|known| wanted.iter().filter_map(|part| known.within(part)));
        let parts: Vec<_> = parts.collect();
        let newest = self.messages.by_place().keys().next_back();
        let newest = newest.map(|seq| seq.before());
        self.complete_after = match newest {
            Some(newest) if newest >= self.complete_after => newest,
            // Nothing is said since: the log is known, and there is no message to keep.
            _ => self.complete_after,
        };
        self.islands.clear();
        parts.into_iter().for_each(|part| self.join_islands(part));
        let now = self.stretches();
        if now == before {
            return false;
        }
        self.messages
            .keep_only(|seq| now.iter().any(|kept| kept.holds(seq)));
        self.telling = telling;
        true
    }
}

impl Stretch {
    /// What of it is part of another; none when nothing is.
    fn within(&self, other: &Self) -> Option<Self> {
        let part = Self {
            after: self.after.max(other.after),
            through: self.through.min(other.through),
        };
        (part.after < part.through).then_some(part)
    }
}
