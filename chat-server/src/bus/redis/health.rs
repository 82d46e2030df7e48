//! Whether Redis is there: both connections up, and answering. While it is not, that is said once a minute; and once when
//! it is there again.

use crate::telemetry::Metrics;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// While it is away, this is said so often.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// A part that must be up.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Commands = 1,
    Listening = 2,
}

const BOTH: u8 = (Part::Commands as u8) | (Part::Listening as u8);

/// What is known of it.
pub(super) struct Health {
    up: AtomicU8,
    said: Mutex<Option<Instant>>,
    away_since: Mutex<Option<Instant>>,
    /// Whether it was said that it is away, and not yet that it is back.
    is_said: AtomicBool,
    changed: Notify,
    metrics: Arc<Metrics>,
}

impl Health {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            up: AtomicU8::new(0),
            said: Mutex::default(),
            away_since: Mutex::default(),
            is_said: AtomicBool::new(false),
            changed: Notify::new(),
            metrics,
        }
    }

    pub(super) fn is_away(&self) -> bool {
        self.up.load(Ordering::Relaxed) != BOTH
    }

    /// Waits until something else is so than before. For one who waits.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Wakes who waits for a change.
    pub(super) fn wake(&self) {
        self.changed.notify_one();
    }

    pub(super) fn up(&self, part: Part) {
        self.up.fetch_or(part as u8, Ordering::Relaxed);
        if self.is_away() {
            return;
        }
        self.metrics.bus.up.set(1);
        let since = self
            .away_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(since) = since
            && self.is_said.swap(false, Ordering::Relaxed)
        {
            tracing::info!(away_s = since.elapsed().as_secs(), "redis is there");
        }
        self.wake();
    }

    /// Notes that a part does not work, and why.
    pub(super) fn down(&self, part: Part, why: &str) {
        self.down_at(part, why, Instant::now());
    }

    /// The same at a moment. Whether it was time to say so.
    fn down_at(&self, part: Part, why: &str, now: Instant) -> bool {
        let before = self.up.fetch_and(!(part as u8), Ordering::Relaxed);
        self.metrics.bus.up.set(0);
        self.away_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(now);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = said.is_none_or(|at| now.duration_since(at) >= SAY_EVERY);
        if is_time {
            *said = Some(now);
            self.is_said.store(true, Ordering::Relaxed);
            tracing::warn!(
                why,
                "redis is away: other processes hear of what is said here within seconds, limits are counted by each process"
            );
        }
        drop(said);
        if before & (part as u8) != 0 {
            self.wake();
        }
        is_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_it_is_away_is_said_once_a_minute_also_when_it_comes_and_goes() {
        let (health, began) = (Health::new(Arc::new(Metrics::new())), Instant::now());
        let mut said = 0;
        for second in 0..600 {
            let now = began + Duration::from_secs(second);
            said += usize::from(health.down_at(Part::Commands, "no answer", now));
            said += usize::from(health.down_at(Part::Listening, "no answer", now));
            if second % 7 == 0 {
                health.up(Part::Commands);
                health.up(Part::Listening);
            }
        }
        assert_eq!(said, 10);
    }
}
