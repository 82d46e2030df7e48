//! What is known of one conversation: its snapshot, an unbroken stretch of its newest messages, who types.

use super::{Applied, Life, change::changed_message, messages::Messages};
use crate::{
    Conversation, Envelope, Event, Limits, Mark, MemberChange, Message, MessageDeleted, MessageId,
    My, Place, Position, Seq, Timestamp, Typing, User, UserId,
};
use std::collections::{BTreeMap, VecDeque};

/// Events kept aside while the ones before them are fetched. More are fetched, too.
const ASIDE_MOST: usize = 256;

/// Edits and deletions kept for messages that are not known.
const LATE_MOST: usize = 256;

/// One conversation as a client knows it.
#[derive(Debug, Clone)]
pub struct ConversationState {
    conversation: Conversation,
    /// Which time it was told whole, counted by the state.
    pub(super) telling: u64,
    /// Every message after `complete_after` and up to `last_seq`, without a hole, and those of the islands before.
    pub(super) messages: Messages,
    pub(super) complete_after: Seq,
    /// Stretches further back that are known whole: after this place, up to and with that one.
    pub(super) islands: BTreeMap<Seq, Seq>,
    aside: BTreeMap<Seq, Envelope>,
    /// Edits and deletions of messages that are not known: a page that was read before them may be on its way.
    pub(super) late: VecDeque<Event>,
    typing: BTreeMap<UserId, (String, Timestamp)>,
    /// No message's time is up before this; none where no message runs out.
    next_message_end: Option<Timestamp>,
}

impl ConversationState {
    pub(super) fn new(conversation: Conversation, telling: u64) -> Self {
        // The newest message is part of the snapshot, so the stretch that has no hole begins with it.
        let last = conversation.last_message.as_ref();
        let complete_after = last.map_or(Seq::ZERO, |message| message.seq.before());
        let next_message_end = last.and_then(|message| message.expires_at);
        let mut messages = Messages::default();
        last.cloned()
            .into_iter()
            .for_each(|message| messages.learn(message));
        Self {
            next_message_end,
            conversation,
            telling,
            messages,
            complete_after,
            islands: BTreeMap::new(),
            aside: BTreeMap::new(),
            late: VecDeque::new(),
            typing: BTreeMap::new(),
        }
    }

