//! Does what the model asked for, on the client, and tells how it went. What takes time runs in a task, and its outcome
//! comes back as a [`Msg`]; only leaving the program waits.

mod account;

use super::{
    Effect, ask,
    enter::{Entered, Way},
    save,
};
use crate::{Msg, config::Config, store::Sessions};
use chat_client::{Client, NewMessage, Status};
use chat_core::{Attachment, ClientId, ConversationId};
use std::{path::PathBuf, sync::Arc, time::Duration};
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
    /// The answer to what an account asked; which of those that were taken it was.
    Answer(u64, Msg),
    /// A client that is signed in; which of the tries it was.
    SignedIn(u64, Box<Entered>),
    /// That try did not work; why.
    NotSignedIn(u64, String),
}

/// What of that is still wanted.
#[derive(Debug)]
pub(crate) enum Wanted {
    /// Something for the model.
    Msg(Msg),
    /// A client that is signed in.
    SignedIn(Box<Entered>),
}

/// What was not sent when the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// How much.
    pub count: usize,
    /// Whether it is on the disk, and goes out the next time.
    pub is_kept: bool,
}

impl Left {
    /// What is said of it; nothing where nothing is left.
    pub fn told(self) -> Option<String> {
        let Self { count, is_kept } = self;
        match (count, is_kept) {
            (0, _) => None,
            (_, true) => Some(format!(
                "{count} not sent yet: kept on this machine, and sent the next time"
            )),
            (_, false) => Some(format!("{count} not sent: there was no connection")),
        }
    }
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
    /// Held by what waits in the outbox and says something when it is refused.
    queued: Arc<()>,
    /// How many accounts were taken or left: what one was asked is no answer for the next.
    taken: u64,
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
            queued: Arc::new(()),
            taken: 0,
            tries: 0,
            leaving: Vec::new(),
        }
    }

    /// The client, when somebody is signed in.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// Whether what is known is kept on this machine.
    pub(crate) fn is_keeping(&self) -> bool {
        self.lock.is_some()
    }

    /// Whether everything that was asked is answered.
    pub(crate) fn is_idle(&self) -> bool {
        Arc::strong_count(&self.asked) == 1
    }

    /// Whether nothing is left of what was done to messages: the server has it, or has refused it.
    pub(crate) fn is_through(&self) -> bool {
        let client = self.client.as_ref();
        // Files take their time.
        Arc::strong_count(&self.queued) == 1 && client.is_none_or(|client| client.sendable() == 0)
    }

    /// Does it, or begins to.
    pub fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::SignIn { server, name, .. } if self.is_here(&server, &name) => {
                let why = format!("you are {name} already");
                self.outcomes
                    .send(Outcome::NotSignedIn(self.tries, why))
                    .ok();
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
                let asked = Arc::clone(&self.asked);
                tokio::task::spawn_blocking(move || {
                    let msg = Msg::Accounts(sessions.accounts());
                    outcomes.send(Outcome::Msg(msg)).ok();
                    drop(asked);
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

    fn with_client(&mut self, client: Client, effect: Effect) {
        match effect {
            Effect::Send {
                conversation,
                body,
                reply_to,
            } => {
                let message = NewMessage::text(body);
                let message = match reply_to {
                    Some(answered) => message.reply_to(answered),
                    None => message,
                };
                self.send(&client, conversation, message);
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
                self.discard(&client, conversation, &client_id);
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
            // What is kept nowhere else could not be read again without a connection.
            Effect::KeepOnly(id, kept) if self.is_keeping() => {
                client.conversation(id).keep_only(&kept);
            }
            Effect::KeepOnly(..) => {}
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
            Effect::Save(file) => self.save(client, file),
            effect if effect.is_queued() => {
                self.answer(Arc::clone(&self.queued), ask::ask(client, effect));
            }
            effect => self.spawn(ask::ask(client, effect)),
        }
    }

    fn discard(&self, client: &Client, conversation: ConversationId, client_id: &ClientId) {
        if client
            .conversation(conversation)
            .discard(client_id)
            .is_none()
        {
            let why = "it is on its way already: delete it when it is there";
            let told = Msg::Failed(why.to_owned());
            self.outcomes.send(Outcome::Msg(told)).ok();
        }
    }

    fn send(&mut self, client: &Client, conversation: ConversationId, message: NewMessage) {
        let ticket = client.conversation(conversation).send(message);
        while self.sends.try_join_next().is_some() {}
        self.sends.spawn(async move {
            // A refusal shows at the message itself.
            ticket.stored().await.ok();
        });
    }

    fn save(&self, client: Client, file: Attachment) {
        let (outcomes, asked) = (self.outcomes.clone(), Arc::clone(&self.asked));
        let tell = move |msg| drop(outcomes.send(Outcome::Msg(msg)));
        let directory = self.downloads.clone();
        tokio::spawn(async move {
            save::save(client, file, directory, tell).await;
            drop(asked);
        });
    }

    fn spawn(&self, work: impl Future<Output = Option<Msg>> + Send + 'static) {
        self.answer(Arc::clone(&self.asked), work);
    }

    /// What comes of it comes back; until then `until` is held.
    fn answer(&self, until: Arc<()>, work: impl Future<Output = Option<Msg>> + Send + 'static) {
        let (outcomes, to) = (self.outcomes.clone(), self.taken);
        tokio::spawn(async move {
            if let Some(msg) = work.await {
                outcomes.send(Outcome::Answer(to, msg)).ok();
            }
            drop(until);
        });
    }

    /// Lets the last messages go out, then ends. Gives what is left behind.
    pub async fn finish(mut self) -> Left {
        let is_kept = self.lock.is_some();
        let left = self.when_left();
        let Some(client) = self.client.take() else {
            left.await;
            return Left { count: 0, is_kept };
        };
        let sends = async { while self.sends.join_next().await.is_some() {} };
        // Those that were left write to the disk meanwhile.
        let (_, ()) = tokio::join!(tokio::time::timeout(LAST_SENDS, sends), left);
        let count = client.sendable();
        tokio::time::timeout(LAST_SENDS, client.shutdown())
            .await
            .ok();
        Left { count, is_kept }
    }
}
