//! What is known, as records: copies of the moment, nothing to hold and nothing to give back.

mod extras;

pub use extras::{AttachmentItem, ForwardItem, MessageType, ReactionItem, ReplyItem};

use chat_core::{
    ConversationId, ConversationKind, ConversationState, Echo, EchoStatus, Extras, MemberRole,
    Message, Prefs, Right, State, Timestamp, UserId,
};

/// What a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ConversationType {
    /// Between two people.
    Direct,
    /// Among any number; everybody writes.
    Group,
    /// Among any number; few write, many read.
    Channel,
}

/// What a member may do. Each role may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Role {
    /// Reads and writes.
    Member,
    /// Also looks after members and messages.
    Admin,
    /// Also gives roles and deletes the conversation.
    Owner,
}

/// How far a message is on its way.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum SendState {
    /// Stored.
    Sent,
    /// It waits or is being sent.
    Pending,
    /// Refused for good: it can be sent again, or dropped.
    Failed {
        /// Why, in a stable word.
        code: String,
        /// Why, in a sentence.
        detail: String,
    },
}

/// One row of the list of conversations.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ConversationItem {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: ConversationType,
    /// What a group or channel is called; of a direct one, the name of the other.
    pub title: String,
    /// What it is about.
    pub description: Option<String>,
    /// Where its picture is, relative to the address of the API.
    pub avatar_url: Option<String>,
    /// Messages are deleted for everyone so many seconds after they were said.
    pub message_ttl_s: Option<u32>,
    /// How many are in it.
    pub member_count: u32,
    /// As what one is in it.
    pub role: Role,
    /// Whether one may say something in it.
    pub can_send: bool,
    /// Messages of others that one has not read.
    pub unread_count: u32,
    /// Of these, messages that name one.
    pub mention_count: u32,
    /// One has read up to here.
    pub read_seq: u64,
    /// The newest message that is stored.
    pub last: Option<MessageItem>,
    /// Who writes at the moment, by username.
    pub typing: Vec<String>,
    /// When something last happened in it.
    pub updated_at_ms: i64,
    /// Whether there may be messages before the known ones.
    pub has_older: bool,
    /// What one has set for oneself alone.
    pub prefs: PrefsItem,
}

/// What one has set for oneself alone in a conversation, on all devices.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PrefsItem {
    /// No notifications until then.
    pub muted_until_ms: Option<i64>,
    /// Whether it comes first in the list.
    pub is_pinned: bool,
    /// Whether it is put away.
    pub is_archived: bool,
    /// What one calls it.
    pub nickname: Option<String>,
    /// What one has begun to write.
    pub draft: Option<String>,
}

/// One row of a conversation.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct MessageItem {
    /// Stays the same from the moment it is sent: what a list is keyed by.
    pub key: String,
    /// The id of the send.
    pub client_id: String,
    /// Its id, once stored.
    pub message_id: Option<String>,
    /// Its place in the conversation, once stored.
    pub seq: Option<u64>,
    /// Who said it.
    pub sender_id: String,
    /// The name people see; empty for one's own that are not stored yet.
    pub sender_name: String,
    /// Whether one said it oneself.
    pub is_mine: bool,
    /// What it is.
    pub kind: MessageType,
    /// What was said, as it was written; empty once deleted, and for files without a text.
    pub text: String,
    /// What it answers.
    pub reply_to: Option<ReplyItem>,
    /// Where it was said first.
    pub forwarded_from: Option<ForwardItem>,
    /// The files with it.
    pub attachments: Vec<AttachmentItem>,
    /// The members it names, by id.
    pub mentions: Vec<String>,
    /// Whether it names everybody.
    pub mentions_all: bool,
    /// Whether it names oneself, by name or with everybody.
    pub names_me: bool,
    /// The emoji under it, in the order they came.
    pub reactions: Vec<ReactionItem>,
    /// When it was stored; before that, when it was said.
    pub sent_at_ms: i64,
    /// When it was last changed.
    pub edited_at_ms: Option<i64>,
    /// Since when it is pinned.
    pub pinned_at_ms: Option<i64>,
    /// When it will be deleted for everyone.
    pub expires_at_ms: Option<i64>,
    /// Whether it was deleted.
    pub is_deleted: bool,
    /// How far it is.
    pub send_state: SendState,
}

/// All conversations: pinned ones first, those put away last, then newest activity first.
pub(crate) fn conversations(state: &State) -> Vec<ConversationItem> {
    let known = state.conversations().into_iter();
    known.map(|known| conversation(known, state.me())).collect()
}

