//! Does what the model asked for, on the client, and tells how it went. Nothing here waits: what takes time runs in a
//! task, and its outcome comes back as a [`Msg`].

use super::{
    Effect,
    enter::{Way, account, enter},
};
use crate::{Msg, model::Account, store::Sessions};
use chat_client::{Client, Error, SavedSession, Status};
use chat_core::{
    ConversationId, ConversationKind, CreateConversation, DeleteMessage, EditMessage, ListUsers,
    Title, User,
};
use std::time::Duration;
use tokio::{sync::mpsc, task::JoinSet};

/// Messages of history per request.
const OLDER: u32 = 60;
/// Leaving the program waits so long for what was just sent.
const LAST_SENDS: Duration = Duration::from_secs(2);
/// Users looked through for one username.
const LOOKED_AT: u32 = 20;

/// What comes back.
#[derive(Debug)]
pub enum Outcome {
    /// Something for the model.
    Msg(Msg),
    /// A client that is signed in, and as whom.
    SignedIn(Client, Account),
}

/// Does what the model asked for.
#[derive(Debug)]
pub struct Performer {
    client: Option<Client>,
    sessions: Sessions,
    outcomes: mpsc::UnboundedSender<Outcome>,
    sends: JoinSet<()>,
}

impl Performer {
    /// Nobody is signed in yet.
    pub fn new(sessions: Sessions, outcomes: mpsc::UnboundedSender<Outcome>) -> Self {
        Self {
            client: None,
            sessions,
            outcomes,
            sends: JoinSet::new(),
        }
    }

    /// The client, when somebody is signed in.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// Takes a client that is signed in.
    pub fn adopt(&mut self, client: Client) {
        client.start();
        self.client = Some(client);
    }

    /// Lets the client go: nobody is signed in any more.
    pub fn let_go(&mut self) {
        self.client = None;
    }

    /// Comes back with the session of last time.
    ///
    /// # Errors
    /// When no client can be made with it.
    pub fn resume(&self, session: SavedSession) -> Result<(), Error> {
        let keeper = self.sessions.keeper(&session.server, Some(&session));
        let account = account(&session);
        let builder = Client::builder(session.server.clone()).session(session);
        let client = builder.sessions(keeper).device_name("terminal").build()?;
        self.outcomes.send(Outcome::SignedIn(client, account)).ok();
        Ok(())
    }

    /// Does it, or begins to.
    pub fn perform(&mut self, effect: Effect) {
        match effect {
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
            effect => {
                if let Some(client) = self.client.clone() {
                    self.with_client(client, effect);
                }
            }
        }
    }

    fn with_client(&mut self, client: Client, effect: Effect) {
        match effect {
            Effect::Send { conversation, body } => {
                let ticket = client.conversation(conversation).send(body);
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
            effect => self.spawn(ask(client, effect)),
        }
    }

    fn spawn(&self, work: impl Future<Output = Option<Msg>> + Send + 'static) {
        let outcomes = self.outcomes.clone();
        tokio::spawn(async move {
            if let Some(msg) = work.await {
                outcomes.send(Outcome::Msg(msg)).ok();
            }
        });
    }

    fn enter(&self, server: String, way: Way) {
        let (sessions, outcomes) = (self.sessions.clone(), self.outcomes.clone());
        tokio::spawn(async move {
            let outcome = match enter(&sessions, &server, way).await {
                Ok((client, account)) => Outcome::SignedIn(client, account),
                Err(error) => Outcome::Msg(Msg::SignInFailed(error)),
            };
            outcomes.send(outcome).ok();
        });
    }

    /// Lets the last messages go out, then ends. Gives how many are left behind.
    pub async fn finish(mut self) -> usize {
        let Some(client) = self.client.take() else {
            return 0;
        };
        let sends = async { while self.sends.join_next().await.is_some() {} };
        tokio::time::timeout(LAST_SENDS, sends).await.ok();
        let left = self.sends.len();
        tokio::time::timeout(LAST_SENDS, client.shutdown())
            .await
            .ok();
        left
    }
}

/// What takes an answer from the server.
async fn ask(client: Client, effect: Effect) -> Option<Msg> {
    match effect {
        Effect::SignOut => match client.logout().await {
            Ok(()) => Some(Msg::SignedOut(None)),
            Err(error) => Some(Msg::Failed(format!("failed to sign out: {error}"))),
        },
        Effect::LoadOlder { conversation } => {
            let loaded = client.conversation(conversation).load_older(OLDER).await;
            let error = loaded.err().map(|error| error.to_string());
            Some(Msg::OlderLoaded {
                conversation,
                error,
            })
        }
        Effect::Edit {
            conversation,
            message,
            body,
        } => {
            let text = body.to_string();
            let edit = EditMessage {
                message_id: message,
                content: body,
                mentions: None,
            };
            let edited = client.call(edit).await;
            edited.err().map(|error| Msg::EditFailed {
                conversation,
                message,
                text,
                error: error.to_string(),
            })
        }
        Effect::Delete { message, .. } => {
            let delete = DeleteMessage {
                message_id: message,
            };
            let deleted = client.call(delete).await;
            deleted
                .err()
                .map(|error| Msg::Failed(format!("failed to delete: {error}")))
        }
        Effect::Create { usernames, title } => {
            Some(Msg::Created(create(&client, usernames, title).await))
        }
        // The rest is the terminal's, or was done where it came in.
        _ => None,
    }
}

async fn create(
    client: &Client,
    usernames: Vec<String>,
    title: Option<String>,
) -> Result<ConversationId, String> {
    let mut member_ids = Vec::new();
    for name in &usernames {
        let user = find_user(client, name).await?;
        if !member_ids.contains(&user.id) {
            member_ids.push(user.id);
        }
    }
    let title = title.map(Title::parse).transpose();
    let title = title.map_err(|rule| format!("the title {rule}"))?;
    let kind = match (member_ids.len(), &title) {
        (1, None) => ConversationKind::Direct,
        _ => ConversationKind::Group,
    };
    let request = CreateConversation {
        kind,
        title,
        description: None,
        message_ttl_s: None,
        member_ids,
    };
    let created = client
        .call(request)
        .await
        .map_err(|error| error.to_string())?;
    Ok(created.conversation.id)
}

async fn find_user(client: &Client, name: &str) -> Result<User, String> {
    let request = ListUsers {
        q: Some(name.to_owned()),
        limit: Some(LOOKED_AT),
        cursor: None,
    };
    let page = client
        .call(request)
        .await
        .map_err(|error| error.to_string())?;
    let mut users = page.items.into_iter();
    users
        .find(|user| user.username == name)
        .ok_or_else(|| format!("there is no user called {name:?}"))
}
