//! What has been printed, and what comes next. Pure: it asks nobody and prints nothing.

use chat_core::{
    Conversation, ConversationId, Envelope, Event, Place, Position, Seq, State, Sync, Synced,
    Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// What to do with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Print it.
    Next,
    /// It was printed before, or is not wanted.
    Nothing,
    /// Ask for what comes before it: it comes again with that.
    Hole,
}

/// How far each log has been printed.
#[derive(Debug, Default)]
pub(super) struct Positions {
    /// Empty: all of them.
    chosen: BTreeSet<ConversationId>,
    logs: BTreeMap<ConversationId, Position>,
    inbox: Option<Position>,
    /// By the server's clock.
    began: Option<Timestamp>,
    /// What was said in these before they were left was printed then.
    left: BTreeSet<ConversationId>,
}

impl Positions {
    /// Of these conversations only; of all of them when there are none.
    pub(super) fn new(chosen: BTreeSet<ConversationId>) -> Self {
        Self {
            chosen,
            ..Self::default()
        }
    }

    /// Everything up to now counts as printed; conversations that are opened after `began` have nothing that was
    /// there before. Answers how many conversations are followed.
    pub(super) fn begin(&mut self, state: &State, began: Timestamp) -> usize {
        self.began = Some(began);
        self.logs = state.positions();
        self.inbox = state.inbox();
        self.logs
            .keys()
            .filter(|id| self.is_chosen(Some(**id)))
            .count()
    }

    /// The conversations that are followed, and how far each has been printed.
    pub(super) fn followed(&self) -> Vec<(ConversationId, Seq)> {
        let chosen = self
            .logs
            .iter()
            .filter(|(id, _)| self.is_chosen(Some(**id)));
        chosen.map(|(id, printed)| (*id, printed.seq)).collect()
    }

    fn is_chosen(&self, id: Option<ConversationId>) -> bool {
        self.chosen.is_empty() || id.is_some_and(|id| self.chosen.contains(&id))
    }

    /// Where the printing of a conversation begins: one that was opened while this program ran is told whole, another
    /// from what is in the snapshot on.
    fn start_of(&self, new: &Conversation) -> Position {
        let is_young = self.began.is_some_and(|began| new.created_at >= began);
        let seq = match is_young && !self.left.contains(&new.id) {
            true => Seq::ZERO,
            false => new.last_seq,
        };
        Position {
            epoch: new.epoch,
            seq,
        }
    }

    fn leave(&mut self, id: ConversationId) {
        if self.logs.remove(&id).is_some() {
            self.left.insert(id);
        }
    }

    /// What to do with an event. One that is next counts as printed from here on.
    pub(super) fn see(&mut self, envelope: &Envelope, passing: bool) -> Seen {
        let id = match &envelope.event {
            Event::ConversationNew(new) => Some(new.id),
            Event::ConversationDeleted(gone) => Some(gone.conversation_id),
            Event::MyChanged(my) => Some(my.conversation_id),
            _ => envelope.conversation_id,
        };
        let printed = match (envelope.place, id) {
            (Place::Log(seq), Some(id)) => self
                .logs
                .get_mut(&id)
                .map(|printed| (seq, &mut printed.seq)),
            (Place::Inbox(seq), _) => self.inbox.as_mut().map(|printed| (seq, &mut printed.seq)),
            _ if passing && self.is_chosen(id) => return Seen::Next,
            _ => return Seen::Nothing,
        };
        match printed {
            Some((seq, printed)) if seq <= *printed => return Seen::Nothing,
            Some((seq, printed)) if seq == printed.next() => *printed = seq,
            // Something lies between, or its conversation is not known here yet.
            _ => return Seen::Hole,
        }
        match &envelope.event {
            Event::ConversationNew(new) => {
                let position = self.start_of(new);
                self.logs.entry(new.id).or_insert(position);
            }
            Event::ConversationDeleted(gone) => self.leave(gone.conversation_id),
            Event::MyChanged(_) if !passing => return Seen::Nothing,
            _ => {}
        }
        match self.is_chosen(id) {
            true => Seen::Next,
            false => Seen::Nothing,
        }
    }

    /// The question for everything after what was printed.
    pub(super) fn ask(&self) -> Sync {
        Sync {
            positions: Some(self.logs.clone()),
            inbox: self.inbox,
            limit: None,
            since: None,
        }
    }

