//! A conversation as its member's list shows it: by the name they call it, with what they have set for themselves.

use crate::{
    cmd::name,
    output::{Record, now},
};
use chat_client::Client;
use chat_core::{Conversation, ConversationKind, Prefs, Timestamp, UserId};
use serde::Serialize;

/// Characters of a draft that the list shows.
const DRAFT_SHOWN: usize = 20;

/// A conversation and who looks at it: a direct one is called after the other.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    #[serde(flatten)]
    conversation: Conversation,
    #[serde(skip)]
    me: Option<UserId>,
}

impl Listed {
    /// As the one who is signed in sees it.
    pub(crate) fn of(client: &Client, conversation: Conversation) -> Self {
        Self {
            conversation,
            me: client.me(),
        }
    }
}

impl Record for Listed {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "kind",
        "name",
        "members",
        "unread",
        "last activity",
        "set",
    ];

    fn id(&self) -> String {
        self.conversation.id.to_string()
    }

    fn cells(&self) -> Vec<String> {
        let known = &self.conversation;
        let kind = match known.kind {
            ConversationKind::Direct => "direct",
            ConversationKind::Group => "group",
            ConversationKind::Channel => "channel",
            ConversationKind::Unknown => "unknown",
        };
        vec![
            known.id.to_string(),
            kind.to_owned(),
            name::shown(known, self.me),
            known.member_count.to_string(),
            known.my.unread_count.to_string(),
            known.updated_at.to_string(),
            set(&known.my.prefs, now()),
        ]
    }
}

/// What one has set, in words.
fn set(prefs: &Prefs, now: Timestamp) -> String {
    let is_muted = prefs.muted_until.is_some_and(|until| until > now);
    let words = [
        (prefs.pinned, "pinned"),
        (is_muted, "muted"),
        (prefs.archived, "archived"),
    ];
    let mut shown: Vec<_> = words
        .into_iter()
        .filter(|(is_so, _)| *is_so)
        .map(|(_, word)| word.to_owned())
        .collect();
    shown.extend(prefs.draft.as_ref().map(|draft| {
        let begin: String = draft.chars().take(DRAFT_SHOWN).collect();
        let more = if begin == *draft { "" } else { "…" };
        format!("draft: {begin}{more}")
    }));
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_has_set_is_said_in_words() {
        let now = Timestamp::from_ms(10);
        let prefs = Prefs {
            muted_until: Some(Timestamp::from_ms(11)),
            pinned: true,
            draft: Some("see you at seven by the wall".to_owned()),
            ..Prefs::default()
        };

        assert_eq!(set(&Prefs::default(), now), "");
        assert_eq!(
            set(&prefs, now),
            "pinned, muted, draft: see you at seven by …"
        );
        let later = Timestamp::from_ms(11);
        assert!(!set(&prefs, later).contains("muted"));
    }
}
