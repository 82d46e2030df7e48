//! What of a change is to be kept: for each event and each answer, the rows that are another now, together with the
//! position that says so.

use super::Known;
use crate::Write;
use chat_core::{
    ConversationId, ConversationState, Envelope, Event, Place, Position, State, Stretch, Synced,
    User,
};
use std::collections::BTreeMap;

/// How it was before an event.
pub(super) struct Before {
    envelope: Envelope,
    position: Option<Position>,
}

impl Before {
    pub(super) fn of(envelope: &Envelope, state: &State) -> Self {
        let id = match &envelope.event {
            Event::ConversationNew(conversation) => Some(conversation.id),
            _ => envelope.conversation_id,
        };
        let known = id.and_then(|id| state.conversation(id));
        Self {
            envelope: envelope.clone(),
            position: known.map(ConversationState::position),
        }
    }

    /// What is to be kept, now that it was applied.
    pub(super) fn writes(self, state: &State) -> Vec<Write> {
        let mut writes = Vec::new();
        match (self.envelope.place, self.envelope.conversation_id) {
            (Place::Log(_), Some(id)) => {
                keep_log(id, self.position, state, &mut writes);
                writes.extend(changed(self.envelope.event));
            }
            (Place::Inbox(seq), _) if state.inbox().is_some_and(|inbox| inbox.seq == seq) => {
                match &self.envelope.event {
                    // One that is known already keeps its history.
                    Event::ConversationNew(new) => {
                        keep_log(new.id, self.position, state, &mut writes);
                    }
                    event => keep_own(event, state, &mut writes),
                }
                writes.push(Write::Inbox(state.inbox()));
            }
            _ => {
                if let Event::UserChanged(user) = self.envelope.event {
                    writes.push(Write::User(user));
                }
            }
        }
        writes
    }
}

/// What an answer to a sync tells, before it was applied.
pub(super) struct Told {
    is_new_life: bool,
    void: Vec<ConversationId>,
    changed: Vec<Event>,
    users: Vec<User>,
    has_own: bool,
    inbox: Vec<Event>,
    before: BTreeMap<ConversationId, Option<Position>>,
}

impl Told {
    pub(super) fn of(synced: &Synced, state: &State) -> Self {
        let inbox = state.inbox();
        let resets = synced.reset.iter().map(|reset| reset.conversation_id);
        let events = synced
            .conversations
            .iter()
            .flat_map(|stretch| &stretch.events);
        let events = events.filter(|envelope| reaches_further(&envelope.event));
        let touched = synced
            .conversations
            .iter()
            .map(|stretch| stretch.conversation_id);
        let new = synced.new.iter().map(|conversation| conversation.id);
        let came = synced.inbox.events.iter();
        let came = came.filter_map(|envelope| match &envelope.event {
            Event::ConversationNew(conversation) => Some(conversation.id),
            _ => None,
        });
        let position = |id| state.conversation(id).map(ConversationState::position);
        Self {
            is_new_life: inbox.is_some_and(|inbox| inbox.epoch != synced.inbox.epoch),
            void: resets.chain(synced.gone.iter().copied()).collect(),
            changed: events.map(|envelope| envelope.event.clone()).collect(),
            users: synced.users.clone(),
            has_own: synced.own.is_some(),
            inbox: synced
                .inbox
                .events
                .iter()
                .map(|envelope| envelope.event.clone())
                .collect(),
            before: touched
                .chain(new)
                .chain(came)
                .map(|id| (id, position(id)))
                .collect(),
        }
    }

    /// What is to be kept, now that it was applied.
    pub(super) fn writes(self, state: &State) -> Vec<Write> {
        if self.is_new_life {
            return vec![Write::Forget];
        }
        let mut writes = Vec::new();
        writes.extend(self.void.into_iter().map(Write::Gone));
        for (id, position) in self.before {
            keep_log(id, position, state, &mut writes);
        }
        writes.extend(self.changed.into_iter().flat_map(changed));
        writes.extend(self.users.into_iter().map(Write::User));
        for event in &self.inbox {
            keep_own(event, state, &mut writes);
        }
        if self.has_own {
            writes.extend(own(state));
        }
        writes.push(Write::Inbox(state.inbox()));
        writes
    }
}

