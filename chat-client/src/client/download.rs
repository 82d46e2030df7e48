//! A file from the server into one on this device. What a broken try has brought stays beside it, and the next one goes
//! on from there; under its own name there is a whole file or none.

use super::Client;
use crate::Error;
use chat_core::{AttachmentId, Code};
use std::{
    ffi::OsString,
    io::{self, SeekFrom},
    path::{Path, PathBuf},
};
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncSeekExt, AsyncWriteExt},
};

impl Client {
    /// Reads a file into one on this device. `progress` is told how many bytes are there, and how many it will be where
    /// that is known. Until it is whole it lies beside the place, with `.part` behind its name: a try that breaks, or whose
    /// future is dropped, leaves it there, and the next one goes on from it.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # use chat_core::{CreateAttachment, FileName};
    /// # let about = CreateAttachment { file_name: Some(FileName::parse("notes.txt")?), duration_ms: None, waveform: None };
    /// # let notes = ann.upload(about, "text/plain", b"buy milk".as_slice()).await?;
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("notes.txt");
    /// ann.download_to(notes.id, &path, |received, size| println!("{received} of {size:?} bytes")).await?;
    /// assert_eq!(std::fs::read(&path)?, b"buy milk");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`]; [`Error::Invalid`] when the file cannot be written.
    pub async fn download_to(
        &self,
        attachment_id: AttachmentId,
        path: impl AsRef<Path>,
        mut progress: impl FnMut(u64, Option<u64>),
    ) -> Result<(), Error> {
        let path = path.as_ref();
        let part = beside(path);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let mut file = options.open(&part).await.map_err(unwritable)?;
        let there = file.metadata().await.map_err(unwritable)?.len();
        let mut download = match self.download(attachment_id, there..).await {
            // It was whole already, or it is another file's.
            Err(Error::Api(problem)) if problem.code == Code::NoSuchRange => {
                self.download(attachment_id, ..).await?
            }
            answer => answer?,
        };
        let mut received = download.offset();
        cut(&mut file, received).await.map_err(unwritable)?;
        progress(received, download.size());
        while let Some(piece) = download.chunk().await? {
            file.write_all(&piece).await.map_err(unwritable)?;
            received += piece.len() as u64;
            progress(received, download.size());
        }
        file.flush().await.map_err(unwritable)?;
        file.sync_data().await.map_err(unwritable)?;
        drop(file);
        tokio::fs::rename(&part, path).await.map_err(unwritable)
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".part");
    name.into()
}

/// Goes on behind so many bytes, and lets go of what is there behind them.
async fn cut(file: &mut File, bytes: u64) -> io::Result<()> {
    file.set_len(bytes).await?;
    file.seek(SeekFrom::Start(bytes)).await?;
    Ok(())
}

fn unwritable(error: io::Error) -> Error {
    Error::Invalid(format!("the file cannot be written: {error}"))
}
