//! What the user does on the phone through all its lives, what was promised to them, and the reckoning at the end.

use super::{
    faults::{Disk, Fuse, World},
    server::Server,
};
use crate::kit::{TestClock, ann, bob, hall, session};
use chat_client::{Client, MemoryDisk, Said, Status, Target, TimelineItem, TimelineOptions};
use chat_core::{ClientId, ConversationId, Emoji, Message, MessageBody};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use uuid::Uuid;

/// Everything is done when this much time of nothing else has passed.
const LONG: Duration = Duration::from_secs(3_600);

/// A generator of numbers that are always the same (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

/// Something that happens.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    Say,
    EditNewest,
    DeleteNewest,
    ReactNewest,
    DiscardNewest,
    MarkRead,
    OtherSays,
    Offline,
    Online,
    Rest,
    Kill,
    /// The disk is copied, for later.
    Copy,
    /// The disk is what it was when it was copied last.
    Restore,
}

impl Act {
    pub(crate) fn any(dice: &mut Dice) -> Self {
        match dice.throw(30) {
            0..=9 => Self::Say,
            10 | 11 => Self::EditNewest,
            12 => Self::DeleteNewest,
            13 | 14 => Self::ReactNewest,
            15 => Self::DiscardNewest,
            16 => Self::MarkRead,
            17..=19 => Self::OtherSays,
            20 | 21 => Self::Offline,
            22..=24 => Self::Online,
            25 | 26 => Self::Rest,
            27 => Self::Kill,
            28 => Self::Copy,
            _ => Self::Restore,
        }
    }
}

/// Something the user said.
struct Word {
    to: ConversationId,
    key: ClientId,
    /// It was on disk before the user was told so, and is still wanted.
    is_promised: bool,
    /// It was taken back: an older disk may bring it again, and late.
    is_taken_back: bool,
}

/// The phone, through all its lives.
pub(crate) struct Life {
    fuse: Arc<Fuse>,
    server: Arc<Mutex<Server>>,
    disk: MemoryDisk,
    copy: Option<(MemoryDisk, usize)>,
    world: World,
    client: Option<Client>,
    words: Vec<Word>,
    others: usize,
}

fn cellar() -> ConversationId {
    ConversationId::new(Uuid::from_u128(78))
}

fn client(world: &World) -> chat_client::Client {
    let builder = Client::builder(crate::kit::SERVER.parse().unwrap()).session(session());
    builder
        .transport(world.clone())
        .clock(TestClock::new())
        .build()
        .unwrap()
}

impl Life {
    pub(crate) async fn begin(fuse: Arc<Fuse>) -> Self {
        let server = Arc::new(Mutex::new(Server::new(&[hall(), cellar()])));
        let world = World::new(Arc::clone(&fuse), Arc::clone(&server), ann());
        Self {
            fuse,
            server,
            disk: MemoryDisk::default(),
            copy: None,
            world,
            client: None,
            words: Vec::new(),
            others: 0,
        }
    }

    /// The program as it runs; begun if it does not.
    pub(crate) async fn client(&mut self) -> Client {
        loop {
            if let Some(client) = &self.client {
                return client.clone();
            }
            self.world = World::new(Arc::clone(&self.fuse), Arc::clone(&self.server), ann());
            let disk = Disk {
                kept: self.disk.clone(),
                world: self.world.clone(),
            };
            let builder = Client::builder(crate::kit::SERVER.parse().unwrap())
                .session(session())
                .transport(self.world.clone())
                .clock(TestClock::new())
                .store(disk);
            tokio::select! {
                biased;
                client = builder.open() => {
                    let client = client.unwrap();
                    client.start();
                    self.client = Some(client);
                }
                () = self.world.died() => {}
            }
        }
    }

    fn kill(&mut self) {
        self.world.die();
        self.client = None;
    }

