//! Does what the model asked for, on the client, and tells how it went. What takes time runs in a task, and its outcome
//! comes back as a [`Msg`]; only leaving the program waits.

use super::{
    Effect, ask,
    enter::{Entered, Way, enter, parse_server, resume},
    save,
};
use crate::{Msg, config::Config, store::Sessions};
use chat_client::{Client, NewMessage, SavedSession, Status};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, JoinSet},
};

/// Leaving the program waits so long for what was just sent.
const LAST_SENDS: Duration = Duration::from_secs(2);

/// What comes back.
#[derive(Debug)]
pub enum Outcome {
    /// Something for the model.
    Msg(Msg),
    /// A client that is signed in; which of the tries it was.
    SignedIn(u64, Box<Entered>),
}

/// What was not sent when the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// How much.
    pub count: usize,
    /// Whether it is on the disk, and goes out the next time.
    pub is_kept: bool,
    /// What was to be done and was refused, where nobody looks on.
    pub refused: usize,
}

/// Does what the model asked for.
#[derive(Debug)]
pub struct Performer {
    client: Option<Client>,
    /// Held as long as the client keeps something.
    lock: Option<std::fs::File>,
    sessions: Sessions,
    downloads: Option<PathBuf>,
    outcomes: mpsc::UnboundedSender<Outcome>,
    sends: JoinSet<()>,
    /// Held by everything that is still to be answered.
    asked: Arc<()>,
    /// How many accounts were taken: what one was asked is no answer for the next.
    taken: Arc<AtomicU64>,
    /// How often somebody tried to sign in: what is left for another try, or given up, is not wanted any more.
    tries: u64,
    /// Those that were let go and still write to the disk.
    leaving: Vec<JoinHandle<()>>,
}

impl Performer {
    /// Nobody is signed in yet.
    pub fn new(
        sessions: Sessions,
        config: &Config,
        outcomes: mpsc::UnboundedSender<Outcome>,
    ) -> Self {
        Self {
            client: None,
            lock: None,
            sessions,
            downloads: config.downloads.clone(),
            outcomes,
            sends: JoinSet::new(),
            asked: Arc::new(()),
            taken: Arc::default(),
            tries: 0,
            leaving: Vec::new(),
        }
    }

    /// The client, when somebody is signed in.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// Whether everything that was asked is answered.
    pub(crate) fn is_idle(&self) -> bool {
        Arc::strong_count(&self.asked) == 1
    }

    /// Takes a client that is signed in; the one before is let go.
    pub fn adopt(&mut self, client: Client, lock: Option<std::fs::File>) {
        self.let_go();
        self.taken.fetch_add(1, Ordering::SeqCst);
        client.start();
        self.client = Some(client);
        self.lock = lock;
    }

    /// Whether a sign-in is still wanted.
    pub(crate) fn is_wanted(&self, nth: u64) -> bool {
        self.tries == nth
    }

    /// Lets a client go that is signed in and not wanted any more.
    pub(crate) fn refuse(&mut self, entered: Entered) {
        let Entered { client, lock, .. } = entered;
        self.leave(client, lock);
    }

    fn leave(&mut self, client: Client, lock: Option<std::fs::File>) {
        self.leaving.push(tokio::spawn(async move {
            client.shutdown().await;
            // Not before everything is on the disk.
            drop(lock);
        }));
    }

    /// Lets the client go: nobody is signed in any more.
    pub fn let_go(&mut self) {
        let lock = self.lock.take();
        if let Some(client) = self.client.take() {
            self.leave(client, lock);
        }
    }

