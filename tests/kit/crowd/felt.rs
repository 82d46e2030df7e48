//! How long people waited: from saying something to its acknowledgement, and until everybody had seen it.

use chat_client::Client;
use chat_core::ConversationId;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{task::JoinHandle, time::Instant};

/// The longest that anybody waited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Felt {
    /// For an acknowledgement.
    pub acknowledged: Duration,
    /// Until everybody had seen it.
    pub seen: Duration,
}

impl fmt::Display for Felt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (acknowledged, seen) = (self.acknowledged.as_millis(), self.seen.as_millis());
        write!(
            f,
            "acknowledged after {acknowledged} ms at most, seen by all after {seen} ms"
        )
    }
}

/// When what was said, when it was acknowledged, and with which place.
#[derive(Debug, Clone, Default)]
pub(super) struct Moments(Arc<Mutex<Vec<(Instant, Instant, u64)>>>);

impl Moments {
    pub(super) fn acknowledged(&self, said_at: Instant, seq: u64) {
        lock(&self.0).push((said_at, Instant::now(), seq));
    }

    pub(super) fn felt(&self, watches: &[Watch]) -> Felt {
        let mut felt = Felt::default();
        for (said_at, acknowledged_at, seq) in lock(&self.0).iter() {
            let seen = watches.iter().filter_map(|watch| watch.reached(*seq)).max();
            let seen = seen.unwrap_or(*acknowledged_at);
            felt.acknowledged = felt.acknowledged.max(*acknowledged_at - *said_at);
            felt.seen = felt.seen.max(seen.saturating_duration_since(*said_at));
        }
        felt
    }
}

/// When a client knew how much of a log.
pub(super) struct Watch {
    reached: Arc<Mutex<Vec<(u64, Instant)>>>,
    looks: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.looks.abort();
    }
}

impl Watch {
    pub(super) fn start(client: Client, id: ConversationId) -> Self {
        let reached = Arc::new(Mutex::new(Vec::new()));
        let to = reached.clone();
        let looks = tokio::spawn(async move {
            let (mut updates, mut last) = (client.updates(), 0);
            loop {
                let position = |known: &chat_core::ConversationState| known.position().seq.get();
                let now = client.read(|state| state.conversation(id).map_or(0, position));
                if now > last {
                    last = now;
                    lock(&to).push((now, Instant::now()));
                }
                if updates.next().await.is_none() {
                    return;
                }
            }
        });
        Self { reached, looks }
    }

    /// When it knew this place; none for never.
    fn reached(&self, seq: u64) -> Option<Instant> {
        let reached = lock(&self.reached);
        let first = reached.partition_point(|(place, _)| *place < seq);
        reached.get(first).map(|(_, at)| *at)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
