//! One of the user's devices through all its lives: its disk, the program that dies and comes back, what the user does with
//! it, and what was promised to them there.

use super::{
    act::Act,
    disk::Disk,
    server::Server,
    wire::World,
    word::{EMOJI, Word},
};
use crate::kit::{SERVER, bob, cellar, hall, session};
use chat_client::{
    Client, ConversationHandle, NewMessage, Target, Ticket,
    test_kit::{Faults, RuntimeClock},
};
use chat_core::{Emoji, MessageBody, Seq};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// A file of several pieces that is there as long as anybody tests.
pub(crate) const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");

/// What a disk was, and what was promised on it by then.
struct Copy {
    disk: Disk,
    words: Vec<Word>,
    read: Seq,
}

/// A phone or a laptop.
pub(crate) struct Device {
    pub(crate) name: &'static str,
    pub(crate) disk: Disk,
    pub(crate) world: World,
    pub(crate) words: Vec<Word>,
    /// Up to where it was promised to be read in the hall.
    pub(crate) read: Seq,
    copy: Option<Copy>,
    /// How much was done to words: each text is another.
    changes: usize,
    client: Option<Client>,
}

impl Device {
    pub(crate) fn new(
        name: &'static str,
        disk: Disk,
        faults: &Faults,
        server: &Arc<Mutex<Server>>,
    ) -> Self {
        Self {
            name,
            disk,
            world: World::new(faults, server),
            words: Vec::new(),
            read: Seq::ZERO,
            copy: None,
            changes: 0,
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
                .store(self.world.program.store(self.disk.open().await));
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
            Act::Say => self.say(client, None).await,
            Act::SendFile => self.send_file(client).await,
            Act::MarkRead => {
                let last = client.read(|state| Some(state.conversation(hall())?.position().seq));
                if let Some(last) = last {
                    let marked = client.conversation(hall()).mark_read(last);
                    marked.kept().await.unwrap();
                    self.read = self.read.max(last);
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
            Act::Copy => {
                self.copy = Some(Copy {
                    disk: self.disk.copy().await,
                    words: self.words.clone(),
                    read: self.read,
                });
            }
            Act::Restore => self.restore().await,
            change => self.change(client, change).await,
        }
    }

    /// Where the next word is said.
    fn next(&self, client: &Client) -> ConversationHandle {
        client.conversation(match self.words.len() % 4 {
            3 => cellar(),
            _ => hall(),
        })
    }

    async fn send_file(&mut self, client: &Client) {
        let upload = self.next(client).upload(FILE, "lock", "text/plain");
        self.say(client, Some(upload)).await;
    }

    async fn say(&mut self, client: &Client, upload: Option<Ticket>) {
        let here = self.next(client);
        let text = format!("{} {}", self.name, self.words.len());
        let mut message = NewMessage::text(MessageBody::parse(&*text).unwrap());
        if let Some(upload) = &upload {
            message = message.attach_queued(upload.key().clone());
        }
        let ticket = here.send(message);
        let key = ticket.client_id().clone();
        let word = Word::new(here.id(), key, text, upload.is_some());
        self.words.push(word);
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
        self.changes += 1;
        match act {
            Act::EditNewest => {
                let text = format!("{} change {}", self.name, self.changes);
                word.text.wish(text.clone());
                let body = MessageBody::parse(text).unwrap();
                here.edit(target, body).kept().await.unwrap();
                word.text.promise();
            }
            Act::ReactNewest => {
                let name = EMOJI[self.changes % EMOJI.len()];
                let emoji = Emoji::parse(name).unwrap();
                let wishes = word.emoji.get_mut(name).unwrap();
                let is_on = !wishes.last();
                wishes.wish(is_on);
                let ticket = match is_on {
                    true => here.react(target, emoji),
                    false => here.unreact(target, emoji),
                };
                ticket.kept().await.unwrap();
                wishes.promise();
            }
            Act::DeleteNewest => {
                // Taken back before anybody knew, or deleted for everybody.
                word.is_promised = false;
                word.is_taken_back = true;
                here.delete(target).kept().await.unwrap();
                word.is_surely_gone = true;
            }
            _ => {
                if let Some(dropped) = here.discard(&word.key) {
                    word.is_promised = false;
                    word.is_taken_back = true;
                    dropped.kept().await.unwrap();
                    // What a forgotten life has sent is there, whatever is dropped of it here.
                    word.is_surely_gone = !word.is_of_forgotten;
                }
            }
        }
    }

    async fn restore(&mut self) {
        let Some(copy) = &self.copy else {
            return;
        };
        // What it does from here on is nobody's.
        self.world.program.kill();
        self.disk = copy.disk.copy().await;
        self.read = copy.read;
        for (word, then) in self.words.iter_mut().zip(&copy.words) {
            word.back_to(then);
        }
        let server = self.world.server.lock().unwrap();
        for word in &mut self.words {
            let mut stored = server.messages.iter();
            word.is_of_forgotten |= stored.any(|message| message.client_id == word.key);
        }
        drop(server);
        // What was said since, and had not been sent, was on the other disk only.
        for word in self.words.iter_mut().skip(copy.words.len()) {
            word.is_promised = false;
            let fresh = Word::new(word.to, word.key.clone(), String::new(), word.has_file);
            word.back_to(&fresh);
        }
        self.kill();
    }
}
