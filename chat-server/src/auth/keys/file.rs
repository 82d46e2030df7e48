//! The file of keys, which only its owner reads.

use super::KeySet;
use crate::{Error, private};
use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

/// The keys of a file; none where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<KeySet>, Error> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| {
            let what_to_do =
                "it is damaged; restore it, or move it away (that signs everybody out)";
            failed(path, what_to_do)
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, &error.to_string())),
    }
}

/// Writes a new file beside the old one and puts it in its place.
pub(super) fn write(path: &Path, keys: &KeySet) -> Result<(), Error> {
    let replaced = beside(path, keys).and_then(|new| fs::rename(new, path));
    replaced.map_err(|error| failed(path, &error.to_string()))
}

/// Makes the file. Where another process was quicker it stays as it is, and has to be read.
pub(super) fn make(path: &Path, keys: &KeySet) -> Result<(), Error> {
    let made = beside(path, keys).and_then(|new| {
        let linked = fs::hard_link(&new, path);
        fs::remove_file(&new)?;
        linked
    });
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(failed(path, &error.to_string()))
        }
        _ => Ok(()),
    }
}

/// Writes a file of this process beside the place, readable by the owner only.
fn beside(path: &Path, keys: &KeySet) -> io::Result<PathBuf> {
    let mut new = PathBuf::from(path).into_os_string();
    new.push(format!(".new.{}", std::process::id()));
    let new = PathBuf::from(new);
    let mut out = private::file(&new)?;
    out.write_all(&serde_json::to_vec_pretty(keys)?)?;
    out.sync_all()?;
    Ok(new)
}

/// What is wrong with a file.
pub(super) fn failed(path: &Path, reason: &str) -> Error {
    Error::Keys {
        path: path.display().to_string(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Random;

    fn made(path: &Path) -> KeySet {
        let keys = KeySet::make(&Random::seeded(1)).unwrap();
        make(path, &keys).unwrap();
        keys
    }

    #[test]
    fn what_was_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");
        assert!(read(&path).unwrap().is_none());

        let keys = made(&path);
        make(&path, &KeySet::make(&Random::seeded(2)).unwrap()).unwrap();

        let read = read(&path).unwrap().unwrap();
        assert_eq!(read.refresh_secret, keys.refresh_secret);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");

        made(&path);

        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_damaged_file_is_named_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");
        fs::write(&path, "{").unwrap();

        let error = read(&path).err().unwrap().to_string();

        assert!(
            error.contains("keys.json") && error.contains("damaged"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "{");
    }
}
