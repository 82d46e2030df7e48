//! What a member has set for themselves alone in a conversation: on all their devices, seen by nobody else.

use crate::{
    ConversationId, Nickname, Timestamp,
    input::{input, text_type},
};
use serde::{Deserialize, Serialize};

text_type! {
    /// A message that is not sent yet: up to 4000 characters. Empty takes it away.
    Draft, 0..=4000, |text| match text.chars().count() {
        0..=4000 => Ok(text),
        _ => Err("must be at most 4000 characters"),
    }
}

/// What a member has set for themselves alone.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Prefs {
    /// No notifications until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// Whether it comes first in the list.
    pub pinned: bool,
    /// Whether it is put away.
    pub archived: bool,
    /// What one calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// What one has begun to write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
}

input! {
    /// Changes what is named; what is absent stays.
    pub struct ChangePrefs {
        /// Where.
        pub conversation_id: ConversationId,
        /// No notifications until then; a moment in the past ends it.
        pub muted_until: Option<Timestamp>,
        /// Whether it comes first in the list.
        pub pinned: Option<bool>,
        /// Whether it is put away.
        pub archived: Option<bool>,
        /// What one calls it; empty takes it away.
        pub nickname: Option<Nickname>,
        /// What one has begun to write; empty takes it away.
        pub draft: Option<Draft>,
    }
}

impl ChangePrefs {
    /// The preferences after the change.
    pub fn apply(&self, prefs: Prefs, now: Timestamp) -> Prefs {
        let text = |text: Option<&str>, known: Option<String>| match text {
            Some(text) => Some(text.to_owned()).filter(|text| !text.is_empty()),
            None => known,
        };
        Prefs {
            muted_until: self
                .muted_until
                .or(prefs.muted_until)
                .filter(|until| *until > now),
            pinned: self.pinned.unwrap_or(prefs.pinned),
            archived: self.archived.unwrap_or(prefs.archived),
            nickname: text(self.nickname.as_ref().map(Nickname::as_str), prefs.nickname),
            draft: text(self.draft.as_ref().map(Draft::as_str), prefs.draft),
        }
    }
}
