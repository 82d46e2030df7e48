//! Two devices of one user through all their lives, and the reckoning at the end.

use super::{
    act::Dice,
    device::{Device, FILE},
    disk::Disk,
    server::Server,
    wire::World,
};
use crate::kit::{SERVER, ann, cellar, hall, session};
use chat_client::{
    Client, Said, Status, Store, TimelineItem, TimelineOptions,
    test_kit::{Fault, Faults, RuntimeClock},
};
use chat_core::{ClientId, ConversationId, Message};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Everything is done when this much time of nothing else has passed.
const LONG: Duration = Duration::from_secs(3_600);

/// A user's phone and laptop, and the server.
pub(crate) struct Life {
    pub(crate) phone: Device,
    pub(crate) laptop: Device,
    faults: Faults,
    server: Arc<Mutex<Server>>,
}

/// Faults every dozen steps or so.
pub(crate) fn any_faults(seed: u64) -> Faults {
    let mut dice = Dice(seed ^ 0xfa17);
    let fault = |side| match side {
        0 => Some(Fault::Kill),
        1 | 2 => Some(Fault::Cut),
        3 => Some(Fault::Silence),
        _ => None,
    };
    let all = (0..2_000).filter_map(|step| Some((step, fault(dice.throw(40))?)));
    Faults::planned(all)
}

/// What a client thinks of a conversation.
#[derive(Debug, PartialEq)]
struct View {
    messages: Vec<Message>,
    unread_count: u32,
    read_seq: u64,
}

impl Life {
    pub(crate) fn begin(faults: Faults) -> Self {
        Self::on(Disk::in_memory, faults)
    }

    /// With such disks.
    pub(crate) fn on(disk: fn() -> Disk, faults: Faults) -> Self {
        let server = Arc::new(Mutex::new(Server::new(&[hall(), cellar()])));
        faults.set_offline(true);
        Self {
            phone: Device::new("phone", disk(), &faults, &server),
            laptop: Device::new("laptop", disk(), &faults, &server),
            faults,
            server,
        }
    }

    /// Lets everything come to its end, and looks whether it is as promised. Programs that live come back by themselves:
    /// nobody tells them that nothing goes wrong any more. How many steps it took.
    pub(crate) async fn end(mut self) -> usize {
        self.faults.disarm();
        let mut devices = Vec::new();
        for device in [&mut self.phone, &mut self.laptop] {
            devices.push((device.name, device.client().await));
        }
        for (name, client) in &devices {
            settle(name, client).await;
        }
        for device in [&self.phone, &self.laptop] {
            self.check_words(device);
            self.check_read(device).await;
        }
        let world = World::new(&self.faults, &self.server);
        let empty = Disk::in_memory().open().await;
        devices.push(("a new device", fresh(&world, empty).await));
        for (name, client) in &devices {
            client.start();
            settle(name, client).await;
            for id in [hall(), cellar()] {
                self.check_view(name, client, id).await;
                assert!(client.read(|state| state.echoes(id).is_empty()), "{name}");
            }
        }
        let steps = self.faults.steps();
        for (_, client) in &devices {
            client.shutdown().await;
        }
        for device in [&self.phone, &self.laptop] {
            self.check_disk(device).await;
        }
        steps
    }

    /// What another device makes of a message as soon as the phone has edited it.
    pub(crate) fn edit_elsewhere(&self, content: &str) {
        self.server.lock().unwrap().edited_elsewhere = Some(content.to_owned());
    }

    /// Whether it has.
    pub(crate) fn is_edited_elsewhere(&self) -> bool {
        self.server.lock().unwrap().edited_elsewhere.is_none()
    }

    fn told(&self, id: ConversationId) -> Vec<Message> {
        let server = self.server.lock().unwrap();
        let here = server.messages.iter().filter(|m| m.conversation_id == id);
        here.cloned().collect()
    }

    /// What the server would tell a device that begins from nothing.
    fn wanted(&self, id: ConversationId) -> View {
        let my = self.server.lock().unwrap().my(ann(), id);
        View {
            messages: self.told(id),
            unread_count: my.unread_count,
            read_seq: my.read_seq.get(),
        }
    }

