//! The handle of a signed-in device: signing in and out, typed calls, what is known, and the connection's life.

mod builder;
mod download;
mod file;
mod hints;
mod named;

pub use builder::Builder;
pub use hints::WakeUp;

use crate::{
    ConversationHandle, Error, Queued, SavedSession, Status, StopReason, Updates, Write,
    connection::run, lock, shared::Shared,
};
use chat_core::{
    ConversationId, DisplayName, Endpoint, Login, Logout, Message, Register, Secret, SignedIn,
    State, UserId,
};
use std::sync::{Arc, Mutex, atomic::Ordering};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// One device of one user. Cheap to clone; the last one that goes takes the connection with it.
///
/// What a client does all the time has a function here or at the [`ConversationHandle`]. Everything else the server can
/// be asked is a type of [`chat_core`], and goes through [`Client::call`]:
///
/// ```no_run
/// # use chat_client::{Client, Error};
/// # use chat_core::{ConversationId, CreateInvite, ListPins};
/// # async fn example(client: Client, conversation_id: ConversationId) -> Result<(), Error> {
/// let invite = client
///     .call(CreateInvite { conversation_id, expires_in_s: Some(86_400), max_uses: None })
///     .await?;
/// let pinned = client.call(ListPins { conversation_id }).await?;
/// println!("{} and {} pinned messages", invite.code, pinned.items.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    device_name: Option<DisplayName>,
    task: Mutex<Option<Task>>,
}