/// The conversation as it is now, and what came to its log since.
fn keep_log(id: ConversationId, before: Option<Position>, state: &State, writes: &mut Vec<Write>) {
    let Some(known) = state.conversation(id) else {
        return;
    };
    let now = known.position();
    let since = before.filter(|before| before.epoch == now.epoch && before.seq <= now.seq);
    let stretch = match since {
        Some(before) => Stretch {
            after: before.seq,
            through: now.seq,
        },
        None => {
            writes.push(Write::Gone(id));
            let stretches = known.stretches();
            *stretches
                .last()
                .expect("the newest stretch is always known")
        }
    };
    let messages = known.messages_in(stretch);
    writes.extend(messages.cloned().map(Write::Message));
    if stretch.after < stretch.through {
        writes.push(Write::Known(id, stretch));
    }
    writes.push(Write::Conversation(known.conversation().clone()));
}

/// Whether an event changes more than its conversation and the message that it brings.
fn reaches_further(event: &Event) -> bool {
    matches!(event, Event::MemberLeft(_)) || event.changes_message().is_some()
}

/// What an event changes beyond its conversation: messages that are kept, and how somebody is called in them.
fn changed(event: Event) -> Option<Write> {
    match event {
        // Nobody is told later how somebody is called who has gone.
        Event::MemberLeft(change) => Some(Write::User(change.member.user)),
        event => event.changes_message().map(|_| Write::Changed(event)),
    }
}

/// What an event of the inbox changed.
fn keep_own(event: &Event, state: &State, writes: &mut Vec<Write>) {
    match event {
        Event::ConversationDeleted(gone) => writes.push(Write::Gone(gone.conversation_id)),
        Event::MyChanged(change) => {
            let known = state.conversation(change.conversation_id);
            writes.extend(known.map(|known| Write::Conversation(known.conversation().clone())));
        }
        Event::MeChanged(_) => writes.push(Write::Account(state.account().cloned())),
        Event::ContactChanged(_) => {
            writes.push(Write::Contacts(state.contacts().cloned().collect()));
        }
        Event::BlockChanged(_) => writes.push(Write::Blocked(state.blocked().collect())),
        _ => {}
    }
}

fn own(state: &State) -> [Write; 3] {
    [
        Write::Account(state.account().cloned()),
        Write::Contacts(state.contacts().cloned().collect()),
        Write::Blocked(state.blocked().collect()),
    ]
}

impl Known {
    /// Everything that is known, for a store that has nothing any more.
    pub(crate) fn whole(&self) -> Vec<Write> {
        let state = &self.state;
        let mut writes = vec![
            Write::Forget,
            Write::Since(self.since),
            Write::Inbox(state.inbox()),
        ];
        writes.extend(own(state));
        writes.extend(state.profiles().cloned().map(Write::User));
        for known in state.conversations() {
            let id = known.conversation().id;
            for stretch in known.stretches() {
                writes.extend(known.messages_in(stretch).cloned().map(Write::Message));
                if stretch.after < stretch.through {
                    writes.push(Write::Known(id, stretch));
                }
            }
            writes.push(Write::Conversation(known.conversation().clone()));
        }
        writes
    }

    /// What a page has brought, as it is known now.
    pub(crate) fn keep_page(&self, id: ConversationId, stretch: Stretch) -> Vec<Write> {
        let Some(known) = self.state.conversation(id) else {
            return Vec::new();
        };
        let messages = known.messages_in(stretch).cloned().map(Write::Message);
        messages.chain([Write::Known(id, stretch)]).collect()
    }
}
