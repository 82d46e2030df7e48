//! Search: finding messages by their words, in one's own conversations only.

use crate::{
    ConversationId, FieldErrors, Limits, Message, Timestamp, UserId,
    input::{input, text_type},
    text,
};
use serde::{Deserialize, Serialize};

text_type! {
    /// What to look for: 1 to 200 characters. All words must be there; `"two words"` are found together, and the last word
    /// may be unfinished.
    SearchText, 1..=200, |text| match text.chars().count() {
        1..=200 if text::is_visible(&text) => Ok(text),
        _ => Err("must be 1 to 200 characters, something visible among them"),
    }
}

/// A stretch of a text, counted in Unicode code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Highlight {
    /// The first code point of it.
    pub start: u32,
    /// The first code point after it.
    pub end: u32,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchHit {
    /// The message.
    pub message: Message,
    /// Where in its content the words are; nowhere where none were asked for.
    pub highlights: Vec<Highlight>,
}

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchPage {
    /// Best first, or newest first where no words were given. Of very many hits the newest 1,000, or as many as are a
    /// megabyte of text, come first, the best of them first; then the next as many.
    pub items: Vec<SearchHit>,
    /// Hand this back for the next page; none after the last. A page may be empty and not the last.
    pub next_cursor: Option<String>,
}

input! {
    /// Looks for messages: by words, by sender, by time. By its words a message is found a little after it was said (mostly
    /// within a second), and until it is changed or deleted; by sender and time at once.
    pub struct SearchMessages {
        /// What to look for; may be absent where a sender or a time is given.
        pub q: Option<SearchText>,
        /// In this conversation only.
        pub conversation_id: Option<ConversationId>,
        /// By this sender only.
        pub sender_id: Option<UserId>,
        /// Said before this moment.
        pub before: Option<Timestamp>,
        /// Said after this moment.
        pub after: Option<Timestamp>,
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
    where |search| {
        let narrows = search.sender_id.is_some() || search.before.is_some() || search.after.is_some();
        match search.q.is_some() || narrows {
            true => Ok(()),
            false => Err(FieldErrors::one("q", "is required where neither a sender nor a time is given")),
        }
    }
}

impl SearchMessages {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}
