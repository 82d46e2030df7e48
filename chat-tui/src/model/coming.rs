//! What a message is about to be: an edit, a deletion or reactions of the reader's that the server has not got yet. It only
//! says so at the message; what the outbox holds is the SDK's, and nothing is taken back here.

use super::{Entry, Item, Thread};
use chat_core::{MessageId, UserId, text};
use std::{collections::BTreeMap, rc::Rc};

/// What a message is about to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coming {
    /// Who did it.
    pub by: UserId,
    /// Its text, as it will be stored.
    pub text: Option<String>,
    /// Whether it will be deleted.
    pub is_deleted: bool,
    /// The emoji that the reader will have put under it, or will have taken back.
    pub reactions: BTreeMap<String, bool>,
}

/// An emoji under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Under {
    /// The emoji, inert.
    pub emoji: String,
    /// How many put it there, with what is about to be.
    pub count: u32,
    /// Whether the server has not got that yet.
    pub is_coming: bool,
}

impl Coming {
    /// Nothing yet.
    pub fn by(by: UserId) -> Self {
        Self {
            by,
            text: None,
            is_deleted: false,
            reactions: BTreeMap::new(),
        }
    }

    /// In words, for who sees no signs.
    pub(crate) fn sentence(&self) -> String {
        if self.is_deleted {
            return "that it is deleted".to_owned();
        }
        let words = self.text.iter().map(|text| text::inert(text).into_owned());
        let emoji = self.reactions.iter().map(|(emoji, is_on)| {
            let emoji = text::inert_line(emoji);
            match is_on {
                true => format!("your {emoji}"),
                false => format!("that you take {emoji} back"),
            }
        });
        emoji.chain(words).collect::<Vec<_>>().join(", ")
    }
}

impl Entry {
    /// What it is about to be, where something done to it waits to be sent.
    pub fn coming(&self) -> Option<&Coming> {
        self.coming.as_ref()
    }

    /// Whether it will be deleted.
    pub(crate) fn is_going(&self) -> bool {
        self.coming.as_ref().is_some_and(|coming| coming.is_deleted)
    }

    /// The emoji under it.
    pub(crate) fn reactions(&self) -> Vec<Under> {
        let known = self.extras().reactions.iter();
        let mut under: Vec<_> = known
            .map(|known| Under {
                emoji: text::inert_line(&known.emoji).into_owned(),
                count: known.count,
                is_coming: false,
            })
            .collect();
        for (emoji, is_on) in self.coming.iter().flat_map(|coming| &coming.reactions) {
            let is_there = self.has_stored(emoji);
            let emoji = text::inert_line(emoji).into_owned();
            let at = under.iter().position(|under| under.emoji == emoji);
            let at = at.unwrap_or_else(|| {
                under.push(Under {
                    emoji,
                    count: 0,
                    is_coming: true,
                });
                under.len() - 1
            });
            let count = under[at].count;
            // What the server has taken in already is not counted twice.
            under[at].count = match (is_there, is_on) {
                (false, true) => count.saturating_add(1),
                (true, false) => count.saturating_sub(1),
                _ => count,
            };
            under[at].is_coming = true;
        }
        under
    }

    /// Whether the reader has put this emoji under it, or is about to.
    pub(crate) fn has_from(&self, me: UserId, emoji: &str) -> bool {
        let coming = self.coming.as_ref();
        let coming = coming.and_then(|coming| coming.reactions.get(emoji).copied());
        coming.unwrap_or_else(|| self.has_of(me, emoji))
    }

    fn has_stored(&self, emoji: &str) -> bool {
        let by = self.coming.as_ref().map(|coming| coming.by);
        by.is_some_and(|by| self.has_of(by, emoji))
    }

    fn has_of(&self, user: UserId, emoji: &str) -> bool {
        let mut known = self.extras().reactions.iter();
        known.any(|known| known.emoji == emoji && known.user_ids.contains(&user))
    }
}

impl Thread {
    /// Lets each message say what it is about to be.
    pub(crate) fn announce(&mut self, coming: &BTreeMap<MessageId, Coming>) {
        for item in &mut self.items {
            if let Item::Entry(entry) = item {
                let of = entry.id().and_then(|id| coming.get(&id));
                if entry.coming() != of {
                    *entry = Rc::new(entry.becoming(of));
                }
            }
        }
    }
}
