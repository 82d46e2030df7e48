//! Who is signed in on this machine, at which servers: one file that only its owner can read.
//!
//! A token in `CHAT_TOKEN` wins over the file and is never written to it. The file is changed under a lock and replaced
//! whole, so that several commands at once neither lose a session nor use a refresh token twice. On the server's own
//! machine there may be a socket, where nobody signs in.

mod local;

use crate::{
    cli::Global,
    error::{Error, Result},
};
use chat_client::{Client, NetTransport, SavedSession, SessionStore, create_private_dir};
use chat_core::{Code, Secret, SessionId, ShowSession, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Mutex,
};
use url::Url;
use uuid::Uuid;

/// Where a server is when nobody says anything.
const USUAL_SERVER: &str = "http://127.0.0.1:8000";

/// The file, read.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stored {
    accounts: Vec<Account>,
}

/// A session, and whether it is the one that is meant when nobody says anything. At most one at each server is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) current: bool,
    /// What it is called on this machine: `--profile NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) session: SavedSession,
}

/// The file.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    path: PathBuf,
}

impl Profile {
    /// The file of this user.
    pub(crate) fn of_this_user() -> Result<Self> {
        use etcetera::BaseStrategy;
        let base = etcetera::choose_base_strategy().map_err(|error| {
            Error::Failed(format!("no place to keep sessions: {error}; set HOME"))
        })?;
        let state = base.state_dir().unwrap_or_else(|| base.data_dir());
        Ok(Self::at(state.join("chat").join("sessions.json")))
    }

    fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Everybody in it.
    pub(crate) fn accounts(&self) -> Result<Vec<Account>> {
        self.read()
            .map(|stored| stored.accounts)
            .map_err(|error| self.cannot("read", error))
    }

    /// The server that is meant: the named one, or the one that was signed in at last.
    pub(crate) fn server(&self, named: Option<&Url>) -> Result<Url> {
        if let Some(server) = named {
            return Ok(server.clone());
        }
        let last = self
            .accounts()?
            .into_iter()
            .rev()
            .find(|account| account.current);
        Ok(match last {
            Some(account) => account.session.server,
            None => USUAL_SERVER.parse().expect("the usual server is a URL"),
        })
    }

    /// The session that is meant.
    pub(crate) fn session(
        &self,
        server: &Url,
        username: Option<&str>,
    ) -> Result<Option<SavedSession>> {
        let found = self.accounts()?.into_iter().find(|account| {
            let wanted = match username {
                Some(name) => account.session.username.eq_ignore_ascii_case(name),
                None => account.current,
            };
            wanted && same_server(&account.session.server, server)
        });
        Ok(found.map(|account| account.session))
    }

    /// The server and the session that a command is for: those of the profile that is named, or else by server and user.
    pub(crate) fn meant(&self, global: &Global) -> Result<(Url, Option<SavedSession>)> {
        if let Some(name) = &global.profile {
            let named = self.named(name)?.ok_or_else(|| no_profile(name))?;
            return Ok((named.server.clone(), Some(named)));
        }
        let server = self.server(global.server.as_ref())?;
        let session = self.session(&server, global.user.as_deref())?;
        Ok((server, session))
    }

    /// The server that a command is for that signs nobody in who is kept: that of the profile that is named, or the named one,
    /// or the one that was signed in at last.
    pub(crate) fn place(&self, global: &Global) -> Result<Url> {
        match &global.profile {
            Some(name) => Ok(self.named(name)?.ok_or_else(|| no_profile(name))?.server),
            None => self.server(global.server.as_ref()),
        }
    }

    /// The server to sign in at: that of the profile that is named, where it is kept already. Its name stays with it.
    pub(crate) fn door(&self, global: &Global) -> Result<Url> {
        let kept = match &global.profile {
            Some(name) => self.named(name)?.map(|session| (name, session.server)),
            None => None,
        };
        match (kept, &global.server) {
            (Some((name, place)), Some(server)) if !same_server(&place, server) => {
                let text = format!(
                    "the profile {name} is at {place}; take another name, or sign out there first: chat auth logout --profile {name}"
                );
                Err(Error::coded(Code::Conflict, text))
            }
            (Some((_, place)), _) => Ok(place),
            (None, server) => self.server(server.as_ref()),
        }
    }

