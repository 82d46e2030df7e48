//! What a member has set for themselves alone in a conversation: on all their devices, seen by nobody else.

use crate::{
    Conversation, ConversationId, Nickname, Timestamp,
    input::{input, text_type},
};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

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
    /// Whether it comes first in the list: see [`ListPlace`].
    pub pinned: bool,
    /// Whether it is put away: it comes last in the list.
    pub archived: bool,
    /// What one calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// What one has begun to write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
}

/// Where a conversation stands in its member's list, smaller being further up: what is put away comes last, what is pinned
/// first, and among its like what happened last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListPlace {
    is_archived: bool,
    is_pinned: Reverse<bool>,
    updated_at: Reverse<Timestamp>,
    id: Reverse<ConversationId>,
}

impl Conversation {
    /// Where it stands in its member's list.
    pub fn list_place(&self) -> ListPlace {
        ListPlace {
            is_archived: self.my.prefs.archived,
            is_pinned: Reverse(self.my.prefs.pinned),
            updated_at: Reverse(self.updated_at),
            id: Reverse(self.id),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known(last: u32, at: &str, prefs: serde_json::Value) -> Conversation {
        let id = format!("01890a5d-ac96-774b-bcce-{last:012}");
        serde_json::from_value(json!({
            "id": id, "kind": "group", "created_at": at, "updated_at": at, "epoch": "0000000000000001", "last_seq": 0,
            "members": [], "member_count": 0,
            "my": {"role": "member", "read_seq": 0, "delivered_seq": 0, "unread_count": 0, "counted_seq": 0, "prefs": prefs},
        }))
        .unwrap()
    }

    #[test]
    fn pinned_ones_come_first_and_those_put_away_last() {
        let (early, late) = ("2026-11-21T09:30:00.000Z", "2026-11-21T10:30:00.000Z");
        let mut list = [
            known(1, late, json!({"archived": true, "pinned": true})),
            known(2, early, json!({})),
            known(3, late, json!({})),
            known(4, early, json!({"pinned": true})),
        ];

        list.sort_by_key(Conversation::list_place);

        let ids = list.map(|known| known.id.to_string().split_off(35));
        assert_eq!(ids, ["4", "3", "2", "1"]);
    }
}
