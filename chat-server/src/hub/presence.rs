//! Who is here, by the sockets of this process, and who wants to know.

use super::{Hub, Inner, Socket, SocketId};
use chat_core::{PresenceState, UserId};
use std::sync::Arc;

impl Hub {
    /// Whether a user is here.
    pub(crate) fn presence(&self, user: UserId) -> PresenceState {
        self.inner().presence(user)
    }

    /// Says whose presence a socket wants to hear of from now on.
    pub(crate) fn watch(&self, socket: &Arc<Socket>, users: &[UserId]) {
        let mut inner = self.inner();
        let Some(connected) = inner.sockets.get_mut(&socket.id()) else {
            return;
        };
        let before = std::mem::replace(&mut connected.watched, users.to_vec());
        inner.unwatch(socket.id(), &before);
        for user in users {
            inner
                .watchers
                .entry(*user)
                .or_default()
                .push(socket.clone());
        }
    }
}

impl Inner {
    fn presence(&self, user: UserId) -> PresenceState {
        match self.users.get(&user) {
            None => PresenceState::Offline,
            Some(devices) if devices.sockets.iter().all(|socket| socket.is_away()) => {
                PresenceState::Away
            }
            Some(_) => PresenceState::Online,
        }
    }

    pub(super) fn unwatch(&mut self, socket: SocketId, users: &[UserId]) {
        for user in users {
            if let Some(watchers) = self.watchers.get_mut(user) {
                watchers.retain(|watcher| watcher.id() != socket);
                if watchers.is_empty() {
                    self.watchers.remove(user);
                }
            }
        }
    }
}