    /// A device comes to know what the server knows; what the other one did last may still be on its way.
    async fn check_view(&self, name: &str, client: &Client, id: ConversationId) {
        let wanted = self.wanted(id);
        let agrees = async {
            while view(client, id).await != wanted {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        if tokio::time::timeout(LONG, agrees).await.is_err() {
            assert_eq!(view(client, id).await, wanted, "{name}");
        }
    }

    /// Every word that was promised on this device is there, once, and in the order in which it was said there.
    fn check_words(&self, device: &Device) {
        let words = || device.words.iter();
        let is_back = |key: &ClientId| words().any(|word| word.is_taken_back && &word.key == key);
        for id in [hall(), cellar()] {
            let told = self.told(id);
            let all: BTreeSet<_> = told.iter().map(|m| m.client_id.clone()).collect();
            assert_eq!(all.len(), told.len(), "a message is there twice");
            let said = || words().filter(|word| word.to == id);
            let order = said().map(|word| &word.key);
            let order = order.filter(|key| all.contains(key) && !is_back(key));
            let order: Vec<_> = order.collect();
            let keys: BTreeSet<_> = said().map(|word| &word.key).collect();
            let stored = told.iter().map(|message| &message.client_id);
            let stored = stored.filter(|key| keys.contains(key) && !is_back(key));
            let stored: Vec<_> = stored.collect();
            assert_eq!(stored, order, "the order is another");
            for word in said().filter(|word| word.is_promised) {
                assert!(all.contains(&word.key), "a promised message is lost");
            }
            for word in said() {
                let stored = told.iter().find(|message| message.client_id == word.key);
                stored.into_iter().for_each(|message| word.check(message));
            }
        }
        self.check_files();
        self.check_edits();
    }

    /// The server comes to know how far one has read, where that was promised on this device.
    async fn check_read(&self, device: &Device) {
        let read = || self.server.lock().unwrap().my(ann(), hall()).read_seq;
        let told = async {
            while read() < device.read {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        let told = tokio::time::timeout(LONG, told).await;
        assert!(told.is_ok(), "{} read up to {}", device.name, device.read);
    }

    /// Each edit was done once: done again it would come over what another device made of the message in between.
    fn check_edits(&self) {
        let server = self.server.lock().unwrap();
        let given = server.texts_given();
        let each: BTreeSet<_> = given.iter().collect();
        assert_eq!(each.len(), given.len(), "an edit was done twice: {given:?}");
    }

    /// Each file that a message carries is there once, and is what lies on the device.
    fn check_files(&self) {
        let server = self.server.lock().unwrap();
        let file = std::fs::read(FILE).unwrap();
        let carried = server.messages.iter().flat_map(|m| &m.extras.attachments);
        let mut ids = BTreeSet::new();
        for carried in carried {
            assert!(ids.insert(carried.id), "a file is in two messages");
            let mut stored = server.files.values();
            let stored = stored.find(|(known, _)| known.id == carried.id).unwrap();
            assert!(stored.1 == file, "a file is another");
        }
    }

    /// What the disk holds is what was told, without any network.
    async fn check_disk(&self, device: &Device) {
        self.faults.set_offline(true);
        let world = World::new(&self.faults, &self.server);
        let client = fresh(&world, device.disk.open().await).await;
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
            let said: Vec<_> = rows.iter().filter_map(stored).cloned().collect();
            assert_eq!(said, self.told(id), "the timeline");
        }
    }
}

/// A client with this disk, as it is before any network.
async fn fresh(world: &World, disk: impl Store) -> Client {
    let builder = Client::builder(SERVER.parse().unwrap()).session(session());
    let builder = builder
        .transport(world.transport())
        .clock(RuntimeClock::default());
    builder.store(disk).open().await.unwrap()
}

/// Waits until nothing is queued any more and everything is there.
async fn settle(name: &str, client: &Client) {
    let is_done = || client.queued().is_empty() && *client.status().borrow() == Status::Online;
    let done = async {
        while !is_done() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    if tokio::time::timeout(LONG, done).await.is_err() {
        let (status, queued) = (client.status().borrow().clone(), client.queued());
        panic!("{name} stays {status}, with {queued:?}");
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

async fn view(client: &Client, id: ConversationId) -> View {
    let messages = known(client, id).await;
    client.read(|state| {
        let my = &state.conversation(id).unwrap().conversation().my;
        View {
            messages,
            unread_count: my.unread_count,
            read_seq: my.read_seq.get(),
        }
    })
}

/// All messages of a conversation, as a client knows them.
async fn known(client: &Client, id: ConversationId) -> Vec<Message> {
    while client.conversation(id).load_older(3).await.unwrap_or(false) {}
    client.read(|state| {
        let known = state.conversation(id).unwrap();
        known.messages().cloned().collect()
    })
}
