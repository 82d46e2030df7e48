//! The sessions of last time, one file per server and user, that only their owner may read.

use chat_client::{SavedSession, SessionFile, SessionStore};
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
        }
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
        // An address may be longer than a file's name can be; cut off, it would be another's.
        let slug = slug(plain(server));
        let parts = slug.as_bytes().chunks(LONGEST_NAME);
        let parts = parts.map(|part| String::from_utf8_lossy(part).into_owned());
        self.directory.join(parts.collect::<PathBuf>())
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
mod tests {
    use super::*;
    use chat_core::{Secret, SessionId, Timestamp, UserId};
    use uuid::Uuid;

    fn session(server: &str, username: &str) -> SavedSession {
        SavedSession {
            server: server.parse().unwrap(),
            user_id: UserId::new(Uuid::from_u128(1)),
            username: username.to_owned(),
            session_id: SessionId::new(Uuid::from_u128(2)),
            access_token: Secret::new("access"),
            refresh_token: Secret::new("refresh"),
            expires_at: Timestamp::from_ms(0),
        }
    }

    #[test]
    fn a_session_is_found_by_server_and_user_until_it_is_cleared() {
        let home = tempfile::tempdir().unwrap();
        let sessions = Sessions::below(home.path());
        let here: Url = "http://127.0.0.1:8000".parse().unwrap();
        let there: Url = "https://chat.example.org/".parse().unwrap();
        let (ann, bo) = (session(here.as_str(), "ann"), session(here.as_str(), "bo"));
        let keeper = sessions.keeper(&here, None);
        keeper.save(&ann).unwrap();
        sessions.keeper(&here, None).save(&bo).unwrap();

        assert_eq!(sessions.find(&here, Some("ann")), Some(ann.clone()));
        assert_eq!(sessions.find(&here, Some("bo")), Some(bo.clone()));
        assert_eq!(sessions.find(&there, None), None);
        assert_eq!(keeper.load().unwrap(), Some(ann));

        keeper.clear().unwrap();
        keeper.clear().unwrap();
        assert_eq!(sessions.find(&here, None), Some(bo));
    }

    #[test]
    fn a_hostile_username_stays_inside_the_directory() {
        let home = tempfile::tempdir().unwrap();
        let sessions = Sessions::below(home.path());
        let hostile = session("http://127.0.0.1:8000", "../../evil");

        sessions
            .keeper(&hostile.server, None)
            .save(&hostile)
            .unwrap();

        let inside = sessions
            .of_server(&hostile.server)
            .join("_2e_2e_2f_2e_2e_2fevil.json");
        assert!(inside.is_file());
    }

    #[test]
    fn no_two_names_share_a_file_and_a_slash_at_the_end_makes_no_other_server() {
        let home = tempfile::tempdir().unwrap();
        let sessions = Sessions::below(home.path());
        let saved = "https://h/x";
        let names = ["анна", "мари", "a_b", "a.b", "A", "a", "_41"];
        for name in names {
            let session = session(saved, name);
            sessions
                .keeper(&session.server, None)
                .save(&session)
                .unwrap();
        }

        let typed: Url = "https://h/x/".parse().unwrap();
        for name in names {
            let found = sessions.find(&typed, Some(name));
            assert_eq!(found, Some(session(saved, name)));
        }
    }

    #[test]
    fn long_addresses_are_told_apart_by_their_ends() {
        let home = tempfile::tempdir().unwrap();
        let sessions = Sessions::below(home.path());
        let long = format!("https://h/{}", "x".repeat(400));
        let (one, other) = (
            session(&format!("{long}1"), "ann"),
            session(&format!("{long}2"), "ann"),
        );
        for session in [&one, &other] {
            sessions
                .keeper(&session.server, None)
                .save(session)
                .unwrap();
        }

        assert_eq!(sessions.find(&one.server, None), Some(one));
        assert_eq!(sessions.find(&other.server, None), Some(other));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let sessions = Sessions::below(home.path());
        let ann = session("http://127.0.0.1:8000", "ann");
        sessions.keeper(&ann.server, None).save(&ann).unwrap();

        let directory = sessions.of_server(&ann.server);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;

        assert_eq!(mode(&directory), 0o700);
        assert_eq!(mode(&file_of(&directory, "ann")), 0o600);
    }
}
