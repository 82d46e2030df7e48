//! The handle of a signed-in device: typed calls and the connection's life. Signing in and out, what is known, files and
//! what a phone knows of its network have files of their own.

mod builder;
mod download;
mod file;
mod find;
mod hints;
mod known;
mod named;
mod signing;

pub use builder::Builder;
pub use hints::WakeUp;

use crate::{
    ConversationHandle, Error, SavedSession, Status, StopReason, connection::run, lock,
    shared::Shared,
};
use chat_core::{ConversationId, DisplayName, Endpoint, UserId};
use std::sync::{Arc, Mutex};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// One device of one user. Cheap to clone; the last one that goes takes the connection with it.
///
/// What a client does all the time has a function here or at the [`ConversationHandle`]. Everything else the server can
/// be asked is a type of [`chat_core`], and goes through [`Client::call`]:
///
/// ```
/// # chat_client::test_kit::between_two(async |ann, _, group| {
/// use chat_core::{CreateInvite, ListPins};
///
/// let invite = CreateInvite { conversation_id: group, expires_in_s: Some(86_400), max_uses: None };
/// let invite = ann.call(invite).await?;
/// let pinned = ann.call(ListPins { conversation_id: group }).await?;
/// println!("{} and {} pinned messages", invite.code, pinned.items.len());
/// # Ok(())
/// # });
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    device_name: Option<DisplayName>,
    runs: Mutex<Runs>,
}

/// Who wants the connection, and the task that runs it.
#[derive(Default)]
struct Runs {
    task: Option<Task>,
    /// The app has started it and not let go of it.
    is_wanted: bool,
    /// Short wake-ups that go on.
    wake_ups: usize,
    /// The end of the task that was begun last. The next one waits for it: two at once would undo each other's work.
    last: Option<CancellationToken>,
    /// The client was shut down, or is about to be: nothing is begun any more.
    is_over: bool,
}

impl Runs {
    fn is_running(&self) -> bool {
        let task = self.task.as_ref();
        task.is_some_and(|task| !task.handle.is_finished())
    }

    /// Whether it runs because the app wants it to.
    fn is_kept(&self) -> bool {
        self.is_wanted && self.is_running()
    }

    /// The app does not want it any more.
    fn let_go(&mut self) -> Option<Task> {
        self.is_wanted = false;
        self.task.take()
    }
}

/// The task that runs the connection. It ends when this is dropped.
struct Task {
    handle: JoinHandle<()>,
    stop: DropGuard,
}

