//! Who has a database in a file: one server, or servers with a Redis between them, or one command that goes straight on it.
//! It is told by a lock on a file beside the database, which the system takes back from whoever dies. It is for programs
//! that ask: it keeps nobody from reading.

use crate::error::{Error, Result};
use chat_core::Code;
use chat_server::Config;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// How often a lock is looked for again that went away while it was taken: a disk may also tell of its files wrongly.
const TRIES: usize = 3;

/// As long as it is kept, nobody else gets it.
#[derive(Debug)]
pub(crate) struct Alone {
    lock: File,
    /// The lock and the database, where the lock was made for this.
    made: Option<(PathBuf, PathBuf)>,
}

/// A lock that was made for a database that came to nothing is not left behind. Whoever has opened it meanwhile is refused,
/// or sees that it is not the one that is there.
impl Drop for Alone {
    fn drop(&mut self) {
        if let Some((path, database)) = &self.made
            && cfg!(unix)
            && !database.exists()
            && is_there(&self.lock, path)
        {
            // It does no harm where it stays.
            let _ = fs::remove_file(path);
        }
    }
}

impl Alone {
    /// Takes it, or says what is in the way. There is none for a database that is no file, or whose directory is not there.
    pub(crate) fn claim(config: &Config, taken: &str) -> Result<Option<Self>> {
        Self::lock(config, taken, File::try_lock, true)
    }

    /// The same for a server: those that hear each other over a Redis share it.
    pub(crate) fn claim_to_serve(config: &Config, taken: &str) -> Result<Option<Self>> {
        match config.redis {
            Some(_) => Self::lock(config, taken, File::try_lock_shared, false),
            None => Self::claim(config, taken),
        }
    }

    fn lock(
        config: &Config,
        taken: &str,
        ask: fn(&File) -> std::result::Result<(), TryLockError>,
        is_alone: bool,
    ) -> Result<Option<Self>> {
        let Some(file) = config.database_file() else {
            return Ok(None);
        };
        // A file has one lock, by whatever link it is reached.
        let file = file.canonicalize().unwrap_or(file);
        let mut path = file.clone().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let mut tries = 0;
        loop {
            tries += 1;
            let (lock, is_new) = match open(&path, &file) {
                Ok(opened) => opened,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(cannot_lock(&path, &file, error)),
            };
            match ask(&lock) {
                // Whoever had it took it away at this moment.
                Ok(()) if tries < TRIES && !is_there(&lock, &path) => {}
                Ok(()) => {
                    let made = (is_new && is_alone).then_some((path, file));
                    return Ok(Some(Self { lock, made }));
                }
                Err(TryLockError::WouldBlock) => {
                    let why = format!("{}: {taken}", config.shown_database());
                    return Err(Error::coded(Code::Conflict, why));
                }
                Err(TryLockError::Error(error)) if is_unknown_here(&error) => {
                    let path = path.display();
                    tracing::warn!(%path, %error, "this disk has no locks: nothing keeps a second server off the database");
                    return Ok(None);
                }
                Err(TryLockError::Error(error)) => return Err(cannot_lock(&path, &file, error)),
            }
        }
    }
}

/// Whether a file is still the one of its name.
#[cfg(unix)]
fn is_there(lock: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let file = |about: fs::Metadata| (about.dev(), about.ino());
    let (own, there) = (lock.metadata().map(file), fs::metadata(path).map(file));
    own.ok().is_some_and(|own| there.ok() == Some(own))
}

/// What somebody has open is not taken away here.
#[cfg(not(unix))]
fn is_there(_: &File, _: &Path) -> bool {
    true
}

/// Opens the lock, and makes it where it is not there; says whether it is new. Whoever makes it gives it to whom the database belongs, for root may
/// be here before the server's own user. One that is there is left as it is, whatever it leads to.
fn open(path: &Path, database: &Path) -> io::Result<(File, bool)> {
    let mut options = OpenOptions::new();
    options.write(true);
    let mut new = options.clone();
    new.create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    match new.open(path) {
        Ok(lock) => {
            #[cfg(unix)]
            give(&lock, database);
            Ok((lock, true))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            options.open(path).map(|lock| (lock, false))
        }
        Err(error) => Err(error),
    }
}

/// Gives the lock to the owner of the database, or of the directory where that is still to be made.
#[cfg(unix)]
fn give(lock: &File, database: &Path) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let place = database.parent().filter(|place| *place != Path::new(""));
    let about = fs::metadata(database).or_else(|_| fs::metadata(place.unwrap_or(Path::new("."))));
    if let (Ok(owner), Ok(now)) = (about, lock.metadata())
        && owner.uid() != now.uid()
    {
        // Only root may. Anybody else has a lock of their own, and can hardly have opened the database.
        let _ = fchown(lock, Some(owner.uid()), Some(owner.gid()));
    }
}

