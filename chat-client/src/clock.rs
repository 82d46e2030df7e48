//! Time and chance, behind one trait so that tests can hold them.

use async_trait::async_trait;
use chat_core::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// Knows the time and throws the dice.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The time of day. May jump.
    fn now(&self) -> Timestamp;
    /// Milliseconds since a moment that stays the same. Never goes back.
    fn elapsed_ms(&self) -> u64;
    /// Returns after this long. Dropping it early is harmless.
    async fn sleep(&self, duration: Duration);
    /// A number from 0 up to, but not including, 1.
    fn random(&self) -> f64;
}

/// The machine's own clock.
#[derive(Debug)]
pub struct SystemClock {
    begin: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self {
            begin: Instant::now(),
        }
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn random(&self) -> f64 {
        rand::random()
    }
}
