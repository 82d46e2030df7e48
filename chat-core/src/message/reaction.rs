//! Reactions: one emoji under a message, and who gave it.

mod emoji;

use crate::{
    ClientId, Limits, MessageId, Timestamp, UserId,
    input::{input, text_type},
};
use serde::{Deserialize, Serialize};

text_type! {
    /// One emoji: up to 10 code points, as one picture. With or without the sign that it is a picture (U+FE0F) it is the
    /// same, and is told with it where it needs one.
    Emoji, 1..=10, |text| match text.chars().count() {
        1..=10 => emoji::spell(&text).ok_or("must be one emoji"),
        _ => Err("must be one emoji"),
    }
}

/// An emoji under a message, and who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// How many gave it.
    pub count: u32,
    /// The first 20 of them, in the order they gave it.
    pub user_ids: Vec<UserId>,
    /// When it was first given: reactions are shown in this order.
    pub first_at: Timestamp,
}

/// A reaction came or went, with all that is to be known of its emoji now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReactionChange {
    /// Under which message.
    pub message_id: MessageId,
    /// The emoji.
    pub emoji: String,
    /// Who gave it or took it back.
    pub user_id: UserId,
    /// The emoji under this message now; none when nobody is left who gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<Reaction>,
}

/// Puts the emoji in as it is now, and keeps the order.
pub(crate) fn apply(reactions: &mut Vec<Reaction>, change: &ReactionChange) {
    reactions.retain(|known| known.emoji != change.emoji);
    reactions.extend(change.reaction.clone());
    reactions.sort_by(|a, b| (a.first_at, &a.emoji).cmp(&(b.first_at, &b.emoji)));
}

input! {
    /// Puts an emoji under a message. Again changes nothing.
    pub struct AddReaction {
        /// Under which.
        pub message_id: MessageId,
        /// The emoji; at most 20 different ones of a user, and 50 in all, under one message.
        pub emoji: Emoji,
        /// The client's own id for this. Asked again under it within a day, it is not done again: an emoji that was taken
        /// back in between stays away.
        pub client_id: Option<ClientId>,
    }
}

impl AddReaction {
    /// This emoji under this message, asked once, so without an id of the client's.
    pub fn new(message_id: MessageId, emoji: Emoji) -> Self {
        Self {
            message_id,
            emoji,
            client_id: None,
        }
    }
}

input! {
    /// Takes one's emoji back.
    pub struct RemoveReaction {
        /// From which.
        pub message_id: MessageId,
        /// The emoji.
        pub emoji: Emoji,
        /// The client's own id for this. Asked again under it within a day, it is not done again: an emoji that was put there
        /// anew in between stays.
        pub client_id: Option<ClientId>,
    }
}

impl RemoveReaction {
    /// This emoji away from this message, asked once, so without an id of the client's.
    pub fn new(message_id: MessageId, emoji: Emoji) -> Self {
        Self {
            message_id,
            emoji,
            client_id: None,
        }
    }
}

input! {
    /// Asks who gave an emoji.
    pub struct ListReactions {
        /// Under which message.
        pub message_id: MessageId,
        /// The emoji.
        pub emoji: Emoji,
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListReactions {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_emoji_is_a_reaction() {
        for good in [
            "👍",
            "❤️",
            "👩‍🚀",
            "🇫🇷",
            "#️⃣",
            "1️⃣",
            "👋🏽",
            "☝🏽",
            "🏳️‍🌈",
            "👁️‍🗨️",
            "👩🏻‍❤️‍💋‍👨🏿",
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        ] {
            let known = Emoji::parse(good).map(String::from);
            assert_eq!(known.as_deref(), Ok(good), "{good:?}");
        }
        for bad in [
            "",
            "a",
            "1",
            "👍a",
            "👍 👍",
            "ж",
            "李",
            "\u{200d}",
            "\u{fe0f}",
            "👍👍👍👍👍👍👍👍👍👍👍",
            "👍👎",
            "🇫🇷🇩🇪",
            "🇫",
            "€",
            "…",
            "«",
            "★",
            "\u{301}",
            "👍\u{301}",
            "👍\u{200d}",
            "👍🏽🏽",
            "❤\u{fe0e}",
        ] {
            assert!(Emoji::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_emoji_has_one_spelling() {
        for (one, other) in [
            ("❤", "❤️"),
            ("👍\u{fe0f}", "👍"),
            ("1⃣", "1️⃣"),
            ("🏳‍🌈", "🏳️‍🌈"),
            ("☝\u{fe0f}🏽", "☝🏽"),
        ] {
            assert_eq!(Emoji::parse(one), Emoji::parse(other), "{one:?}");
        }
    }
}
