//! People with SDKs who talk in one group without a pause, and what is known of it in the end: a [`History`] for the
//! [checker](crate::checker).

mod felt;

pub use felt::Felt;

use crate::{
    checker::{History, Seen, Send},
    sdk, within,
};
use chat_client::Client;
use chat_core::{ConversationId, History as AskHistory, Limits, Message, State};
use felt::{Moments, Watch};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

const PEOPLE: [&str; 6] = ["ann", "ben", "chloe", "dmitri", "eve", "finn"];
/// Two at each server, and no fewer than these.
const PEOPLE_LEAST: usize = 4;
/// Messages that one says without waiting.
const AT_ONCE: u64 = 8;

/// What the senders share.
#[derive(Clone)]
struct Load {
    moment: Arc<AtomicU64>,
    acknowledged: watch::Sender<u64>,
    talkers: watch::Sender<Talkers>,
    /// Those who wait for an answer.
    talking: watch::Sender<usize>,
    moments: Moments,
    enough: CancellationToken,
}

/// Who talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Talkers {
    All,
    Nobody,
    Only(&'static str),
}

impl Load {
    fn now(&self) -> u64 {
        self.moment.fetch_add(1, Ordering::SeqCst)
    }

    /// Waits until it is somebody's turn. False when there is enough.
    async fn may_talk(&self, name: &str) -> bool {
        let mut talkers = self.talkers.subscribe();
        let turn = talkers.wait_for(|now| match now {
            Talkers::All => true,
            Talkers::Nobody => false,
            Talkers::Only(one) => *one == name,
        });
        tokio::select! {
            biased;
            () = self.enough.cancelled() => false,
            turn = turn => turn.is_ok(),
        }
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
    while load.may_talk(name).await {
        load.talking.send_modify(|count| *count += 1);
        for _ in 0..AT_ONCE {
            let content = format!("{name} says {}", said.len());
            let (said_at, began) = (load.now(), Instant::now());
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
                load.moments.acknowledged(began, ack.seq.get());
                load.acknowledged.send_modify(|count| *count += 1);
                (nth, moment, ack.seq.get())
            });
        }
        while let Some(answer) = within("what was said is acknowledged", answers.join_next()).await
        {
            let (nth, moment, seq) = answer.expect("it does not panic");
            said[nth].acknowledged = Some((moment, seq));
        }
        load.talking.send_modify(|count| *count -= 1);
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

/// Everything a client knows, once it knows as much as there is, or after some time.
async fn believed(
    client: &Client,
    group: ConversationId,
    count: usize,
    patience: Option<Duration>,
) -> Vec<Seen> {
    let arrived = sdk::knows(client, "the newest message arrives", |state| {
        let known = state.conversation(group)?;
        (known.position().seq.get() >= count as u64 && state.echoes(group).is_empty()).then_some(())
    });
    match patience {
        None => arrived.await,
        // Whether that is enough, the checker says.
        Some(patience) => timeout(patience, arrived).await.unwrap_or(()),
    }
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
    watches: Vec<Watch>,
}

impl Crowd {
    /// Everybody registers, connects and begins to talk, each at one of these servers in turn.
    ///
    /// # Panics
    /// When one cannot.
    pub async fn gather(servers: &[String]) -> Self {
        let mut clients = Vec::new();
        let people = PEOPLE.iter().zip(servers.iter().cycle());
        for (name, server) in people.take(PEOPLE_LEAST.max(2 * servers.len())) {
            clients.push(sdk::registered(server, name).await);
        }
        let others: Vec<_> = clients[1..].iter().filter_map(Client::me).collect();
        let group = sdk::group(&clients[0], &others).await;
        let load = Load {
            moment: Arc::default(),
            acknowledged: watch::Sender::new(0),
            talkers: watch::Sender::new(Talkers::All),
            talking: watch::Sender::new(0),
            moments: Moments::default(),
            enough: CancellationToken::new(),
        };
        let (mut talks, mut watches) = (JoinSet::new(), Vec::new());
        for (client, name) in clients.iter().zip(PEOPLE) {
            sdk::online(client).await;
            watches.push(Watch::start(client.clone(), group));
            talks.spawn(talk(client.clone(), name, group, load.clone()));
        }
        Self {
            clients,
            group,
            load,
            talks,
            watches,
        }
    }

    /// Where they talk.
    pub fn group(&self) -> ConversationId {
        self.group
    }

    /// Waits until so many messages are acknowledged, of all together.
    ///
    /// # Panics
    /// When that takes too long.
    pub async fn reaches(&self, count: u64) {
        self.load.reaches(count).await;
    }

    /// Waits until so many more are.
    ///
    /// # Panics
    /// When that takes too long.
    pub async fn goes_on(&self, count: u64) {
        self.load.reaches(self.acknowledged() + count).await;
    }

    /// Messages that are acknowledged by now.
    pub fn acknowledged(&self) -> u64 {
        *self.load.acknowledged.borrow()
    }

    /// From now on only one of them talks; the others have their answers.
    ///
    /// # Panics
    /// When somebody does not get one.
    pub async fn only(&self, name: &'static str) {
        self.load.talkers.send_replace(Talkers::Nobody);
        let mut talking = self.load.talking.subscribe();
        let answered = within("all are answered", talking.wait_for(|count| *count == 0)).await;
        assert!(answered.is_ok());
        self.load.talkers.send_replace(Talkers::Only(name));
    }

    /// The server is there again: some hear of it, the others find out.
    pub fn is_back(&self) {
        self.clients[..2].iter().for_each(Client::reconnect_now);
    }

    /// Lets everybody finish, and asks them and the server what they know.
    ///
    /// # Panics
    /// When somebody does not finish, or never hears of everything.
    pub async fn history(self) -> History {
        self.end(None).await.0
    }

    /// The same, and how long the longest took.
    ///
    /// # Panics
    /// When somebody does not finish, or never hears of everything.
    pub async fn history_and_felt(self) -> (History, Felt) {
        self.end(None).await
    }

    /// The same, where some may never hear of everything: they are asked after this time at the latest.
    ///
    /// # Panics
    /// When somebody does not finish.
    pub async fn history_after(self, patience: Duration) -> History {
        self.end(Some(patience)).await.0
    }

    async fn end(mut self, patience: Option<Duration>) -> (History, Felt) {
        self.load.enough.cancel();
        let mut history = History::default();
        while let Some(talked) = within("everybody has finished", self.talks.join_next()).await {
            let (name, said) = talked.expect("it does not panic");
            history.said.insert(name, said);
        }
        history.stored = stored(&self.clients[0], self.group).await;
        for (client, name) in self.clients.iter().zip(PEOPLE) {
            let seen = believed(client, self.group, history.stored.len(), patience).await;
            history.believed.insert(name.to_owned(), seen);
        }
        (history, self.load.moments.felt(&self.watches))
    }
}
