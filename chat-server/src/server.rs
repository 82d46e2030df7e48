//! The server as an embedder sees it: build it, mount it or run it.

mod heads;
mod pump;
mod together;
mod upkeep;

use crate::{
    App, Config, Error, Examination, Hooks, Host,
    auth::{KeyPlace, KeyRing, Lookout, Passwords, Tickets, Tokens},
    clock::{Clock, Random, SystemClock},
    examine,
    hooks::NoHooks,
    http,
    limit::Limiter,
    mail::Mailer,
    media::{Media, link::Links},
    search::Search,
    serve,
    store::{self, Db, NewEpochs, Purpose},
    telemetry::Metrics,
    tls::Tls,
    user,
    writer::Writer,
};
use axum::{Router, body::Body, extract::Request, http::Response};
use chat_core::Timestamp;
use std::{
    convert::Infallible,
    future::Future,
    io,
    path::Path,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};
use together::Together;
use tokio::{
    net::TcpListener,
    sync::{Notify, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

/// Sockets that may be waited on to say who they are.
const STRANGERS_MOST: usize = 1_000;

/// A complete chat server. Cheap to clone; all clones are the same server.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use chat_server::ChatServer;
///
/// let chat = ChatServer::builder().database("sqlite::memory:").build().await?;
/// let app = axum::Router::new().nest("/chat", chat.router());
/// # drop(app);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ChatServer {
    pub(crate) app: Arc<App>,
    pub(crate) tls: Option<Arc<Tls>>,
    router: Router,
}

/// Makes a [`ChatServer`].
#[derive(Default)]
#[must_use]
pub struct Builder {
    config: Config,
    hooks: Option<Arc<dyn Hooks>>,
    clock: Option<Arc<dyn Clock>>,
    without_files: bool,
}

impl Builder {
    /// All settings at once.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// The database: `sqlite://FILE`, `postgres://USER@HOST/DATABASE`, or `sqlite::memory:` for one that is gone with the
    /// process.
    pub fn database(mut self, address: impl Into<String>) -> Self {
        self.config.database = address.into();
        self
    }

    /// What the embedding program decides itself: who its users are, what may be sent, what it wants to hear.
    pub fn hooks(mut self, hooks: impl Hooks) -> Self {
        self.hooks = Some(Arc::new(hooks));
        self
    }

    /// Another clock than the machine's, for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Leaves the files alone: none is taken, and none cleared away. For programs that look after a database from wherever
    /// they run, and need not be where its files are.
    pub fn without_files(mut self) -> Self {
        self.without_files = true;
        self
    }

    /// Opens the database, brings it up to date, and starts the server's own tasks. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Config`], [`Error::Database`], [`Error::Keys`] or [`Error::Files`], each saying what to do.
    pub async fn build(self) -> Result<ChatServer, Error> {
        let (config, with_files) = (self.config, !self.without_files);
        config.check()?;
        config.warn();
        let (tls, random) = (Tls::open(&config.tls)?, Random::from_system());
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let db = Db::open(&config, clock.clone()).await?;
        let media = media(&config, &db, &random, with_files).await?;
        let (key_place, keys) = keys(&config, &db, &random).await?;
        let (links, tickets) = (Links::new(&keys), Arc::new(Tickets::new(&keys)));
        let metrics = Arc::new(Metrics::new());
        let together = Together::new(&config, &db, &metrics, &keys, random.word()).await?;
        let tokens = Arc::new(tokens(keys, &config, &db, clock.now()).await?);
        let hooks = self.hooks.unwrap_or_else(|| Arc::new(NoHooks));
        let erased = Arc::new(Notify::new());
        let mailer = Mailer::new(&config.mail, clock.clone(), metrics.clone())?;
        let others = together.redis.clone();
        let limiter = Limiter::new(&config.limits, clock.clone(), metrics.clone(), others);
        let (bus, missed) = (together.bus, together.missed);
        let app = Arc::new(App {
            mailer: Arc::new(mailer),
            deletions: Arc::default(),
            writer: Writer::start(db.clone(), bus.clone(), metrics.clone(), missed),
            passwords: Passwords::new()?,
            tickets,
            keys: Lookout::new(key_place),
            media,
            links,
            limiter: Arc::new(limiter),
            strangers: Arc::new(Semaphore::new(STRANGERS_MOST)),
            tasks: TaskTracker::new(),
            draining: CancellationToken::new(),
            started_at: clock.now(),
            bound: OnceLock::new(),
            config,
            db,
            bus,
            hub: together.hub,
            redis: together.redis,
            elsewhere: together.elsewhere,
            recent: together.recent,
            clock,
            random,
            hooks,
            tokens,
            metrics,
            search: Arc::new(Search::new()),
        });
        together.ends.start(&app, erased.clone());
        user::fill_names(&app).await?;
        upkeep::start(&app, erased, with_files);
        let router = http::router(&app);
        Ok(ChatServer { app, tls, router })
    }
}

/// The keys, and where they are looked for again.
async fn keys(config: &Config, db: &Db, random: &Random) -> Result<(KeyPlace, KeyRing), Error> {
    let place = KeyPlace::of(config);
    let keys = place.open(db, random).await?;
    Ok((place, keys))
}

/// The files; where they are wanted, in the place of this database.
async fn media(config: &Config, db: &Db, random: &Random, wanted: bool) -> Result<Media, Error> {
    let media = Media::open(config, wanted)?;
    if wanted && !media.settle(db, config, random).await? {
        tracing::warn!("the file storage does not answer; no file is taken until it does");
    }
    Ok(media)
}

/// The access tokens, without those whose sessions have ended.
async fn tokens(keys: KeyRing, config: &Config, db: &Db, now: Timestamp) -> Result<Tokens, Error> {
    let tokens = Tokens::new(keys);
    let since = heads::ended_since(config, now);
    let ended = store::session::ended(&mut db.read().await?, None, since).await?;
    tokens.end(
        &ended,
        now.plus_ms(i64::from(config.access_token_s) * 1_000),
    );
    Ok(tokens)
}

impl ChatServer {
    /// Begins with the defaults: see [`Config`].
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The routes, to mount in an axum program, at the root or under any prefix. Give it the peers' addresses with
    /// `into_make_service_with_connect_info::<SocketAddr>()`, or all callers share one set of limits.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// The same as a tower service, for plain hyper (serve its connections `with_upgrades`) or any tower stack.
    pub fn service(&self) -> ChatService {
        ChatService {
            router: self.router.clone(),
        }
    }

    /// Calls from inside the program: as any user, without limits, and all events.
    pub fn host(&self) -> Host {
        Host::new(self.app.clone())
    }

    /// Serves connections until `shutdown` is done. Then no new ones are taken, each socket is told its own moment to
    /// come back, and what is under way is finished.
    ///
    /// # Errors
    /// When the listener cannot be used at all.
    pub async fn run(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> io::Result<()> {
        if self.app.bound.set(listener.local_addr()?).is_err() {
            tracing::debug!("it listens at another address, too; links lead to the first one");
        }
        serve::until(self, listener, shutdown).await?;
        self.close().await;
        Ok(())
    }

    /// Serves nothing but a socket in the file system until `shutdown` is done: for programs that look after a database
    /// themselves. It is closed to everybody but root and the user of this process, who speak for any account.
    ///
    /// # Errors
    /// When the socket cannot be made there.
    pub async fn run_local(
        &self,
        path: &Path,
        shutdown: impl Future<Output = ()>,
    ) -> io::Result<()> {
        serve::local_until(self, path, shutdown).await?;
        self.close().await;
        Ok(())
    }

    async fn close(&self) {
        self.leave().await;
        self.app.mailer.drain().await;
        self.app.db.close().await;
    }

    /// Takes no more sockets, and tells those that are open when to come back. [`ChatServer::run`] does this by itself;
    /// a program that serves the routes in its own way calls it before it stops.
    pub fn drain(&self) {
        self.app.draining.cancel();
        self.app
            .hub
            .go_away(self.app.config.shutdown_spread_ms, || {
                self.app.random.word()
            });
    }

    /// Sockets that are open now.
    pub fn sockets(&self) -> usize {
        self.app.hub.sockets()
    }

    /// Waits until every socket has said goodbye, after [`ChatServer::drain`], and a little for mails that were still to be
    /// sent. Other processes know then that this one has gone.
    pub async fn sockets_gone(&self) {
        self.app.tasks.close();
        self.app.tasks.wait().await;
        self.leave().await;
        self.app.mailer.drain().await;
    }

    /// Says goodbye to the other processes.
    async fn leave(&self) {
        if let Some(elsewhere) = &self.app.elsewhere {
            let config = &self.app.config;
            let ms = u64::from(config.shutdown_spread_ms) + u64::from(config.presence_grace_ms);
            elsewhere
                .leave(Duration::from_millis(ms), self.app.now())
                .await;
        }
    }

    /// The settings it was built with.
    pub fn config(&self) -> &Config {
        &self.app.config
    }

    /// Makes a new key to sign access tokens with, and says from when on it does. Until then every server has heard of it;
    /// tokens of the keys before it hold until they run out. Where a new key waits for its time already, it is that one.
    ///
    /// # Errors
    /// [`Error::Config`] where keys are only in memory, [`Error::Keys`] or [`Error::Database`] where what they are in cannot
    /// be used.
    pub async fn rotate_keys(config: &Config) -> Result<Timestamp, Error> {
        config.check()?;
        let (random, now) = (Random::from_system(), SystemClock.now());
        KeyPlace::of(config).rotate(config, &random, now).await
    }

    /// Looks at what stands behind settings: the database, Redis, the certificate. Starts and changes nothing.
    ///
    /// # Errors
    /// [`Error::Config`] for settings that could not work.
    pub async fn examine(config: &Config) -> Result<Examination, Error> {
        examine::examine(config).await
    }

    /// Makes the place that the settings name the one for the files of the database: after they were moved there without
    /// the object `mark`, or when they are lost and it should go on without them.
    ///
    /// # Errors
    /// [`Error::Config`] or [`Error::Database`], or that the store does not answer.
    pub async fn adopt_files(config: &Config) -> Result<(), Error> {
        config.check()?;
        let media = Media::open(config, true)?;
        let db = Db::open(config, Arc::new(SystemClock)).await?;
        let adopted = media.adopt(&db, &Random::from_system()).await;
        db.close().await;
        adopted
    }

    /// Gives every conversation and every inbox another life, after the database was put back to an older state: clients
    /// begin anew then, instead of missing what is said under numbers that they know. The installation gets another name
    /// where it shares a Redis. No server may run on it.
    ///
    /// # Errors
    /// [`Error::Config`] or [`Error::Database`], also where a server runs.
    pub async fn renew_epochs(config: &Config) -> Result<NewEpochs, Error> {
        config.check()?;
        let db = Db::open_for(Purpose::Alone, config, Arc::new(SystemClock)).await?;
        let renewed = async {
            let (mut conn, random) = (db.begin().await?, Random::from_system());
            let renewed = store::epoch::renew(&mut conn, random.word()).await?;
            store::installation::rename(&mut conn, random.word()).await?;
            conn.commit().await?;
            Ok(renewed)
        };
        let renewed = renewed.await;
        db.close().await;
        renewed
    }
}

/// A [`ChatServer`] as a tower service.
#[derive(Clone)]
pub struct ChatService {
    router: Router,
}

impl<B> Service<axum::http::Request<B>> for ChatService
where
    B: axum::body::HttpBody<Data = axum::body::Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: axum::http::Request<B>) -> Self::Future {
        let request: Request = request.map(Body::new);
        Box::pin(Service::call(&mut self.router, request))
    }
}
