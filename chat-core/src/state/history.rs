//! History: which stretches of a log are known whole, and how a page closes the holes between them.

use super::{Applied, ConversationState, State};
use crate::{ConversationId, Epoch, History, Message, MessagePage, Seq};
use std::{collections::BTreeSet, sync::Arc};

/// A time through which a conversation was followed without a break: it ends when the log begins anew, when the user leaves
/// and comes back, and when messages are [let go](State::keep_only).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    pub(super) epoch: Epoch,
    pub(super) telling: u64,
}

/// A moment in the [life](Life) of a conversation, to learn later what [became different since](ConversationState::changed_since).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    life: Life,
    noted: u64,
}

/// A part of a conversation's history that is known whole, or the hole before one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// It begins after this place.
    pub after: Seq,
    /// It ends with this place.
    pub through: Seq,
}

impl Stretch {
    /// Which places a page covers; none for a page that says nothing about any.
    pub fn of_page(asked: &History, page: &MessagePage) -> Option<Self> {
        let first = page.items.first().map(|message| message.seq);
        let last = page.items.last().map(|message| message.seq);
        let begin = match first {
            Some(first) if page.has_before => first.before(),
            _ => Seq::ZERO,
        };
        let stretch = match (asked.before, asked.after) {
            (Some(before), _) => Self {
                after: begin,
                through: before.before(),
            },
            (None, Some(after)) => Self {
                after,
                through: last?,
            },
            (None, None) => Self {
                after: begin,
                through: last?,
            },
        };
        (stretch.after < stretch.through).then_some(stretch)
    }

    /// Whether a place is part of it.
    pub fn holds(&self, seq: Seq) -> bool {
        self.after < seq && seq <= self.through
    }
}

impl ConversationState {
    /// The stretches that are known whole, oldest first; the last one reaches up to now.
    pub fn stretches(&self) -> Vec<Stretch> {
        let islands = self.islands.iter();
        let islands = islands.map(|(after, through)| Stretch {
            after: *after,
            through: *through,
        });
        let newest = Stretch {
            after: self.complete_after,
            through: self.position().seq,
        };
        islands.chain([newest]).collect()
    }

    /// The known messages of a stretch, oldest first.
    pub fn messages_in(&self, stretch: Stretch) -> impl Iterator<Item = &Message> + Clone {
        self.shared_messages_in(stretch).map(|message| &**message)
    }

    /// The same, to be kept: as long as [`Arc::ptr_eq`] holds, nothing of a message is different.
    pub fn shared_messages_in(
        &self,
        stretch: Stretch,
    ) -> impl Iterator<Item = &Arc<Message>> + Clone {
        let from = self.messages.by_place().range(stretch.after.next()..);
        // Not up to a place: a range that ends before it begins is none, and this one may.
        from.take_while(move |(seq, _)| **seq <= stretch.through)
            .map(|(_, message)| message)
    }

    /// The moment that it is now.
    pub fn moment(&self) -> Moment {
        Moment {
            life: self.life(),
            noted: self.messages.noted(),
        }
    }

    /// The places of the messages that came or became different since a moment of this life, and of those that answer one of
    /// them. None where the life is another one, or where so much happened since that everything is to be looked at.
    pub fn changed_since(&self, moment: Moment) -> Option<BTreeSet<Seq>> {
        let is_same_life = moment.life == self.life();
        is_same_life.then(|| self.messages.changed_after(moment.noted))?
    }

    /// The stretch that a place is part of.
    pub fn stretch_of(&self, seq: Seq) -> Option<Stretch> {
        self.stretches().into_iter().find(|known| known.holds(seq))
    }

    pub(super) fn incomplete_before(&self) -> Option<Seq> {
        self.has_before().then(|| self.complete_after.next())
    }

    /// Takes in all messages of a stretch. What is known already is newer, and stays. False when nothing is new.
    pub(super) fn learn(&mut self, stretch: Stretch, items: Vec<Message>) -> bool {
        let is_known = self
            .stretches()
            .iter()
            .any(|known| known.after <= stretch.after && known.through >= stretch.through);
        if is_known || stretch.through > self.position().seq {
            return false;
        }
        for message in items
            .into_iter()
            .filter(|message| stretch.holds(message.seq))
        {
            self.note_end(&message);
            self.messages.learn(message);
        }
        self.join_islands(stretch);
        for event in std::mem::take(&mut self.late) {
            if !self.change(&event) {
                self.late.push_back(event);
            }
        }
        true
    }

    /// Adds a stretch to the known ones, and makes one of all that touch.
    pub(super) fn join_islands(&mut self, mut stretch: Stretch) {
        self.islands.retain(|after, through| {
            let is_apart = *through < stretch.after || *after > stretch.through;
            if !is_apart {
                stretch.after = stretch.after.min(*after);
                stretch.through = stretch.through.max(*through);
            }
            is_apart
        });
        match stretch.through >= self.complete_after {
            true => self.complete_after = self.complete_after.min(stretch.after),
            false => drop(self.islands.insert(stretch.after, stretch.through)),
        }
    }
}

impl State {
    /// Takes in a page of history. Nothing changes when all of it was known already. Throw a page away that was asked for
    /// in another [life](ConversationState::life) of the conversation.
    pub fn apply_page(&mut self, asked: &History, page: MessagePage) -> Applied {
        match Stretch::of_page(asked, &page) {
            Some(stretch) => self.apply_stretch_of(asked.conversation_id, stretch, page.items),
            None => Applied::Ignored,
        }
    }

    /// Takes in all messages of a stretch, from a page or from a store.
    pub fn apply_stretch_of(
        &mut self,
        id: ConversationId,
        stretch: Stretch,
        mut items: Vec<Message>,
    ) -> Applied {
        for message in &mut items {
            self.rename_in(message);
        }
        let known = self.conversations.get_mut(&id);
        match known.is_some_and(|known| known.learn(stretch, items)) {
            true => Applied::Changed(Some(id)),
            false => Applied::Ignored,
        }
    }

    /// What to ask for to see `limit` more messages further back; none when everything is here.
    pub fn history_before(&self, id: ConversationId, limit: u32) -> Option<History> {
        let before = self.conversations.get(&id)?.incomplete_before()?;
        Some(History {
            conversation_id: id,
            before: Some(before),
            after: None,
            around: None,
            limit: Some(limit),
        })
    }
}