    /// The session that is kept by this name.
    fn named(&self, name: &str) -> Result<Option<SavedSession>> {
        let mut accounts = self.accounts()?.into_iter();
        let found = accounts.find(|account| account.name.as_deref() == Some(name));
        Ok(found.map(|account| account.session))
    }

    /// Means another account from now on, by its name or by who it is; it must be the only one that is called so.
    pub(crate) fn switch(&self, wanted: &str, server: Option<&Url>) -> Result<Account> {
        let is_meant = |account: &Account| {
            let is_named = account.name.as_deref() == Some(wanted);
            let is_user = account.session.username.eq_ignore_ascii_case(wanted);
            let is_there = server.is_none_or(|server| same_server(&account.session.server, server));
            (is_named || is_user) && is_there
        };
        let found: Vec<_> = self.accounts()?.into_iter().filter(is_meant).collect();
        let account = match found.as_slice() {
            [one] => one.clone(),
            [] => {
                let text = format!("nobody called {wanted} is signed in; see: chat auth status");
                return Err(Error::coded(Code::NotFound, text));
            }
            several => {
                let places = several.iter().map(|one| one.session.server.as_str());
                let text = format!(
                    "{wanted} is signed in at several servers; add one of them: --server {}",
                    places.collect::<Vec<_>>().join(", --server ")
                );
                return Err(Error::coded(Code::Conflict, text));
            }
        };
        let session = &account.session;
        self.change(|accounts| {
            for other in accounts.iter_mut() {
                if same_server(&other.session.server, &session.server) {
                    other.current = other.session.username == session.username;
                }
            }
            // Whoever is last is meant where no server is named.
            accounts.sort_by_key(|other| {
                same_server(&other.session.server, &session.server)
                    && other.session.username == session.username
            });
        })
        .map_err(|error| self.cannot("write", error))?;
        Ok(account)
    }

    fn read(&self) -> io::Result<Stored> {
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| io::Error::other(format!("{error}; delete it and sign in again"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Stored::default()),
            Err(error) => Err(error),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Account>)) -> io::Result<()> {
        let dir = self.path.parent().unwrap_or(Path::new("."));
        create_private_dir(dir)?;
        let lock = File::create(self.path.with_extension("lock"))?;
        lock.lock()?;
        let mut stored = self.read()?;
        change(&mut stored.accounts);
        // Made with mode 0600, and renamed over the old file: a reader sees the old or the new one, never half.
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        serde_json::to_writer_pretty(&mut file, &stored)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }

    fn cannot(&self, what: &str, error: io::Error) -> Error {
        Error::io(format!("cannot {what} {}", self.path.display()), error)
    }
}

fn no_profile(name: &str) -> Error {
    let text = format!("there is no profile {name}; see: chat auth status");
    Error::coded(Code::NotFound, text)
}

/// `http://host` and `http://host/` are one server.
pub(crate) fn same_server(a: &Url, b: &Url) -> bool {
    a.as_str().trim_end_matches('/') == b.as_str().trim_end_matches('/')
}

/// Keeps the session of one account in the file.
#[derive(Debug)]
pub(crate) struct KeptSession {
    profile: Profile,
    account: Mutex<Option<(Url, String)>>,
    name: Option<String>,
}

impl KeptSession {
    /// For the account of this session, or for whoever signs in next.
    pub(crate) fn new(profile: Profile, session: Option<&SavedSession>) -> Self {
        let account = session.map(|session| (session.server.clone(), session.username.clone()));
        Self {
            profile,
            account: Mutex::new(account),
            name: None,
        }
    }

    /// The same, and what it is called on this machine.
    pub(crate) fn called(self, name: Option<String>) -> Self {
        Self { name, ..self }
    }

    fn account(&self) -> io::Result<Option<(Url, String)>> {
        let account = self
            .account
            .lock()
            .map_err(|_| io::Error::other("an earlier change failed"))?;
        Ok(account.clone())
    }
}

