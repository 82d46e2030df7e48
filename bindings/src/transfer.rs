//! Files on their way: how far they are, and the way to end that.

use crate::{
    ChatClient, ChatError,
    error::{conversation_id, here, parsed},
    outbox::client_id,
    runtime::{Pull, Taker},
};
use chat_client::{Client, Download, UploadProgress};
use chat_core::{AttachmentId, ClientId, ConversationId};
use std::sync::Arc;
use tokio::sync::watch;

/// A picture is no longer than this.
const PICTURE_MOST_BYTES: usize = 8 * 1024 * 1024;

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct TransferProgress {
    /// Bytes that are there.
    pub done: u64,
    /// Bytes there will be, where that is known.
    pub total: Option<u64>,
}

/// A file on its way, watched. Letting go of it ends a download; an upload goes on.
#[derive(uniffi::Object)]
pub struct FileTransfer(Pull<Result<TransferProgress, ChatError>>);

#[uniffi::export]
impl FileTransfer {
    /// How far it is, whenever it is further; none when it is done. One caller at a time. Whoever is slow is told the
    /// newest. Whoever stops waiting for it and goes on may have lost one: use `ready` and `take` there.
    pub async fn next(&self) -> Result<Option<TransferProgress>, ChatError> {
        self.0.next().await.transpose()
    }

    /// Waits until there is something to take; false when it is done. Whoever stops waiting loses nothing.
    pub async fn ready(&self) -> bool {
        self.0.ready().await
    }

    /// Takes what is there; none when nothing is.
    pub fn take(&self) -> Result<Option<TransferProgress>, ChatError> {
        self.0.take().transpose()
    }
}

#[uniffi::export]
impl ChatClient {
    /// Puts a file into the outbox, for a message that carries it: what comes back is for the message's `uploads`. The file
    /// is read when it is sent, and has to stay where it is until then: copy what lies in a cache, or is no path (a `content:`
    /// address of Android), to a place of the app's first. Where it breaks off it goes on from the byte that the server has,
    /// also in another life of the program. That it is queued is on disk when this returns.
    pub async fn upload(
        &self,
        conversation_id: String,
        path: String,
        file_name: String,
        mime_type: String,
    ) -> Result<String, ChatError> {
        self.finish(move |client| async move {
            let here = here(&client, &conversation_id)?;
            let ticket = here.upload(path, file_name, mime_type).kept().await?;
            Ok(ticket.key().to_string())
        })
        .await
    }

    /// Watches how far an upload is, until it is stored, has failed or was dropped. Where it broke off it goes on from what
    /// the server has. Dropping it is `discard`.
    pub fn watch_upload(
        &self,
        conversation_id: String,
        key: String,
    ) -> Result<Arc<FileTransfer>, ChatError> {
        let id = self::conversation_id(&conversation_id)?;
        let key = client_id(key)?;
        let client = self.client.clone();
        Ok(Arc::new(FileTransfer(Pull::new(|taker| async move {
            let mut updates = client.updates();
            let mut told = None;
            loop {
                let room = taker.room().await;
                loop {
                    let now = progress(&client, id, &key)?;
                    if let Some(progress) = now.filter(|_| now != told) {
                        told = now;
                        room.send(Ok(progress));
                        break;
                    }
                    updates.next().await?;
                    while updates.try_next().is_some() {}
                }
            }
        }))))
    }

    /// Fetches a file to a place on this device. What a broken or dropped try has brought stays beside it, and the next one
    /// goes on from there; under its own name there is a whole file or none. Where something is at the place already,
    /// nothing is fetched and that stays as it is: it fails with `invalid`.
    pub fn download(
        &self,
        attachment_id: String,
        path: String,
    ) -> Result<Arc<FileTransfer>, ChatError> {
        let id: AttachmentId = parsed("attachment_id", &attachment_id)?;
        let client = self.client.clone();
        Ok(Arc::new(FileTransfer(Pull::new(move |taker| async move {
            let (tell, told) = watch::channel(None);
            let progress = move |done, total| {
                tell.send_replace(Some(TransferProgress { done, total }));
            };
            let whole = client.download_to(id, path, progress);
            follow(taker, told, async { Ok(whole.await?) }).await
        }))))
    }

