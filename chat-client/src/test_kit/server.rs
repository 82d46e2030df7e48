//! A real server in the same process, on threads and a port of its own and with a database in a file of its own, all gone
//! with it. A paused runtime is not its own: it goes by the machine's clock, or by a held one.

use super::HeldClock;
use crate::{Client, SavedSession, lock};
use chat_core::{ConversationId, SignedIn, Timestamp, UserId, UserRole, Username};
use chat_server::{ChatServer, Clock, Config, NewUser, SystemClock};
use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    sync::oneshot,
    task::JoinHandle,
};
use url::Url;

/// Its threads end within this time.
const END: Duration = Duration::from_secs(30);

/// A running server.
///
/// ```
/// use chat_client::{Status, test_kit::{TestServer, online, status}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let server = TestServer::start().await;
/// let ann = server.client("ann").await;
/// online(&ann).await;
///
/// let stopped = server.kill().await;
/// status(&ann, |status| *status != Status::Online).await;
///
/// // The same people and messages, at the same address.
/// let _server = stopped.start().await;
/// ann.reconnect_now();
/// online(&ann).await;
/// # }
/// ```
pub struct TestServer {
    place: Place,
    chat: ChatServer,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
    threads: Threads,
}

/// A server that does not run: where it was, and everything that was said there.
pub struct StoppedServer {
    place: Place,
}

/// What it runs on. Letting go of it ends everything there.
struct Threads(Option<Runtime>);

struct Place {
    address: SocketAddr,
    config: Config,
    clock: Option<HeldClock>,
    people: Mutex<BTreeMap<String, UserId>>,
    /// Holds the database for as long as it is needed.
    _directory: Arc<TempDir>,
}

impl std::fmt::Debug for TestServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TestServer")
            .field(&self.place.address)
            .finish()
    }
}

impl std::fmt::Debug for StoppedServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StoppedServer")
            .field(&self.place.address)
            .finish()
    }
}

impl TestServer {
    /// One on a free port, with a database in which is nothing.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use chat_client::test_kit::{TestServer, online};
    ///
    /// let server = TestServer::start().await;
    /// let ann = server.client("ann").await;
    /// online(&ann).await;
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    /// When there is no place for its files, or it does not start.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// One with other settings.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use chat_client::test_kit::TestServer;
    ///
    /// let server = TestServer::with(|config| config.presence_grace_ms = 0).await;
    /// println!("{}", server.url());
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    /// As for [`TestServer::start`].
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::at(change, None).await
    }

    /// One whose clock the test holds.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use chat_client::test_kit::{HeldClock, TestServer};
    ///
    /// let clock = HeldClock::default();
    /// let server = TestServer::held(&clock).await;
    /// // A day goes by for the server and its people.
    /// clock.move_by_ms(86_400_000);
    /// # drop(server);
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    /// As for [`TestServer::start`].
    pub async fn held(clock: &HeldClock) -> Self {
        Self::at(|_| {}, Some(clock.clone())).await
    }

    async fn at(change: impl FnOnce(&mut Config), clock: Option<HeldClock>) -> Self {
        let directory = TempDir::new().expect("a temporary directory can be made");
        let mut config = settings(directory.path());
        change(&mut config);
        let place = Place {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            config,
            clock,
            people: Mutex::default(),
            _directory: Arc::new(directory),
        };
        StoppedServer { place }.start().await
    }

    /// Its address, as clients need it.
    pub fn url(&self) -> Url {
        self.place.url()
    }

    /// The server itself: calls from inside the program, and all events.
    pub fn chat(&self) -> &ChatServer {
        &self.chat
    }

    /// A session of somebody, on another device each time; their account is made when there is none. It has no password,
    /// which would cost time.
    ///
    /// # Panics
    /// When the name is no username.
    pub async fn session(&self, name: &str) -> SavedSession {
        let host = self.chat.host();
        let known = lock(&self.place.people).get(name).copied();
        let user = match known {
            Some(user) => user,
            None => {
                let new = NewUser {
                    username: Username::parse(name).expect("a good username"),
                    email: None,
                    password: None,
                    display_name: None,
                    role: UserRole::User,
                };
                let me = host.create_user(new).await.expect("the name is free");
                lock(&self.place.people).insert(name.to_owned(), me.user.id);
                me.user.id
            }
        };
        let signed_in = host.session(user, Some("test kit")).await;
        let signed_in: SignedIn = signed_in.expect("the user is there");
        SavedSession::new(self.url(), &signed_in, self.now())
    }

    /// A client of somebody: another device each time, not started yet.
    ///
    /// # Panics
    /// As for [`TestServer::session`].
    pub async fn client(&self, name: &str) -> Client {
        let mut builder = Client::builder(self.url()).session(self.session(name).await);
        if let Some(clock) = &self.place.clock {
            builder = builder.clock(clock.clone());
        }
        builder.build().expect("a plain client builds")
    }

    /// A group of these people, opened by the first.
    ///
    /// # Panics
    /// Without anybody, and when one of them is not signed in.
    pub async fn group(&self, people: &[&Client]) -> ConversationId {
        let (owner, others) = people.split_first().expect("somebody opens it");
        let others = others.iter().map(|other| other.me().expect("signed in"));
        super::group(owner, &others.collect::<Vec<_>>()).await
    }

    /// Ends it as an operator would, and waits until it has ended.
    ///
    /// # Panics
    /// When it does not end well.
    pub async fn stop(self) -> StoppedServer {
        self.stop.send(()).expect("it runs");
        let ended = self.task.await.expect("it does not panic");
        ended.expect("it ends well");
        StoppedServer { place: self.place }
    }

    /// Lets go of it in the middle of whatever it does: nothing is finished, nobody is told, and all connections are gone.
    ///
    /// # Panics
    /// When one of its threads does not end.
    pub async fn kill(mut self) -> StoppedServer {
        let threads = self.threads.0.take().expect("it runs");
        let end = move || threads.shutdown_timeout(END);
        let ended = tokio::task::spawn_blocking(end).await;
        ended.expect("its threads end");
        StoppedServer { place: self.place }
    }

    fn now(&self) -> Timestamp {
        match &self.place.clock {
            Some(clock) => Clock::now(clock),
            None => SystemClock.now(),
        }
    }
}

