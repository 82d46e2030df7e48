//! Who has a database in a file: one server, or servers with a Redis between them, or one command that goes straight on it.
//! It is told by a lock on a file beside the database, which the system takes back from whoever dies. It is for programs
//! that ask: it keeps nobody from reading.

use crate::error::{Error, Result};
use chat_core::Code;
use chat_server::Config;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::PathBuf,
};

/// As long as it is kept, nobody else gets it.
#[derive(Debug)]
pub(crate) struct Alone {
    _lock: File,
}

impl Alone {
    /// Takes it, or says what is in the way. There is none for a database that is no file, or whose directory is not there.
    pub(crate) fn claim(config: &Config, taken: &str) -> Result<Option<Self>> {
        Self::lock(config, taken, File::try_lock)
    }

    /// The same for a server: those that hear each other over a Redis share it.
    pub(crate) fn claim_to_serve(config: &Config, taken: &str) -> Result<Option<Self>> {
        match config.redis {
            Some(_) => Self::lock(config, taken, File::try_lock_shared),
            None => Self::claim(config, taken),
        }
    }

    fn lock(
        config: &Config,
        taken: &str,
        ask: fn(&File) -> std::result::Result<(), TryLockError>,
    ) -> Result<Option<Self>> {
        let Some(file) = config.database_file() else {
            return Ok(None);
        };
        let mut path = file.into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let cannot = |error| Error::io(format!("cannot lock {}", path.display()), error);
        let lock = match open(&path) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(cannot(error)),
        };
        match ask(&lock) {
            Ok(()) => Ok(Some(Self { _lock: lock })),
            Err(TryLockError::WouldBlock) => Err(Error::coded(
                Code::Conflict,
                format!("{}: {taken}", config.shown_database()),
            )),
            Err(TryLockError::Error(error)) => Err(cannot(error)),
        }
    }
}

fn open(path: &std::path::Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
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