impl SessionStore for KeptSession {
    fn save(&self, session: &SavedSession) -> io::Result<()> {
        let refreshed = self.account()?.is_some();
        self.profile.change(|accounts| {
            let here = |account: &Account| same_server(&account.session.server, &session.server);
            let known = accounts
                .iter()
                .position(|account| here(account) && account.session.username == session.username);
            if let (true, Some(at)) = (refreshed, known) {
                accounts[at].session = session.clone();
                return;
            }
            let before = known.map(|at| accounts.remove(at));
            let name = self
                .name
                .clone()
                .or(before.and_then(|account| account.name));
            for other in accounts.iter_mut() {
                // A name is of one only, and goes with whoever took it last.
                other.name.take_if(|other| Some(&*other) == name.as_ref());
            }
            for other in accounts.iter_mut().filter(|account| here(account)) {
                other.current = false;
            }
            accounts.push(Account {
                current: true,
                name,
                session: session.clone(),
            });
        })?;
        if let Ok(mut account) = self.account.lock() {
            *account = Some((session.server.clone(), session.username.clone()));
        }
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        let Some((server, username)) = self.account()? else {
            return Ok(());
        };
        self.profile.change(|accounts| {
            accounts.retain(|account| {
                !same_server(&account.session.server, &server)
                    || account.session.username != username
            });
            let left = accounts
                .iter_mut()
                .filter(|account| same_server(&account.session.server, &server));
            // Whoever signed in at last among those who are left.
            if let Some(last) = left.last() {
                last.current = true;
            }
        })
    }

    fn load(&self) -> io::Result<Option<SavedSession>> {
        let Some((server, username)) = self.account()? else {
            return Ok(None);
        };
        let accounts = self.profile.read()?.accounts;
        let found = accounts.into_iter().find(|account| {
            same_server(&account.session.server, &server) && account.session.username == username
        });
        Ok(found.map(|account| account.session))
    }
}

/// A client that is signed in as the one who is meant.
pub(crate) async fn signed_in(global: &Global) -> Result<Client> {
    if let Some(socket) = &global.socket {
        return local::through(socket, global.user.as_deref()).await;
    }
    let profile = Profile::of_this_user()?;
    if let Some(token) = &global.token {
        return with_token(profile.place(global)?, token).await;
    }
    let (server, session) = profile.meant(global)?;
    let session = session.ok_or_else(|| {
        let who = global
            .user
            .as_deref()
            .map_or(String::new(), |name| format!(" as {name}"));
        Error::coded(
            Code::Unauthenticated,
            format!("not signed in at {server}{who}"),
        )
    })?;
    let kept = KeptSession::new(profile, Some(&session));
    Ok(Client::builder(server)
        .session(session)
        .sessions(kept)
        .build()?)
}

/// A client for one run with a token from the environment. There is nothing to renew it with.
pub(crate) async fn with_token(server: Url, token: &str) -> Result<Client> {
    of_token(server, token, || Ok(None)).await
}

/// The same over another network than the usual one, where there is one.
async fn of_token(
    server: Url,
    token: &str,
    network: impl Fn() -> Result<Option<NetTransport>>,
) -> Result<Client> {
    let build = |session: SavedSession| -> Result<Client> {
        let builder = Client::builder(session.server.clone()).session(session);
        Ok(match network()? {
            Some(network) => builder.transport(network).build()?,
            None => builder.build()?,
        })
    };
    let mut session = SavedSession {
        server,
        user_id: UserId::new(Uuid::nil()),
        username: String::new(),
        session_id: SessionId::new(Uuid::nil()),
        access_token: Secret::new(token),
        refresh_token: Secret::new(""),
        // When it runs out is not known here.
        expires_at: Timestamp::FOR_EVER,
    };
    let me = build(session.clone())?.call(ShowSession {}).await?;
    session.user_id = me.user.user.id;
    session.username = me.user.user.username;
    build(session)
}

#[cfg(test)]
mod tests;