    /// Does something, and lets the program die of it where it does.
    pub(crate) async fn act(&mut self, act: Act) {
        let client = self.client().await;
        let world = self.world.clone();
        let is_alive = tokio::select! {
            biased;
            () = self.perform(&client, act) => true,
            () = world.died() => false,
        };
        drop(client);
        if !is_alive {
            self.kill();
        }
    }

    async fn perform(&mut self, client: &Client, act: Act) {
        match act {
            Act::Say => self.say(client).await,
            Act::MarkRead => {
                let last = client.read(|state| Some(state.conversation(hall())?.position().seq));
                if let Some(last) = last {
                    client
                        .conversation(hall())
                        .mark_read(last)
                        .kept()
                        .await
                        .unwrap();
                }
            }
            Act::OtherSays => {
                self.others += 1;
                let key = format!("o{}", self.others);
                let to = if self.others.is_multiple_of(3) {
                    cellar()
                } else {
                    hall()
                };
                self.server.lock().unwrap().say(bob(), to, &key, &key);
            }
            Act::Offline => self.fuse.set_offline(true),
            Act::Online => {
                self.fuse.set_offline(false);
                client.reconnect_now();
            }
            Act::Rest => tokio::time::sleep(Duration::from_secs(40)).await,
            Act::Kill => self.kill(),
            Act::Copy => self.copy = Some((self.disk.copy(), self.words.len())),
            Act::Restore => self.restore(),
            change => self.change(client, change).await,
        }
    }

    async fn say(&mut self, client: &Client) {
        let number = self.words.len();
        let to = if number % 4 == 3 { cellar() } else { hall() };
        let body = MessageBody::parse(format!("n{number}")).unwrap();
        let ticket = client.conversation(to).send(body);
        self.words.push(Word {
            to,
            key: ticket.client_id().clone(),
            is_promised: false,
            is_taken_back: false,
        });
        ticket.kept().await.unwrap();
        self.words.last_mut().unwrap().is_promised = true;
    }

    /// Does something to the newest word.
    async fn change(&mut self, client: &Client, act: Act) {
        let Some(word) = self.words.last_mut() else {
            return;
        };
        let here = client.conversation(word.to);
        let stored = client.read(|state| {
            let known = state.conversation(word.to)?;
            known
                .messages()
                .find(|m| m.client_id == word.key)
                .map(|m| m.id)
        });
        let is_queued = here.queued().iter().any(|queued| queued.key == word.key);
        let target = match stored {
            Some(id) => Target::Stored(id),
            None if is_queued => Target::Queued(word.key.clone()),
            None => return,
        };
        let ticket = match act {
            Act::EditNewest => here.edit(target, MessageBody::parse("edited").unwrap()),
            Act::ReactNewest => here.react(target, Emoji::parse("👍").unwrap()),
            Act::DeleteNewest => {
                // Taken back before anybody knew, or deleted for everybody.
                word.is_promised = false;
                word.is_taken_back = true;
                here.delete(target)
            }
            _ => {
                if here.discard(&word.key) {
                    word.is_promised = false;
                    word.is_taken_back = true;
                }
                return;
            }
        };
        ticket.kept().await.unwrap();
    }

    fn restore(&mut self) {
        let Some((copy, count)) = &self.copy else {
            return;
        };
        self.disk = copy.copy();
        // What was said since, and had not been sent, was on the other disk only.
        for word in self.words.iter_mut().skip(*count) {
            word.is_promised = false;
        }
        self.kill();
    }

