//! The directory of an archive on the disk of whoever writes it: for its owner only, and whole when its manifest is
//! there. Until then `unfinished` says whose it is, so that the same export goes on and another one does not.

use super::manifest::{Manifest, Part};
use crate::{Error, private, store::carry::hex};
use bytes::Bytes;
use chat_core::Code;
use futures_util::{Stream, stream};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

const MANIFEST: &str = "manifest.json";
const UNFINISHED: &str = "unfinished";
const FIRST: &str = "unfinished.part";
/// Bytes that are read at once.
const PIECE: usize = 256 << 10;

/// An archive's directory.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes one, or takes the one that the same export had begun.
    pub(super) fn begin(path: &Path, origin: &str) -> Result<Self, Error> {
        let folder = Self {
            path: path.to_owned(),
        };
        let say = |reason: &str| folder.error(Code::Conflict, "", reason);
        private::make_directory(path).map_err(|error| folder.failed("", &error))?;
        if path.join(MANIFEST).exists() {
            return Err(say("there is a whole one; name another directory"));
        }
        let begun = fs::read_to_string(path.join(UNFINISHED));
        match &begun {
            Ok(text) if text.trim_end() == origin => {}
            Ok(_) => {
                return Err(say(
                    "another export was begun there; name another directory",
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let is_empty = is_empty(path).map_err(|error| folder.failed("", &error))?;
                if !is_empty {
                    return Err(say("the directory is not empty; name another one"));
                }
            }
            Err(error) => return Err(folder.failed(UNFINISHED, error)),
        }
        // Only now is anything touched in it.
        if !is_own(path).map_err(|error| folder.failed("", &error))? {
            let why =
                "the directory is somebody else's, who could read all of it; name another one";
            return Err(folder.error(Code::Forbidden, "", why));
        }
        if begun.is_err() {
            close_to_others(path).map_err(|error| folder.failed("", &error))?;
            folder.put(UNFINISHED, &format!("{origin}\n"))?;
        }
        Ok(folder)
    }

    /// Opens a whole one. Returns its manifest, and what tells it from others.
    pub(super) fn open(path: &Path) -> Result<(Self, Manifest, String), Error> {
        let folder = Self {
            path: path.to_owned(),
        };
        let text = match fs::read_to_string(path.join(MANIFEST)) {
            Ok(text) => text,
            Err(_) if path.join(UNFINISHED).exists() => {
                let why = "it is not whole; run the same export again until it is done";
                return Err(folder.error(Code::Conflict, "", why));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let why = "there is no archive; it would have a manifest.json";
                return Err(folder.error(Code::NotFound, "", why));
            }
            Err(error) => return Err(folder.failed(MANIFEST, &error)),
        };
        let manifest = Manifest::read(&text).map_err(|why| folder.wrong("", &why))?;
        let mark = hex(&Sha256::digest(text.as_bytes()));
        Ok((folder, manifest, mark))
    }

    /// Begins a file of lines; what an export that was broken off wrote there is written anew.
    pub(super) fn part(&self, name: &str) -> Result<Writing, Error> {
        let file = format!("{name}.jsonl");
        let out =
            private::file(&self.path.join(&file)).map_err(|error| self.failed(&file, &error))?;
        Ok(Writing {
            out: BufWriter::with_capacity(PIECE, out),
            sum: Sha256::new(),
            part: Part {
                name: name.to_owned(),
                file,
                lines: 0,
                bytes: 0,
                sha256: String::new(),
            },
        })
    }

    /// Writes some whole lines.
    pub(super) fn write(&self, writing: &mut Writing, lines: &[u8]) -> Result<(), Error> {
        let Writing { out, sum, part } = writing;
        out.write_all(lines)
            .map_err(|error| self.failed(&part.file, &error))?;
        sum.update(lines);
        part.bytes += lines.len() as u64;
        part.lines += lines.iter().filter(|byte| **byte == b'\n').count() as u64;
        Ok(())
    }

    /// The file is on the disk.
    pub(super) fn close(&self, writing: Writing) -> Result<Part, Error> {
        let Writing { out, sum, mut part } = writing;
        let written = out.into_inner().map_err(io::IntoInnerError::into_error);
        written
            .and_then(|file| file.sync_all())
            .map_err(|error| self.failed(&part.file, &error))?;
        part.sha256 = hex(&sum.finalize());
        Ok(part)
    }

    /// Everything is there: now it is an archive.
    pub(super) fn finish(&self, manifest: &Manifest) -> Result<(), Error> {
        self.put(MANIFEST, &manifest.text())?;
        let removed = fs::remove_file(self.path.join(UNFINISHED));
        removed.map_err(|error| self.failed(UNFINISHED, &error))
    }

    /// Writes a small file so that it is there whole or not at all.
    fn put(&self, name: &str, text: &str) -> Result<(), Error> {
        let begun = self.path.join(format!("{name}.part"));
        let written = private::file(&begun)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())
                    .and_then(|()| file.sync_all())
            })
            .and_then(|()| fs::rename(&begun, self.path.join(name)))
            .and_then(|()| sync_directory(&self.path));
        written.map_err(|error| self.failed(name, &error))
    }

    /// Sees that a part is as the manifest says.
    pub(super) async fn check(&self, part: &Part) -> Result<(), Error> {
        // Names come from the manifest, and lead nowhere else.
        if part.file != format!("{}.jsonl", part.name) || part.name.contains(['/', '\\', '.']) {
            return Err(self.wrong("", "its manifest names a file that cannot be its own"));
        }
        let sum = sum(&self.path.join(&part.file)).await;
        let sum = sum.map_err(|error| self.failed(&part.file, &error))?;
        match sum == (part.bytes, part.sha256.clone()) {
            true => Ok(()),
            false => Err(self.damaged(&part.file)),
        }
    }

    /// The lines of a part.
    pub(super) fn lines(&self, part: &Part) -> Result<Lines, Error> {
        let file = File::open(self.path.join(&part.file));
        let file = file.map_err(|error| self.failed(&part.file, &error))?;
        Ok(Lines(BufReader::with_capacity(PIECE, file)))
    }

    /// The next lines of a part, up to so many; none after the last.
    pub(super) fn next(
        &self,
        part: &Part,
        lines: &mut Lines,
        most: usize,
    ) -> Result<Vec<String>, Error> {
        let next = (&mut lines.0).lines().take(most).collect::<io::Result<_>>();
        next.map_err(|error| self.failed(&part.file, &error))
    }

    /// Leaves of the files those with these keys, and sees that their names are on the disk. What an export that was broken
    /// off had copied may have been deleted since.
    pub(super) fn settle(&self, kept: &BTreeSet<String>) -> Result<(), Error> {
        let top = self.path.join("files");
        if !top.exists() {
            return Ok(());
        }
        let settled = walk(&top, &mut |path| {
            let key = path.strip_prefix(&top).ok().and_then(Path::to_str);
            match key.is_some_and(|key| kept.contains(key)) {
                true => Ok(()),
                false => fs::remove_file(path),
            }
        });
        settled.map_err(|error| self.failed("files", &error))
    }

    /// Where a file with a key is.
    pub(super) fn file(&self, key: &str) -> PathBuf {
        self.path.join("files").join(key)
    }

    /// Makes the directory that a file is to be in.
    pub(super) fn make_room(&self, key: &str) -> Result<(), Error> {
        let path = self.file(key);
        let room = path.parent().unwrap_or(&path);
        private::make_directory(room).map_err(|error| self.failed(key, &error))
    }

    pub(super) fn damaged(&self, name: &str) -> Error {
        self.wrong(
            name,
            "it is not as it was written; take another copy of the archive",
        )
    }

    /// An error of the disk.
    pub(super) fn failed(&self, name: &str, error: &io::Error) -> Error {
        self.error(Code::Internal, name, &error.to_string())
    }

    /// What is there is not what it should be.
    pub(super) fn wrong(&self, name: &str, reason: &str) -> Error {
        self.error(Code::Invalid, name, reason)
    }

    fn error(&self, code: Code, name: &str, reason: &str) -> Error {
        Error::Archive {
            code,
            path: self.path.join(name).display().to_string(),
            reason: reason.to_owned(),
        }
    }
}

