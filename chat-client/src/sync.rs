//! Coming back: what to ask, and how the answer and the events around it change what is known. While a sync runs, and
//! when something is missing, events wait aside, so that each is applied once, in its order, and told exactly then.

mod keep;

use crate::{Loaded, Update, Write};
use chat_core::{
    Applied, ConversationId, Envelope, Event, Place, Seq, State, Sync, Synced, Timestamp, UserId,
};
use std::{collections::VecDeque, sync::Arc};

/// Events that may wait aside. When there are more they are let go, and fetched.
const ASIDE_MOST: usize = 4_096;

/// What is known, and what is needed to know more.
pub(crate) struct Known {
    pub(crate) state: State,
    /// The server's clock when a run of syncs that came to its end began: marks that moved since then are missing.
    since: Option<Timestamp>,
    run_began: Option<Timestamp>,
    aside: VecDeque<Envelope>,
    /// There is a store: what changes is to be kept.
    pub(crate) is_kept: bool,
}

/// What an event or an answer did.
#[derive(Default)]
pub(crate) struct Change {
    /// What to tell the listeners, in this order.
    pub(crate) updates: Vec<Update>,
    /// Conversations with new events.
    pub(crate) touched: Vec<ConversationId>,
    /// What is to be kept, in this order.
    pub(crate) writes: Vec<Write>,
    /// Something is missing.
    pub(crate) gap: bool,
}

/// What an answer to a sync did.
pub(crate) struct Step {
    pub(crate) change: Change,
    /// Ask again.
    pub(crate) again: bool,
    /// The answer brought nothing new, and still there is more: asking again would go on for ever.
    pub(crate) is_stuck: bool,
}

impl Known {
    /// Nothing, yet.
    pub(crate) fn new(me: Option<UserId>) -> Self {
        Self {
            state: State::new(me.unwrap_or(UserId::new(uuid::Uuid::nil()))),
            since: None,
            run_began: None,
            aside: VecDeque::new(),
            is_kept: false,
        }
    }

    /// What a store kept.
    pub(crate) fn restored(me: UserId, kept: Loaded) -> Self {
        Self {
            state: State::restored(me, kept.state),
            since: kept.since,
            ..Self::new(Some(me))
        }
    }

    /// What to ask now.
    pub(crate) fn request(&self) -> Sync {
        Sync {
            positions: Some(self.state.positions()),
            inbox: self.state.inbox(),
            limit: None,
            since: self.since,
        }
    }

    /// The connection was lost: what waits aside comes again with the next sync.
    pub(crate) fn disconnected(&mut self) {
        self.aside.clear();
        self.run_began = None;
    }

    /// Keeps an event until the sync that runs has come to its end.
    pub(crate) fn keep_aside(&mut self, envelope: Envelope) {
        if self.aside.len() < ASIDE_MOST {
            self.aside.push_back(envelope);
        }
    }

    /// Applies an event, or keeps it aside when something before it is missing.
    pub(crate) fn apply(&mut self, envelope: Envelope, now: Timestamp) -> Change {
        if self.is_early(&envelope) {
            self.keep_aside(envelope);
            return Change {
                gap: true,
                ..Change::default()
            };
        }
        let mut change = Change::default();
        self.apply_next(envelope, now, &mut change);
        change
    }

    /// Applies an answer, and when nothing more is to be asked, what waited aside.
    pub(crate) fn apply_sync(&mut self, synced: Synced, now: Timestamp) -> Step {
        let before = (self.state.positions(), self.state.inbox());
        let began = *self.run_began.get_or_insert(synced.server_time);
        let mut change = self.tell_of(&synced);
        let told = self.is_kept.then(|| keep::Told::of(&synced, &self.state));
        let mut again = self.state.apply_sync(synced);
        change.writes = told.map_or_else(Vec::new, |told| told.writes(&self.state));
        let is_stuck = again && before == (self.state.positions(), self.state.inbox());
        if !again {
            self.since = Some(began);
            self.run_began = None;
            change.writes.push(Write::Since(self.since));
            // More than what fits was let go: it is missing now.
            again = self.aside.len() >= ASIDE_MOST;
            for envelope in std::mem::take(&mut self.aside) {
                match self.is_early(&envelope) {
                    true => again = true,
                    false => self.apply_next(envelope, now, &mut change),
                }
            }
            again |= std::mem::take(&mut change.gap);
        }
        Step {
            change,
            again,
            is_stuck,
        }
    }

