//! Whose presence is watched: those who are on a screen, and nobody else.

use crate::{lock, shared::Shared};
use chat_core::UserId;
use std::{collections::BTreeMap, sync::Arc};

/// Who is on which screen.
#[derive(Default)]
pub(crate) struct Watches {
    last: u64,
    screens: BTreeMap<u64, Vec<UserId>>,
}

/// A screen. When it goes, nobody is on it any more.
pub(crate) struct Watch {
    shared: Arc<Shared>,
    number: u64,
}

impl Watch {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let mut watches = lock(&shared.watches);
        watches.last += 1;
        let number = watches.last;
        drop(watches);
        Self { shared, number }
    }

    /// Who is on this screen now.
    pub(crate) fn show(&self, users: Vec<UserId>) {
        self.shared.watch(self.number, users);
    }
}

impl Shared {
    /// Watches the presence of those on this screen, and on all others.
    pub(crate) fn watch(&self, screen: u64, users: Vec<UserId>) {
        let mut watches = lock(&self.watches);
        match users.is_empty() {
            true => drop(watches.screens.remove(&screen)),
            false => drop(watches.screens.insert(screen, users)),
        }
        let all = watches.screens.values().flatten().copied().collect();
        lock(&self.signals).watch(all);
        drop(watches);
        self.wake.notify_one();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let watches = lock(&self.shared.watches);
        let is_shown = watches.screens.contains_key(&self.number);
        drop(watches);
        if is_shown {
            self.show(Vec::new());
        }
    }
}
