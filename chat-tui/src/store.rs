//! The sessions of last time, and what was known then: a file each per server and user, that only their owner may read.
//! What is known is opened by one program at a time; a second one keeps nothing, and says so.

mod outside;

pub use outside::Outside;

use chat_client::{
    SavedSession, SessionFile, SessionStore, SqliteStore, create_private_dir, write_private,
};
use etcetera::{BaseStrategy, base_strategy::Xdg};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use url::Url;

/// File systems take names of at least this length.
const LONGEST_NAME: usize = 200;

/// Where sessions are kept.
#[derive(Debug, Clone)]
pub struct Sessions {
    directory: PathBuf,
    known: PathBuf,
}

/// What is known of one account, kept on this machine while this is held.
#[derive(Debug)]
pub struct Held {
    /// The store.
    pub store: SqliteStore,
    /// Nobody else opens it while this is locked.
    pub lock: fs::File,
}

impl Sessions {
    /// Below `$XDG_STATE_HOME/chat`.
    ///
    /// # Errors
    /// When there is no home directory.
    pub fn in_state_home() -> anyhow::Result<Self> {
        let base = Xdg::new()?;
        let state = base.state_dir().unwrap_or_else(|| base.data_dir());
        Ok(Self::below(&state.join("chat")))
    }

    /// Below another directory.
    pub fn below(directory: &Path) -> Self {
        Self {
            directory: directory.join("sessions"),
            known: directory.join("known"),
        }
    }

    /// The accounts that are signed in, by the server's address and the username, in their order.
    pub fn accounts(&self) -> Vec<(String, String)> {
        let mut found: Vec<_> = sessions_below(&self.directory)
            .into_iter()
            .map(|session| (session.server.to_string(), session.username))
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// Opens what is kept of an account.
    ///
    /// # Errors
    /// A sentence that says why nothing is kept.
    pub async fn hold(&self, session: &SavedSession) -> Result<Held, String> {
        let place = || -> io::Result<(PathBuf, fs::File)> {
            let directory = self.known.join(self.slugs(&session.server));
            create_private_dir(&directory)?;
            let name = slug(&session.username);
            let lock = directory.join(format!("{name}.lock"));
            write_private(&lock, b"")?;
            Ok((directory.join(format!("{name}.db")), fs::File::open(lock)?))
        };
        let (path, lock) = place().map_err(|error| format!("nothing is kept: {error}"))?;
        if lock.try_lock().is_err() {
            return Err(
                "this account is open in another terminal: here nothing is kept for next time"
                    .to_owned(),
            );
        }
        let store = SqliteStore::open(&path).await;
        let store = store.map_err(|error| format!("nothing is kept: {error}"))?;
        Ok(Held { store, lock })
    }

    /// The session of a user on a server; without a user, the one that was used last.
    pub fn find(&self, server: &Url, user: Option<&str>) -> Option<SavedSession> {
        let files = fs::read_dir(self.of_server(server)).ok()?;
        let mut found: Vec<_> = files
            .flatten()
            .filter_map(|file| {
                let session = SessionFile::at(file.path()).load().ok()??;
                let used = file.metadata().and_then(|data| data.modified()).ok()?;
                Some((used, session))
            })
            .filter(|(_, session)| plain(&session.server) == plain(server))
            .filter(|(_, session)| user.is_none_or(|user| user == session.username))
            .collect();
        found.sort_by_key(|(used, _)| *used);
        found.pop().map(|(_, session)| session)
    }

    /// Keeps a session for the next time.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, session: &SavedSession) -> io::Result<()> {
        self.keeper(&session.server, None).save(session)
    }

    /// Remembers that this one was used last.
    pub fn touch(&self, session: &SavedSession) {
        let path = file_of(&self.of_server(&session.server), &session.username);
        let file = fs::File::options().append(true).open(path);
        // Where that cannot be kept, the one that signed in last is found.
        file.and_then(|file| file.set_modified(std::time::SystemTime::now()))
            .ok();
    }

    /// Where the client keeps its session.
    pub fn keeper(&self, server: &Url, session: Option<&SavedSession>) -> Keeper {
        let directory = self.of_server(server);
        let path = session.map(|session| file_of(&directory, &session.username));
        Keeper {
            directory,
            path: Arc::new(Mutex::new(path)),
        }
    }

    fn of_server(&self, server: &Url) -> PathBuf {
        self.directory.join(self.slugs(server))
    }

    fn slugs(&self, server: &Url) -> PathBuf {
        // An address may be longer than a file's name can be; cut off, it would be another's.
        let slug = slug(plain(server));
        let parts = slug.as_bytes().chunks(LONGEST_NAME);
        let parts = parts.map(|part| String::from_utf8_lossy(part).into_owned());
        parts.collect()
    }
}

/// Keeps the session of one server's client.
#[derive(Debug, Clone)]
pub struct Keeper {
    directory: PathBuf,
    path: Arc<Mutex<Option<PathBuf>>>,
}

impl Keeper {
    fn path(&self) -> std::sync::MutexGuard<'_, Option<PathBuf>> {
        self.path.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionStore for Keeper {
    fn save(&self, session: &SavedSession) -> io::Result<()> {
        let path = file_of(&self.directory, &session.username);
        SessionFile::at(&path).save(session)?;
        *self.path() = Some(path);
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        match self.path().take() {
            Some(path) => SessionFile::at(path).clear(),
            None => Ok(()),
        }
    }

    fn load(&self) -> io::Result<Option<SavedSession>> {
        match &*self.path() {
            Some(path) => SessionFile::at(path).load(),
            None => Ok(None),
        }
    }
}

/// All sessions in a directory and those in it.
fn sessions_below(directory: &Path) -> Vec<SavedSession> {
    let files = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for file in files {
        let path = file.path();
        match path.is_dir() {
            true => found.extend(sessions_below(&path)),
            false if path.extension().is_some_and(|end| end == "json") => {
                found.extend(SessionFile::at(&path).load().ok().flatten());
            }
            false => {}
        }
    }
    found
}

fn file_of(directory: &Path, username: &str) -> PathBuf {
    directory.join(format!("{}.json", slug(username)))
}

/// A server's address without the slash that may end it.
fn plain(server: &Url) -> &str {
    server.as_str().trim_end_matches('/')
}

/// A name that is safe as a file's, and no other text's: the username comes from the server.
fn slug(text: &str) -> String {
    let mut name = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => name.push(char::from(byte)),
            other => name.push_str(&format!("_{other:02x}")),
        }
    }
    name
}

#[cfg(test)]
mod tests;
