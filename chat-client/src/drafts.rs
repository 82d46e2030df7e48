//! What one has begun to write on this device, and what of the server's was taken away here: that is a draft without a text,
//! on the disk, too. It tells nobody: what another device began stays on the server until somebody takes it away there.

use crate::Write;
use chat_core::{ConversationId, State};
use std::collections::BTreeMap;

/// The drafts of this device.
#[derive(Debug, Default)]
pub(crate) struct Drafts {
    own: BTreeMap<ConversationId, String>,
    /// Where the server's was taken away, and what it was; none until the server has told. It stays away until the server
    /// has another.
    away: BTreeMap<ConversationId, Option<String>>,
}

impl Drafts {
    /// Begins with what a store kept.
    pub(crate) fn restored(kept: Vec<(ConversationId, String)>) -> Self {
        let mut drafts = Self::default();
        for (id, text) in kept {
            match text.is_empty() {
                true => drop(drafts.away.insert(id, None)),
                false => drop(drafts.own.insert(id, text)),
            }
        }
        drafts
    }

    /// What one has begun to write in a conversation, here or else on another device.
    pub(crate) fn of<'a>(&'a self, id: ConversationId, state: &'a State) -> Option<&'a String> {
        let is_away = |told: &&String| match self.away.get(&id) {
            Some(away) => away.as_ref().is_none_or(|text| text == *told),
            None => false,
        };
        let told = || of_server(id, state).filter(|told| !is_away(told));
        self.own.get(&id).or_else(told)
    }

    /// Has begun to write this, or nothing; what is to be kept of it.
    pub(crate) fn set(&mut self, id: ConversationId, text: Option<String>, state: &State) -> Write {
        let text = text.filter(|text| !text.is_empty());
        self.own.remove(&id);
        self.away.remove(&id);
        match (text, of_server(id, state)) {
            (Some(text), _) => {
                self.own.insert(id, text.clone());
                Write::Draft(id, Some(text))
            }
            (None, Some(told)) => {
                self.away.insert(id, Some(told.clone()));
                Write::Draft(id, Some(String::new()))
            }
            (None, None) => Write::Draft(id, None),
        }
    }

    /// Lets go of what was taken away where the server has another by now, or none; what is to be kept of that.
    pub(crate) fn settle(&mut self, state: &State) -> Vec<Write> {
        let mut writes = Vec::new();
        self.away.retain(|id, away| {
            if state.conversation(*id).is_none() {
                return true;
            }
            let told = of_server(*id, state);
            let is_same = told.is_some_and(|told| away.get_or_insert_with(|| told.clone()) == told);
            if !is_same {
                writes.push(Write::Draft(*id, None));
            }
            is_same
        });
        writes
    }

    /// Everything that a store is to have of it.
    pub(crate) fn whole(&self) -> Vec<Write> {
        let own = self.own.iter();
        let own = own.map(|(id, text)| Write::Draft(*id, Some(text.clone())));
        let away = self.away.keys();
        let away = away.map(|id| Write::Draft(*id, Some(String::new())));
        own.chain(away).collect()
    }
}

fn of_server(id: ConversationId, state: &State) -> Option<&String> {
    let known = state.conversation(id)?;
    let draft = known.conversation().my.prefs.draft.as_ref();
    draft.filter(|text| !text.is_empty())
}
