//! Files of this machine on their way to the server and back. They are read and written in pieces, never whole, and a
//! file that came only in part is not left behind.

use super::patiently;
use crate::{
    error::{Error, Result},
    output::Output,
};
use bytes::BytesMut;
use chat_client::{Client, Download, FileContent};
use chat_core::{Attachment, CreateAttachment, FileName};
use futures_util::stream;
use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};
use tokio::{fs::File, io::AsyncReadExt};

/// How much is read at once.
const PIECE_BYTES: usize = 64 * 1024;

/// What is in a file, read when it is sent.
pub(crate) fn content(path: &Path) -> Result<FileContent> {
    let cannot = |error| Error::io(format!("cannot read {}", path.display()), error);
    let about = std::fs::metadata(path).map_err(cannot)?;
    if !about.is_file() {
        return Err(Error::Usage(format!("{} is no file", path.display())));
    }
    let path = path.to_owned();
    Ok(FileContent::stream(Some(about.len()), move || {
        stream::try_unfold(None, {
            let path = path.clone();
            move |open| piece(path.clone(), open)
        })
    }))
}

async fn piece(
    path: PathBuf,
    open: Option<File>,
) -> io::Result<Option<(bytes::Bytes, Option<File>)>> {
    let mut file = match open {
        Some(file) => file,
        None => File::open(path).await?,
    };
    let mut piece = BytesMut::with_capacity(PIECE_BYTES);
    let count = file.read_buf(&mut piece).await?;
    Ok((count > 0).then(|| (piece.freeze(), Some(file))))
}

/// What is known of a sound beside its bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spoken {
    /// How long it is.
    pub(crate) duration_ms: Option<u32>,
    /// How loud it is.
    pub(crate) waveform: Option<String>,
}

/// Stores a file at the server; a sound where it is to be spoken. One that is stored twice by a repeated call is
/// collected there.
pub(crate) async fn upload(
    client: &Client,
    path: &Path,
    spoken: Option<Spoken>,
) -> Result<Attachment> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let file_name = FileName::parse(name).map_err(|rule| {
        let path = path.display();
        Error::Usage(format!("the name of {path} {rule}; rename or link it"))
    })?;
    let content = content(path)?;
    // The server looks for itself what it is; only whether a container of sound and films holds sound alone may be hidden
    // from it.
    let mime_type = match spoken {
        Some(_) => "audio/mp4",
        None => "application/octet-stream",
    };
    let spoken = spoken.unwrap_or_default();
    let about = CreateAttachment {
        file_name: Some(file_name),
        duration_ms: spoken.duration_ms,
        waveform: spoken.waveform,
    };
    patiently(async || {
        client
            .upload(about.clone(), mime_type, content.clone())
            .await
    })
    .await
}

/// Refuses to throw bytes at a person. Asked before anything is fetched.
pub(crate) fn check_target(to: Option<&Path>) -> Result<()> {
    match to.is_none() && io::stdout().is_terminal() {
        true => Err(Error::Usage(
            "this is no text for a terminal; name a file with --to FILE, or pipe it".to_owned(),
        )),
        false => Ok(()),
    }
}

/// Writes what comes into a file, or to standard output.
pub(crate) async fn save(mut download: Download, to: Option<&Path>, out: Output) -> Result<()> {
    let Some(path) = to.filter(|path| *path != Path::new("-")) else {
        while let Some(chunk) = download.chunk().await? {
            out.bytes(&chunk)?;
        }
        return Ok(());
    };
    let cannot = |error| Error::io(format!("cannot write {}", path.display()), error);
    let dir = match path.parent() {
        Some(dir) if dir != Path::new("") => dir,
        _ => Path::new("."),
    };
    // Renamed when it is complete: whoever looks at the name finds a whole file or the one before.
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(cannot)?;
    let mut count = 0;
    while let Some(chunk) = download.chunk().await? {
        file.write_all(&chunk).map_err(cannot)?;
        count += chunk.len();
    }
    file.as_file().sync_all().map_err(cannot)?;
    file.persist(path).map_err(|error| cannot(error.error))?;
    out.say(&format!("wrote {count} bytes to {}", path.display()));
    Ok(())
}