impl Task {
    async fn end(self) {
        drop(self.stop);
        // An error means that it panicked: it is over, too.
        self.handle.await.ok();
    }
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
    ///
    /// ```
    /// use chat_client::Client;
    ///
    /// let client = Client::builder("https://chat.example.org".parse()?).device_name("my phone").build()?;
    /// assert_eq!(client.server().as_str(), "https://chat.example.org/");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(server: Url) -> Builder {
        Builder::new(server)
    }

    /// The server's address.
    pub fn server(&self) -> &Url {
        &self.shared().http.server
    }

    /// Makes a typed call over HTTP. A token that has run out is renewed first; however many calls find that out at
    /// once, it is renewed once.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// use chat_core::ShowMe;
    ///
    /// assert_eq!(ann.call(ShowMe {}).await?.user.username, "ann");
    /// # Ok(())
    /// # });
    /// ```
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
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// use chat_client::Client;
    ///
    /// let session = ann.session().ok_or("nobody is signed in")?;
    /// // Later, perhaps in another program:
    /// let again = Client::builder(session.server.clone()).session(session).build()?;
    /// assert_eq!(again.me(), ann.me());
    /// # Ok(())
    /// # });
    /// ```
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
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # ann.disconnect().await;
    /// use chat_client::Status;
    ///
    /// ann.start();
    /// ann.status().wait_for(|status| *status == Status::Online).await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Panics
    /// Outside of a tokio runtime, like [`tokio::spawn`].
    pub fn start(&self) {
        let mut runs = lock(&self.inner.runs);
        if runs.is_over {
            return;
        }
        self.run(&mut runs);
        runs.is_wanted = true;
    }

    /// Runs the connection, unless it runs.
    fn run(&self, runs: &mut Runs) {
        // One that was given up has some steps left until it ends; nobody is connected by it any more.
        let is_given_up = matches!(*self.shared().status.borrow(), Status::Stopped { .. });
        if runs.is_over || (runs.is_running() && !is_given_up) {
            return;
        }
        // Before the task says so itself: what is sent from now on waits for it, however the last one ended.
        self.shared().set_status(Status::Connecting { attempt: 1 });
        let stop = CancellationToken::new();
        let run = run::Run::new(Arc::clone(self.shared()));
        let over = CancellationToken::new();
        let before = runs.last.replace(over.clone());
        let (is_over, told) = (over.drop_guard(), stop.clone());
        let handle = tokio::spawn(async move {
            let _is_over = is_over;
            if let Some(before) = before {
                before.cancelled().await;
            }
            run.run(told).await;
        });
        runs.task = Some(Task {
            handle,
            stop: stop.drop_guard(),
        });
        // Whoever wanted the last one was told that it was given up.
        runs.is_wanted = false;
    }

    /// Lets the connection go, if there is one. What is known and what is not sent yet stays; [`Client::start`] begins
    /// again.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, group| {
    /// use chat_core::MessageBody;
    ///
    /// ann.disconnect().await;
    /// let ticket = ann.conversation(group).send(MessageBody::parse("for later")?);
    /// ann.start();
    /// ticket.stored().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub async fn disconnect(&self) {
        let task = lock(&self.inner.runs).let_go();
        if let Some(task) = task {
            task.end().await;
        }
    }

    /// Ends the connection and the updates, for good.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// use chat_client::{Error, Status};
    ///
    /// let mut updates = ann.updates();
    /// ann.shutdown().await;
    /// while updates.next().await.is_some() {}
    /// assert!(matches!(*ann.status().borrow(), Status::Stopped { .. }));
    /// assert!(matches!(ann.call(chat_core::ShowMe {}).await, Err(Error::Stopped)));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn shutdown(&self) {
        lock(&self.inner.runs).is_over = true;
        self.disconnect().await;
        self.shared().set_status(Status::Stopped {
            reason: StopReason::ShutDown,
        });
        self.shared().ended.cancel();
        // Who is queueing something at this moment has handed it in behind this, and it is flushed; nobody else does.
        drop(lock(&self.shared().known));
        self.shared().release();
        self.shared().journal.flushed().await;
        self.shared().http.transport.settled().await;
    }

    /// How the connection is doing, now and from now on.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// let mut status = ann.status();
    /// println!("{}", *status.borrow_and_update());
    /// ann.disconnect().await;
    /// status.changed().await?;
    /// println!("{}", *status.borrow());
    /// # Ok(())
    /// # });
    /// ```
    pub fn status(&self) -> watch::Receiver<Status> {
        self.shared().status.subscribe()
    }

    /// Says that the network may be back, or another: a waiting client tries at once, a connected one makes sure that
    /// it still is.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// use chat_client::Status;
    ///
    /// // The user pulls the list down.
    /// ann.reconnect_now();
    /// ann.status().wait_for(|status| *status == Status::Online).await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn reconnect_now(&self) {
        self.shared().hurry.notify_one();
    }

    /// The handle of a conversation, whether or not it is known yet.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_core::MessageBody;
    ///
    /// let here = ann.conversation(group);
    /// here.send(MessageBody::parse("hello")?);
    /// # Ok(())
    /// # });
    /// ```
    pub fn conversation(&self, id: ConversationId) -> ConversationHandle {
        ConversationHandle::new(Arc::clone(self.shared()), id)
    }

    /// Watches the presence of these users (at most 500) instead of any that were named here before; remembered across
    /// connections. What is on the screen of a list or timeline is watched besides.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, _| {
    /// # use chat_client::test_kit::knows;
    /// use chat_core::PresenceState;
    ///
    /// let ann_id = ann.me().ok_or("nobody is signed in")?;
    /// ben.watch_presence(vec![ann_id]);
    /// let is_here = |state: &chat_core::State| Some(state.presence(ann_id)?.state == PresenceState::Online);
    /// # knows(&ben, "ann is here", |state| is_here(state).filter(|is_here| *is_here)).await;
    /// assert_eq!(ben.read(is_here), Some(true));
    /// # Ok(())
    /// # });
    /// ```
    pub fn watch_presence(&self, users: Vec<UserId>) {
        self.shared().watch(0, users);
    }

    /// Says whether this device is in use: others see its user online or away. It is in use until it says otherwise.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, _| {
    /// # use chat_client::test_kit::knows;
    /// # use chat_core::PresenceState;
    /// let ann_id = ann.me().ok_or("nobody is signed in")?;
    /// ben.watch_presence(vec![ann_id]);
    /// ann.set_active(false);
    /// # knows(&ben, "ann is away", |state| (state.presence(ann_id)?.state == PresenceState::Away).then_some(())).await;
    /// # Ok(())
    /// # });
    /// ```
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
}
