//! One row of the list: what is known of a conversation with what waits on this device counted in. It copies nothing before
//! it is clear that the row is another than the one that is shown.

use super::ListItem;
use crate::{
    Progress, Queued, Target, Task, drafts::Drafts, observe::Unread, outbox::Outbox,
    signals::Signals,
};
use chat_core::{Conversation, ConversationKind, ConversationState, Presence, State};

/// A row before anything of it is copied.
pub(super) struct Row<'a> {
    pub(super) conversation: &'a Conversation,
    pub(super) unread_count: u32,
    mention_count: u32,
    draft: Option<&'a String>,
    typing: Vec<&'a str>,
    presence: Option<&'a Presence>,
    last_queued: Option<&'a str>,
    failed_count: usize,
}

impl<'a> Row<'a> {
    /// The row of a conversation.
    pub(super) fn of(
        known: &'a ConversationState,
        state: &'a State,
        outbox: &'a Outbox,
        signals: &Signals,
        drafts: &'a Drafts,
    ) -> Self {
        let conversation = known.conversation();
        let id = conversation.id;
        let unread = Unread::of(known, signals, state.me());
        let sends = outbox.queued(id).filter_map(|queued| match &queued.task {
            Task::Send(message) => Some((queued, message.content())),
            _ => None,
        });
        let sends: Vec<_> = sends.collect();
        let has_failed =
            |(queued, _): &&(&Queued, _)| matches!(queued.progress, Progress::Failed { .. });
        let mut newest_first = sends.iter().rev();
        let last = newest_first.find(|(queued, _)| !is_taken_back(outbox, queued));
        Self {
            conversation,
            unread_count: unread.count,
            mention_count: unread.mention_count,
            draft: drafts.of(id, state),
            typing: known.typing().collect(),
            presence: presence(state, conversation),
            last_queued: last.map(|(_, content)| *content),
            failed_count: sends.iter().filter(has_failed).count(),
        }
    }

    /// Nobody's presence is watched for it.
    pub(super) fn unwatched(self) -> Self {
        Self {
            presence: None,
            ..self
        }
    }

    /// What changes by the moment is told of what is on the screen only.
    pub(super) fn off_the_screen(self) -> Self {
        Self {
            typing: Vec::new(),
            ..self.unwatched()
        }
    }

    /// Whether it is what is shown.
    pub(super) fn is(&self, shown: &ListItem) -> bool {
        self.unread_count == shown.unread_count
            && self.mention_count == shown.mention_count
            && self.draft == shown.draft.as_ref()
            && self.typing == shown.typing
            && self.presence == shown.presence.as_ref()
            && self.last_queued == shown.last_queued.as_deref()
            && self.failed_count == shown.failed_count
            && *self.conversation == shown.conversation
    }

    /// As it is shown.
    pub(super) fn item(self) -> ListItem {
        ListItem {
            conversation: self.conversation.clone(),
            unread_count: self.unread_count,
            mention_count: self.mention_count,
            draft: self.draft.cloned(),
            typing: self.typing.into_iter().map(str::to_owned).collect(),
            presence: self.presence.cloned(),
            last_queued: self.last_queued.map(str::to_owned),
            failed_count: self.failed_count,
        }
    }
}

/// Whether it is deleted as soon as it is stored.
fn is_taken_back(outbox: &Outbox, queued: &Queued) -> bool {
    let mut here = outbox.queued(queued.conversation_id);
    here.any(|other| match &other.task {
        Task::Delete {
            message: Target::Queued(key),
        } => *key == queued.key && other.is_waiting(),
        _ => false,
    })
}

/// Whether the other of two people is here, as far as that is known.
fn presence<'a>(state: &'a State, conversation: &Conversation) -> Option<&'a Presence> {
    let is_direct = conversation.kind == ConversationKind::Direct;
    let mut people = conversation.members.iter().map(|member| member.user.id);
    let other = people.find(|id| *id != state.me()).filter(|_| is_direct)?;
    state.presence(other)
}
