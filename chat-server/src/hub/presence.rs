//! Who is here, by the sockets of this process, and who wants to know.

use super::{Hub, Inner, Socket, SocketId};
use crate::bus::Topic;
use chat_core::{Presence, PresenceState, UserId};
use std::{
    collections::{BTreeSet, hash_map::Entry},
    sync::Arc,
};

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
            inner.watchers(presence.user_id).push(Watcher {
                socket: socket.clone(),
                shown: presence.clone(),
            });
        }
    }

    /// Everybody who is watched.
    pub(crate) fn watched(&self) -> Vec<UserId> {
        self.inner().watchers.keys().copied().collect()
    }

    /// Whether somebody is watched.
    pub(crate) fn is_watched(&self, user: UserId) -> bool {
        self.inner().watchers.contains_key(&user)
    }

    /// Whether somebody is shown in another state than this to one who watches them: wrongly, or because they hide.
    pub(crate) fn is_shown_otherwise(&self, user: UserId, state: PresenceState) -> bool {
        let inner = self.inner();
        let mut watchers = inner.watchers.get(&user).into_iter().flatten();
        watchers.any(|watcher| watcher.shown.state != state)
    }

    /// Everybody who has a device here.
    pub(crate) fn here(&self) -> Vec<UserId> {
        self.inner().users.keys().copied().collect()
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
    pub(super) fn presence(&self, user: UserId) -> PresenceState {
        let devices = self.users.get(&user);
        let sockets = devices.into_iter().flat_map(|devices| &devices.sockets);
        let seen = sockets.filter(|socket| !socket.is_unseen());
        seen.fold(PresenceState::Offline, |state, socket| {
            match (state, socket.is_away()) {
                (PresenceState::Online, _) | (_, false) => PresenceState::Online,
                (_, true) => PresenceState::Away,
            }
        })
    }

    fn watchers(&mut self, user: UserId) -> &mut Vec<Watcher> {
        match self.watchers.entry(user) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                self.interest.note(Topic::Watched(user), true);
                new.insert(Vec::new())
            }
        }
    }

    pub(super) fn unwatch(&mut self, socket: SocketId, users: &[UserId]) {
        for user in users {
            if let Some(watchers) = self.watchers.get_mut(user) {
                watchers.retain(|watcher| watcher.socket.id() != socket);
                if watchers.is_empty() {
                    self.watchers.remove(user);
                    self.interest.note(Topic::Watched(*user), false);
                }
            }
        }
    }
}
