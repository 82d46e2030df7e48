//! What waits to be done to messages, laid over them: a row is shown as if it were done. It neither does nor queues
//! anything; what has failed is named and not shown.

use super::{Said, TimelineMessage};
use crate::{NewMessage, Progress, Queued, Target, Task};
use chat_core::{ClientId, Emoji, Message, MessageId, Reaction, Timestamp, UserId};
use std::collections::BTreeMap;

/// What waits to be done, by the message that it is about, each in its order.
#[derive(Default)]
pub(super) struct Waiting<'a> {
    of_stored: BTreeMap<MessageId, Vec<&'a Queued>>,
    of_queued: BTreeMap<&'a ClientId, Vec<&'a Queued>>,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(queued: impl Iterator<Item = &'a Queued>) -> Self {
        let mut all = Self::default();
        for queued in queued {
            match target(queued) {
                Some(Target::Stored(id)) => all.of_stored.entry(*id).or_default().push(queued),
                Some(Target::Queued(key)) => all.of_queued.entry(key).or_default().push(queued),
                None => {}
            }
        }
        all
    }

    /// What is about a message, in its order. That it is stored may be known before what waits for that has heard of it, and
    /// the other way round: one's own is meant by either of its names.
    pub(super) fn about(&self, id: Option<MessageId>, own: Option<&ClientId>) -> Vec<&'a Queued> {
        let by_id = id.and_then(|id| self.of_stored.get(&id));
        let by_key = own.and_then(|key| self.of_queued.get(key));
        let mut tasks: Vec<_> = by_id.into_iter().chain(by_key).flatten().copied().collect();
        tasks.sort_by_key(|queued| queued.place);
        tasks
    }
}

fn target(queued: &Queued) -> Option<&Target> {
    match &queued.task {
        Task::Edit { message, .. } | Task::Delete { message } | Task::React { message, .. } => {
            Some(message)
        }
        Task::Send(_) | Task::Upload { .. } => None,
    }
}

/// By their names in the outbox: what waits, or what has failed.
pub(super) fn names(tasks: &[&Queued], is_failed: bool) -> Vec<ClientId> {
    let tasks = tasks
        .iter()
        .filter(|queued| has_failed(queued) == is_failed);
    tasks.map(|queued| queued.key.clone()).collect()
}

fn has_failed(queued: &Queued) -> bool {
    matches!(queued.progress, Progress::Failed { .. })
}

/// Shows a stored message as if what waits were done.
pub(super) fn lay_over(message: &mut Message, tasks: &[&Queued], me: UserId) {
    for queued in tasks.iter().filter(|queued| !has_failed(queued)) {
        if message.deleted_at.is_some() {
            return;
        }
        match &queued.task {
            Task::Edit { content, .. } => {
                content.as_str().clone_into(&mut message.content);
                message.edited_at = Some(queued.created_at);
            }
            Task::Delete { .. } => message.delete(queued.created_at, Some(me)),
            Task::React { emoji, is_on, .. } => {
                let reactions = &mut message.extras.reactions;
                react(reactions, emoji, *is_on, me, queued.created_at);
            }
            Task::Send(_) | Task::Upload { .. } => {}
        }
    }
}

/// The same for a message that waits itself, which has no place for all of it.
pub(super) fn lay_over_queued(row: &mut TimelineMessage, tasks: &[&Queued]) {
    let Said::Queued(Queued {
        task: Task::Send(message),
        ..
    }) = &mut row.said
    else {
        return;
    };
    for queued in tasks.iter().filter(|queued| !has_failed(queued)) {
        match &queued.task {
            Task::Edit { content, .. } => {
                message.content = Some(content.clone());
                row.edited_at = Some(queued.created_at);
            }
            Task::Delete { .. } => {
                *message = NewMessage::default();
                (row.is_deleted, row.edited_at) = (true, None);
                return row.reactions.clear();
            }
            Task::React { emoji, is_on, .. } => {
                react(&mut row.reactions, emoji, *is_on, row.me, queued.created_at);
            }
            Task::Send(_) | Task::Upload { .. } => {}
        }
    }
}

/// An emoji comes or goes.
fn react(reactions: &mut Vec<Reaction>, emoji: &Emoji, is_on: bool, me: UserId, at: Timestamp) {
    let known = reactions
        .iter_mut()
        .find(|known| known.emoji == emoji.as_str());
    match (known, is_on) {
        (Some(known), true) if !known.user_ids.contains(&me) => {
            known.count += 1;
            known.user_ids.push(me);
        }
        (Some(known), false) if known.user_ids.contains(&me) => {
            known.count = known.count.saturating_sub(1);
            known.user_ids.retain(|id| *id != me);
        }
        (None, true) => reactions.push(Reaction {
            emoji: emoji.as_str().to_owned(),
            count: 1,
            user_ids: vec![me],
            first_at: at,
        }),
        _ => {}
    }
    reactions.retain(|reaction| reaction.count > 0);
}