/// The task that runs the connection. It ends when this is dropped.
struct Task {
    handle: JoinHandle<()>,
    stop: DropGuard,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.server().as_str())
            .field("me", &self.me())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Begins to make a client of the server at this address (`http` or `https`, with any path before the server's
    /// own).
    pub fn builder(server: Url) -> Builder {
        Builder::new(server)
    }

    /// The server's address.
    pub fn server(&self) -> &Url {
        &self.shared().http.server
    }

    /// Makes an account and signs it in.
    ///
    /// # Errors
    /// [`Error::Api`] with `taken` or `invalid` among others; [`Error::Network`].
    pub async fn register(&self, mut request: Register) -> Result<SignedIn, Error> {
        if request.device_name.is_none() {
            request.device_name.clone_from(&self.inner.device_name);
        }
        let signed_in = self.call(request).await?;
        self.begin(&signed_in).await?;
        Ok(signed_in)
    }

    /// Signs in with a username or an email address.
    ///
    /// # Errors
    /// [`Error::Api`] with `wrong_credentials` among others; [`Error::Network`].
    pub async fn login(&self, identifier: &str, password: Secret) -> Result<SignedIn, Error> {
        let request = Login {
            identifier: identifier.to_owned(),
            password,
            device_name: self.inner.device_name.clone(),
        };
        let signed_in = self.call(request).await?;
        self.begin(&signed_in).await?;
        Ok(signed_in)
    }

    /// Ends the session of this device, and forgets everything it knew.
    ///
    /// # Errors
    /// [`Error::Network`], and [`Error::Api`] from something in between, when the server could not be told: then the
    /// device is still signed in.
    pub async fn logout(&self) -> Result<(), Error> {
        match self.call(Logout { all: None }).await {
            Ok(_) | Err(Error::SignedOut) => {}
            Err(error) if error.is_foreign() => return Err(error),
            Err(Error::Api(problem)) if problem.status == 401 => {}
            Err(error) => return Err(error),
        }
        self.disconnect().await;
        let turn = self.shared().http.sessions.turn().await;
        if let Some(session) = self.session() {
            self.shared().http.sessions.end(session.session_id);
        }
        drop(turn);
        let wiped = self.shared().journal.keep(vec![Write::Wipe]).kept().await;
        self.shared().begin(None).await?;
        wiped
    }

    /// Makes a typed call over HTTP. A token that has run out is renewed first; however many calls find that out at
    /// once, it is renewed once.
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`] when it is not known whether the call was carried
    /// out; [`Error::Invalid`] for what only a socket can ask, and for what carries a file ([`Client::upload`],
    /// [`Client::download`] and their like do that).
    pub async fn call<E: Endpoint>(&self, request: E) -> Result<E::Reply, Error> {
        self.alive()?;
        let reply = self.shared().http.call(&request);
        drop(request);
        reply.await
    }

    /// The session as it is now, to be kept and come back to.
    pub fn session(&self) -> Option<SavedSession> {
        self.shared().http.sessions.saved()
    }

    /// Who is signed in.
    pub fn me(&self) -> Option<UserId> {
        let sessions = &self.shared().http.sessions;
        let provided = sessions.provided_user();
        provided.or_else(|| self.session().map(|session| session.user_id))
    }

    /// Connects, catches up and stays connected, in a task of its own. Does nothing while it runs already.
    ///
    /// # Panics
    /// Outside of a tokio runtime, like [`tokio::spawn`].
    pub fn start(&self) {
        if self.shared().ended.is_cancelled() {
            return;
        }
        let mut task = lock(&self.inner.task);
        if task.as_ref().is_some_and(|task| !task.handle.is_finished()) {
            return;
        }
        // Before the task says so itself: what is sent from now on waits for it, however the last one ended.
        self.shared().set_status(Status::Connecting { attempt: 1 });
        let stop = CancellationToken::new();
        let run = run::Run::new(Arc::clone(self.shared()));
        *task = Some(Task {
            handle: tokio::spawn(run.run(stop.clone())),
            stop: stop.drop_guard(),
        });
    }

    /// Lets the connection go, if there is one. What is known and what is not sent yet stays; [`Client::start`] begins
    /// again.
    pub async fn disconnect(&self) {
        let task = lock(&self.inner.task).take();
        if let Some(Task { handle, stop }) = task {
            drop(stop);
            // An error means that it panicked: it is over, too.
            handle.await.ok();
        }
    }

    /// Ends the connection and the updates, for good.
    pub async fn shutdown(&self) {
        self.disconnect().await;
        self.shared().set_status(Status::Stopped {
            reason: StopReason::ShutDown,
        });
        self.shared().ended.cancel();
        self.shared().release();
        self.shared().journal.flushed().await;
    }

    /// How the connection is doing, now and from now on.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.shared().status.subscribe()
    }

    /// Says that the network may be back, or another: a waiting client tries at once, a connected one makes sure that
    /// it still is.
    pub fn reconnect_now(&self) {
        self.shared().hurry.notify_one();
    }

    /// Reads what is known, without waiting. The state of nobody, and empty, before a sign-in. Keep it short: nothing
    /// changes meanwhile.
    pub fn read<R>(&self, read: impl FnOnce(&State) -> R) -> R {
        self.shared().read(read)
    }

    /// What changes from now on. Read what is known after this call, and no change is missed.
    pub fn updates(&self) -> Updates {
        let shared = self.shared();
        Updates::new(shared.updates.subscribe(), shared.ended.clone())
    }

    /// Everything that is queued and not confirmed by the server, in its order within each conversation.
    pub fn queued(&self) -> Vec<Queued> {
        lock(&self.shared().outbox).all().cloned().collect()
    }

    /// How many queued things were lost with a file that could not be used any more, or with another user's outbox.
    pub fn lost(&self) -> usize {
        self.shared().lost.load(Ordering::Relaxed)
    }

    /// Looks for messages that have all of these words in them among those that are kept on this device, newest first. The
    /// server can be asked for all there are: [`SearchMessages`](chat_core::SearchMessages) with [`Client::call`].
    ///
    /// # Errors
    /// [`Error::Store`] when the store cannot be read.
    pub async fn search_kept(
        &self,
        text: &str,
        within: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Message>, Error> {
        let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
        let Some(store) = self.shared().journal.store().filter(|_| !words.is_empty()) else {
            return Ok(Vec::new());
        };
        self.shared().journal.flushed().await;
        let found = store.search(&words, within, limit).await?;
        let now = self.shared().server_now();
        let is_over = |message: &Message| message.expires_at.is_some_and(|until| until <= now);
        Ok(found
            .into_iter()
            .filter(|message| !is_over(message))
            .collect())
    }

    /// The handle of a conversation, whether or not it is known yet.
    pub fn conversation(&self, id: ConversationId) -> ConversationHandle {
        ConversationHandle::new(Arc::clone(self.shared()), id)
    }

    /// Watches the presence of these users (at most 500) instead of any that were named here before; remembered across
    /// connections. What is on the screen of a list or timeline is watched besides.
    pub fn watch_presence(&self, users: Vec<UserId>) {
        self.shared().watch(0, users);
    }

    /// Says whether this device is in use: others see its user online or away. It is in use until it says otherwise.
    pub fn set_active(&self, is_active: bool) {
        lock(&self.shared().signals).active(is_active);
        self.shared().wake.notify_one();
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.inner.shared
    }

    /// Nothing is asked any more once the client was shut down.
    fn alive(&self) -> Result<(), Error> {
        match self.shared().ended.is_cancelled() {
            true => Err(Error::Stopped),
            false => Ok(()),
        }
    }

    /// Takes a new session. What was known about another user is forgotten; a connection that runs begins anew.
    async fn begin(&self, signed_in: &SignedIn) -> Result<(), Error> {
        let was_running = lock(&self.inner.task)
            .as_ref()
            .is_some_and(|task| !task.handle.is_finished());
        self.disconnect().await;
        let http = &self.shared().http;
        let turn = http.sessions.turn().await;
        http.sessions
            .begin(&http.server, signed_in, http.clock.now());
        drop(turn);
        let me = signed_in.user.user.id;
        if self.read(State::me) != me {
            self.shared().begin(Some(me)).await?;
        }
        if was_running {
            self.start();
        } else if !self.shared().ended.is_cancelled() {
            // Why the last connection was given up is of no interest any more.
            self.shared().set_status(Status::Idle);
        }
        Ok(())
    }
}
