//! Echoes: what the user has said and the server has not confirmed yet. They are shown after the stored messages, and
//! give way to the stored message with the same client id.

use super::State;
use crate::{ClientId, Code, ConversationId, Seq, Timestamp};
use std::collections::BTreeSet;

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

impl State {
    /// Shows a message at once; again with the same client id, it changes the echo that is there.
    pub fn echo(&mut self, echo: Echo) {
        let echoes = self.echoes.entry(echo.conversation_id).or_default();
        match echoes
            .iter_mut()
            .find(|known| known.client_id == echo.client_id)
        {
            Some(known) => *known = echo,
            None => echoes.push(echo),
        }
    }

    /// Says that a send was refused for good.
    pub fn fail_echo(
        &mut self,
        conversation: ConversationId,
        client_id: &ClientId,
        code: Code,
        detail: String,
    ) {
        let echoes = self.echoes.get_mut(&conversation).into_iter().flatten();
        for echo in echoes.filter(|echo| &echo.client_id == client_id) {
            echo.status = EchoStatus::Failed {
                code,
                detail: detail.clone(),
            };
        }
    }

    /// Drops an echo.
    pub fn drop_echo(&mut self, conversation: ConversationId, client_id: &ClientId) {
        if let Some(echoes) = self.echoes.get_mut(&conversation) {
            echoes.retain(|echo| &echo.client_id != client_id);
        }
    }

    /// What the user has said here and the server has not confirmed yet, in the order it was said.
    pub fn echoes(&self, conversation: ConversationId) -> &[Echo] {
        self.echoes.get(&conversation).map_or(&[], Vec::as_slice)
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
        let own = new.filter(|m| m.sender.id == self.me);
        let stored: BTreeSet<_> = own.map(|m| &m.client_id).collect();
        if !stored.is_empty() {
            echoes.retain(|echo| !stored.contains(&echo.client_id));
        }
    }
}
