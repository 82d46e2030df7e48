//! Windows above the chat.

use super::{Field, Summary};
use chat_core::MessageId;

/// A window above the chat.
#[derive(Debug, Clone)]
pub enum Popup {
    /// All keys.
    Help {
        /// The first row that is shown.
        top: u16,
    },
    /// Jump to a conversation.
    Switch(Switch),
    /// Begin a conversation.
    New(NewConversation),
    /// A question before something that cannot be undone.
    Ask(Question),
}

/// A question before something that cannot be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Delete this message?
    Delete(MessageId),
    /// Sign out?
    SignOut,
}

/// Jump to a conversation by a part of its name.
#[derive(Debug, Clone)]
pub struct Switch {
    /// What is looked for.
    pub filter: Field,
    /// Which of the matches.
    pub selected: usize,
}

impl Switch {
    /// The conversations with every word of the filter in their title: unread ones first, then newest first.
    pub fn matches<'a>(&self, list: &'a [Summary]) -> Vec<&'a Summary> {
        let filter = self.filter.text().to_lowercase();
        let mut found: Vec<_> = list
            .iter()
            .filter(|row| {
                let title = row.title.to_lowercase();
                filter.split_whitespace().all(|word| title.contains(word))
            })
            .collect();
        found.sort_by_key(|row| row.unread == 0);
        found
    }
}

/// Begin a conversation: usernames, and for a group a title behind `#`.
#[derive(Debug, Clone)]
pub struct NewConversation {
    /// What is written.
    pub input: Field,
    /// Whether it is being made.
    pub busy: bool,
    /// What went wrong.
    pub error: Option<String>,
}

impl NewConversation {
    /// The usernames and the title.
    pub(crate) fn parse(&self) -> Result<(Vec<String>, Option<String>), &'static str> {
        let (names, title) = match self.input.text().split_once('#') {
            Some((names, title)) => (names, Some(title.trim())),
            None => (self.input.text(), None),
        };
        let names: Vec<_> = names
            .split([' ', ',', ';'])
            .map(|name| name.trim().trim_start_matches('@').to_lowercase())
            .filter(|name| !name.is_empty())
            .collect();
        match (names.len(), title.filter(|title| !title.is_empty())) {
            (0, None) => Err("write a username, or several for a group"),
            (_, title) => Ok((names, title.map(str::to_owned))),
        }
    }
}
