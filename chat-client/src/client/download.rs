//! A file from the server into one on this device. What a broken try has brought stays beside it, and the next one goes
//! on from there; under its own name there is a whole file or none.

use super::Client;
use crate::{Error, lock, shared::Shared};
use chat_core::{AttachmentId, Code};
use std::{
    ffi::OsString,
    io::{self, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncSeekExt, AsyncWriteExt},
};

/// How often, and how long after each other, it is looked whether a file is free to be written.
const TURN_LOOKS: u32 = 40;
const TURN_PAUSE: Duration = Duration::from_millis(50);

impl Client {
    /// Reads a file into one on this device. `progress` is told how many bytes are there, and how many it will be where
    /// that is known. Until it is whole it lies beside the place, with its id and `.part` behind its name: a try that breaks,
    /// or whose future is dropped, leaves it there, and the next one goes on from it. What lies at the place stays there as
    /// it is: where something does, nothing is fetched. Only this user of the system can read the file; it is the app's, and signing out leaves
    /// it where it is.
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
    /// [`Error::Api`] when the server refused; [`Error::Network`]; [`Error::Invalid`] when the file cannot be written, when
    /// another is at the place, and while the same is being read to there already.
    pub async fn download_to(
        &self,
        attachment_id: AttachmentId,
        path: impl AsRef<Path>,
        mut progress: impl FnMut(u64, Option<u64>),
    ) -> Result<(), Error> {
        let path = path.as_ref();
        let turn = Turn::take(self.shared(), beside(path, attachment_id)).await?;
        require_free(path).await?;
        let there = match tokio::fs::metadata(&turn.part).await {
            Ok(part) => part.len(),
            Err(_) => 0,
        };
        let asked = match there {
            0 => self.download(attachment_id, ..).await,
            there => self.download(attachment_id, there..).await,
        };
        let mut download = match asked {
            // There is nothing behind what is there: it is whole, or something else has written it.
            Err(Error::Api(problem)) if problem.code == Code::NoSuchRange => {
                let first = self.download(attachment_id, 0..1).await?;
                if first.size() == Some(there) {
                    progress(there, Some(there));
                    return settle(&turn.part, path).await.map_err(unwritable);
                }
                self.download(attachment_id, ..).await?
            }
            answer => answer?,
        };
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        options.mode(0o600);
        let mut file = options.open(&turn.part).await.map_err(unwritable)?;
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
        settle(&turn.part, path).await.map_err(unwritable)
    }
}

/// The right to write one unfinished file. One at a time has it: two would cut off what the other has written.
struct Turn {
    shared: Arc<Shared>,
    part: PathBuf,
}

impl Turn {
    async fn take(shared: &Arc<Shared>, part: PathBuf) -> Result<Self, Error> {
        for _ in 0..TURN_LOOKS {
            if lock(&shared.downloads).insert(part.clone()) {
                return Ok(Self {
                    shared: Arc::clone(shared),
                    part,
                });
            }
            // A try that was just given up may still be on its way out.
            shared.clock().sleep(TURN_PAUSE).await;
        }
        Err(Error::Invalid(format!(
            "{} is being written already: wait until that has ended",
            part.display()
        )))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.shared.downloads).remove(&self.part);
    }
}

/// Another attachment has another one: what has come of the one is never the beginning of the other.
fn beside(path: &Path, id: AttachmentId) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{id}.part"));
    name.into()
}

/// Looks before anything is fetched: who is refused in the end has waited, and paid, for nothing.
async fn require_free(path: &Path) -> Result<(), Error> {
    match tokio::fs::symlink_metadata(path).await {
        Ok(_) => Err(Error::Invalid(format!(
            "something is at {} already: take another place, or delete it first",
            path.display()
        ))),
        Err(_) => Ok(()),
    }
}

/// Gives a file its name, unless something has it: a link replaces nothing. Some file systems of phones know no links;
/// there it is looked at first.
async fn settle(part: &Path, path: &Path) -> io::Result<()> {
    match tokio::fs::hard_link(part, path).await {
        Ok(()) => {
            // The file is there; that its other name stays is no failure of it.
            tokio::fs::remove_file(part).await.ok();
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) if tokio::fs::symlink_metadata(path).await.is_ok() => {
            Err(io::ErrorKind::AlreadyExists.into())
        }
        Err(_) => tokio::fs::rename(part, path).await,
    }
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