    /// Lets everything come to its end, and looks whether it is as promised. How many steps it took.
    pub(crate) async fn end(mut self) -> usize {
        self.fuse.disarm();
        self.kill();
        let client = self.client().await;
        client.reconnect_now();
        let is_done = || client.queued().is_empty() && *client.status().borrow() == Status::Online;
        let done = async {
            while !is_done() {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        let waited = tokio::time::timeout(LONG, done).await;
        assert!(
            waited.is_ok(),
            "{:?} {:?}",
            client.status().borrow(),
            client.queued()
        );
        self.check_words();

        let laptop = client_online(&self.world).await;
        for id in [hall(), cellar()] {
            let told: Vec<Message> = self.told(id);
            assert_eq!(known(&client, id).await, told, "the phone");
            assert_eq!(known(&laptop, id).await, told, "the laptop");
            let my = |client: &Client| {
                client.read(|s| s.conversation(id).unwrap().conversation().my.clone())
            };
            let (phone, laptop) = (my(&client), my(&laptop));
            assert_eq!(phone.unread_count, laptop.unread_count);
            assert_eq!(phone.read_seq, laptop.read_seq);
            assert!(client.read(|state| state.echoes(id).is_empty()));
        }
        let steps = self.fuse.steps();
        client.shutdown().await;
        self.check_disk().await;
        steps
    }

    fn told(&self, id: ConversationId) -> Vec<Message> {
        let server = self.server.lock().unwrap();
        let here = server.messages.iter().filter(|m| m.conversation_id == id);
        here.cloned().collect()
    }

    /// Every word that was promised is there, once, and in the order in which it was said.
    fn check_words(&self) {
        for id in [hall(), cellar()] {
            let told = self.told(id);
            let mine: Vec<_> = told.iter().filter(|m| m.sender.id == ann()).collect();
            let keys: BTreeSet<_> = mine.iter().map(|m| m.client_id.clone()).collect();
            assert_eq!(keys.len(), mine.len(), "a message is there twice");
            let said = self.words.iter().filter(|word| word.to == id);
            let back = self.words.iter().filter(|word| word.is_taken_back);
            let is_back = |key: &ClientId| back.clone().any(|word| &word.key == key);
            let order = said.clone().map(|word| &word.key);
            let order = order.filter(|key| keys.contains(key) && !is_back(key));
            let order: Vec<_> = order.collect();
            let stored = mine.iter().map(|message| &message.client_id);
            let stored: Vec<_> = stored.filter(|key| !is_back(key)).collect();
            assert_eq!(stored, order, "the order is another");
            for word in said.filter(|word| word.is_promised) {
                assert!(keys.contains(&word.key), "a promised message is lost");
            }
        }
    }

    /// What the disk holds is what was told, without any network.
    async fn check_disk(&self) {
        self.fuse.set_offline(true);
        let builder = Client::builder(crate::kit::SERVER.parse().unwrap()).session(session());
        let builder = builder
            .transport(self.world.clone())
            .clock(TestClock::new());
        let client = builder.store(self.disk.clone()).open().await.unwrap();
        for id in [hall(), cellar()] {
            assert_eq!(known(&client, id).await, self.told(id), "the disk");
            let options = TimelineOptions {
                limit: 500,
                utc_offset_s: 0,
            };
            let timeline = client.conversation(id).timeline(options).await;
            let mut rows = Vec::new();
            for step in timeline.observe().next().await.unwrap() {
                assert!(step.apply(&mut rows));
            }
            let said: Vec<_> = rows.iter().filter_map(stored).collect();
            assert_eq!(
                said,
                self.told(id).iter().collect::<Vec<_>>(),
                "the timeline"
            );
        }
    }
}

fn stored(row: &TimelineItem) -> Option<&Message> {
    match row {
        TimelineItem::Message(message) => match &message.said {
            Said::Stored(message) => Some(message),
            Said::Queued(queued) => panic!("nothing waits any more: {queued:?}"),
        },
        _ => None,
    }
}

async fn client_online(world: &World) -> Client {
    let client = client(world);
    client.start();
    crate::kit::status(&client, |status| *status == Status::Online).await;
    client
}

/// All messages of a conversation, as a client knows them.
async fn known(client: &Client, id: ConversationId) -> Vec<Message> {
    while client.conversation(id).load_older(3).await.unwrap_or(false) {}
    client.read(|state| {
        let known = state.conversation(id).unwrap();
        known.messages().cloned().collect()
    })
}
