//! What the hub knows: which socket is whose, and which conversations it hears of. Every change happens under one lock
//! and leaves no trace of a socket that is gone.

use super::{Ending, Interest, Socket, SocketId, presence::Watcher, room::Room};
use crate::bus::Topic;
use chat_core::{Close, ConversationId, Envelope, Event, Seq, UserId};
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
    pub(super) interest: Arc<Interest>,
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
    /// How far their inbox was told; none until that is known.
    pub(super) told: Option<Seq>,
}

impl Inner {
    pub(super) fn new(interest: Arc<Interest>) -> Self {
        Self {
            interest,
            ..Self::default()
        }
    }

    pub(super) fn everybody(&self) -> Vec<Arc<Socket>> {
        let connected = self.sockets.values();
        connected
            .map(|connected| connected.socket.clone())
            .collect()
    }

    /// The devices of a user, of whom one is here.
    pub(super) fn devices(&mut self, user: UserId) -> &mut Devices {
        if !self.users.contains_key(&user) {
            self.interest.note(Topic::User(user), true);
        }
        self.users.entry(user).or_default()
    }

    /// Makes a socket hear of a conversation, whose log reaches this far for those who were not told of it before.
    pub(super) fn enter(&mut self, socket: &Arc<Socket>, id: ConversationId, head: Seq) {
        let Some(connected) = self.sockets.get_mut(&socket.id()) else {
            return;
        };
        if socket.only().is_none_or(|only| only == id) && connected.rooms.insert(id) {
            if !self.rooms.contains_key(&id) {
                self.interest.note(Topic::Conversation(id), true);
            }
            let room = self.rooms.entry(id).or_insert_with(|| Room::new(head));
            room.enter(socket.clone());
        }
    }

    fn leave(&mut self, socket: &Arc<Socket>, id: ConversationId) {
        if let Some(connected) = self.sockets.get_mut(&socket.id()) {
            connected.rooms.remove(&id);
        }
        self.leave_room(id, socket.id());
    }

    fn leave_room(&mut self, id: ConversationId, socket: SocketId) {
        if self
            .rooms
            .get_mut(&id)
            .is_some_and(|room| room.leave(socket))
        {
            self.rooms.remove(&id);
            self.interest.note(Topic::Conversation(id), false);
        }
    }

    /// The log says that somebody is no member any more: from here on they hear nothing of it.
    pub(super) fn evict(&mut self, id: ConversationId, user: UserId) {
        let Some(room) = self.rooms.get_mut(&id) else {
            return;
        };
        let theirs: Vec<_> = room
            .sockets()
            .iter()
            .filter(|socket| socket.user_id() == user)
            .cloned()
            .collect();
        if theirs.is_empty() {
            return;
        }
        room.note_evicted(user);
        theirs.iter().for_each(|socket| self.leave(socket, id));
    }

    /// The log says that somebody who was taken out is a member again.
    pub(super) fn let_back(&mut self, id: ConversationId, user: UserId, head: Seq) {
        let room = self.rooms.get_mut(&id);
        if !room.is_some_and(|room| room.forget_evicted(user)) {
            return;
        }
        let sockets = self.users.get(&user).map(|devices| devices.sockets.clone());
        for socket in sockets.unwrap_or_default() {
            self.enter(&socket, id, head);
        }
    }

    pub(super) fn set_inbox_told(&mut self, user: UserId, seq: Seq) {
        if let Some(devices) = self.users.get_mut(&user) {
            devices.told = Some(seq);
        }
    }

    pub(super) fn remove(&mut self, socket: &Arc<Socket>) -> bool {
        let Some(connected) = self.sockets.remove(&socket.id()) else {
            return false;
        };
        for id in &connected.rooms {
            self.leave_room(*id, socket.id());
        }
        self.unwatch(socket.id(), &connected.watched);
        if let Some(devices) = self.users.get_mut(&socket.user_id()) {
            devices.sockets.retain(|known| known.id() != socket.id());
            if devices.sockets.is_empty() {
                self.users.remove(&socket.user_id());
                self.interest.note(Topic::User(socket.user_id()), false);
            }
        }
        if let Some(address) = socket.household()
            && let Some(open) = self.addresses.get_mut(&address)
        {
            *open -= 1;
            if *open == 0 {
                self.addresses.remove(&address);
            }
        }
        true
    }

    pub(super) fn skip_inbox_to(&mut self, user: UserId, seq: Seq) {
        if let Some(devices) = self.users.get_mut(&user) {
            devices.told = devices.told.max(Some(seq));
        }
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
                    .for_each(|socket| self.enter(socket, conversation.id, conversation.last_seq));
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
