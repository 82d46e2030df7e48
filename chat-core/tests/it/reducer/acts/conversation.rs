//! Who is in the conversation, what it is called, and what in its log cannot be read any more.

use super::{
    super::reference::{Entry, Reference, Topic, person, seq},
    Act,
};
use chat_core::*;

impl Reference {
    pub(super) fn act_on_members(&mut self, act: Act) -> Vec<Envelope> {
        match act {
            Act::Join(who) if !self.is_member(who) => self.join(who),
            Act::Leave(who) if self.is_member(who) && self.members.len() > 1 => self.leave(who),
            Act::Role(who, is_admin) => {
                let Some(member) = self.members.iter_mut().find(|(member, ..)| *member == who)
                else {
                    return Vec::new();
                };
                member.1 = match is_admin {
                    true => MemberRole::Admin,
                    false => MemberRole::Member,
                };
                let change = self.member_change(self.member(who), None);
                vec![self.keep(Event::MemberChanged(change))]
            }
            _ => Vec::new(),
        }
    }

    fn join(&mut self, who: u128) -> Vec<Envelope> {
        let head = seq(self.log.len());
        self.members.push((who, MemberRole::Member, self.clock));
        self.marks.insert(who, (head, head));
        let change = self.member_change(self.member(who), None);
        let mut told = vec![self.keep(Event::MemberJoined(change))];
        if who == 0 {
            self.prefs = Prefs::default();
            told.push(self.note(Topic::New));
        }
        told
    }

    fn leave(&mut self, who: u128) -> Vec<Envelope> {
        let member = self.member(who);
        let place = self.members.iter().position(|(id, ..)| *id == who).unwrap();
        self.members.remove(place);
        let tenth = self.members.get(9).filter(|_| place < 10);
        let moved_up = tenth.map(|(id, ..)| self.member(*id));
        let change = self.member_change(member, moved_up);
        let mut told = vec![self.keep(Event::MemberLeft(change))];
        if who == 0 {
            told.push(self.note(Topic::Gone));
        }
        told
    }

    fn keep(&mut self, event: Event) -> Envelope {
        self.enter(Entry::Kept(Box::new(event)))
    }

    fn member_change(&self, member: Member, moved_up: Option<Member>) -> MemberChange {
        MemberChange {
            member,
            member_count: self.members.len() as u32,
            by: person(1),
            moved_up,
        }
    }

    pub(super) fn act_on_conversation(&mut self, act: Act) -> Vec<Envelope> {
        match act {
            Act::Title(title) => self.title = title,
            Act::Describe(description) => self.description = description,
            Act::Picture(avatar_url) => self.avatar_url = avatar_url,
            Act::Timer(message_ttl_s) => self.message_ttl_s = message_ttl_s,
            _ => {
                let kind = "x".into();
                return vec![self.keep(Event::Unreadable(Unreadable { kind }))];
            }
        }
        let change = ConversationChange {
            title: self.title.clone(),
            description: self.description.clone(),
            avatar_url: self.avatar_url.clone(),
            message_ttl_s: self.message_ttl_s,
            by: person(1),
        };
        vec![self.keep(Event::ConversationChanged(change))]
    }
}