/// Whether the disk is one that knows no locks, as some that are shared over a network: servers ran on it before.
fn is_unknown_here(error: &io::Error) -> bool {
    #[cfg(unix)]
    if rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::NOLCK) {
        return true;
    }
    error.kind() == io::ErrorKind::Unsupported
}

/// Says why not, and what to do where it belongs to somebody else.
fn cannot_lock(path: &Path, database: &Path, error: io::Error) -> Error {
    let name = path.display();
    let what = match error.kind() {
        io::ErrorKind::PermissionDenied if !path.exists() => {
            format!("cannot make {name}; see that this user may write into its directory")
        }
        io::ErrorKind::PermissionDenied => format!(
            "cannot lock {name}; where it belongs to another user, give it back: chown --reference={} {name}",
            database.display()
        ),
        _ => format!("cannot lock {name}"),
    };
    Error::io(what, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_until_they_let_it_go() {
        let dir = tempfile::tempdir().unwrap();
        let config = |name: &str| Config {
            database: format!("sqlite://{}", dir.path().join(name).display()),
            ..Config::default()
        };
        let first = Alone::claim(&config("a.db"), "a server runs").unwrap();

        let second = Alone::claim(&config("a.db"), "a server runs").unwrap_err();

        assert_eq!(second.exit_code(), 6);
        assert!(second.story().contains("a.db: a server runs"), "{second}");
        assert!(Alone::claim(&config("b.db"), "").unwrap().is_some());
        drop(first);
        assert!(Alone::claim(&config("a.db"), "").unwrap().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn a_database_has_one_lock_by_whatever_link_it_is_reached() {
        let dir = tempfile::tempdir().unwrap();
        let config = |name: &str| Config {
            database: format!("sqlite://{}", dir.path().join(name).display()),
            ..Config::default()
        };
        fs::write(dir.path().join("a.db"), "").unwrap();
        std::os::unix::fs::symlink("a.db", dir.path().join("link.db")).unwrap();
        let _first = Alone::claim(&config("a.db"), "taken").unwrap();

        let second = Alone::claim(&config("link.db"), "taken").unwrap_err();

        assert_eq!(second.exit_code(), 6, "{second}");
    }

    #[cfg(unix)]
    #[test]
    fn root_gives_the_lock_to_whom_the_database_belongs_and_touches_none_that_is_there() {
        use std::os::unix::fs::{MetadataExt, chown, symlink};
        if !rustix::process::getuid().is_root() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for name in ["a.db", "b.db", "precious"] {
            fs::write(at(name), "").unwrap();
        }
        chown(at("a.db"), Some(1234), Some(1234)).unwrap();
        chown(at("b.db"), Some(1234), Some(1234)).unwrap();
        symlink("precious", at("b.db.lock")).unwrap();

        open(&at("a.db.lock"), &at("a.db")).unwrap();
        open(&at("b.db.lock"), &at("b.db")).unwrap();

        let owner = |name: &str| fs::metadata(at(name)).unwrap().uid();
        assert_eq!((owner("a.db.lock"), owner("precious")), (1234, 0));
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_goes_with_a_database_that_came_to_nothing_and_stays_with_one_that_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let config = |name: &str| Config {
            database: format!("sqlite://{}", dir.path().join(name).display()),
            ..Config::default()
        };
        fs::write(dir.path().join("old.db.lock"), "").unwrap();

        for name in ["none.db", "new.db", "old.db"] {
            let own = Alone::claim(&config(name), "").unwrap();
            if name == "new.db" {
                fs::write(dir.path().join(name), "").unwrap();
            }
            drop(own);
        }

        let is_left = |name: &str| dir.path().join(name).exists();
        assert!(!is_left("none.db.lock"));
        assert!(is_left("new.db.lock") && is_left("old.db.lock"));
    }

    #[test]
    fn what_is_no_file_is_nobodys() {
        let memory = Config {
            database: "sqlite::memory:".to_owned(),
            ..Config::default()
        };
        let nowhere = Config {
            database: "sqlite://no/such/directory/a.db".to_owned(),
            ..Config::default()
        };
        assert!(Alone::claim(&memory, "").unwrap().is_none());
        assert!(Alone::claim(&nowhere, "").unwrap().is_none());
    }
}
