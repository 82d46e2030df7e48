//! Uploads that wait in the outbox: each goes over a connection of its own. A transfer that breaks begins anew, because
//! the server takes a file as a whole.

use super::run::Run;
use crate::{
    Error, FileContent, Progressing, Update,
    error::FOREIGN,
    lock,
    outbox::{Queued, Task},
    shared::Shared,
};
use bytes::Bytes;
use chat_core::{Attachment, ClientId, Code, ConversationId, CreateAttachment, FileName, Problem};
use futures_util::{Stream, stream};
use std::{io, path::PathBuf, sync::Arc};
use tokio::io::AsyncReadExt;

/// What is read of a file at once.
const PIECE_BYTES: usize = 64 * 1024;
/// The listeners are told at most after so many more bytes.
const TOLD_BYTES: u64 = 256 * 1024;

/// What became of an upload.
pub(super) struct Uploaded {
    conversation: ConversationId,
    key: ClientId,
    result: Result<Attachment, Error>,
}

impl Run {
    /// Takes the end of an upload.
    pub(super) fn uploaded(&mut self, uploaded: Uploaded) {
        let Uploaded {
            conversation,
            key,
            result,
        } = uploaded;
        let problem = match result {
            Ok(attachment) => {
                let mut outbox = lock(&self.shared.outbox);
                let writes = outbox.uploaded(conversation, &key, attachment.id);
                self.shared.journal.write(writes, Vec::new());
                drop(outbox);
                return self.shared.tell(Update::Conversation(conversation));
            }
            Err(Error::Api(problem)) if problem.kind != FOREIGN => *problem,
            Err(error) => {
                let code = match error {
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
    let result = tokio::select! {
        result = send(shared, queued, progress) => result,
        () = progress.cancelled() => Err(Error::Stopped),
    };
    Uploaded {
        conversation,
        key,
        result,
    }
}

async fn send(
    shared: &Arc<Shared>,
    queued: Queued,
    progress: &Progressing,
) -> Result<Attachment, Error> {
    let Task::Upload {
        path,
        file_name,
        mime_type,
    } = queued.task
    else {
        return Err(Error::Invalid("it is no upload".to_owned()));
    };
    let unreadable = |error: io::Error| Error::Invalid(format!("the file cannot be read: {error}"));
    let metadata = tokio::fs::metadata(&path).await.map_err(unreadable)?;
    let length = metadata.len();
    progress.begin(length);
    let once = once(&queued.key, &metadata);
    let about = CreateAttachment {
        file_name: FileName::parse(file_name).ok(),
        duration_ms: None,
        waveform: None,
    };
    let (told, counted) = (Arc::clone(shared), progress.clone());
    let conversation = queued.conversation_id;
    let content = FileContent::stream(Some(length), move || {
        counted.begin(length);
        let (told, counted) = (Arc::clone(&told), counted.clone());
        pieces(path.clone(), move |bytes| {
            if counted.add(bytes) {
                told.tell(Update::Conversation(conversation));
            }
        })
    });
    let once = Some(once);
    shared
        .http
        .send_file(&about, &mime_type, content, once)
        .await
}

/// What this version of a file is stored under once, however often its answer is lost.
fn once(key: &ClientId, file: &std::fs::Metadata) -> String {
    let modified = file.modified().ok();
    let since = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let since_ms = since.map_or(0, |since| since.as_millis());
    format!("{key}-{}-{since_ms}", file.len())
}

/// The pieces of a file; `count` is told how long each is.
fn pieces(
    path: PathBuf,
    count: impl Fn(u64) + Send + 'static,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold((None, path, count), |(file, path, count)| async move {
        let mut file = match file {
            Some(file) => file,
            None => tokio::fs::File::open(&path).await?,
        };
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        count(read as u64);
        let next = (Some(file), path, count);
        Ok((read > 0).then_some((Bytes::from(piece), next)))
    })
}

/// Whether the listeners are to be told after these bytes.
pub(crate) fn is_told(before: u64, after: u64) -> bool {
    before / TOLD_BYTES != after / TOLD_BYTES
}
