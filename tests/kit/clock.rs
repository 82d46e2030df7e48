//! A clock that the test moves.

use chat_core::Timestamp;
use chat_server::Clock;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// Stands still until it is moved. All clones are the same clock.
#[derive(Debug, Clone)]
pub struct HeldClock(Arc<AtomicI64>);

impl HeldClock {
    /// Held at a moment.
    pub fn at_ms(ms: i64) -> Self {
        Self(Arc::new(AtomicI64::new(ms)))
    }

    /// Moves it, forward or back.
    pub fn move_by_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Default for HeldClock {
    fn default() -> Self {
        Self::at_ms(1_900_000_000_000)
    }
}

impl Clock for HeldClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::Relaxed))
    }
}
