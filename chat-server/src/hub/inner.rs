//! What the hub knows: which socket is whose, and which conversations it hears of. Every change happens under one lock
//! and leaves no trace of a socket that is gone.

use super::{Ending, Room, Socket, SocketId, presence::Watcher};
use chat_core::{Close, ConversationId, Envelope, Event, UserId};
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::Arc,
};

/// Everything the hub knows, behind its lock.
#[derive(Default)]
pub(super) struct Inner {
    pub(super) next_id: u64,
    pub(super) sockets: HashMap<SocketId, Connected>,
    pub(super) users: HashMap<UserId, Devices>,
    pub(super) rooms: HashMap<ConversationId, Room>,
    pub(super) watchers: HashMap<UserId, Vec<Watcher>>,
    pub(super) addresses: HashMap<IpAddr, u32>,
}

/// A socket and what it hears of.
pub(super) struct Connected {
    pub(super) socket: Arc<Socket>,
    pub(super) rooms: HashSet<ConversationId>,
    pub(super) watched: Vec<UserId>,
}

/// The sockets of one user.
#[derive(Default)]
pub(super) struct Devices {
    pub(super) sockets: Vec<Arc<Socket>>,
    /// Counts what came and went, so that a list of conversations that was read meanwhile is known to be stale.
    pub(super) changes: u64,
}

impl Inner {
    pub(super) fn everybody(&self) -> Vec<Arc<Socket>> {
        let connected = self.sockets.values();
        connected
            .map(|connected| connected.socket.clone())
            .collect()
    }

    pub(super) fn enter(&mut self, socket: &Arc<Socket>, id: ConversationId) {
        let Some(connected) = self.sockets.get_mut(&socket.id()) else {
            return;
        };
        if socket.only().is_none_or(|only| only == id) && connected.rooms.insert(id) {
            self.rooms.entry(id).or_default().enter(socket.clone());
        }
    }

    fn leave(&mut self, socket: &Arc<Socket>, id: ConversationId) {
        if let Some(connected) = self.sockets.get_mut(&socket.id()) {
            connected.rooms.remove(&id);
        }
        if self
            .rooms
            .get_mut(&id)
            .is_some_and(|room| room.leave(socket.id()))
        {
            self.rooms.remove(&id);
        }
    }

    pub(super) fn remove(&mut self, socket: &Arc<Socket>) -> bool {
        let Some(connected) = self.sockets.remove(&socket.id()) else {
            return false;
        };
        for id in &connected.rooms {
            if self
                .rooms
                .get_mut(id)
                .is_some_and(|room| room.leave(socket.id()))
            {
                self.rooms.remove(id);
            }
        }
        self.unwatch(socket.id(), &connected.watched);
        if let Some(devices) = self.users.get_mut(&socket.user_id()) {
            devices.sockets.retain(|known| known.id() != socket.id());
            if devices.sockets.is_empty() {
                self.users.remove(&socket.user_id());
            }
        }
        if let Some(address) = socket.address()
            && let Some(open) = self.addresses.get_mut(&address)
        {
            *open -= 1;
            if *open == 0 {
                self.addresses.remove(&address);
            }
        }
        true
    }

    /// The sockets of a user that hear of the event, after what it changes about what they hear.
    pub(super) fn devices_for(&mut self, user: UserId, envelope: &Envelope) -> Vec<Arc<Socket>> {
        let Some(devices) = self.users.get_mut(&user) else {
            return Vec::new();
        };
        let sockets = devices.sockets.clone();
        let id = envelope.conversation_id;
        match &envelope.event {
            Event::ConversationNew(conversation) => {
                devices.changes += 1;
                sockets
                    .iter()
                    .for_each(|socket| self.enter(socket, conversation.id));
            }
            Event::ConversationDeleted(gone) => {
                devices.changes += 1;
                sockets
                    .iter()
                    .for_each(|socket| self.leave(socket, gone.conversation_id));
            }
            _ => {}
        }
        if let Event::ConversationDeleted(gone) = &envelope.event {
            let narrowed = sockets
                .iter()
                .filter(|socket| socket.only() == Some(gone.conversation_id));
            narrowed.for_each(|socket| socket.end(Ending::new(Close::NotSignedIn)));
        }
        let about = |socket: &Arc<Socket>| match (socket.only(), id) {
            (Some(only), Some(id)) => only == id,
            _ => true,
        };
        sockets.into_iter().filter(about).collect()
    }
}