impl StoppedServer {
    /// Where it was, and where nobody listens now.
    pub fn url(&self) -> Url {
        self.place.url()
    }

    /// Starts it again, at the same address and with everything that was there.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(self) -> TestServer {
        let mut place = self.place;
        let mut builder = ChatServer::builder().config(place.config.clone());
        if let Some(clock) = &place.clock {
            builder = builder.clock(Arc::new(clock.clone()));
        }
        let threads = Threads::begin();
        let wanted = place.address;
        let begun = threads.spawn(async move {
            let chat = builder.build().await.expect("the server builds");
            let running = serve(&chat, wanted).await;
            (chat, running)
        });
        let (chat, (address, stop, task)) = begun.await.expect("the server starts");
        place.address = address;
        TestServer {
            place,
            chat,
            stop,
            task,
            threads,
        }
    }
}

impl Threads {
    fn begin() -> Self {
        let mut builder = Builder::new_multi_thread();
        let builder = builder.worker_threads(1).thread_name("test server");
        let runtime = builder.enable_all().build();
        Self(Some(runtime.expect("a thread can be started")))
    }

    fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.0.as_ref().expect("they run").spawn(work)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // It may be let go of inside of another runtime, where nothing may block.
            runtime.shutdown_background();
        }
    }
}

impl Place {
    fn url(&self) -> Url {
        let url = format!("http://{}/", self.address);
        url.parse().expect("a bound address is a good one")
    }
}

/// Settings under which nothing has to be waited for: no rate that a test reaches, and no grace. The database and the files
/// are in this directory.
pub fn settings(directory: &Path) -> Config {
    let mut config = Config {
        presence_grace_ms: 20,
        shutdown_spread_ms: 1_000,
        database: format!("sqlite://{}", directory.join("chat.db").display()),
        ..Config::default()
    };
    config.media.store = Some(directory.join("chat.db.media").display().to_string());
    let limits = &mut config.limits;
    for figure in [
        &mut limits.sends_per_minute,
        &mut limits.calls_per_minute,
        &mut limits.anonymous_calls_per_minute,
        &mut limits.conversation_sends_per_minute,
        &mut limits.reads_per_minute,
        &mut limits.searches_per_minute,
        &mut limits.uploads_per_minute,
        &mut limits.downloads_per_minute,
    ] {
        *figure = 1_000_000;
    }
    config
}

/// Runs a server at an address (port 0: a free one), until it is told to stop.
///
/// # Panics
/// When nobody may listen there.
pub async fn serve(
    chat: &ChatServer,
    address: SocketAddr,
) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<io::Result<()>>) {
    let listener = TcpListener::bind(address).await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let chat = chat.clone();
    let task = tokio::spawn(async move {
        let shutdown = async { stopped.await.unwrap_or_default() };
        chat.run(listener, shutdown).await
    });
    (address, stop, task)
}
