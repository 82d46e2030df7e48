//! Files of this machine on their way to the server and back. They are read and written in pieces, never whole, and a
//! file that came only in part is not left behind. What is there is never replaced unasked, and what is no file not at all.

use super::{caller::Caller, patiently};
use crate::{
    error::{Error, Result},
    output::Output,
};
use bytes::BytesMut;
use chat_client::{Client, Download, FileContent};
use chat_core::{Attachment, CreateAttachment, FileName};
use futures_util::stream;
use std::{
    fs::Metadata,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncWriteExt},
};

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
    let is_here = to.is_none_or(|to| to == Path::new("-"));
    match is_here && io::stdout().is_terminal() {
        true => Err(Error::Usage(
            "this is no text for a terminal; name a file with --to FILE, or pipe it".to_owned(),
        )),
        false => Ok(()),
    }
}

/// Where what comes is written, and what becomes of what is there already.
#[derive(Debug)]
pub(crate) enum Target {
    /// To standard output.
    Out,
    /// Into a file that becomes whole at once; with how it may be used, where one is there.
    File(PathBuf, Option<Metadata>),
    /// Into what is no file: a pipe with a name, a device. It is written to, and stays what it is.
    Stream(PathBuf),
}

impl Target {
    /// Finds out what a name stands for, and has it confirmed that a file is written over. `name` is what a file is called
    /// in a directory.
    pub(crate) async fn find(
        caller: &Caller,
        to: Option<PathBuf>,
        name: Option<&str>,
        confirm: Option<String>,
    ) -> Result<Self> {
        let Some(path) = to.filter(|path| path != Path::new("-")) else {
            return Ok(Self::Out);
        };
        let path = match name {
            Some(name) if path.is_dir() => path.join(name),
            _ => path,
        };
        let shown = path.display().to_string();
        caller.would(&format!("write {shown}"))?;
        let target = Self::of(&path)?;
        if let Self::File(_, Some(_)) = &target {
            let what = format!("this writes over {shown}");
            caller.confirm(what, &shown, confirm).await?;
        }
        Ok(target)
    }

    fn of(path: &Path) -> Result<Self> {
        let cannot = |error| Error::io(format!("cannot write {}", path.display()), error);
        let place = || followed(path).map_err(cannot);
        match std::fs::metadata(path) {
            Ok(about) if about.is_dir() => Err(Error::Usage(format!(
                "{} is a directory; name a file in it",
                path.display()
            ))),
            Ok(about) if about.is_file() => Ok(Self::File(place()?, Some(about))),
            Ok(_) => Ok(Self::Stream(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::File(place()?, None)),
            Err(error) => Err(cannot(error)),
        }
    }
}

/// What links lead to, also where nothing is there yet.
fn followed(path: &Path) -> io::Result<PathBuf> {
    const LINKS_MOST: usize = 40;
    let mut place = path.to_owned();
    for _ in 0..LINKS_MOST {
        match std::fs::symlink_metadata(&place) {
            Ok(about) if about.is_symlink() => {
                let next = std::fs::read_link(&place)?;
                place = directory(&place).join(next);
            }
            _ => return Ok(place),
        }
    }
    Err(io::Error::other("its links lead in a circle"))
}

/// Where a file is.
fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if dir != Path::new("") => dir,
        _ => Path::new("."),
    }
}

/// Writes what comes to where it is meant for.
pub(crate) async fn save(mut download: Download, target: &Target, out: Output) -> Result<()> {
    let (path, count) = match target {
        Target::Out => {
            while let Some(chunk) = download.chunk().await? {
                out.bytes(&chunk)?;
            }
            return Ok(());
        }
        Target::File(path, before) => (path, replace(download, path, before.as_ref()).await?),
        Target::Stream(path) => (path, write_through(download, path).await?),
    };
    out.say(&format!("wrote {count} bytes to {}", path.display()));
    Ok(())
}

/// Renamed when it is complete: whoever looks at the name finds a whole file or the one before.
async fn replace(mut download: Download, path: &Path, before: Option<&Metadata>) -> Result<usize> {
    // Without the name of what is only here until it is whole.
    let cannot = |error: io::Error| {
        let cause = io::Error::from(error.kind());
        Error::io(format!("cannot write {}", path.display()), cause)
    };
    let dir = directory(path);
    if !dir.is_dir() {
        let (path, dir) = (path.display(), dir.display());
        return Err(Error::Usage(format!(
            "cannot write {path}: there is no directory {dir}"
        )));
    }
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(cannot)?;
    let mut count = 0;
    while let Some(chunk) = download.chunk().await? {
        file.write_all(&chunk).map_err(cannot)?;
        count += chunk.len();
    }
    if let Some(before) = before {
        keep_access(file.as_file(), before).map_err(cannot)?;
    }
    file.as_file().sync_all().map_err(cannot)?;
    let placed = match before {
        Some(_) => file.persist(path),
        // What came there meanwhile nobody was asked about.
        None => file.persist_noclobber(path),
    };
    placed.map_err(|error| cannot(error.error))?;
    Ok(count)
}

/// Whoever could read and write the file before can do so afterwards.
fn keep_access(file: &std::fs::File, before: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        // Only root may give a file away; what is one's own stays so.
        let _ = fchown(file, Some(before.uid()), Some(before.gid()));
    }
    file.set_permissions(before.permissions())
}

async fn write_through(mut download: Download, path: &Path) -> Result<usize> {
    let cannot = |error| Error::io(format!("cannot write {}", path.display()), error);
    // Of a pipe this waits until somebody reads it.
    let opened = File::options().write(true).open(path).await;
    let mut stream = opened.map_err(cannot)?;
    let mut count = 0;
    while let Some(chunk) = download.chunk().await? {
        stream.write_all(&chunk).await.map_err(cannot)?;
        count += chunk.len();
    }
    stream.flush().await.map_err(cannot)?;
    Ok(count)
}
