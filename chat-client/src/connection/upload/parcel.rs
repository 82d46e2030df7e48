//! A file on its way to the server: whole or in parts, as its steps say, until what is stored is what lies on the disk.
//! Whether it is tried again, and when, is decided elsewhere.

use super::steps::{Step, Steps};
use crate::{
    Error, FileContent, Progressing, Update,
    error::FOREIGN,
    http::Http,
    lock,
    outbox::{Begun, Queued, Task},
    shared::Shared,
};
use bytes::Bytes;
use chat_core::{
    Attachment, BeginUpload, ClientId, Code, ContinueUpload, ConversationId, CreateAttachment,
    DeleteAttachment, FileName, Fingerprint, Upload, UploadId,
};
use futures_util::{Stream, stream};
use std::{
    io::{self, SeekFrom},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::UNIX_EPOCH,
};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// What is read of a file at once.
const PIECE_BYTES: usize = 64 * 1024;
/// A file of so many bytes goes at once: there is little to lose.
const WHOLE_MOST: u64 = 256 * 1024;
/// A file that was written to while it was read is sent anew, so often.
const CHANGES_MOST: u32 = 5;

/// A file on its way.
pub(super) struct Parcel {
    shared: Arc<Shared>,
    conversation: ConversationId,
    key: ClientId,
    path: PathBuf,
    file_name: String,
    mime_type: String,
    progress: Progressing,
    has_grown: AtomicBool,
}

/// What tells one version of a file from another.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    length: u64,
    changed_ns: u128,
}

impl Version {
    async fn of(path: &Path) -> Result<Self, Error> {
        let metadata = tokio::fs::metadata(path).await.map_err(unreadable)?;
        let changed = metadata.modified().ok();
        let since = changed.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Ok(Self {
            length: metadata.len(),
            changed_ns: since.map_or(0, |since| since.as_nanos()),
        })
    }

    /// In words for the server.
    fn fingerprint(&self) -> String {
        format!("{}-{}", self.length, self.changed_ns)
    }
}

fn unreadable(error: io::Error) -> Error {
    Error::Invalid(format!("the file cannot be read: {error}"))
}

impl Parcel {
    pub(super) fn of(
        shared: &Arc<Shared>,
        queued: Queued,
        progress: &Progressing,
    ) -> Result<Self, Error> {
        let Task::Upload {
            path,
            file_name,
            mime_type,
        } = queued.task
        else {
            return Err(Error::Invalid("it is no upload".to_owned()));
        };
        Ok(Self {
            shared: Arc::clone(shared),
            conversation: queued.conversation_id,
            key: queued.key,
            path,
            file_name,
            mime_type,
            progress: progress.clone(),
            has_grown: AtomicBool::new(false),
        })
    }

    /// Whether some of it got there.
    pub(super) fn has_grown(&self) -> bool {
        self.has_grown.load(Ordering::Relaxed)
    }

    fn http(&self) -> &Arc<Http> {
        &self.shared.http
    }

    /// Sends it until what is stored is what lies there.
    pub(super) async fn send(&self) -> Result<Attachment, Error> {
        let mut version = Version::of(&self.path).await?;
        for _ in 0..CHANGES_MOST {
            let stored = match version.length <= WHOLE_MOST {
                true => self.send_whole(&version).await?,
                false => self.send_in_parts(&version).await?,
            };
            let now = Version::of(&self.path).await?;
            if now == version {
                return Ok(stored);
            }
            version = now;
            // Nobody wants the mixture. What cannot be deleted now is collected, because no message refers to it.
            let mixture = DeleteAttachment {
                attachment_id: stored.id,
            };
            self.http().call(&mixture).await.ok();
        }
        Err(Error::Invalid(
            "the file changes while it is sent; send it when nobody writes to it".to_owned(),
        ))
    }

    async fn send_whole(&self, version: &Version) -> Result<Attachment, Error> {
        let about = CreateAttachment {
            file_name: self.name(),
            duration_ms: None,
            waveform: None,
        };
        // This version of the file is stored once, however often the answer is lost.
        let once = format!("{}-{}", self.key, version.fingerprint());
        let content = self.content(0, version.length, version.length);
        let sent = self
            .http()
            .send_file(&about, &self.mime_type, content, Some(once));
        sent.await
    }

