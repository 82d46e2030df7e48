//! Two clocks for tests: one that stands until it is moved, and one that goes with the runtime, which may be paused. Chance
//! is always the same with both.

use crate::Clock;
use async_trait::async_trait;
use chat_core::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::Instant};

/// Stands still until it is moved; whoever sleeps by it wakes then. All clones are the same clock, and a client and a
/// server may share it.
///
/// ```
/// use chat_client::{Status, test_kit::{HeldClock, TestServer, online, status}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = HeldClock::default();
/// let server = TestServer::held(&clock).await;
/// let ann = server.client("ann").await;
/// online(&ann).await;
/// let stopped = server.kill().await;
/// status(&ann, |status| matches!(status, Status::Waiting { .. })).await;
///
/// // The server is back, and she waits for as long as the clock stands.
/// let _server = stopped.start().await;
/// clock.move_by_ms(60_000);
/// online(&ann).await;
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct HeldClock(Arc<watch::Sender<Reading>>);

#[derive(Debug, Clone, Copy)]
struct Reading {
    day_ms: i64,
    elapsed_ms: u64,
}

impl HeldClock {
    /// Held at a moment.
    pub fn at_ms(ms: i64) -> Self {
        let reading = Reading {
            day_ms: ms,
            elapsed_ms: 0,
        };
        Self(Arc::new(watch::Sender::new(reading)))
    }

    /// Moves it, forward or back. What has elapsed only grows: setting a clock back undoes nothing.
    pub fn move_by_ms(&self, ms: i64) {
        self.0.send_modify(|reading| {
            reading.day_ms += ms;
            reading.elapsed_ms += u64::try_from(ms).unwrap_or(0);
        });
    }
}

impl Default for HeldClock {
    fn default() -> Self {
        Self::at_ms(1_900_000_000_000)
    }
}

#[async_trait]
impl Clock for HeldClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.borrow().day_ms)
    }

    fn elapsed_ms(&self) -> u64 {
        self.0.borrow().elapsed_ms
    }

    async fn sleep(&self, duration: Duration) {
        let mut reading = self.0.subscribe();
        let until = self.elapsed_ms().saturating_add(milliseconds(duration));
        // The clock is borrowed, so it is there for as long as somebody sleeps by it.
        reading
            .wait_for(|reading| reading.elapsed_ms >= until)
            .await
            .ok();
    }

    fn random(&self) -> f64 {
        0.5
    }
}

impl chat_server::Clock for HeldClock {
    fn now(&self) -> Timestamp {
        Clock::now(self)
    }

    fn uptime(&self) -> Duration {
        Duration::from_millis(self.elapsed_ms())
    }
}

/// Goes with the time of the tokio runtime, for tests without a real network: in a runtime that is `start_paused`, time
/// passes as fast as nothing happens, and an hour of trying takes no time.
#[derive(Debug)]
pub struct RuntimeClock {
    begin: Instant,
    ahead_ms: i64,
}

impl RuntimeClock {
    /// A clock that shows this time of day now.
    pub fn at_ms(ms: i64) -> Self {
        Self {
            begin: Instant::now(),
            ahead_ms: ms,
        }
    }
}

impl Default for RuntimeClock {
    fn default() -> Self {
        Self::at_ms(0)
    }
}

#[async_trait]
impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        let elapsed_ms = i64::try_from(self.elapsed_ms()).unwrap_or(i64::MAX);
        Timestamp::from_ms(elapsed_ms.saturating_add(self.ahead_ms))
    }

    fn elapsed_ms(&self) -> u64 {
        milliseconds(self.begin.elapsed())
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn random(&self) -> f64 {
        0.5
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
