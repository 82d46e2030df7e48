//! The one reducer: what a client knows, and how each event changes it.
//!
//! The promise that everything rests on: *an older snapshot plus the events since equals a fresh snapshot*. It is
//! tested for every event against a reference (`tests/it/reducer.rs`) and against the real server (`tests/` of the
//! workspace). Events may come twice, or with a hole before them: [`State::apply`] ignores what it has, keeps what is
//! early aside, and says what to fetch.

mod change;
mod conversation;
mod echo;
mod history;
mod messages;
mod restored;
mod shed;

pub use conversation::ConversationState;
pub use echo::{Echo, EchoStatus, Echoes};
pub use history::{Life, Moment, Stretch};
pub use restored::Restored;

use crate::{
    Contact, ContactChange, Conversation, ConversationEvents, ConversationId, Envelope, Event, Me,
    Place, Position, Presence, Seq, Synced, Timestamp, User, UserId,
};
use std::collections::{BTreeMap, BTreeSet};

/// What one user's client knows.
#[derive(Debug, Clone)]
pub struct State {
    me: UserId,
    inbox: Option<Position>,
    conversations: BTreeMap<ConversationId, ConversationState>,
    echoes: BTreeMap<ConversationId, Echoes>,
    presence: BTreeMap<UserId, Presence>,
    /// Profiles as they were last told: a page that was read before may be on its way.
    profiles: BTreeMap<UserId, User>,
    account: Option<Me>,
    contacts: BTreeMap<UserId, Contact>,
    blocked: BTreeSet<UserId>,
    /// How often a conversation was told whole.
    tellings: u64,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// Something about this conversation (or, with none, about the list or people) is different now.
    Changed(Option<ConversationId>),
    /// It was there already, or says nothing about what is known here.
    Ignored,
    /// Events before it are missing: sync. It is kept aside where that is possible.
    Gap,
}

impl State {
    /// Knows nothing yet.
    pub fn new(me: UserId) -> Self {
        Self {
            me,
            inbox: None,
            conversations: BTreeMap::new(),
            echoes: BTreeMap::new(),
            presence: BTreeMap::new(),
            profiles: BTreeMap::new(),
            account: None,
            contacts: BTreeMap::new(),
            blocked: BTreeSet::new(),
            tellings: 0,
        }
    }

    /// Whose state it is.
    pub fn me(&self) -> UserId {
        self.me
    }

    /// Applies one event. `now` is only used to let typing signs go out.
    pub fn apply(&mut self, envelope: Envelope, now: Timestamp) -> Applied {
        match (envelope.place, envelope.conversation_id) {
            (Place::Log(_), Some(id)) => self.apply_logged(id, envelope),
            (Place::Inbox(seq), _) => match self.inbox.as_mut() {
                Some(inbox) if seq <= inbox.seq => Applied::Ignored,
                Some(inbox) if seq == inbox.seq.next() => {
                    inbox.seq = seq;
                    self.apply_inbox(envelope.event)
                }
                _ => Applied::Gap,
            },
            (_, id) => self.apply_passing(id, envelope.event, now),
        }
    }

    /// Applies an answer to [`Sync`](crate::Sync). True when it must be asked again, with the new positions.
    pub fn apply_sync(&mut self, mut synced: Synced) -> bool {
        let mut again = synced.more;
        if self
            .inbox
            .is_some_and(|inbox| inbox.epoch != synced.inbox.epoch)
        {
            // Another life of the user's own log: nothing known can be trusted. What was not sent yet stays.
            self.conversations.clear();
            self.inbox = None;
            return true;
        }
        // Read before something that was told live meanwhile: the logs still hold, but what is current is older here
        // than what is known. The next answer is newer.
        let stale = !synced.more && self.inbox.is_some_and(|inbox| inbox.seq > synced.inbox.to);
        if !stale {
            if let Some(own) = synced.own.take() {
                self.account = Some(own.me);
                self.contacts = own.contacts.into_iter().map(|c| (c.user.id, c)).collect();
                self.blocked = own.blocked.into_iter().collect();
            }
            self.apply_inbox_stretch(&synced);
            for id in &synced.gone {
                self.forget(*id);
            }
            synced
                .new
                .into_iter()
                .for_each(|conversation| self.adopt(conversation));
        }
        for reset in &synced.reset {
            self.conversations.remove(&reset.conversation_id);
            again = true;
        }
        for stretch in synced.conversations {
            self.apply_stretch(stretch, stale);
        }
        synced.users.iter().for_each(|user| self.rename(user));
        again || stale
    }

