//! A file that is written in parts, because it is too large for one request. It is there when all of it is, or not at all.

use super::{Storage, failed};
use crate::Error;
use bytes::Bytes;
use object_store::{MultipartUpload, ObjectStoreExt, path::Path as Key};
use tokio::runtime::Handle;

/// A file on its way. Let go of before its end, also by a caller that hung up, it is taken back.
#[derive(Default)]
pub(super) struct Parts(Option<Box<dyn MultipartUpload>>);

impl Parts {
    /// Whether anything of it was sent.
    pub(super) fn is_begun(&self) -> bool {
        self.0.is_some()
    }

    pub(super) async fn put(
        &mut self,
        storage: &Storage,
        key: &Key,
        part: Bytes,
    ) -> Result<(), Error> {
        if self.0.is_none() {
            let begun = storage.store.put_multipart(key).await;
            self.0 = Some(begun.map_err(|error| failed("write", &error))?);
        }
        if let Some(upload) = &mut self.0 {
            let put = upload.put_part(part.into()).await;
            put.map_err(|error| failed("write", &error))?;
        }
        Ok(())
    }

    pub(super) async fn complete(&mut self) -> Result<(), Error> {
        if let Some(upload) = &mut self.0 {
            let completed = upload.complete().await;
            completed.map_err(|error| failed("write", &error))?;
        }
        self.0 = None;
        Ok(())
    }

    pub(super) async fn abort(&mut self) {
        if let Some(mut upload) = self.0.take() {
            take_back(&mut *upload).await;
        }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        if let (Some(mut upload), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move { take_back(&mut *upload).await });
        }
    }
}

async fn take_back(upload: &mut dyn MultipartUpload) {
    if let Err(error) = upload.abort().await {
        tracing::warn!(%error, "an unfinished file could not be taken back");
    }
}
