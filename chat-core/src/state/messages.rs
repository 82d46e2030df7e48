//! The known messages of one conversation: by their places, by their ids, and by what they answer, so that what an event
//! costs does not depend on how many there are. Every change goes through here and is noted, so that who shows them looks
//! at nothing else.

use crate::{Event, Message, MessageId, Seq};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

/// So many changes are noted; who looks after more of them looks at everything.
const NOTED_MOST: usize = 512;

/// The known messages of one conversation.
#[derive(Debug, Clone, Default)]
pub(super) struct Messages {
    by_place: BTreeMap<Seq, Arc<Message>>,
    places: BTreeMap<MessageId, Seq>,
    /// What is answered, known or not, and where.
    answers: BTreeSet<(MessageId, Seq)>,
    /// Where something became different, the latest last; of the oldest is known only how many they were.
    notes: VecDeque<Seq>,
    noted: u64,
}

impl Messages {
    /// Each of them, by its place.
    pub(super) fn by_place(&self) -> &BTreeMap<Seq, Arc<Message>> {
        &self.by_place
    }

    /// One of them.
    pub(super) fn find(&self, id: MessageId) -> Option<&Message> {
        let seq = self.places.get(&id)?;
        self.by_place.get(seq).map(|message| &**message)
    }

    /// Puts one in. Where one is known already, it stays.
    pub(super) fn learn(&mut self, message: Message) {
        let (id, seq) = (message.id, message.seq);
        if self.by_place.contains_key(&seq) {
            return;
        }
        self.places.insert(id, seq);
        if let Some(answered) = answered(&message) {
            self.answers.insert((answered, seq));
        }
        self.by_place.insert(seq, Arc::new(message));
        self.note(id, seq);
    }

    /// Changes a message by an event, and what answers it. False when the message itself is not known.
    pub(super) fn take(&mut self, id: MessageId, event: &Event) -> bool {
        let place = self.places.get(&id).copied();
        // Of what it answers, an answer says nothing but the words.
        let is_said = matches!(event, Event::MessageEdited(_) | Event::MessageDeleted(_));
        let answers = match is_said {
            true => self.answers_to(id).collect(),
            false => Vec::new(),
        };
        for seq in place.into_iter().chain(answers) {
            self.change(seq, |message| message.take(event));
        }
        place.is_some()
    }

    /// Changes all messages that are to be.
    pub(super) fn change_where(
        &mut self,
        is_wanted: impl Fn(&Message) -> bool,
        change: impl Fn(&mut Message),
    ) {
        let all = self.by_place.iter();
        let wanted = all.filter(|(_, message)| is_wanted(message));
        let wanted: Vec<_> = wanted.map(|(seq, _)| *seq).collect();
        for seq in wanted {
            self.change(seq, &change);
        }
    }

    /// Lets all go but those at some places. A [life](super::Life) ends with it, and what was noted with that.
    pub(super) fn keep_only(&mut self, is_kept: impl Fn(Seq) -> bool) {
        self.by_place.retain(|seq, _| is_kept(*seq));
        self.places.retain(|_, seq| is_kept(*seq));
        self.answers.retain(|(_, seq)| is_kept(*seq));
        self.notes.clear();
    }

    /// How many changes were noted.
    pub(super) fn noted(&self) -> u64 {
        self.noted
    }

    /// Where something became different after so many changes; none where that is not known any more.
    pub(super) fn changed_after(&self, noted: u64) -> Option<BTreeSet<Seq>> {
        let new = usize::try_from(self.noted.checked_sub(noted)?).ok()?;
        let latest = self.notes.iter().rev().take(new);
        (new <= self.notes.len()).then(|| latest.copied().collect())
    }

    fn answers_to(&self, id: MessageId) -> impl Iterator<Item = Seq> {
        let answers = self.answers.range((id, Seq::ZERO)..=(id, Seq::MAX));
        answers.map(|(_, seq)| *seq)
    }

    fn change(&mut self, seq: Seq, change: impl FnOnce(&mut Message)) {
        let Some(message) = self.by_place.get_mut(&seq) else {
            return;
        };
        let message = Arc::make_mut(message);
        let (id, before) = (message.id, answered(message));
        change(message);
        // A tombstone answers nothing.
        if let Some(before) = before.filter(|_| answered(message).is_none()) {
            self.answers.remove(&(before, seq));
        }
        self.note(id, seq);
    }

    /// Notes that a message became different, and with it those that answer it.
    fn note(&mut self, id: MessageId, seq: Seq) {
        let places: Vec<_> = [seq].into_iter().chain(self.answers_to(id)).collect();
        self.noted += places.len() as u64;
        self.notes.extend(places);
        let over = self.notes.len().saturating_sub(NOTED_MOST);
        self.notes.drain(..over);
    }
}

fn answered(message: &Message) -> Option<MessageId> {
    message.extras.reply_to.as_ref().map(|reply| reply.id)
}