    fn apply_next(&mut self, envelope: Envelope, now: Timestamp, change: &mut Change) {
        let told = Update::Event(Arc::new(envelope.clone()));
        let place = envelope.place;
        let is_presence = matches!(envelope.event, Event::Presence(_));
        let is_profile = matches!(envelope.event, Event::UserChanged(_));
        let before = self
            .is_kept
            .then(|| keep::Before::of(&envelope, &self.state));
        let applied = self.state.apply(envelope, now);
        let writes = before.map(|before| before.writes(&self.state));
        change.writes.extend(writes.into_iter().flatten());
        match applied {
            Applied::Changed(id) => {
                change.updates.push(told);
                change.updates.extend(id.map(Update::Conversation));
                match place {
                    Place::Log(_) => change.touched.extend(id),
                    Place::Inbox(_) => {}
                    Place::Nowhere if is_presence => change.updates.push(Update::Presence),
                    Place::Nowhere if is_profile => change.updates.push(Update::Reset),
                    Place::Nowhere => return,
                }
                if !is_presence {
                    change.updates.push(Update::List);
                }
            }
            // Counted in its log even though it says nothing to this version: still an event.
            Applied::Ignored => {}
            Applied::Gap => change.gap = true,
        }
    }

    /// Whether events before this one are missing.
    fn is_early(&self, envelope: &Envelope) -> bool {
        match (envelope.place, envelope.conversation_id) {
            (Place::Log(seq), Some(id)) => self
                .state
                .conversation(id)
                .is_none_or(|known| seq > known.position().seq.next()),
            (Place::Inbox(seq), _) => self
                .state
                .inbox()
                .is_none_or(|inbox| seq > inbox.seq.next()),
            _ => false,
        }
    }

    /// What the listeners will want to hear about an answer that is about to be applied.
    fn tell_of(&self, synced: &Synced) -> Change {
        let mut change = Change::default();
        let is_new_life = self
            .state
            .inbox()
            .is_none_or(|inbox| inbox.epoch != synced.inbox.epoch);
        let from = self.state.inbox().map_or(Seq::ZERO, |inbox| inbox.seq);
        if !is_new_life {
            change
                .updates
                .extend(events_after(from, &synced.inbox.events));
        }
        for stretch in &synced.conversations {
            let id = stretch.conversation_id;
            let Some(known) = self.state.conversation(id) else {
                continue;
            };
            let events = events_after(known.position().seq, &stretch.events);
            change.updates.extend(events);
            change.updates.push(Update::Conversation(id));
            change.touched.push(id);
        }
        let others = synced.reset.iter().map(|reset| reset.conversation_id);
        let others = others.chain(synced.gone.iter().copied());
        change.updates.extend(others.map(Update::Conversation));
        let new = synced.new.iter().map(|conversation| conversation.id);
        change.touched.extend(new.clone());
        if !is_new_life {
            change.updates.extend(new.map(Update::Conversation));
            change.updates.push(Update::List);
        }
        // Whose profile changed may be named anywhere.
        if is_new_life || !synced.users.is_empty() {
            change.updates.push(Update::Reset);
        }
        change
    }

    /// Whether the log of a conversation has been applied up to a place.
    pub(crate) fn passed(&self, id: ConversationId, seq: Seq) -> bool {
        let known = self.state.conversation(id);
        known.is_some_and(|known| known.position().seq >= seq)
    }

    /// How far this device has stored what others said, where the server does not know it yet.
    pub(crate) fn undelivered(&self, id: ConversationId) -> Option<Seq> {
        let known = self.state.conversation(id)?;
        let me = self.state.me();
        let newest = known.messages().rev().find(|m| m.sender.id != me)?;
        (newest.seq > known.conversation().my.delivered_seq).then(|| known.position().seq)
    }
}

fn events_after(from: Seq, events: &[Envelope]) -> impl Iterator<Item = Update> {
    events
        .iter()
        .filter(move |envelope| match envelope.place {
            Place::Log(seq) | Place::Inbox(seq) => seq > from,
            Place::Nowhere => false,
        })
        .map(|envelope| Update::Event(Arc::new(envelope.clone())))
}
