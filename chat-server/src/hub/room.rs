//! The sockets that hear of one conversation, and the last place they were told.

use super::{Socket, SocketId};
use chat_core::{Seq, UserId};
use std::{collections::HashSet, sync::Arc};

/// A conversation that this process serves.
pub(super) struct Room {
    /// Shared with whoever is telling something just now, so that telling holds no lock.
    sockets: Arc<Vec<Arc<Socket>>>,
    /// What was there before the first socket is the clients' own business, they sync.
    told: Seq,
    /// Whom the log has taken out while their sockets were here.
    evicted: HashSet<UserId>,
}

impl Room {
    /// One of which nothing after this place was told.
    pub(super) fn new(told: Seq) -> Self {
        Self {
            sockets: Arc::default(),
            told,
            evicted: HashSet::new(),
        }
    }

    pub(super) fn sockets(&self) -> Arc<Vec<Arc<Socket>>> {
        self.sockets.clone()
    }

    pub(super) fn told(&self) -> Seq {
        self.told
    }

    pub(super) fn set_told(&mut self, seq: Seq) {
        self.told = seq;
    }

    pub(super) fn note_evicted(&mut self, user: UserId) {
        self.evicted.insert(user);
    }

    /// Whether they had been taken out.
    pub(super) fn forget_evicted(&mut self, user: UserId) -> bool {
        self.evicted.remove(&user)
    }

    pub(super) fn enter(&mut self, socket: Arc<Socket>) {
        Arc::make_mut(&mut self.sockets).push(socket);
    }

    /// Returns whether nobody is left.
    pub(super) fn leave(&mut self, id: SocketId) -> bool {
        if let Some(place) = self.sockets.iter().position(|socket| socket.id() == id) {
            Arc::make_mut(&mut self.sockets).swap_remove(place);
        }
        self.sockets.is_empty()
    }
}