    /// The conversation itself, as a fresh snapshot would show it.
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// The known messages, oldest first, without a hole between them.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> + Clone {
        let newest = self.messages.by_place();
        let newest = newest.range(self.complete_after.next()..);
        newest.map(|(_, message)| &**message)
    }

    /// One known message.
    pub fn message(&self, id: MessageId) -> Option<&Message> {
        self.messages.find(id)
    }

    /// Whether there may be messages before the known ones.
    pub fn has_before(&self) -> bool {
        self.complete_after > Seq::ZERO
    }

    /// Who writes at the moment, by username.
    pub fn typing(&self) -> impl Iterator<Item = &str> {
        self.typing.values().map(|(name, _)| name.as_str())
    }

    /// Since when it is followed. A page that was asked for in another life misses what changed between the two.
    pub fn life(&self) -> Life {
        Life {
            epoch: self.conversation.epoch,
            telling: self.telling,
        }
    }

    /// The place up to which the log was applied.
    pub fn position(&self) -> Position {
        Position {
            epoch: self.conversation.epoch,
            seq: self.conversation.last_seq,
        }
    }

    pub(super) fn apply(&mut self, envelope: Envelope, me: UserId) -> Applied {
        let Place::Log(seq) = envelope.place else {
            return Applied::Ignored;
        };
        if seq <= self.conversation.last_seq {
            return Applied::Ignored;
        }
        if !self.reduce_next(seq, &envelope, me) {
            if self.aside.len() < ASIDE_MOST {
                self.aside.insert(seq, envelope);
            }
            return Applied::Gap;
        }
        self.reduce_aside(me);
        Applied::Changed(Some(self.conversation.id))
    }

    /// Applies an event if it is the next one.
    pub(super) fn reduce_next(&mut self, seq: Seq, envelope: &Envelope, me: UserId) -> bool {
        if seq != self.conversation.last_seq.next() {
            return false;
        }
        self.conversation.last_seq = seq;
        if let Some(at) = envelope.at {
            self.conversation.updated_at = at;
        }
        self.reduce(&envelope.event, me);
        let my = &mut self.conversation.my;
        my.counted_seq = my.counted_seq.max(seq);
        true
    }

    /// Applies what waited for the events before it.
    pub(super) fn reduce_aside(&mut self, me: UserId) {
        while let Some(entry) = self.aside.first_entry() {
            let seq = *entry.key();
            if seq > self.conversation.last_seq.next() {
                return;
            }
            let envelope = entry.remove();
            self.reduce_next(seq, &envelope, me);
        }
    }

    fn reduce(&mut self, event: &Event, me: UserId) {
        match event {
            Event::MessageNew(message) => self.add(message, me),
            Event::MessageEdited(_)
            | Event::MessageDeleted(_)
            | Event::ReactionAdded(_)
            | Event::ReactionRemoved(_)
            | Event::MessagePinned(_)
            | Event::MessageUnpinned(_) => self.change_or_keep(event),
            Event::MemberJoined(change) => self.join(change),
            Event::MemberLeft(change) => {
                self.leave(change);
                self.show_own_mark(me);
            }
            Event::MemberChanged(change) => {
                if change.member.user.id == me {
                    self.conversation.my.role = change.member.role;
                }
                if let Some(member) = self.member_mut(change.member.user.id) {
                    member.role = change.member.role;
                }
            }
            Event::ConversationChanged(change) => {
                self.conversation.title.clone_from(&change.title);
                self.conversation
                    .description
                    .clone_from(&change.description);
                self.conversation.avatar_url.clone_from(&change.avatar_url);
                self.conversation.message_ttl_s = change.message_ttl_s;
            }
            // Not part of a conversation's log, or unknown to this version: the place is counted, nothing else.
            _ => {}
        }
    }

    fn add(&mut self, message: &Message, me: UserId) {
        let my = &mut self.conversation.my;
        if message.counts_for(me) && message.seq > my.counted_seq {
            my.unread_count = (my.unread_count + 1).min(Limits::UNREAD_COUNTED);
            if message.mentions(me) {
                my.mention_count = (my.mention_count + 1).min(Limits::UNREAD_COUNTED);
            }
        }
        self.typing.remove(&message.sender.id);
        self.note_end(message);
        self.conversation.last_message = Some(message.clone());
        self.messages.learn(message.clone());
    }

    fn change_or_keep(&mut self, event: &Event) {
        if self.change(event) {
            return;
        }
        self.late.push_back(event.clone());
        if self.late.len() > LATE_MOST {
            self.late.pop_front();
        }
    }

    /// Changes a message by an event, and what answers it. False when the message itself is not known.
    pub(super) fn change(&mut self, event: &Event) -> bool {
        let Some(id) = changed_message(event) else {
            return true;
        };
        let mut is_known = self.messages.take(id, event);
        if let Some(last) = &mut self.conversation.last_message {
            is_known |= last.id == id;
            last.take(event);
        }
        is_known
    }

    fn join(&mut self, change: &MemberChange) {
        self.conversation.member_count = change.member_count;
        let members = &mut self.conversation.members;
        if members.len() < Limits::MEMBERS_SHOWN
            && members.iter().all(|m| m.user.id != change.member.user.id)
        {
            members.push(change.member.clone());
        }
    }

    fn leave(&mut self, change: &MemberChange) {
        self.conversation.member_count = change.member_count;
        self.typing.remove(&change.member.user.id);
        // Nobody is told later how somebody is called who has gone; whose account is deleted goes without a name.
        self.rename(&change.member.user);
        let members = &mut self.conversation.members;
        members.retain(|member| member.user.id != change.member.user.id);
        if let Some(next) = &change.moved_up
            && members.len() < Limits::MEMBERS_SHOWN
            && members.iter().all(|member| member.user.id != next.user.id)
        {
            members.push(next.clone());
        }
    }

    fn member_mut(&mut self, id: UserId) -> Option<&mut crate::Member> {
        self.conversation
            .members
            .iter_mut()
            .find(|member| member.user.id == id)
    }

    pub(super) fn mark(&mut self, mark: Mark, me: UserId) {
        if mark.user_id == me {
            // The read mark comes with the count of what is unread, through the inbox; others may see another one.
            self.conversation.my.delivered_seq = mark.delivered_seq;
            self.show_own_mark(me);
        } else if let Some(member) = self.member_mut(mark.user_id) {
            member.read_seq = mark.read_seq;
            member.delivered_seq = mark.delivered_seq;
        }
    }

    fn show_own_mark(&mut self, me: UserId) {
        let (read_seq, delivered_seq) = {
            let my = &self.conversation.my;
            (my.read_seq, my.delivered_seq)
        };
        if let Some(member) = self.member_mut(me) {
            member.read_seq = read_seq;
            member.delivered_seq = delivered_seq;
        }
    }

    /// Takes the user's own marks as the server counted them, and counts on from there.
    pub(super) fn set_my(&mut self, my: My, me: UserId) {
        let since = self
            .messages
            .by_place()
            .range(my.counted_seq.next()..)
            .filter(|(_, message)| message.counts_for(me));
        let count = |known: u32, since: usize| {
            known
                .saturating_add(u32::try_from(since).unwrap_or(u32::MAX))
                .min(Limits::UNREAD_COUNTED)
        };
        let mentions = since.clone().filter(|(_, message)| message.mentions(me));
        let mention_count = count(my.mention_count, mentions.count());
        let unread_count = count(my.unread_count, since.count());
        let counted_seq = my.counted_seq.max(self.conversation.last_seq);
        // A role is also told in the log: where that is further, it knows better.
        let role = match my.counted_seq < self.conversation.last_seq {
            true => self.conversation.my.role,
            false => my.role,
        };
        self.conversation.my = My {
            role,
            unread_count,
            mention_count,
            counted_seq,
            ..my
        };
        self.show_own_mark(me);
    }

    pub(super) fn type_sign(&mut self, typing: Typing, now: Timestamp) {
        if typing.is_typing {
            self.typing.insert(
                typing.user_id,
                (typing.username, now.plus_ms(Limits::TYPING_MS)),
            );
        } else {
            self.typing.remove(&typing.user_id);
        }
    }

    pub(super) fn expire_typing(&mut self, now: Timestamp) -> bool {
        let before = self.typing.len();
        self.typing.retain(|_, (_, until)| *until > now);
        self.typing.len() != before
    }

    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        self.typing.values().map(|(_, until)| *until).min()
    }

    /// Notes when a message's time is up.
    pub(super) fn note_end(&mut self, message: &Message) {
        let known = self.next_message_end.into_iter();
        self.next_message_end = known.chain(message.expires_at).min();
    }

    /// Leaves tombstones of messages whose time is up. True when there was one.
    pub(super) fn expire_messages(&mut self, now: Timestamp) -> bool {
        if self.next_message_end.is_none_or(|at| at > now) {
            return false;
        }
        let last = self.conversation.last_message.as_ref();
        let known = self.messages.by_place().values();
        let ends = known.map(|message| &**message).chain(last);
        let ends = ends.filter_map(|message| Some((message.expires_at?, message.id)));
        let (over, later): (Vec<_>, Vec<_>) = ends.partition(|(at, _)| *at <= now);
        self.next_message_end = later.iter().map(|(at, _)| *at).min();
        for (deleted_at, id) in &over {
            self.change(&Event::MessageDeleted(MessageDeleted {
                id: *id,
                deleted_at: *deleted_at,
                deleted_by: None,
            }));
        }
        !over.is_empty()
    }

    pub(super) fn next_message_end(&self) -> Option<Timestamp> {
        self.next_message_end
    }

    pub(super) fn rename(&mut self, user: &User) {
        let Self {
            conversation,
            messages,
            ..
        } = self;
        messages.change_where(
            |message| message.shows().any(|shown| shown == user.id),
            |message| message.rename(user),
        );
        if let Some(last) = &mut conversation.last_message {
            last.rename(user);
        }
        for member in conversation
            .members
            .iter_mut()
            .filter(|member| member.user.id == user.id)
        {
            member.user.clone_from(user);
        }
    }
}