/// The known messages of a conversation, oldest first; what is on its way comes last.
pub(crate) fn messages(state: &State, id: ConversationId) -> Vec<MessageItem> {
    let me = state.me();
    let known = state.conversation(id).into_iter();
    let stored = known.flat_map(ConversationState::messages);
    let echoes = state.echoes(id).iter();
    stored
        .map(|stored| message(stored, me))
        .chain(echoes.map(|waiting| echo(waiting, me)))
        .collect()
}

fn conversation(known: &ConversationState, me: UserId) -> ConversationItem {
    let conversation = known.conversation();
    let my = &conversation.my;
    let other = conversation.members.iter().find(|m| m.user.id != me);
    let other = other.map(|member| member.user.display_name.clone());
    ConversationItem {
        id: conversation.id.to_string(),
        kind: match conversation.kind {
            ConversationKind::Direct => ConversationType::Direct,
            ConversationKind::Group => ConversationType::Group,
            ConversationKind::Channel => ConversationType::Channel,
        },
        title: conversation.title.clone().or(other).unwrap_or_default(),
        description: conversation.description.clone(),
        avatar_url: conversation.avatar_url.clone(),
        message_ttl_s: conversation.message_ttl_s,
        member_count: conversation.member_count,
        role: match my.role {
            MemberRole::Member => Role::Member,
            MemberRole::Admin => Role::Admin,
            MemberRole::Owner => Role::Owner,
        },
        can_send: my.role.may(Right::Send, conversation.kind),
        unread_count: my.unread_count,
        mention_count: my.mention_count,
        read_seq: my.read_seq.get(),
        last: conversation.last_message.as_ref().map(|m| message(m, me)),
        typing: known.typing().map(str::to_owned).collect(),
        updated_at_ms: conversation.updated_at.ms(),
        has_older: known.has_before(),
        prefs: PrefsItem::from(&my.prefs),
    }
}

impl From<&Prefs> for PrefsItem {
    fn from(prefs: &Prefs) -> Self {
        Self {
            muted_until_ms: prefs.muted_until.map(Timestamp::ms),
            is_pinned: prefs.pinned,
            is_archived: prefs.archived,
            nickname: prefs.nickname.clone(),
            draft: prefs.draft.clone(),
        }
    }
}

fn message(message: &Message, me: UserId) -> MessageItem {
    let Extras {
        reply_to,
        forwarded_from,
        attachments,
        mentions,
        mentions_all,
        reactions,
        ..
    } = &message.extras;
    MessageItem {
        key: key(message.sender.id, message.client_id.as_str()),
        client_id: message.client_id.to_string(),
        message_id: Some(message.id.to_string()),
        seq: Some(message.seq.get()),
        sender_id: message.sender.id.to_string(),
        sender_name: message.sender.display_name.clone(),
        is_mine: message.sender.id == me,
        kind: message.kind.into(),
        text: message.content.clone(),
        reply_to: reply_to.as_ref().map(ReplyItem::from),
        forwarded_from: forwarded_from.as_ref().map(ForwardItem::from),
        attachments: attachments.iter().map(AttachmentItem::from).collect(),
        mentions: mentions.iter().map(ToString::to_string).collect(),
        mentions_all: *mentions_all,
        names_me: message.mentions(me),
        reactions: reactions.iter().map(ReactionItem::from).collect(),
        sent_at_ms: message.created_at.ms(),
        edited_at_ms: message.edited_at.map(Timestamp::ms),
        pinned_at_ms: message.pinned_at.map(Timestamp::ms),
        expires_at_ms: message.expires_at.map(Timestamp::ms),
        is_deleted: message.deleted_at.is_some(),
        send_state: SendState::Sent,
    }
}

fn echo(echo: &Echo, me: UserId) -> MessageItem {
    MessageItem {
        key: key(me, echo.client_id.as_str()),
        client_id: echo.client_id.to_string(),
        message_id: None,
        seq: None,
        sender_id: me.to_string(),
        sender_name: String::new(),
        is_mine: true,
        kind: MessageType::Text,
        text: echo.content.clone(),
        reply_to: None,
        forwarded_from: None,
        attachments: Vec::new(),
        mentions: Vec::new(),
        mentions_all: false,
        names_me: false,
        reactions: Vec::new(),
        sent_at_ms: echo.created_at.ms(),
        edited_at_ms: None,
        pinned_at_ms: None,
        expires_at_ms: None,
        is_deleted: false,
        send_state: match &echo.status {
            EchoStatus::Pending => SendState::Pending,
            EchoStatus::Failed { code, detail } => SendState::Failed {
                code: code.as_str().to_owned(),
                detail: detail.clone(),
            },
        },
    }
}

/// Unique in a conversation, and the same before and after a message is stored.
fn key(sender: UserId, client_id: &str) -> String {
    format!("{sender}/{client_id}")
}

#[cfg(test)]
mod tests;