/// A file of lines that is being written.
pub(super) struct Writing {
    out: BufWriter<File>,
    sum: Sha256,
    part: Part,
}

/// A file of lines that is being read.
pub(super) struct Lines(BufReader<File>);

/// The bytes of a file, as they are asked for.
pub(super) fn body(file: File) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece);
        let read = read.map_err(|error| Error::Internal(format!("a file broke off: {error}")))?;
        piece.truncate(read);
        Ok((read > 0).then(|| (Bytes::from(piece), file)))
    })
}

/// Does something with every file below a directory, and then sees that what it did is on the disk.
fn walk(directory: &Path, visit: &mut dyn FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => walk(&entry.path(), visit)?,
            false => visit(&entry.path())?,
        }
    }
    sync_directory(directory)
}

/// How many bytes a file has, and their sum. It may take minutes, in which other things go on.
pub(super) async fn sum(path: &Path) -> io::Result<(u64, String)> {
    let path = path.to_owned();
    let summed = tokio::task::spawn_blocking(move || sum_now(&path)).await;
    summed.map_err(io::Error::other)?
}

fn sum_now(path: &Path) -> io::Result<(u64, String)> {
    let (mut file, mut sum, mut bytes) = (File::open(path)?, Sha256::new(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok((bytes, hex(&sum.finalize()))),
            read => {
                sum.update(&piece[..read]);
                bytes += read as u64;
            }
        }
    }
}

/// Whether a directory belongs to whoever this is: by whom a file in it belongs to.
#[cfg(unix)]
fn is_own(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let tried = path.join(FIRST);
    let owner = private::file(&tried)?.metadata()?.uid();
    fs::remove_file(&tried)?;
    Ok(fs::metadata(path)?.uid() == owner)
}

#[cfg(not(unix))]
fn is_own(_: &Path) -> io::Result<bool> {
    Ok(true)
}

/// A directory that was there may be open to others. A file system without permissions (a stick, a share) leaves it as it is
/// mounted, and that is said.
#[cfg(unix)]
fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    let directory = path.display();
    match fs::set_permissions(path, fs::Permissions::from_mode(0o700)) {
        Ok(()) => {
            tracing::warn!(%directory, "the directory was open to others; it is only yours now")
        }
        Err(error) if is_without_permissions(&error) => tracing::warn!(
            %directory,
            "the file system has no permissions: whoever may read it may read the archive"
        ),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Whether a file system refuses this of its owner because it does not know it.
#[cfg(unix)]
fn is_without_permissions(error: &io::Error) -> bool {
    [io::ErrorKind::PermissionDenied, io::ErrorKind::Unsupported].contains(&error.kind())
}

/// Whether nothing is in a directory. An export that was killed at its first step has begun nothing.
fn is_empty(path: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(path)? {
        if entry?.file_name() != FIRST {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
