//! A conversation in the list.

use super::{Mark, entry::file_label};
use chat_core::{
    Conversation, ConversationId, ConversationKind, ConversationState, ListPlace, Message,
    MessageKind, PresenceState, Seq, State, Timestamp, User, UserId, text,
};
use std::borrow::Cow;

/// No line is longer than the beginning of a message of so many bytes.
const SEEN_BYTES: usize = 400;

/// A conversation in the list. All its texts are inert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Which.
    pub id: ConversationId,
    /// What it is.
    pub kind: ConversationKind,
    /// What it is called here.
    pub title: String,
    /// Unread messages.
    pub unread: u32,
    /// Of these, messages that name the reader.
    pub mentions: u32,
    /// In a direct conversation: the other.
    pub peer: Option<UserId>,
    /// In a direct conversation: whether the other is here.
    pub presence: Option<PresenceState>,
    /// Whether somebody writes there.
    pub typing: bool,
    /// Whether it tells nothing by itself.
    pub muted: bool,
    /// Whether it comes first in the list.
    pub pinned: bool,
    /// Whether it is put away.
    pub archived: bool,
    /// Where it stands among its like.
    pub place: ListPlace,
    /// The place of its newest message, and whether somebody else said it.
    pub newest: Option<(Seq, bool)>,
    /// The newest message in one line.
    pub preview: String,
}

impl Summary {
    /// A conversation as the list shows it.
    pub fn of(state: &State, known: &ConversationState, now: Timestamp) -> Self {
        let conversation = known.conversation();
        let me = state.me();
        let other = match conversation.kind {
            ConversationKind::Direct => other(conversation, me),
            ConversationKind::Group | ConversationKind::Channel | ConversationKind::Unknown => None,
        };
        Self {
            id: conversation.id,
            kind: conversation.kind,
            title: title(conversation, me),
            unread: conversation.my.unread_count,
            mentions: conversation.my.mention_count,
            peer: other.map(|user| user.id),
            presence: other.map(|user| presence(state, user)),
            typing: known.typing().next().is_some(),
            muted: conversation
                .my
                .prefs
                .muted_until
                .is_some_and(|until| until > now),
            pinned: conversation.my.prefs.pinned,
            archived: conversation.my.prefs.archived,
            newest: conversation
                .last_message
                .as_ref()
                .map(|message| (message.seq, message.counts_for(me))),
            place: conversation.list_place(),
            preview: conversation
                .last_message
                .as_ref()
                .map(|message| preview(message, conversation.kind, me))
                .unwrap_or_default(),
        }
    }
}

impl Summary {
    /// What stands before its name.
    pub fn mark(&self) -> Mark {
        match self.kind {
            ConversationKind::Group | ConversationKind::Unknown => Mark::Group,
            ConversationKind::Channel => Mark::Channel,
            ConversationKind::Direct => {
                Mark::Person(self.presence.unwrap_or(PresenceState::Offline))
            }
        }
    }

    /// Whether something in it waits to be read and the reader wants to know.
    pub fn calls(&self) -> bool {
        self.unread > 0 && (!self.muted || self.mentions > 0)
    }
}

/// Whether somebody is here, as far as it is known.
pub(super) fn presence(state: &State, user: &User) -> PresenceState {
    state
        .presence(user.id)
        .map(|known| known.state)
        .or(user.presence)
        .unwrap_or(PresenceState::Offline)
}

/// What a conversation is called here: as the reader calls it, or its title, or the names of the others.
pub(super) fn title(conversation: &Conversation, me: UserId) -> String {
    let nickname = conversation.my.prefs.nickname.as_ref();
    if let Some(title) = nickname.or(conversation.title.as_ref()) {
        return text::inert_line(title).into_owned();
    }
    let others: Vec<_> = conversation
        .members
        .iter()
        .filter(|member| member.user.id != me)
        .map(|member| person_name(&member.user))
        .collect();
    match others.is_empty() {
        true => "only you".to_owned(),
        false => others.join(", "),
    }
}

/// What a person is called here.
pub fn person_name(user: &User) -> String {
    match text::is_visible(&user.display_name) {
        true => text::inert_line(&user.display_name).into_owned(),
        false => text::inert_line(&user.username).into_owned(),
    }
}

/// What a message says in one inert line: its text, or what its file is called.
pub(crate) fn said(message: &Message) -> Cow<'_, str> {
    match message.extras.attachments.first() {
        Some(file) if message.content.is_empty() => text::inert_line(&file.file_name),
        _ => text::inert_line(&message.content),
    }
}

/// The other one of a direct conversation.
pub(super) fn other(conversation: &Conversation, me: UserId) -> Option<&User> {
    conversation
        .members
        .iter()
        .map(|member| &member.user)
        .find(|user| user.id != me)
}

fn preview(message: &Message, kind: ConversationKind, me: UserId) -> String {
    let said = match (message.deleted_at, message.extras.attachments.first()) {
        (Some(_), _) => "message deleted".into(),
        (None, Some(file)) if message.content.is_empty() => file_label(file, usize::MAX).into(),
        // Only the beginning can be seen; four thousand characters need not be looked at for it.
        _ => text::inert_line(&message.content[..message.content.floor_char_boundary(SEEN_BYTES)]),
    };
    match (message.sender.id == me, kind) {
        _ if message.kind == MessageKind::System => format!("* {said}"),
        (true, _) => format!("you: {said}"),
        (false, ConversationKind::Group | ConversationKind::Unknown) => {
            format!("{}: {said}", person_name(&message.sender))
        }
        (false, ConversationKind::Direct | ConversationKind::Channel) => said.into_owned(),
    }
}
