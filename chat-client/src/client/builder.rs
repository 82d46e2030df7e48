//! Making a [`Client`]: the server is all it needs, the rest has a default.

use super::{Client, Inner};
use crate::{
    Clock, Error, MemoryStore, NetTransport, SavedSession, SessionStore, Status, Store,
    SystemClock, TokenProvider, Transport,
    http::Http,
    journal::Journal,
    outbox::Outbox,
    session::{Provided, Sessions},
    shared::{CatchingUp, Shared},
    signals::Signals,
    sync::Known,
    updates::KEPT,
};
use chat_core::{DisplayName, UserId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;
use url::Url;

/// Makes a [`Client`].
#[must_use = "a builder makes nothing before build()"]
pub struct Builder {
    server: Url,
    session: Option<SavedSession>,
    sessions: Option<Arc<dyn SessionStore>>,
    device_name: Option<String>,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    store: Option<Arc<dyn Store>>,
    provided: Option<Provided>,
}

impl Builder {
    pub(super) fn new(server: Url) -> Self {
        Self {
            server,
            session: None,
            sessions: None,
            device_name: None,
            transport: None,
            clock: None,
            store: None,
            provided: None,
        }
    }

    /// Comes back signed in.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// use chat_client::Client;
    ///
    /// let saved = ann.session().ok_or("nobody is signed in")?;
    /// let client = Client::builder(saved.server.clone()).session(saved).build()?;
    /// client.start();
    /// # Ok(())
    /// # });
    /// ```
    pub fn session(mut self, session: SavedSession) -> Self {
        self.session = Some(session);
        self
    }

    /// Keeps the session across programs; without it, it is gone with the client.
    ///
    /// ```
    /// use chat_client::{Client, SessionFile};
    ///
    /// let server = "https://chat.example.org".parse()?;
    /// let client = Client::builder(server).sessions(SessionFile::at("session.json")).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sessions(mut self, store: impl SessionStore) -> Self {
        self.sessions = Some(Arc::new(store));
        self
    }

    /// Uses tokens that the app makes itself, for this user of its own, instead of a session.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # let token = ann.session().ok_or("nobody is signed in")?.access_token;
    /// use chat_client::{Client, Error, TokenProvider, TokenReason};
    /// use chat_core::{Secret, ShowMe};
    ///
    /// /// Asks the app's own server.
    /// struct Tokens(Secret);
    ///
    /// #[async_trait::async_trait]
    /// impl TokenProvider for Tokens {
    ///     async fn token(&self, reason: TokenReason) -> Result<Secret, Error> {
    ///         println!("asked for a token: {reason:?}");
    ///         Ok(self.0.clone())
    ///     }
    /// }
    ///
    /// let user = ann.me().ok_or("nobody is signed in")?;
    /// let client = Client::builder(ann.server().clone()).token_provider(user, Tokens(token)).build()?;
    /// assert_eq!(client.call(ShowMe {}).await?.user.id, user);
    /// # Ok(())
    /// # });
    /// ```
    pub fn token_provider(mut self, user: UserId, provider: impl TokenProvider) -> Self {
        self.provided = Some(Provided::new(user, Arc::new(provider)));
        self
    }

    /// What the device calls itself in the list of sessions.
    ///
    /// ```
    /// use chat_client::Client;
    ///
    /// let server = "https://chat.example.org".parse()?;
    /// let client = Client::builder(server).device_name("Ann's phone").build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn device_name(mut self, name: impl Into<String>) -> Self {
        self.device_name = Some(name.into());
        self
    }

    /// Another network than the real one.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// use chat_client::{Client, NetTransport, test_kit::Faults};
    /// use chat_core::ShowMe;
    ///
    /// // A network that a test can take away.
    /// let faults = Faults::default();
    /// let transport = faults.program().transport(NetTransport::new()?);
    /// let session = ann.session().ok_or("nobody is signed in")?;
    /// let client = Client::builder(session.server.clone()).session(session).transport(transport).build()?;
    /// faults.set_offline(true);
    /// assert!(client.call(ShowMe {}).await.is_err());
    /// faults.set_offline(false);
    /// client.call(ShowMe {}).await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Another clock than the machine's.
    ///
    /// ```
    /// use chat_client::{Client, test_kit::HeldClock};
    ///
    /// let clock = HeldClock::default();
    /// let client = Client::builder("https://chat.example.org".parse()?).clock(clock.clone()).build()?;
    /// clock.move_by_ms(60_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Keeps what is known and what is queued across programs; without it, both are gone with the client. Such a client is
    /// made by [`Builder::open`].
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_client::{Client, MemoryDisk};
    /// use chat_core::MessageBody;
    ///
    /// let (session, disk) = (ann.session().ok_or("nobody is signed in")?, MemoryDisk::default());
    /// let open = || Client::builder(session.server.clone()).session(session.clone()).store(disk.clone()).open();
    /// let client = open().await?;
    /// client.conversation(group).send(MessageBody::parse("for later")?).kept().await?;
    /// drop(client);
    /// assert_eq!(open().await?.queued().len(), 1);
    /// # Ok(())
    /// # });
    /// ```
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Makes the client, with the last state that its store kept. It connects to nothing yet.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("chat.db");
    /// use chat_client::{Client, SqliteStore};
    ///
    /// let session = ann.session().ok_or("nobody is signed in")?;
    /// let store = SqliteStore::open(&path).await?;
    /// let client = Client::builder(session.server.clone()).session(session).store(store).open().await?;
    /// println!("{} conversations, before any network", client.read(|state| state.conversations().len()));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As for [`Builder::build`]; [`Error::Store`] when the store cannot be read.
    pub async fn open(mut self) -> Result<Client, Error> {
        let Some(store) = self.store.take() else {
            return self.build();
        };
        let (journal, writer) = Journal::new(store);
        let client = self.build_with(journal)?;
        let shared = client.shared();
        tokio::spawn(writer.run(Arc::downgrade(shared)));
        shared.begin(client.me()).await?;
        Ok(client)
    }

    /// Makes the client. It connects to nothing yet, and keeps nothing.
    ///
    /// ```
    /// use chat_client::{Client, Error};
    ///
    /// let client = Client::builder("https://chat.example.org/team".parse()?).build()?;
    /// assert!(client.session().is_none());
    /// let refused = Client::builder("https://ann:secret@chat.example.org".parse()?).build();
    /// assert!(matches!(refused, Err(Error::Invalid(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`] for an address that is not `http` or `https` or has a password in it, for a session of
    /// another server, and for a device name that nobody could read.
    pub fn build(self) -> Result<Client, Error> {
        if self.store.is_some() {
            return Err(Error::Invalid(
                "a client with a store is made by open(), which reads it".into(),
            ));
        }
        self.build_with(Journal::default())
    }

    fn build_with(self, journal: Journal) -> Result<Client, Error> {
        let server = parse_server(self.server)?;
        if let Some(session) = &self.session
            && parse_server(session.server.clone())? != server
        {
            return Err(Error::Invalid(format!(
                "the saved session belongs to another server ({}): sign in to this one",
                session.server
            )));
        }
        let device_name = match self.device_name.map(DisplayName::parse).transpose() {
            Ok(name) => name,
            Err(rule) => return Err(Error::Invalid(format!("the device name {rule}"))),
        };
        let saved = self.session.as_ref().map(|session| session.user_id);
        let store = self
            .sessions
            .unwrap_or_else(|| Arc::new(MemoryStore::default()));
        let transport = match self.transport {
            Some(transport) => transport,
            None => Arc::new(NetTransport::new()?),
        };
        let http = Http {
            server,
            transport,
            clock: self
                .clock
                .unwrap_or_else(|| Arc::new(SystemClock::default())),
            sessions: Sessions::new(self.session, store, self.provided),
        };
        let me = http.sessions.provided_user().or(saved);
        if me.is_none() {
            journal.close();
        }
        let shared = Shared {
            http: Arc::new(http),
            known: Mutex::new(Known::new(me)),
            outbox: Mutex::new(Outbox::default()),
            signals: Mutex::new(Signals::default()),
            drafts: Mutex::default(),
            watches: Mutex::default(),
            uploads: Mutex::new(BTreeMap::new()),
            downloads: Mutex::default(),
            journal,
            skew_ms: std::sync::atomic::AtomicI64::new(0),
            lost: std::sync::atomic::AtomicUsize::new(0),
            wake: Notify::new(),
            hurry: Notify::new(),
            catching_up: CatchingUp::default(),
            hints: watch::Sender::default(),
            status: watch::Sender::new(Status::Idle),
            updates: broadcast::Sender::new(KEPT),
            ended: CancellationToken::new(),
        };
        Ok(Client {
            inner: Arc::new(Inner {
                shared: Arc::new(shared),
                device_name,
                runs: Mutex::default(),
            }),
        })
    }
}

/// An address that calls can be made to: no secrets in it, no query, and one way to write it.
fn parse_server(mut server: Url) -> Result<Url, Error> {
    if !matches!(server.scheme(), "http" | "https") || !server.has_host() {
        return Err(Error::Invalid(
            "the server's address must begin with http:// or https://".into(),
        ));
    }
    if !server.username().is_empty() || server.password().is_some() {
        return Err(Error::Invalid(
            "the server's address must not have a name or password in it: sign in instead".into(),
        ));
    }
    server.set_query(None);
    server.set_fragment(None);
    let path = server.path().trim_end_matches('/').to_owned();
    server.set_path(&path);
    Ok(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_a_server_is_taken() {
        for bad in ["ftp://h", "file:///x", "http://ann:secret@h", "data:,x"] {
            let refused = Client::builder(bad.parse().unwrap()).build();
            assert!(matches!(refused, Err(Error::Invalid(_))), "{bad}");
        }
        for (good, server) in [
            ("http://h", "http://h/"),
            ("https://h/chat/?x=1#y", "https://h/chat"),
        ] {
            let client = Client::builder(good.parse().unwrap()).build().unwrap();
            assert_eq!(client.server().as_str(), server);
        }
    }
}
