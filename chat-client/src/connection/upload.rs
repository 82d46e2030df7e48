//! Uploads that wait in the outbox: each goes over a connection of its own, in parts, and on from the byte that the server
//! has, whatever broke in between. What is small goes at once; so does everything to a server that knows no parts.

mod parcel;
mod steps;

use super::run::Run;
use crate::{Error, Progressing, Update, error::FOREIGN, lock, outbox::Queued, shared::Shared};
use chat_core::{Attachment, ClientId, Code, ConversationId, DropUpload, Problem};
use parcel::Parcel;
use std::sync::Arc;

/// The listeners are told at most after so many more bytes.
const TOLD_BYTES: u64 = 256 * 1024;

/// What became of an upload.
pub(super) struct Uploaded {
    conversation: ConversationId,
    key: ClientId,
    result: Result<Attachment, Error>,
    /// Whether some of it got there.
    has_grown: bool,
}

impl Run {
    /// Lets the server forget what came of files that were taken back. What it does not hear of runs out by itself.
    pub(super) fn drop_unwanted(&self) {
        for upload_id in lock(&self.shared.outbox).unwanted() {
            let http = Arc::clone(&self.shared.http);
            tokio::spawn(async move { http.call(&DropUpload { upload_id }).await.ok() });
        }
    }

    /// Takes the end of an upload.
    pub(super) fn uploaded(&mut self, uploaded: Uploaded) {
        let Uploaded {
            conversation,
            key,
            result,
            has_grown,
        } = uploaded;
        let problem = match result {
            Ok(attachment) => {
                let mut outbox = lock(&self.shared.outbox);
                let writes = outbox.uploaded(conversation, &key, &attachment);
                self.shared.journal.write(writes, Vec::new());
                drop(outbox);
                return self.shared.tell(Update::Conversation(conversation));
            }
            Err(Error::Api(problem)) if problem.kind != FOREIGN => *problem,
            Err(error) => {
                let code = match error {
                    // It will be no smaller the next time, whoever it is that takes no more.
                    Error::Api(ref problem) if problem.code == Code::TooLarge => Code::TooLarge,
                    // What something in between says is not the server's word about the file; and it goes on when there
                    // is somebody signed in again.
                    Error::Api(_)
                    | Error::Unreadable(_)
                    | Error::Network { .. }
                    | Error::SignedOut
                    | Error::Stopped => Code::Unavailable,
                    _ => Code::Invalid,
                };
                let problem = Problem::new(code, error.to_string());
                match error.retry_after_ms() {
                    Some(ms) => problem.after_ms(ms),
                    None => problem,
                }
            }
        };
        if has_grown {
            lock(&self.shared.outbox).got_on(conversation, &key);
        }
        self.refused(conversation, &key, &problem);
    }
}

/// An upload that is shown and can be taken back, for as long as this is there.
struct Shown {
    shared: Arc<Shared>,
    key: ClientId,
}

impl Drop for Shown {
    fn drop(&mut self) {
        lock(&self.shared.uploads).remove(&self.key);
    }
}

/// Sends the file of a queued upload, until it is there or taken back. It can be taken back from this call on.
pub(super) fn upload(
    shared: Arc<Shared>,
    queued: Queued,
) -> impl Future<Output = Uploaded> + Send + 'static {
    let (key, progress) = (queued.key.clone(), Progressing::default());
    lock(&shared.uploads).insert(key.clone(), progress.clone());
    let shown = Shown {
        shared: Arc::clone(&shared),
        key,
    };
    async move {
        let uploaded = carry(&shared, queued, &progress).await;
        drop(shown);
        uploaded
    }
}

async fn carry(shared: &Arc<Shared>, queued: Queued, progress: &Progressing) -> Uploaded {
    let (conversation, key) = (queued.conversation_id, queued.key.clone());
    let parcel = match Parcel::of(shared, queued, progress) {
        Ok(parcel) => parcel,
        Err(error) => {
            return Uploaded {
                conversation,
                key,
                result: Err(error),
                has_grown: false,
            };
        }
    };
    let result = tokio::select! {
        biased;
        () = progress.cancelled() => Err(Error::Stopped),
        result = parcel.send() => result,
    };
    Uploaded {
        conversation,
        key,
        result,
        has_grown: parcel.has_grown(),
    }
}

/// Whether the listeners are to be told after these bytes of so many.
pub(crate) fn is_told(before: u64, after: u64, total: u64) -> bool {
    before / TOLD_BYTES != after / TOLD_BYTES || (before < after && after == total)
}