    /// The small picture of a file; there is one where `has_thumbnail` says so.
    pub async fn thumbnail(&self, attachment_id: String) -> Result<Vec<u8>, ChatError> {
        self.ask(move |client| async move {
            let id: AttachmentId = parsed("attachment_id", &attachment_id)?;
            picture(client.thumbnail(id).await?).await
        })
        .await
    }

    /// The picture behind an `avatar_url`, with a side of 64, 256 or 512 pixels.
    #[uniffi::method(default(size = 256))]
    pub async fn avatar(&self, avatar_url: String, size: u32) -> Result<Vec<u8>, ChatError> {
        self.ask(move |client| async move {
            let last = avatar_url.split('?').next().unwrap_or_default();
            let last = last.rsplit('/').next().unwrap_or_default();
            let id: AttachmentId = parsed("avatar_url", last)?;
            picture(client.avatar(id, Some(size)).await?).await
        })
        .await
    }

    /// Sets one's own picture: PNG, JPEG, GIF or WebP.
    pub async fn set_avatar(&self, picture: Vec<u8>) -> Result<(), ChatError> {
        self.finish(move |client| async move {
            client.set_avatar(picture).await?;
            Ok(())
        })
        .await
    }
}

/// Tells how far a transfer is for as long as it goes on, its last word in any case, and what it failed of.
async fn follow(
    taker: Taker<Result<TransferProgress, ChatError>>,
    mut told: watch::Receiver<Option<TransferProgress>>,
    whole: impl Future<Output = Result<(), ChatError>>,
) -> Option<()> {
    tokio::pin!(whole);
    let mut room = None;
    let mut sent = None;
    let last = loop {
        tokio::select! {
            biased;
            permit = taker.room(), if room.is_none() => room = Some(permit),
            Ok(()) = told.changed(), if room.is_some() => {
                let now = *told.borrow_and_update();
                if let (Some(now), Some(permit)) = (now, room.take()) {
                    sent = Some(now);
                    permit.send(Ok(now));
                }
            }
            // The end may come with the last bytes, before anybody has told of them.
            ended = &mut whole => break match ended {
                Ok(()) => Ok(told.borrow().filter(|now| sent != Some(*now))?),
                Err(error) => Err(error),
            },
        }
    };
    let permit = match room {
        Some(permit) => permit,
        None => taker.room().await,
    };
    permit.send(last);
    None
}

/// How far an upload is: none when there is none any more, and inside, none while it waits.
fn progress(
    client: &Client,
    id: ConversationId,
    key: &ClientId,
) -> Option<Option<TransferProgress>> {
    let here = client.conversation(id);
    let mut queued = here.queued().into_iter();
    queued.find(|queued| queued.key == *key && queued.is_waiting())?;
    // Before the server has said how much of it is there, nothing is known: it is not at its first byte again.
    let known = here.upload_progress(key);
    let UploadProgress { sent, total } = match known.filter(|progress| progress.total > 0) {
        Some(progress) => progress,
        None => return Some(None),
    };
    Some(Some(TransferProgress {
        done: sent,
        total: Some(total),
    }))
}

async fn picture(download: Download) -> Result<Vec<u8>, ChatError> {
    Ok(download.bytes(PICTURE_MOST_BYTES).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::RUNTIME;

    fn progress(done: u64) -> TransferProgress {
        TransferProgress {
            done,
            total: Some(10),
        }
    }

    /// A transfer that says these things without a pause, and ends so.
    fn transfer(says: Vec<u64>, end: Result<(), ChatError>) -> FileTransfer {
        FileTransfer(Pull::new(move |taker| {
            let (tell, told) = watch::channel(None);
            let whole = async move {
                for done in says {
                    tell.send_replace(Some(progress(done)));
                }
                end
            };
            follow(taker, told, whole)
        }))
    }

    #[test]
    fn a_transfer_ends_with_how_far_it_came() {
        let whole = transfer(vec![0, 4, 10], Ok(()));
        let told = RUNTIME.block_on(async { (whole.next().await, whole.next().await) });
        assert!(
            matches!(told, (Ok(Some(last)), Ok(None)) if last == progress(10)),
            "{told:?}"
        );
    }

    #[test]
    fn a_transfer_that_fails_says_why() {
        let broken = transfer(vec![4], Err(ChatError::internal("cut")));
        let told = RUNTIME.block_on(broken.next());
        assert!(matches!(told, Err(ChatError::Internal { .. })), "{told:?}");
    }
}