    fn apply_stretch(&mut self, stretch: ConversationEvents, stale: bool) {
        let Some(known) = self.conversations.get_mut(&stretch.conversation_id) else {
            return;
        };
        for envelope in stretch.events {
            if let Place::Log(seq) = envelope.place {
                known.reduce_next(seq, &envelope, self.me);
            }
        }
        known.reduce_aside(self.me);
        if !stale {
            stretch
                .marks
                .iter()
                .for_each(|mark| known.mark(*mark, self.me));
            known.set_my(stretch.my, self.me);
        }
        self.settle_echoes(stretch.conversation_id, Seq::ZERO);
    }

    /// The positions to sync from.
    pub fn positions(&self) -> BTreeMap<ConversationId, Position> {
        self.conversations
            .iter()
            .map(|(id, known)| (*id, known.position()))
            .collect()
    }

    /// The position in the user's own log; none before the first sync.
    pub fn inbox(&self) -> Option<Position> {
        self.inbox
    }

    /// All conversations as a list shows them: pinned ones first, those put away last, then newest activity first.
    pub fn conversations(&self) -> Vec<&ConversationState> {
        let mut list: Vec<_> = self.conversations.values().collect();
        list.sort_by_key(|known| known.conversation().list_place());
        list
    }

    /// One conversation.
    pub fn conversation(&self, id: ConversationId) -> Option<&ConversationState> {
        self.conversations.get(&id)
    }

    /// Unread messages in all conversations.
    pub fn unread_total(&self) -> u64 {
        self.conversations
            .values()
            .map(|known| u64::from(known.conversation().my.unread_count))
            .sum()
    }

    /// Messages that name the user and are unread, in all conversations.
    pub fn mention_total(&self) -> u64 {
        self.conversations
            .values()
            .map(|known| u64::from(known.conversation().my.mention_count))
            .sum()
    }

    /// The user's own account with its settings; none before the first sync.
    pub fn account(&self) -> Option<&Me> {
        self.account.as_ref()
    }

    /// The user's contacts: favourites first, in the order of their usernames.
    pub fn contacts(&self) -> impl Iterator<Item = &Contact> {
        let mut list: Vec<_> = self.contacts.values().collect();
        list.sort_by_key(|contact| {
            let user = &contact.user;
            (!contact.favorite, user.username.as_str(), user.id)
        });
        list.into_iter()
    }

    /// Whether the user has blocked somebody.
    pub fn is_blocked(&self, user: UserId) -> bool {
        self.blocked.contains(&user)
    }

    /// Everybody whom the user has blocked.
    pub fn blocked(&self) -> impl Iterator<Item = UserId> {
        self.blocked.iter().copied()
    }

    /// What is known of somebody's presence.
    pub fn presence(&self, user: UserId) -> Option<&Presence> {
        self.presence.get(&user)
    }