    /// Waits until what was let go is on the disk, so that it can be taken up again; not for ever.
    fn when_left(&mut self) -> impl Future<Output = ()> + Send + 'static {
        let leaving = std::mem::take(&mut self.leaving);
        async move {
            let all = futures_util::future::join_all(leaving);
            tokio::time::timeout(LAST_SENDS, all).await.ok();
        }
    }

    /// Whether this is who is signed in now: what is kept of an account is opened once.
    fn is_here(&self, server: &str, username: &str) -> bool {
        let here = self.client.as_ref().and_then(Client::session);
        here.is_some_and(|here| {
            let is_same = parse_server(server).is_ok_and(|server| server == here.server);
            is_same && here.username.eq_ignore_ascii_case(username.trim())
        })
    }

    /// Comes back with the session of last time.
    pub fn resume(&mut self, session: SavedSession) {
        self.sessions.touch(&session);
        let sessions = self.sessions.clone();
        self.try_to(async move { resume(&sessions, session).await });
    }

    /// Comes in, when those that were here before have left.
    fn try_to(&mut self, enter: impl Future<Output = Result<Entered, String>> + Send + 'static) {
        self.tries += 1;
        let (nth, outcomes) = (self.tries, self.outcomes.clone());
        let left = self.when_left();
        tokio::spawn(async move {
            left.await;
            let outcome = match enter.await {
                Ok(entered) => Outcome::SignedIn(nth, Box::new(entered)),
                Err(error) => Outcome::Msg(Msg::SignInFailed(error)),
            };
            outcomes.send(outcome).ok();
        });
    }

    /// Does it, or begins to.
    pub fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::SignIn { server, name, .. } if self.is_here(&server, &name) => {
                let why = Msg::SignInFailed(format!("you are {name} already"));
                self.outcomes.send(Outcome::Msg(why)).ok();
            }
            Effect::SignIn {
                server,
                name,
                password,
            } => {
                self.enter(server, Way::Login { name, password });
            }
            Effect::Register {
                server,
                name,
                email,
                password,
            } => {
                self.enter(
                    server,
                    Way::Register {
                        name,
                        email,
                        password,
                    },
                );
            }
            Effect::GiveUp => self.tries += 1,
            Effect::ListAccounts => {
                let (sessions, outcomes) = (self.sessions.clone(), self.outcomes.clone());
                tokio::task::spawn_blocking(move || {
                    let msg = Msg::Accounts(sessions.accounts());
                    outcomes.send(Outcome::Msg(msg)).ok();
                });
            }
            Effect::SwitchAccount { server, username } => self.switch(&server, &username),
            effect => {
                if let Some(client) = self.client.clone() {
                    self.with_client(client, effect);
                }
            }
        }
    }

    fn switch(&mut self, server: &str, username: &str) {
        if self.is_here(server, username) {
            let said = Msg::Told(format!("you are {username} already"));
            self.outcomes.send(Outcome::Msg(said)).ok();
            return;
        }
        let found = server.parse().ok();
        let found = found.and_then(|server| self.sessions.find(&server, Some(username)));
        match found {
            Some(session) => self.resume(session),
            None => {
                let why = format!("{username} is not signed in any more");
                self.outcomes.send(Outcome::Msg(Msg::Failed(why))).ok();
            }
        }
    }

    fn with_client(&mut self, client: Client, effect: Effect) {
        match effect {
            Effect::Send {
                conversation,
                body,
                reply_to,
            } => {
                let mut message = NewMessage::text(body);
                if let Some(answered) = reply_to {
                    message = message.reply_to(answered);
                }
                let ticket = client.conversation(conversation).send(message);
                while self.sends.try_join_next().is_some() {}
                self.sends.spawn(async move {
                    // A refusal shows at the message itself.
                    ticket.stored().await.ok();
                });
            }
            Effect::Retry {
                conversation,
                client_id,
            } => {
                client.conversation(conversation).retry(&client_id);
            }
            Effect::Discard {
                conversation,
                client_id,
            } => {
                client.conversation(conversation).discard(&client_id);
            }
            Effect::MarkRead { conversation, seq } => {
                client.conversation(conversation).mark_read(seq);
            }
            Effect::Typing {
                conversation,
                is_typing,
            } => {
                client.conversation(conversation).typing(is_typing);
            }
            Effect::WatchPresence(users) => client.watch_presence(users),
            Effect::SetActive(active) => client.set_active(active),
            Effect::Reconnect => match *client.status().borrow() {
                Status::Stopped { .. } | Status::Idle => client.start(),
                _ => client.reconnect_now(),
            },
            Effect::KeepDraft { conversation, text } => {
                let is_empty = text.is_empty();
                drop(client.conversation(conversation).set_draft(Some(text)));
                if is_empty {
                    self.spawn(ask::forget_draft(client, conversation));
                }
            }
            Effect::Save(file) => {
                let outcomes = self.outcomes.clone();
                let tell = move |msg| drop(outcomes.send(Outcome::Msg(msg)));
                let directory = self.downloads.clone();
                tokio::spawn(save::save(client, file, directory, tell));
            }
            effect => self.spawn(ask::ask(client, effect)),
        }
    }

    fn spawn(&self, work: impl Future<Output = Option<Msg>> + Send + 'static) {
        let (outcomes, asked) = (self.outcomes.clone(), Arc::clone(&self.asked));
        let taken = Arc::clone(&self.taken);
        let mine = taken.load(Ordering::SeqCst);
        tokio::spawn(async move {
            let answer = work.await;
            let is_mine = taken.load(Ordering::SeqCst) == mine;
            if let Some(msg) = answer.filter(|_| is_mine) {
                outcomes.send(Outcome::Msg(msg)).ok();
            }
            drop(asked);
        });
    }

    fn enter(&mut self, server: String, way: Way) {
        let sessions = self.sessions.clone();
        self.try_to(async move { enter(&sessions, &server, way).await });
    }

    /// Whether something waits to be sent. Files take their time.
    pub(crate) fn has_queued(&self) -> bool {
        let client = self.client.as_ref();
        client.is_some_and(|client| client.sendable() > 0)
    }

    /// Lets the last messages go out, then ends. Gives what is left behind.
    pub async fn finish(mut self) -> Left {
        let is_kept = self.lock.is_some();
        let Some(client) = self.client.take() else {
            return Left {
                count: 0,
                is_kept,
                refused: 0,
            };
        };
        let sends = async { while self.sends.join_next().await.is_some() {} };
        tokio::time::timeout(LAST_SENDS, sends).await.ok();
        let count = client.sendable();
        tokio::time::timeout(LAST_SENDS, client.shutdown())
            .await
            .ok();
        Left {
            count,
            is_kept,
            refused: 0,
        }
    }
}