    /// The answer: what to print, how many conversations cannot be continued, and whether to ask again.
    pub(super) fn missed(&mut self, synced: Synced) -> (Vec<Envelope>, usize, bool) {
        let resets = synced.reset.len();
        for reset in &synced.reset {
            let head = Position {
                epoch: reset.epoch,
                seq: reset.head,
            };
            self.logs.insert(reset.conversation_id, head);
        }
        for id in &synced.gone {
            self.leave(*id);
        }
        let new_life = self
            .inbox
            .is_some_and(|inbox| inbox.epoch != synced.inbox.epoch);
        if new_life || self.inbox.is_none() {
            self.inbox = Some(Position {
                epoch: synced.inbox.epoch,
                seq: synced.inbox.to,
            });
        }
        let mut again = synced.more;
        let mut missed = synced.inbox.events;
        for stretch in synced.conversations {
            again |= stretch.to < stretch.head;
            missed.extend(stretch.events);
        }
        for new in synced.new {
            // One that the inbox tells of begins where the inbox says; what was said since then is asked for next.
            let is_told = missed.iter().any(|envelope| matches!(&envelope.event, Event::ConversationNew(told) if told.id == new.id));
            again |= is_told;
            if !is_told {
                let position = self.start_of(&new);
                again |= position.seq < new.last_seq;
                self.logs.entry(new.id).or_insert(position);
            }
        }
        (missed, resets, again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat_core::{
        ConversationKind, Epoch, Gone, GoneReason, MemberRole, MessageDeleted, MessageId, My,
        Prefs, UserId,
    };
    use uuid::Uuid;

    fn id(number: u128) -> ConversationId {
        ConversationId::new(Uuid::from_u128(number))
    }

    fn at(conversation: u128, seq: u64) -> Envelope {
        Envelope {
            conversation_id: Some(id(conversation)),
            place: Place::Log(Seq::try_from(seq).unwrap()),
            at: None,
            event: Event::MessageDeleted(MessageDeleted {
                id: MessageId::new(Uuid::nil()),
                deleted_at: Timestamp::from_ms(0),
                deleted_by: Some(UserId::new(Uuid::nil())),
            }),
        }
    }

    fn followed(chosen: &[u128]) -> Positions {
        let mut positions = Positions::new(chosen.iter().map(|number| id(*number)).collect());
        let start = Position {
            epoch: Epoch::new(1),
            seq: Seq::try_from(5).unwrap(),
        };
        positions.logs = BTreeMap::from([(id(1), start), (id(2), start)]);
        positions
    }

    #[test]
    fn each_event_is_printed_once_and_what_was_there_before_never() {
        let mut positions = followed(&[]);

        let seen = [5, 6, 6, 7, 6].map(|seq| positions.see(&at(1, seq), false) == Seen::Next);

        assert_eq!(seen, [false, true, false, true, false]);
        assert_eq!(positions.ask().positions.unwrap()[&id(1)].seq.get(), 7);
        assert_eq!(positions.see(&at(2, 6), false), Seen::Next);
    }

    #[test]
    fn a_jump_or_an_unknown_conversation_is_a_hole_and_counts_nothing() {
        let mut positions = followed(&[]);

        assert_eq!(positions.see(&at(1, 8), false), Seen::Hole);
        assert_eq!(positions.see(&at(9, 1), false), Seen::Hole);
        assert_eq!(positions.see(&at(1, 6), false), Seen::Next);
    }

    #[test]
    fn only_the_chosen_ones_are_printed() {
        let mut positions = followed(&[2]);

        assert_eq!(positions.see(&at(1, 6), false), Seen::Nothing);
        assert_eq!(positions.see(&at(2, 6), false), Seen::Next);
    }

    fn new_one(number: u128, created_ms: i64, last: u64) -> Conversation {
        let last_seq = Seq::try_from(last).unwrap();
        Conversation {
            id: id(number),
            kind: ConversationKind::Group,
            title: None,
            description: None,
            avatar_url: None,
            message_ttl_s: None,
            created_at: Timestamp::from_ms(created_ms),
            updated_at: Timestamp::from_ms(created_ms),
            epoch: Epoch::new(1),
            last_seq,
            last_message: None,
            members: Vec::new(),
            member_count: 2,
            my: My {
                role: MemberRole::Member,
                read_seq: Seq::ZERO,
                delivered_seq: Seq::ZERO,
                unread_count: 0,
                mention_count: 0,
                counted_seq: Seq::ZERO,
                prefs: Prefs::default(),
            },
        }
    }

    fn told(place: u64, event: Event) -> Envelope {
        Envelope {
            conversation_id: None,
            place: Place::Inbox(Seq::try_from(place).unwrap()),
            at: None,
            event,
        }
    }

    #[test]
    fn a_conversation_opened_meanwhile_is_told_from_its_beginning_and_an_older_one_is_not() {
        let mut positions = followed(&[]);
        positions.began = Some(Timestamp::from_ms(100));
        positions.inbox = Some(Position {
            epoch: Epoch::new(1),
            seq: Seq::ZERO,
        });

        let young = Event::ConversationNew(new_one(3, 100, 4));
        assert_eq!(positions.see(&told(1, young), false), Seen::Next);
        let old = Event::ConversationNew(new_one(4, 99, 4));
        assert_eq!(positions.see(&told(2, old), false), Seen::Next);

        let seen = [(3, 1), (3, 2), (4, 4), (4, 5)]
            .map(|(number, seq)| positions.see(&at(number, seq), false));
        assert_eq!(seen, [Seen::Next, Seen::Next, Seen::Nothing, Seen::Next]);

        // Left and joined again: what was printed is not printed twice.
        let gone = Event::ConversationDeleted(Gone {
            conversation_id: id(3),
            reason: GoneReason::Left,
        });
        positions.see(&told(3, gone), false);
        let again = Event::ConversationNew(new_one(3, 100, 4));
        positions.see(&told(4, again), false);
        assert_eq!(positions.see(&at(3, 4), false), Seen::Nothing);
    }

    #[test]
    fn what_passes_is_printed_only_when_wanted() {
        let typing = Envelope::passing(
            Some(id(1)),
            Event::Unknown {
                kind: "typing".to_owned(),
            },
        );

        assert_eq!(followed(&[]).see(&typing, false), Seen::Nothing);
        assert_eq!(followed(&[]).see(&typing, true), Seen::Next);
    }
}