    async fn send_in_parts(&self, version: &Version) -> Result<Attachment, Error> {
        let before = lock(&self.shared.outbox).begun(self.conversation, &self.key);
        let before = before.map(|begun| begun.part_bytes);
        let mut steps = Steps::new(version.length, before);
        let mut trouble = Error::disconnected("the file does not get through");
        loop {
            let answer = match steps.next() {
                Step::Done(attachment) => return Ok(*attachment),
                Step::Pause => return Err(trouble),
                Step::Begin => match self.begin(version).await {
                    Err(error) if is_unknown(&error) => {
                        return self.send_whole(version).await;
                    }
                    Ok(upload) => {
                        let (id, part_bytes) = (upload.id, steps.part_bytes());
                        let begun = Begun { id, part_bytes };
                        lock(&self.shared.outbox).began(self.conversation, &self.key, begun);
                        self.progress.go_on(upload.offset, version.length);
                        self.tell();
                        steps.begun(upload);
                        Ok(())
                    }
                    Err(error) => Err(error),
                },
                Step::Part { id, offset, bytes } => {
                    let part = self.send_part(version, id, offset, bytes);
                    part.await.map(|upload| steps.sent(upload))
                }
            };
            self.has_grown
                .fetch_or(steps.has_grown(), Ordering::Relaxed);
            if let Err(error) = answer {
                trouble = steps.failed(error)?;
            }
        }
    }

    async fn begin(&self, version: &Version) -> Result<Upload, Error> {
        let begin = BeginUpload {
            client_id: self.key.clone(),
            length: version.length,
            fingerprint: Fingerprint::parse(version.fingerprint()).ok(),
            file_name: self.name(),
            mime_type: Some(self.mime_type.clone()),
            duration_ms: None,
            waveform: None,
        };
        self.http().call(&begin).await
    }

    async fn send_part(
        &self,
        version: &Version,
        upload_id: UploadId,
        offset: u64,
        bytes: u64,
    ) -> Result<Upload, Error> {
        let part = ContinueUpload { upload_id, offset };
        let content = self.content(offset, bytes, version.length);
        let sent = self
            .http()
            .send_file(&part, "application/octet-stream", content, None);
        sent.await
    }

    fn name(&self) -> Option<FileName> {
        FileName::parse(self.file_name.clone()).ok()
    }

    /// So many bytes of it from one on, of which the listeners hear.
    fn content(&self, offset: u64, bytes: u64, total: u64) -> FileContent {
        let (told, progress) = (Arc::clone(&self.shared), self.progress.clone());
        let (conversation, path) = (self.conversation, self.path.clone());
        FileContent::stream(Some(bytes), move || {
            progress.go_on(offset, total);
            let (told, progress) = (Arc::clone(&told), progress.clone());
            pieces(path.clone(), offset, bytes, move |bytes| {
                if progress.add(bytes) {
                    told.tell(Update::Conversation(conversation));
                }
            })
        })
    }

    fn tell(&self) {
        self.shared.tell(Update::Conversation(self.conversation));
    }
}

/// Whether the server is of a release that knows no parts.
fn is_unknown(error: &Error) -> bool {
    matches!(error, Error::Api(problem)
        if problem.kind != FOREIGN && matches!(problem.code, Code::NotFound | Code::MethodNotAllowed))
}

/// So many bytes of a file from one on, in pieces; `count` is told how long each is.
fn pieces(
    path: PathBuf,
    offset: u64,
    bytes: u64,
    count: impl Fn(u64) + Send + 'static,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let begin = (None, path, bytes, count);
    stream::try_unfold(begin, move |(file, path, left, count)| async move {
        let mut file = match file {
            Some(file) => file,
            None => {
                let mut file = tokio::fs::File::open(&path).await?;
                file.seek(SeekFrom::Start(offset)).await?;
                file
            }
        };
        let mut piece = vec![0; left.min(PIECE_BYTES as u64) as usize];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        count(read as u64);
        let next = (Some(file), path, left - read as u64, count);
        Ok((read > 0).then_some((Bytes::from(piece), next)))
    })
}
