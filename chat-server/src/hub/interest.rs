//! What this process must hear of: noted when the first socket concerned comes and when the last one goes. Whoever listens
//! for it takes the changes; without other processes nobody does, and nothing is noted.

use crate::bus::Topic;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The changes that nobody has taken yet, in the order they came.
#[derive(Default)]
pub(crate) struct Interest {
    changes: Mutex<Vec<(Topic, bool)>>,
    news: Notify,
    is_heeded: bool,
}

impl Interest {
    /// One that somebody heeds.
    pub(crate) fn heeded() -> Self {
        Self {
            is_heeded: true,
            ..Self::default()
        }
    }

    pub(crate) fn note(&self, topic: Topic, is_wanted: bool) {
        if self.is_heeded {
            self.changes().push((topic, is_wanted));
            self.news.notify_one();
        }
    }

    /// How many changes nobody has taken yet.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.changes().len()
    }

    /// Waits until there are changes.
    pub(crate) async fn changed(&self) {
        self.news.notified().await;
    }

    /// Takes them.
    pub(crate) fn take(&self) -> Vec<(Topic, bool)> {
        std::mem::take(&mut self.changes())
    }

    fn changes(&self) -> MutexGuard<'_, Vec<(Topic, bool)>> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
