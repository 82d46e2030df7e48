//! A server of its own for each story: in this process, on a port of its own, with a database of its own.

use crate::{Answer, Database, Door, Person, TrafficLog, kit::fresh::Fresh, within};
use chat_client::test_kit;
use chat_core::{DisplayName, UserRole, Username};
use chat_server::{Builder, ChatServer, Clock, Config, Host, NewUser};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

/// What a server is made from; keeps the database when the server is gone.
#[derive(Clone)]
pub struct Setup {
    /// The settings. Limits on rates are high: only stories about limits meet them.
    pub config: Config,
    /// Another clock than the machine's.
    pub clock: Option<Arc<dyn Clock>>,
    /// What else the builder is given, such as hooks.
    pub extra: Option<fn(Builder) -> Builder>,
    database: Arc<Fresh>,
    directory: Arc<TempDir>,
}

impl Setup {
    /// A fresh database, and settings under which nothing has to be waited for.
    ///
    /// # Panics
    /// Without a place for temporary files.
    #[expect(clippy::new_without_default, reason = "it makes a directory")]
    pub fn new() -> Self {
        let directory = Arc::new(TempDir::new().expect("a temporary directory can be made"));
        let mut config = test_kit::settings(directory.path());
        let database = Arc::new(Fresh::in_directory(directory.path()));
        config.database = database.address().to_owned();
        Self {
            config,
            clock: None,
            extra: None,
            database,
            directory,
        }
    }

    /// The same on a database of the server with nothing in it.
    ///
    /// # Panics
    /// Where stories use files.
    pub fn with_empty_database() -> Self {
        Self::on(Fresh::empty())
    }

    /// The same on a database of the server that cannot keep every text.
    ///
    /// # Panics
    /// Where stories use files.
    pub fn with_narrow_database() -> Self {
        Self::on(Fresh::narrow())
    }

    fn on(database: Fresh) -> Self {
        let mut setup = Self::new();
        setup.config.database = database.address().to_owned();
        setup.database = Arc::new(database);
        setup
    }

    /// Starts a server on it.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(self) -> Server {
        let mut builder = ChatServer::builder().config(self.config.clone());
        if let Some(clock) = &self.clock {
            builder = builder.clock(clock.clone());
        }
        if let Some(extra) = self.extra {
            builder = extra(builder);
        }
        let chat = builder.build().await.expect("the server builds");
        let (address, stop, task) = test_kit::serve(&chat, (Ipv4Addr::LOCALHOST, 0).into()).await;
        Server {
            door: Door::new(address, TrafficLog::default()),
            setup: self,
            chat,
            stop,
            task,
        }
    }
}

/// A running server.
pub struct Server {
    /// Where it is reached, by nobody in particular.
    pub door: Door,
    setup: Setup,
    chat: ChatServer,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    /// One with the kit's usual settings.
    pub async fn start() -> Self {
        Setup::new().start().await
    }

    /// One with other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut setup = Setup::new();
        change(&mut setup.config);
        setup.start().await
    }

    /// One whose clock the test holds.
    pub async fn held(clock: &crate::HeldClock, change: impl FnOnce(&mut Config)) -> Self {
        let mut setup = Setup::new();
        setup.clock = Some(Arc::new(clock.clone()));
        change(&mut setup.config);
        setup.start().await
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// The library's own value.
    pub fn chat(&self) -> &ChatServer {
        &self.chat
    }

    /// The door from inside the program.
    pub fn host(&self) -> Host {
        self.chat.host()
    }

    /// A second hand on its database.
    pub async fn database(&self) -> Database {
        Database::open(self.setup.database.address()).await
    }

    /// Where its database is, if that is a file, and what lies beside it in any case.
    pub fn database_file(&self) -> PathBuf {
        self.setup.directory.path().join("chat.db")
    }

    /// Somebody with an account and a session; no password, which would cost time.
    ///
    /// # Panics
    /// When the name is taken or no username.
    pub async fn person(&self, name: &str) -> Person {
        self.person_as(name, UserRole::User).await
    }

    /// Somebody who looks after the server.
    pub async fn admin(&self, name: &str) -> Person {
        self.person_as(name, UserRole::Admin).await
    }

    async fn person_as(&self, name: &str, role: UserRole) -> Person {
        let new = NewUser {
            username: Username::parse(name).expect("a good username"),
            email: None,
            password: None,
            display_name: Some(DisplayName::parse(format!("The {name}")).expect("a good name")),
            role,
        };
        let me = self
            .host()
            .create_user(new)
            .await
            .expect("the name is free");
        let signed_in = self.host().session(me.user.id, Some("kit")).await;
        Person::new(self.door.clone(), &signed_in.expect("the user is there"))
    }

    /// Several of them.
    pub async fn people<const N: usize>(&self, names: [&str; N]) -> [Person; N] {
        let mut people = Vec::with_capacity(N);
        for name in names {
            people.push(self.person(name).await);
        }
        people
            .try_into()
            .unwrap_or_else(|_| unreachable!("one for each name"))
    }

    /// Somebody's second device.
    ///
    /// # Panics
    /// When the user is gone.
    pub async fn another_device(&self, person: &Person) -> Person {
        let signed_in = self.host().session(person.id, Some("another")).await;
        Person::new(self.door.clone(), &signed_in.expect("the user is there"))
    }

    /// A call by nobody.
    pub async fn post(&self, path: &str, body: serde_json::Value) -> Answer {
        self.door.call("POST", path, Some(body)).await
    }

    /// A call by nobody.
    pub async fn get(&self, path: &str) -> Answer {
        self.door.call("GET", path, None).await
    }

    /// Ends it as an operator would, and waits until it has ended. Returns what it can be started from again.
    ///
    /// # Panics
    /// When it does not end well.
    pub async fn stop(self) -> Setup {
        self.stop.send(()).expect("it runs");
        let ended = within("the server ends", self.task).await;
        ended.expect("it does not panic").expect("it ends well");
        self.setup
    }

    /// Begins to end it, and does not wait.
    pub fn begin_to_stop(self) -> JoinHandle<io::Result<()>> {
        self.stop.send(()).expect("it runs");
        self.task
    }

    /// Lets go of it in the middle of whatever it does: nothing is finished, nobody is told.
    pub async fn drop_dead(self) -> Setup {
        self.task.abort();
        // An error is what was asked for.
        let _ = self.task.await;
        self.setup
    }
}
