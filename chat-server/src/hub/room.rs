//! The sockets that hear of one conversation, and the last place they were told.

use super::{Socket, SocketId};
use chat_core::Seq;
use std::sync::Arc;

/// A conversation that this process serves.
#[derive(Default)]
pub(super) struct Room {
    /// Shared with whoever is telling something just now, so that telling holds no lock.
    sockets: Arc<Vec<Arc<Socket>>>,
    /// None until something was told: what is before is the clients' own business, they sync.
    told: Option<Seq>,
}

impl Room {
    pub(super) fn sockets(&self) -> Arc<Vec<Arc<Socket>>> {
        self.sockets.clone()
    }

    pub(super) fn told(&self) -> Option<Seq> {
        self.told
    }

    pub(super) fn set_told(&mut self, seq: Seq) {
        self.told = Some(seq);
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
