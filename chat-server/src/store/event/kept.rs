//! What the log keeps of an event: no more than cannot be looked up when it is told again.

use chat_core::{Event, Member, MemberChange, MemberRole, MessageId, Seq, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// What an entry keeps of a member.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptMember {
    pub(super) user_id: UserId,
    pub(super) role: MemberRole,
    pub(super) joined_at: Timestamp,
    pub(super) read_seq: Seq,
    pub(super) delivered_seq: Seq,
}

/// What the entries `member.*` keep.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptChange {
    pub(super) member: KeptMember,
    pub(super) member_count: u32,
    pub(super) moved_up: Option<KeptMember>,
}

/// What the entry `conversation.changed` keeps.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptInfo {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) avatar_url: Option<String>,
    #[serde(default)]
    pub(super) message_ttl_s: Option<u32>,
}

/// What the entries `reaction.*` keep.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptReaction {
    pub(super) emoji: String,
}

impl From<&Member> for KeptMember {
    fn from(member: &Member) -> Self {
        Self {
            user_id: member.user.id,
            role: member.role,
            joined_at: member.joined_at,
            read_seq: member.read_seq,
            delivered_seq: member.delivered_seq,
        }
    }
}

impl From<&MemberChange> for KeptChange {
    fn from(change: &MemberChange) -> Self {
        Self {
            member: (&change.member).into(),
            member_count: change.member_count,
            moved_up: change.moved_up.as_ref().map(KeptMember::from),
        }
    }
}

/// What the log keeps of an event: its kind, the message it is about, and what else cannot be looked up later.
pub(crate) fn kept(
    event: &Event,
) -> Result<(&'static str, Option<MessageId>, Option<String>), crate::Error> {
    let json = |value: &KeptChange| serde_json::to_string(value).ok();
    Ok(match event {
        Event::MessageEdited(edit) => ("message.edited", Some(edit.id), None),
        Event::MessageDeleted(gone) => ("message.deleted", Some(gone.id), None),
        Event::ReactionAdded(change) | Event::ReactionRemoved(change) => {
            let kept = KeptReaction {
                emoji: change.emoji.clone(),
            };
            let kind = match event {
                Event::ReactionAdded(_) => "reaction.added",
                _ => "reaction.removed",
            };
            (
                kind,
                Some(change.message_id),
                serde_json::to_string(&kept).ok(),
            )
        }
        Event::MessagePinned(pin) => ("message.pinned", Some(pin.message_id), None),
        Event::MessageUnpinned(pin) => ("message.unpinned", Some(pin.message_id), None),
        Event::MemberJoined(change) => ("member.joined", None, json(&change.into())),
        Event::MemberLeft(change) => ("member.left", None, json(&change.into())),
        Event::MemberChanged(change) => ("member.changed", None, json(&change.into())),
        Event::ConversationChanged(change) => {
            let info = KeptInfo {
                title: change.title.clone(),
                description: change.description.clone(),
                avatar_url: change.avatar_url.clone(),
                message_ttl_s: change.message_ttl_s,
            };
            (
                "conversation.changed",
                None,
                serde_json::to_string(&info).ok(),
            )
        }
        other => {
            return Err(crate::Error::Internal(format!(
                "{} has no place in a log",
                other.kind()
            )));
        }
    })
}
