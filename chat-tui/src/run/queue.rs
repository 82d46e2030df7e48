//! What the client knows besides its state: how the connection is, what waits to be sent, what was begun to be written.

use crate::model::{Connection, Upload};
use chat_client::{Client, Status, StopReason, Task};
use chat_core::{ConversationId, Timestamp, text};

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

/// How much waits to be sent, and the files among it.
pub(super) fn waiting(client: &Client) -> (usize, Vec<Upload>) {
    let queued = client.queued();
    let waiting = queued.iter().filter(|queued| queued.is_waiting());
    let uploads = waiting.clone().filter_map(|queued| match &queued.task {
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
    let uploads = uploads.collect();
    (waiting.count(), uploads)
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
