//! Whose presence is watched: those who are on a screen, and nobody else.

use crate::{Client, Update, Updates, lock, shared::Shared};
use chat_core::{Presence, UserId};
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
        let mut signals = lock(&self.signals);
        let mut watches = lock(&self.watches);
        let before = match users.is_empty() {
            true => watches.screens.remove(&screen),
            false => watches.screens.insert(screen, users.clone()),
        };
        if before.unwrap_or_default() == users {
            return;
        }
        signals.watch(watches.screens.values().flatten().copied().collect());
        drop(watches);
        drop(signals);
        self.wake.notify_one();
    }
}

/// Whether some people are here, observed. Dropping it ends that.
pub struct PresenceUpdates {
    shared: Arc<Shared>,
    updates: Updates,
    people: Vec<UserId>,
    /// As it was told last; none before the first time.
    shown: Option<Vec<Presence>>,
    /// They are watched for as long as this is there.
    _watch: Watch,
}

impl std::fmt::Debug for PresenceUpdates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PresenceUpdates")
            .field(&self.people)
            .finish()
    }
}

impl Client {
    /// Observes whether these people are here: for a screen that shows them and is neither a list nor a timeline.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, _| {
    /// use chat_core::PresenceState;
    ///
    /// let ben_id = ben.me().ok_or("nobody is signed in")?;
    /// let mut presence = ann.presence(vec![ben_id]);
    /// while let Some(known) = presence.next().await {
    ///     if known.iter().any(|one| one.user_id == ben_id && one.state == PresenceState::Online) {
    ///         break;
    ///     }
    /// }
    /// # Ok(())
    /// # });
    /// ```
    pub fn presence(&self, people: Vec<UserId>) -> PresenceUpdates {
        let watch = Watch::new(Arc::clone(self.shared()));
        let updates = self.updates();
        watch.show(people.clone());
        PresenceUpdates {
            shared: Arc::clone(self.shared()),
            updates,
            people,
            shown: None,
            _watch: watch,
        }
    }
}

impl PresenceUpdates {
    /// What is known of them: at once, and whenever it is something else. Nothing is told of those of whom nothing is known.
    /// Ends when the client is shut down. Dropping the future early loses nothing.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, _| {
    /// let ben_id = ben.me().ok_or("nobody is signed in")?;
    /// let mut presence = ann.presence(vec![ben_id]);
    /// // Nobody is watched yet, so nothing is known; then the server has told.
    /// while presence.next().await.ok_or("the client was shut down")?.is_empty() {}
    /// # Ok(())
    /// # });
    /// ```
    pub async fn next(&mut self) -> Option<Vec<Presence>> {
        loop {
            let now = self.known();
            if self.shown.as_ref() != Some(&now) {
                self.shown = Some(now.clone());
                return Some(now);
            }
            while !matches!(self.updates.next().await?, Update::Presence | Update::Reset) {}
        }
    }

    fn known(&self) -> Vec<Presence> {
        let known = lock(&self.shared.known);
        let people = self.people.iter();
        people
            .filter_map(|user| known.state.presence(*user).cloned())
            .collect()
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