    /// Lets typing signs go out. True when one did.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        let mut changed = false;
        for known in self.conversations.values_mut() {
            changed |= known.expire_typing(now);
        }
        changed
    }

    /// Lets the content of messages go whose time is up, by the server's clock: whoever says so may be out of reach. Where.
    pub fn expire_messages(&mut self, now: Timestamp) -> Vec<ConversationId> {
        let all = self.conversations.iter_mut();
        all.filter_map(|(id, known)| known.expire_messages(now).then_some(*id))
            .collect()
    }

    /// No message's time is up before this; none where no message runs out.
    pub fn next_message_end(&self) -> Option<Timestamp> {
        let all = self.conversations.values();
        all.filter_map(ConversationState::next_message_end).min()
    }

    /// When the next typing sign goes out.
    pub fn next_expiry(&self) -> Option<Timestamp> {
        self.conversations
            .values()
            .filter_map(ConversationState::next_expiry)
            .min()
    }

    /// Puts somebody's presence in, from the answer to a watch.
    pub fn set_presence(&mut self, presence: Presence) {
        self.presence.insert(presence.user_id, presence);
    }

    fn apply_logged(&mut self, id: ConversationId, envelope: Envelope) -> Applied {
        let Some(known) = self.conversations.get_mut(&id) else {
            return Applied::Gap;
        };
        let before = known.position().seq;
        let applied = known.apply(envelope, self.me);
        self.settle_echoes(id, before);
        applied
    }

    fn apply_inbox(&mut self, event: Event) -> Applied {
        match event {
            Event::ConversationNew(conversation) => self.adopt(conversation),
            Event::ConversationDeleted(gone) => self.forget(gone.conversation_id),
            Event::MyChanged(change) => match self.conversations.get_mut(&change.conversation_id) {
                Some(known) => {
                    known.set_my(change.my, self.me);
                    return Applied::Changed(Some(change.conversation_id));
                }
                None => return Applied::Ignored,
            },
            Event::MeChanged(me) => self.account = Some(me),
            Event::ContactChanged(ContactChange { user_id, contact }) => match contact {
                Some(contact) => drop(self.contacts.insert(user_id, contact)),
                None => drop(self.contacts.remove(&user_id)),
            },
            Event::BlockChanged(change) => match change.blocked {
                true => drop(self.blocked.insert(change.user_id)),
                false => drop(self.blocked.remove(&change.user_id)),
            },
            _ => return Applied::Ignored,
        }
        Applied::Changed(None)
    }

    fn apply_inbox_stretch(&mut self, synced: &Synced) {
        let stretch = &synced.inbox;
        match self.inbox {
            None => {}
            Some(inbox) => {
                for envelope in &stretch.events {
                    if matches!(envelope.place, Place::Inbox(seq) if seq > inbox.seq) {
                        self.apply_inbox(envelope.event.clone());
                    }
                }
            }
        }
        if self.inbox.is_none_or(|inbox| inbox.seq < stretch.to) {
            self.inbox = Some(Position {
                epoch: stretch.epoch,
                seq: stretch.to,
            });
        }
    }

    fn apply_passing(
        &mut self,
        id: Option<ConversationId>,
        event: Event,
        now: Timestamp,
    ) -> Applied {
        match (event, id.and_then(|id| self.conversations.get_mut(&id))) {
            (Event::Read(mark) | Event::Delivered(mark), Some(known)) => known.mark(mark, self.me),
            (Event::Typing(typing), Some(known)) if typing.user_id != self.me => {
                known.type_sign(typing, now)
            }
            (Event::Presence(presence), _) => self.set_presence(presence),
            (Event::UserChanged(user), _) => {
                self.rename(&user);
                return Applied::Changed(None);
            }
            _ => return Applied::Ignored,
        }
        Applied::Changed(id)
    }

    /// Takes a snapshot in. One that is known already keeps its own log: only what is the user's own is newer.
    fn adopt(&mut self, conversation: Conversation) {
        match self.conversations.get_mut(&conversation.id) {
            Some(known) if known.conversation().epoch == conversation.epoch => {
                known.set_my(conversation.my, self.me)
            }
            _ => {
                let id = conversation.id;
                self.tellings += 1;
                let known = ConversationState::new(conversation, self.tellings);
                self.conversations.insert(id, known);
                self.settle_echoes(id, Seq::ZERO);
            }
        }
    }

    fn rename(&mut self, user: &User) {
        for known in self.conversations.values_mut() {
            known.rename(user);
        }
        if let Some(contact) = self.contacts.get_mut(&user.id) {
            contact.user.clone_from(user);
        }
        self.profiles.insert(user.id, user.clone());
    }

    fn forget(&mut self, id: ConversationId) {
        self.conversations.remove(&id);
        self.echoes.remove(&id);
    }

    /// The ids of everybody shown in the given conversations, for watching their presence.
    pub fn people(&self, conversations: &[ConversationId]) -> BTreeSet<UserId> {
        conversations
            .iter()
            .filter_map(|id| self.conversations.get(id))
            .flat_map(|known| {
                known
                    .conversation()
                    .members
                    .iter()
                    .map(|member| member.user.id)
            })
            .filter(|id| *id != self.me)
            .collect()
    }
}
