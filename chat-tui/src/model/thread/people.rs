//! Who is in the open conversation: the first members with what they have read, and of all others no more than their names,
//! which are asked for when somebody begins to write one. Nothing is claimed of members who are not known.

use super::{
    super::summary::{other, person_name, presence},
    Entry, Thread,
};
use chat_core::{
    ConversationKind, ConversationState, PresenceState, Right, Seq, State, UserId, text,
};

/// A member as the pane shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// What they are called here.
    pub name: String,
    /// The name they are mentioned by.
    pub username: String,
    /// Whether they are here.
    pub presence: PresenceState,
    /// They have read up to here.
    pub read: Seq,
    /// One of their devices has everything up to here.
    pub delivered: Seq,
}

/// How far a message of the reader's own has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// The server has it.
    Stored,
    /// Others have it on their devices.
    Delivered,
    /// Everybody has read it, so far as they let others know.
    Read,
}

impl Thread {
    /// How far a message of the reader's own has come.
    pub fn receipt(&self, entry: &Entry, me: UserId) -> Option<Receipt> {
        let seq = entry.seq().filter(|_| entry.mine && entry.id().is_some())?;
        let mut others = self
            .members
            .iter()
            .filter(|person| person.id != me)
            .peekable();
        let is_alone = others.peek().is_none();
        // Of the others nothing is known.
        let all_read = self.knows_everybody() && others.clone().all(|person| person.read >= seq);
        Some(match (is_alone, all_read) {
            (true, _) => Receipt::Stored,
            (false, true) => Receipt::Read,
            (false, false) if others.any(|person| person.delivered >= seq) => Receipt::Delivered,
            (false, false) => Receipt::Stored,
        })
    }

    /// Whether all members are among the first.
    pub(crate) fn knows_everybody(&self) -> bool {
        usize::try_from(self.member_count).is_ok_and(|count| count <= self.members.len())
    }

    /// Whether the names of all members are to be asked for now. They are asked for once, until there are more or fewer.
    pub(crate) fn asks_for_names(&mut self) -> bool {
        let count = Some(self.member_count);
        !self.knows_everybody() && std::mem::replace(&mut self.names_of, count) != count
    }

    /// The names of all members came: the one that each is mentioned by, and what they are called.
    pub(crate) fn take_names(&mut self, names: Vec<(String, String)>) {
        self.names = names;
    }

    /// What could not be asked for may be asked for again.
    pub(crate) fn forget_asked_names(&mut self) {
        if self.names.is_empty() {
            self.names_of = None;
        }
    }

    /// Whom a draft may name here, as far as it is known: the name that each is mentioned by, and what they are called.
    pub(crate) fn mentionable(&self) -> Vec<(String, String)> {
        let first = self.members.iter();
        let first = first.map(|person| (person.username.clone(), person.name.clone()));
        let mut people: Vec<_> = first.collect();
        let others = self.names.iter().filter(|(username, _)| {
            let is_first = |person: &Person| person.username == *username;
            !self.knows_everybody() && !self.members.iter().any(is_first)
        });
        people.extend(others.cloned());
        if !self.is_direct() && self.may(Right::MentionAll) {
            people.push(("all".to_owned(), String::new()));
        }
        people
    }

    /// Brings up to date who is here.
    pub(crate) fn refresh_people(&mut self, state: &State, known: &ConversationState) {
        let conversation = known.conversation();
        let people = conversation.members.iter();
        let people = people.map(|member| Person {
            id: member.user.id,
            name: person_name(&member.user),
            username: text::inert_line(&member.user.username).into_owned(),
            presence: presence(state, &member.user),
            read: member.read_seq,
            delivered: member.delivered_seq,
        });
        let before = std::mem::replace(&mut self.members, people.collect());
        let name = |person: &Person| (person.id, person.name.clone());
        // Who is answered is called what they are called here.
        if before.iter().map(name).ne(self.members.iter().map(name)) {
            self.laid_at = None;
        }
        self.presence = match conversation.kind {
            ConversationKind::Direct => {
                other(conversation, state.me()).map(|user| presence(state, user))
            }
            ConversationKind::Group | ConversationKind::Channel | ConversationKind::Unknown => None,
        };
    }
}
