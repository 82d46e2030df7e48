//! Marks, who is here or types, and what is the viewer's own: preferences, account, contacts, blocks.

use super::{
    super::reference::{Reference, Topic, here, person, seq},
    Act,
};
use chat_core::*;

impl Reference {
    pub(super) fn move_mark(&mut self, act: Act) -> Vec<Envelope> {
        let head = seq(self.log.len());
        let (who, event): (_, fn(Mark) -> Event) = match act {
            Act::Read(who, _) => (who, Event::Read),
            Act::Delivered(who, _) => (who, Event::Delivered),
            _ => (0, Event::Read),
        };
        if !self.is_member(who) {
            return Vec::new();
        }
        let (read_seq, delivered_seq) = self.marks.get_mut(&who).unwrap();
        match act {
            Act::Read(_, to) => *read_seq = seq(to).min(head).max(*read_seq),
            Act::Delivered(_, to) => *delivered_seq = seq(to).min(head).max(*delivered_seq),
            Act::Unread(from) => *read_seq = seq(from).min(*read_seq),
            _ => {}
        }
        let mark = Mark {
            user_id: person(who),
            read_seq: *read_seq,
            delivered_seq: *delivered_seq,
        };
        let mut told = vec![Envelope::passing(Some(here()), event(mark))];
        if who == 0 {
            told.push(self.note(Topic::My));
        }
        told
    }

    /// What is told to whoever is there, and kept nowhere.
    pub(super) fn show(&mut self, act: Act) -> Vec<Envelope> {
        let told = match act {
            Act::Appear(who, state, last_seen_at) => {
                let presence = Presence {
                    user_id: person(who),
                    state,
                    last_seen_at: last_seen_at.map(Timestamp::from_ms),
                };
                self.presence.insert(who, presence.clone());
                Envelope::passing(None, Event::Presence(presence))
            }
            Act::Type(who, is_typing) if self.is_member(who) => {
                let typing = Typing {
                    user_id: person(who),
                    username: self.user(who).username,
                    is_typing,
                };
                Envelope::passing(Some(here()), Event::Typing(typing))
            }
            _ => return Vec::new(),
        };
        vec![told]
    }

    pub(super) fn act_on_own(&mut self, act: Act) -> Vec<Envelope> {
        let topic = match act {
            Act::Prefer(prefs) if self.is_member(0) => {
                self.prefs = prefs;
                Topic::My
            }
            Act::Set(settings) => {
                self.settings = settings;
                Topic::Me
            }
            Act::Introduce(about) => {
                self.about = about;
                Topic::Me
            }
            Act::Contact(who, nickname) => {
                let now = self.now();
                let known = self.contacts.entry(who).or_insert((None, now));
                known.0 = nickname;
                Topic::Contact(who)
            }
            Act::Forget(who) => {
                self.contacts.remove(&who);
                Topic::Contact(who)
            }
            Act::Block(who, is_blocked) => {
                match is_blocked {
                    true => self.blocked.insert(who),
                    false => self.blocked.remove(&who),
                };
                Topic::Block(who)
            }
            Act::Rename(who, name) => return self.rename(who, name),
            _ => return Vec::new(),
        };
        vec![self.note(topic)]
    }

    fn rename(&mut self, who: u128, name: String) -> Vec<Envelope> {
        self.names.insert(who, name);
        let changed = Event::UserChanged(self.user(who));
        let mut told = vec![Envelope::passing(None, changed)];
        if who == 0 {
            told.push(self.note(Topic::Me));
        }
        told
    }
}
