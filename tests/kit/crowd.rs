//! People with SDKs who talk in one group without a pause, and what is known of it in the end: a [`History`] for the
//! [checker](crate::checker).

use crate::{
    checker::{History, Seen, Send},
    sdk, within,
};
use chat_client::Client;
use chat_core::{ConversationId, History as AskHistory, Limits, Message, State};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

const PEOPLE: [&str; 4] = ["ann", "ben", "chloe", "dmitri"];
/// Messages that one says without waiting.
const AT_ONCE: u64 = 8;

/// What the senders share.
#[derive(Clone)]
struct Load {
    moment: Arc<AtomicU64>,
    acknowledged: watch::Sender<u64>,
    enough: CancellationToken,
}

impl Load {
    fn now(&self) -> u64 {
        self.moment.fetch_add(1, Ordering::SeqCst)
    }

    /// Waits until so many are acknowledged.
    async fn reaches(&self, count: u64) {
        let mut counted = self.acknowledged.subscribe();
        let what = format!("{count} messages are acknowledged");
        let reached = within(&what, counted.wait_for(|now| *now >= count)).await;
        assert!(reached.is_ok());
    }
}

/// Says things, some at once, until there is enough.
async fn talk(
    client: Client,
    name: &str,
    group: ConversationId,
    load: Load,
) -> (String, Vec<Send>) {
    let mut said = Vec::new();
    let mut answers = JoinSet::new();
    while !load.enough.is_cancelled() {
        for _ in 0..AT_ONCE {
            let content = format!("{name} says {}", said.len());
            let said_at = load.now();
            let ticket = client.conversation(group).send(sdk::body(&content));
            let (nth, load) = (said.len(), load.clone());
            said.push(Send {
                client_id: ticket.client_id().to_string(),
                content,
                said_at,
                acknowledged: None,
            });
            answers.spawn(async move {
                let ack = ticket.stored().await.expect("it is stored in the end");
                let moment = load.now();
                load.acknowledged.send_modify(|count| *count += 1);
                (nth, moment, ack.seq.get())
            });
        }
        while let Some(answer) = within("what was said is acknowledged", answers.join_next()).await
        {
            let (nth, moment, seq) = answer.expect("it does not panic");
            said[nth].acknowledged = Some((moment, seq));
        }
    }
    (name.to_owned(), said)
}

fn seen(message: &Message) -> Seen {
    Seen {
        seq: message.seq.get(),
        sender: message.sender.username.clone(),
        client_id: message.client_id.to_string(),
        content: message.content.clone(),
    }
}

/// Everything the server has, by pages.
async fn stored(client: &Client, conversation_id: ConversationId) -> Vec<Seen> {
    let mut all = Vec::new();
    let mut after = Some(chat_core::Seq::ZERO);
    while after.is_some() {
        let ask = AskHistory {
            conversation_id,
            before: None,
            after,
            around: None,
            limit: Some(Limits::PAGE_ENTRIES),
        };
        let page = client.call(ask).await.expect("a page");
        all.extend(page.items.iter().map(seen));
        after = page
            .items
            .last()
            .map(|message| message.seq)
            .filter(|_| page.has_after);
    }
    all
}

/// Everything a client knows, once it knows as much as there is.
async fn believed(client: &Client, group: ConversationId, count: usize) -> Vec<Seen> {
    sdk::knows(client, "the newest message arrives", |state| {
        let known = state.conversation(group)?;
        (known.position().seq.get() >= count as u64 && state.echoes(group).is_empty()).then_some(())
    })
    .await;
    while client
        .conversation(group)
        .load_older(100)
        .await
        .expect("a page")
    {}
    client.read(|state: &State| {
        let known = state.conversation(group).expect("it is known");
        known.messages().map(seen).collect()
    })
}

/// People who talk in a group, for as long as they are let.
pub struct Crowd {
    /// Everybody, in the order of their names.
    pub clients: Vec<Client>,
    group: ConversationId,
    load: Load,
    talks: JoinSet<(String, Vec<Send>)>,
}

impl Crowd {
    /// Everybody registers, connects and begins to talk, each at one of these servers in turn.
    ///
    /// # Panics
    /// When one cannot.
    pub async fn gather(servers: &[String]) -> Self {
        let mut clients = Vec::new();
        for (name, server) in PEOPLE.iter().zip(servers.iter().cycle()) {
            clients.push(sdk::registered(server, name).await);
        }
        let others: Vec<_> = clients[1..].iter().filter_map(Client::me).collect();
        let group = sdk::group(&clients[0], &others).await;
        let load = Load {
            moment: Arc::default(),
            acknowledged: watch::Sender::new(0),
            enough: CancellationToken::new(),
        };
        let mut talks = JoinSet::new();
        for (client, name) in clients.iter().zip(PEOPLE) {
            sdk::online(client).await;
            talks.spawn(talk(client.clone(), name, group, load.clone()));
        }
        Self {
            clients,
            group,
            load,
            talks,
        }
    }

    /// Waits until so many messages are acknowledged, of all together.
    ///
    /// # Panics
    /// When that takes too long.
    pub async fn reaches(&self, count: u64) {
        self.load.reaches(count).await;
    }

    /// Messages that are acknowledged by now.
    pub fn acknowledged(&self) -> u64 {
        *self.load.acknowledged.borrow()
    }

    /// The server is there again: some hear of it, the others find out.
    pub fn is_back(&self) {
        self.clients[..2].iter().for_each(Client::reconnect_now);
    }

    /// Lets everybody finish, and asks them and the server what they know.
    ///
    /// # Panics
    /// When somebody does not finish, or never hears of everything.
    pub async fn history(mut self) -> History {
        self.load.enough.cancel();
        let mut history = History::default();
        while let Some(talked) = within("everybody has finished", self.talks.join_next()).await {
            let (name, said) = talked.expect("it does not panic");
            history.said.insert(name, said);
        }
        history.stored = stored(&self.clients[0], self.group).await;
        for (client, name) in self.clients.iter().zip(PEOPLE) {
            let seen = believed(client, self.group, history.stored.len()).await;
            history.believed.insert(name.to_owned(), seen);
        }
        history
    }
}
