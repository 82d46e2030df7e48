//! What the client knows besides its state: how the connection is, what waits to be sent, what was begun to be written.

use crate::{
    model::{Coming, Connection, Upload},
    store::Sessions,
};
use chat_client::{Client, Queued, Status, StopReason, Target, Task};
use chat_core::{ConversationId, MessageId, Timestamp, text};
use std::collections::BTreeMap;

/// How the connection is; why nobody is signed in any more, when that is how it ended.
pub(crate) fn connection(status: Status, now: Timestamp) -> Result<Connection, String> {
    Ok(match status {
        Status::Stopped {
            reason: reason @ (StopReason::SignedOut | StopReason::AccountDisabled),
        } => return Err(reason.to_string()),
        Status::Idle => Connection::Idle,
        Status::CatchingUp => Connection::CatchingUp,
        Status::Online => Connection::Online,
        Status::Waiting {
            retry_in_ms,
            reason,
        } => Connection::Waiting {
            until: now.plus_ms(i64::try_from(retry_in_ms).unwrap_or(i64::MAX)),
            reason,
        },
        Status::Stopped { reason } => Connection::Stopped {
            reason: reason.to_string(),
        },
        _ => Connection::Connecting,
    })
}

/// How much waits to be sent, and the files among it. What waits for something that failed shows as failed itself.
pub(super) fn waiting(client: &Client, queued: &[Queued]) -> (usize, Vec<Upload>) {
    let waiting = queued.iter().filter(|queued| queued.is_waiting());
    let uploads = waiting.filter_map(|queued| match &queued.task {
        Task::Upload { file_name, .. } => {
            let handle = client.conversation(queued.conversation_id);
            let progress = handle.upload_progress(&queued.key);
            Some(Upload {
                conversation: queued.conversation_id,
                name: text::inert_line(file_name).into_owned(),
                progress: progress.map(|now| (now.sent, now.total)),
            })
        }
        _ => None,
    });
    (client.sendable(), uploads.collect())
}

/// What messages are about to be, by what was done to them and waits to be sent; what was done last holds.
pub(crate) fn coming(client: &Client, queued: &[Queued]) -> BTreeMap<MessageId, Coming> {
    let mut all = BTreeMap::new();
    let Some(me) = client.me() else {
        return all;
    };
    for queued in queued.iter().filter(|queued| queued.is_waiting()) {
        let target = match &queued.task {
            Task::Edit { message, .. } | Task::Delete { message } | Task::React { message, .. } => {
                message
            }
            Task::Send(_) | Task::Upload { .. } => continue,
        };
        let Target::Stored(id) = target else {
            continue;
        };
        let coming = all.entry(*id).or_insert_with(|| Coming::by(me));
        match &queued.task {
            Task::Edit { content, .. } => coming.text = Some(content.to_string()),
            Task::Delete { .. } => coming.is_deleted = true,
            Task::React { emoji, is_on, .. } => {
                coming.reactions.insert(emoji.to_string(), *is_on);
            }
            Task::Send(_) | Task::Upload { .. } => {}
        }
    }
    all
}

/// Makes drafts of what editors had when the program died. Their files go when that is on the disk. True when there was one.
pub(super) fn take_up_left(client: &Client, sessions: &Sessions) -> bool {
    let mut is_any = false;
    for left in sessions.left_drafts() {
        let id = left.conversation;
        // It may be another account's.
        if client.read(|state| state.conversation(id).is_none()) {
            continue;
        }
        let here = client.conversation(id);
        let kept = match left.as_draft(here.draft().as_deref()) {
            Ok(Some(draft)) => here.set_draft(Some(draft)),
            Ok(None) => {
                left.take_away();
                continue;
            }
            // It stays for another time.
            Err(_) => continue,
        };
        is_any = true;
        tokio::spawn(async move {
            if kept.kept().await.is_ok() {
                left.take_away();
            }
        });
    }
    is_any
}

/// What was begun to be written in each conversation.
pub(super) fn drafts(client: &Client) -> Vec<(ConversationId, String)> {
    let ids: Vec<_> = client.read(|state| {
        let known = state.conversations().into_iter();
        known.map(|known| known.conversation().id).collect()
    });
    ids.into_iter()
        .filter_map(|id| Some((id, client.conversation(id).draft()?)))
        .collect()
}
