//! Who is here, by the sockets of this process, and who wants to know.

use super::{Hub, Inner, Socket, SocketId};
use chat_core::{Presence, PresenceState, UserId};
use std::{collections::BTreeSet, sync::Arc};

/// A socket that wants to know of somebody, and what it was last shown of them.
pub(super) struct Watcher {
    socket: Arc<Socket>,
    shown: Presence,
}

impl Hub {
    /// Whether a user is here.
    pub(crate) fn presence(&self, user: UserId) -> PresenceState {
        self.inner().presence(user)
    }

    /// Says whose presence a socket wants to hear of from now on, and what it is shown of them now.
    pub(crate) fn watch(&self, socket: &Arc<Socket>, shown: &[Presence]) {
        let mut inner = self.inner();
        let Some(connected) = inner.sockets.get_mut(&socket.id()) else {
            return;
        };
        let before = std::mem::replace(
            &mut connected.watched,
            shown.iter().map(|presence| presence.user_id).collect(),
        );
        inner.unwatch(socket.id(), &before);
        for presence in shown {
            let watchers = inner.watchers.entry(presence.user_id).or_default();
            watchers.push(Watcher {
                socket: socket.clone(),
                shown: presence.clone(),
            });
        }
    }

    /// Who watches somebody.
    pub(super) fn viewers(&self, user: UserId) -> impl Iterator<Item = UserId> {
        let inner = self.inner();
        let watchers = inner.watchers.get(&user).into_iter().flatten();
        let viewers: BTreeSet<_> = watchers.map(|watcher| watcher.socket.user_id()).collect();
        viewers.into_iter()
    }

    /// Notes what a viewer is shown. Returns those of their watching sockets for which that is new.
    pub(super) fn show(&self, presence: &Presence, viewer: UserId) -> Vec<Arc<Socket>> {
        let mut inner = self.inner();
        let watchers = inner.watchers.get_mut(&presence.user_id);
        watchers
            .into_iter()
            .flatten()
            .filter(|watcher| watcher.socket.user_id() == viewer && watcher.shown != *presence)
            .map(|watcher| {
                watcher.shown.clone_from(presence);
                watcher.socket.clone()
            })
            .collect()
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
                watchers.retain(|watcher| watcher.socket.id() != socket);
                if watchers.is_empty() {
                    self.watchers.remove(user);
                }
            }
        }
    }
}
