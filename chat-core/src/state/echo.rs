//! Echoes: what the user has said and the server has not confirmed yet. They are shown after the stored messages, and
//! give way to the stored message with the same client id.

use super::State;
use crate::{ClientId, Code, ConversationId, MessageId, Seq, Timestamp};
use std::{
    collections::{BTreeSet, VecDeque, vec_deque},
    ops::Index,
};

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Echo {
    /// The id of the send.
    pub client_id: ClientId,
    /// Where it is said.
    pub conversation_id: ConversationId,
    /// What is said.
    pub content: String,
    /// When it was said, by the client's clock.
    pub created_at: Timestamp,
    /// The message that it answers, where that is stored.
    pub reply_to: Option<MessageId>,
    /// How far it is.
    pub status: EchoStatus,
}

/// How far a message on its way is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EchoStatus {
    /// It waits or is being sent; nothing needs to be done.
    Pending,
    /// The server refused it for good; it can be changed and sent again, or dropped.
    Failed {
        /// Why, in a word.
        code: Code,
        /// Why, in a sentence.
        detail: String,
    },
}

/// What the user has said in one conversation and the server has not confirmed yet, in the order it was said. There may be
/// thousands: none is looked for among the others before it is known to be there, and the first is mostly the one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Echoes {
    in_order: VecDeque<Echo>,
    names: BTreeSet<ClientId>,
}

impl Echoes {
    const fn none() -> Self {
        Self {
            in_order: VecDeque::new(),
            names: BTreeSet::new(),
        }
    }

    /// Each of them, in the order it was said.
    pub fn iter(&self) -> vec_deque::Iter<'_, Echo> {
        self.in_order.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.in_order.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.in_order.is_empty()
    }

    /// Whether there is one of this send.
    pub fn contains(&self, client_id: &ClientId) -> bool {
        self.names.contains(client_id)
    }

    fn at(&self, client_id: &ClientId) -> Option<usize> {
        let is_it = |echo: &Echo| &echo.client_id == client_id;
        let is_here = self.names.contains(client_id);
        is_here.then(|| self.in_order.iter().position(is_it))?
    }

    fn put(&mut self, echo: Echo) {
        match self.at(&echo.client_id) {
            Some(at) => self.in_order[at] = echo,
            None => {
                self.names.insert(echo.client_id.clone());
                self.in_order.push_back(echo);
            }
        }
    }

    fn remove(&mut self, client_id: &ClientId) {
        if let Some(at) = self.at(client_id) {
            self.in_order.remove(at);
            self.names.remove(client_id);
        }
    }
}

impl Index<usize> for Echoes {
    type Output = Echo;

    fn index(&self, at: usize) -> &Echo {
        &self.in_order[at]
    }
}

impl<'a> IntoIterator for &'a Echoes {
    type Item = &'a Echo;
    type IntoIter = vec_deque::Iter<'a, Echo>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl State {
    /// Shows a message at once; again with the same client id, it changes the echo that is there.
    pub fn echo(&mut self, echo: Echo) {
        let echoes = self.echoes.entry(echo.conversation_id).or_default();
        echoes.put(echo);
    }

    /// Says that a send was refused for good.
    pub fn fail_echo(
        &mut self,
        conversation: ConversationId,
        client_id: &ClientId,
        code: Code,
        detail: String,
    ) {
        let Some(echoes) = self.echoes.get_mut(&conversation) else {
            return;
        };
        if let Some(at) = echoes.at(client_id) {
            echoes.in_order[at].status = EchoStatus::Failed { code, detail };
        }
    }

    /// Drops an echo.
    pub fn drop_echo(&mut self, conversation: ConversationId, client_id: &ClientId) {
        if let Some(echoes) = self.echoes.get_mut(&conversation) {
            echoes.remove(client_id);
        }
    }

    /// What the user has said here and the server has not confirmed yet, in the order it was said.
    pub fn echoes(&self, conversation: ConversationId) -> &Echoes {
        static NONE: Echoes = Echoes::none();
        self.echoes.get(&conversation).unwrap_or(&NONE)
    }

    /// Lets echoes go whose message is among the stored ones after this place. Each event asks this, while an outbox empties
    /// itself with many more behind it: it looks at what is new only.
    pub(super) fn settle_echoes(&mut self, id: ConversationId, after: Seq) {
        let (Some(echoes), Some(known)) = (self.echoes.get_mut(&id), self.conversations.get(&id))
        else {
            return;
        };
        if echoes.is_empty() {
            return;
        }
        let new = known.messages().rev().take_while(|m| m.seq > after);
        for message in new.filter(|m| m.sender.id == self.me) {
            echoes.remove(&message.client_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;
    use uuid::Uuid;

    fn here() -> ConversationId {
        ConversationId::new(Uuid::nil())
    }

    fn key(name: &str) -> ClientId {
        ClientId::try_from(name.to_owned()).unwrap()
    }

    fn echo(name: &str, content: &str) -> Echo {
        Echo {
            client_id: key(name),
            conversation_id: here(),
            content: content.to_owned(),
            created_at: Timestamp::from_ms(0),
            reply_to: None,
            status: EchoStatus::Pending,
        }
    }

    fn said(state: &State) -> Vec<&str> {
        let echoes = state.echoes(here()).iter();
        echoes.map(|echo| echo.content.as_str()).collect()
    }

    #[test]
    fn echoes_keep_their_places_whichever_of_them_changes_or_goes() {
        let mut state = State::new(UserId::new(Uuid::nil()));
        assert!(state.echoes(here()).is_empty());
        for name in ["a", "b", "c", "d"] {
            state.echo(echo(name, name));
        }

        state.echo(echo("b", "B"));
        state.drop_echo(here(), &key("c"));
        state.drop_echo(here(), &key("c"));
        state.fail_echo(here(), &key("d"), Code::Forbidden, "no".to_owned());

        assert_eq!(said(&state), ["a", "B", "d"]);
        let echoes = state.echoes(here());
        let is_failed = |at: usize| matches!(echoes[at].status, EchoStatus::Failed { .. });
        assert_eq!([0, 1, 2].map(is_failed), [false, false, true]);
        assert!(echoes.contains(&key("a")) && !echoes.contains(&key("c")));
        state.echo(echo("c", "again"));
        assert_eq!(said(&state), ["a", "B", "d", "again"]);
    }
}
