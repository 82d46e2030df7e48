//! How the reference tells what it keeps: live, again from its logs, and as the answer to a sync.

use super::reference::{EMOJI, Entry, Reference, Topic, here, person, seq};
use chat_core::*;

impl Reference {
    /// Adds an entry to the conversation's log and tells it. Two entries may have the same time.
    pub(super) fn enter(&mut self, entry: Entry) -> Envelope {
        self.clock += (self.log.len() % 2) as i64;
        self.log.push((self.now(), entry));
        self.logged(self.log.len() - 1)
    }

    /// Adds an entry to the viewer's own log and tells it.
    pub(super) fn note(&mut self, topic: Topic) -> Envelope {
        self.inbox.push(topic);
        let noted = self.noted(self.inbox.len() - 1);
        noted.expect("what has just happened can be told")
    }

    /// An entry of the conversation's log, told as it is now.
    pub(super) fn logged(&self, nth: usize) -> Envelope {
        let (at, entry) = &self.log[nth];
        let event = match entry {
            Entry::Said(row) => Event::MessageNew(self.message(*row)),
            Entry::Edited(row) => {
                let message = self.message(*row);
                Event::MessageEdited(MessageEdited {
                    id: message.id,
                    content: message.content,
                    edited_at: message.edited_at.unwrap_or(*at),
                    mentions: message.extras.mentions,
                })
            }
            Entry::Deleted(row) => {
                let message = self.message(*row);
                Event::MessageDeleted(MessageDeleted {
                    id: message.id,
                    deleted_at: message.deleted_at.unwrap(),
                    deleted_by: message.deleted_by,
                })
            }
            Entry::Reacted(row, emoji, by, is_given) => {
                let message = self.message(*row);
                let emoji = EMOJI[*emoji];
                let mut reactions = message.extras.reactions.into_iter();
                let change = ReactionChange {
                    message_id: message.id,
                    emoji: emoji.to_owned(),
                    user_id: person(*by),
                    reaction: reactions.find(|reaction| reaction.emoji == emoji),
                };
                match is_given {
                    true => Event::ReactionAdded(change),
                    false => Event::ReactionRemoved(change),
                }
            }
            Entry::Pinned(row, by, is_pinned) => {
                let message = self.message(*row);
                let change = PinChange {
                    message_id: message.id,
                    by: person(*by),
                    pinned_at: message.pinned_at,
                };
                match is_pinned {
                    true => Event::MessagePinned(change),
                    false => Event::MessageUnpinned(change),
                }
            }
            Entry::Kept(event) => Event::clone(event),
        };
        Envelope {
            conversation_id: Some(here()),
            place: Place::Log(seq(nth + 1)),
            at: Some(*at),
            event,
        }
    }

    /// An entry of the viewer's own log, told as it is now; none where there is nothing left to tell.
    fn noted(&self, nth: usize) -> Option<Envelope> {
        let event = match self.inbox[nth] {
            Topic::New => Event::ConversationNew(self.snapshot()?),
            Topic::Gone => Event::ConversationDeleted(Gone {
                conversation_id: here(),
                reason: GoneReason::Left,
            }),
            Topic::My => Event::MyChanged(MyChanged {
                conversation_id: here(),
                my: self.is_member(0).then(|| self.my())?,
            }),
            Topic::Me => Event::MeChanged(self.me()),
            Topic::Contact(who) => Event::ContactChanged(ContactChange {
                user_id: person(who),
                contact: self.contact(who),
            }),
            Topic::Block(who) => Event::BlockChanged(BlockChange {
                user_id: person(who),
                blocked: self.blocked.contains(&who),
            }),
        };
        Some(Envelope {
            conversation_id: None,
            place: Place::Inbox(seq(nth + 1)),
            at: None,
            event,
        })
    }

    /// The viewer's own log after a place: of each topic only the newest entry is left.
    fn notes_after(&self, from: usize) -> Vec<Envelope> {
        let newest = |nth: &usize| !self.inbox[nth + 1..].contains(&self.inbox[*nth]);
        let kept = (from..self.inbox.len()).filter(newest);
        kept.filter_map(|nth| self.noted(nth)).collect()
    }

    /// The answer to a sync from the state's positions, with at most `limit` entries of the conversation's log.
    pub(super) fn sync(&self, state: &State, limit: usize) -> Synced {
        let inbox = state.inbox().map_or(Seq::ZERO, |position| position.seq);
        let held = state.positions().get(&here()).copied();
        let is_member = self.is_member(0);
        let stretch = held
            .filter(|_| is_member)
            .map(|position| self.stretch(position.seq, limit));
        let own = Own {
            me: self.me(),
            contacts: (self.contacts.keys().copied())
                .filter_map(|who| self.contact(who))
                .collect(),
            blocked: self.blocked.iter().copied().map(person).collect(),
        };
        Synced {
            inbox: InboxEvents {
                epoch: Epoch::new(1),
                from: inbox,
                to: seq(self.inbox.len()),
                events: self.notes_after(inbox.get() as usize),
            },
            new: self
                .snapshot()
                .filter(|_| held.is_none())
                .into_iter()
                .collect(),
            reset: Vec::new(),
            gone: held
                .filter(|_| !is_member)
                .map(|_| here())
                .into_iter()
                .collect(),
            users: self.names.keys().map(|who| self.user(*who)).collect(),
            own: state.inbox().is_none().then_some(own),
            more: stretch
                .as_ref()
                .is_some_and(|stretch| stretch.to < stretch.head),
            conversations: stretch.into_iter().collect(),
            server_time: self.now(),
        }
    }

    fn stretch(&self, from: Seq, limit: usize) -> ConversationEvents {
        let first = from.get() as usize;
        let last = self.log.len().min(first.saturating_add(limit));
        let mark = |who: &u128| Mark {
            user_id: person(*who),
            read_seq: self.marks[who].0,
            delivered_seq: self.marks[who].1,
        };
        ConversationEvents {
            conversation_id: here(),
            epoch: Epoch::new(7),
            from,
            to: seq(last),
            events: (first..last).map(|nth| self.logged(nth)).collect(),
            head: seq(self.log.len()),
            marks: self.members.iter().map(|(who, ..)| mark(who)).collect(),
            my: self.my(),
        }
    }

    /// The answer to a question for older messages.
    pub(super) fn page(&self, asked: &History) -> MessagePage {
        let mut items = self.messages();
        items.retain(|message| Some(message.seq) < asked.before);
        let from = items.len().saturating_sub(asked.limit() as usize);
        MessagePage {
            items: items.split_off(from),
            has_before: from > 0,
            has_after: true,
        }
    }
}
