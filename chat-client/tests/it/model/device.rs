//! One of the user's devices through all its lives: its disk, the program that dies and comes back, what the user does with
//! it, and what was promised to them there.

use super::{act::Act, server::Server, wire::World};
use crate::kit::{SERVER, bob, cellar, hall, session};
use chat_client::{
    Client, MemoryDisk, Target,
    test_kit::{Faults, RuntimeClock},
};
use chat_core::{ClientId, ConversationId, Emoji, MessageBody};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// Something the user said on this device.
pub(crate) struct Word {
    pub(crate) to: ConversationId,
    pub(crate) key: ClientId,
    /// It was on disk before the user was told so, and is still wanted.
    pub(crate) is_promised: bool,
    /// It was taken back: an older disk may bring it again, and late.
    pub(crate) is_taken_back: bool,
}

/// A phone or a laptop.
pub(crate) struct Device {
    pub(crate) name: &'static str,
    pub(crate) disk: MemoryDisk,
    pub(crate) world: World,
    pub(crate) words: Vec<Word>,
    copy: Option<(MemoryDisk, usize)>,
    client: Option<Client>,
}

impl Device {
    pub(crate) fn new(name: &'static str, faults: &Faults, server: &Arc<Mutex<Server>>) -> Self {
        Self {
            name,
            disk: MemoryDisk::default(),
            world: World::new(faults, server),
            words: Vec::new(),
            copy: None,
            client: None,
        }
    }

    /// The program as it runs; begun if it does not.
    pub(crate) async fn client(&mut self) -> Client {
        loop {
            // It may have died while the other device was in use.
            if self.world.program.is_killed() {
                self.client = None;
            }
            if let Some(client) = &self.client {
                return client.clone();
            }
            self.world = World::new(&self.world.faults, &self.world.server);
            let builder = Client::builder(SERVER.parse().unwrap())
                .session(session())
                .transport(self.world.transport())
                .clock(RuntimeClock::default())
                .store(self.world.program.store(self.disk.clone()));
            tokio::select! {
                biased;
                client = builder.open() => {
                    let client = client.unwrap();
                    client.start();
                    self.client = Some(client);
                }
                () = self.world.program.killed() => {}
            }
        }
    }

    pub(crate) fn kill(&mut self) {
        self.world.program.kill();
        self.client = None;
    }

    /// Does something, and lets the program die of it where it does.
    pub(crate) async fn act(&mut self, act: Act) {
        let client = self.client().await;
        let program = self.world.program.clone();
        let is_alive = tokio::select! {
            biased;
            () = self.perform(&client, act) => true,
            () = program.killed() => false,
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
                    let marked = client.conversation(hall()).mark_read(last);
                    marked.kept().await.unwrap();
                }
            }
            Act::OtherSays => {
                let mut server = self.world.server.lock().unwrap();
                let key = format!("o{}", server.messages.len());
                let to = match server.messages.len() % 3 {
                    2 => cellar(),
                    _ => hall(),
                };
                server.say(bob(), to, &key, &key);
            }
            Act::Offline => self.world.faults.set_offline(true),
            Act::Online => {
                self.world.faults.set_offline(false);
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
        let body = MessageBody::parse(format!("{} {number}", self.name)).unwrap();
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
            let mut messages = known.messages();
            messages.find(|m| m.client_id == word.key).map(|m| m.id)
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
}
