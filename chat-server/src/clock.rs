//! Time and randomness come from here and nowhere else, so that tests can hold them.

use chat_core::Timestamp;
use rand::{Rng, rngs::StdRng};
use std::{
    sync::{Mutex, MutexGuard, OnceLock},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use uuid::{Builder, Uuid};

/// What time it is.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Time since some moment, by which limits are counted. Unlike [`Clock::now`] it must not jump when somebody sets the
    /// clock; one that is only ever moved forward need not say.
    fn uptime(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.now().ms()).unwrap_or(0))
    }
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let ms = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis());
        Timestamp::from_ms(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    fn uptime(&self) -> Duration {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        FIRST.get_or_init(Instant::now).elapsed()
    }
}

/// Ids and random words.
pub(crate) struct Random(Mutex<StdRng>);

impl Random {
    pub(crate) fn from_system() -> Self {
        Self(Mutex::new(rand::make_rng()))
    }

    #[cfg(test)]
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Mutex::new(rand::SeedableRng::seed_from_u64(seed)))
    }

    fn rng(&self) -> MutexGuard<'_, StdRng> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A UUIDv7 (RFC 9562, 5.7) of the given moment.
    pub(crate) fn id(&self, at: Timestamp) -> Uuid {
        let ms = u64::try_from(at.ms()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(ms, &self.bytes()).into_uuid()
    }

    pub(crate) fn word(&self) -> u64 {
        self.rng().next_u64()
    }

    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng().fill_bytes(&mut bytes);
        bytes
    }
}

/// The runtime's time, held by a test: while it stands, nobody is given up because the machine is slow. It is moved with
/// [`tokio::time::advance`].
#[cfg(test)]
pub(crate) struct StandingTime {
    _stands: std::sync::mpsc::Sender<()>,
}

#[cfg(test)]
impl StandingTime {
    pub(crate) fn begin() -> Self {
        let (stands, is_over) = std::sync::mpsc::channel::<()>();
        tokio::time::pause();
        // Paused, it would go on by itself whenever only a thread or a socket has something to do; beside work that blocks
        // it does not.
        tokio::task::spawn_blocking(move || is_over.recv());
        Self { _stands: stands }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_their_moment_and_differ() {
        let random = Random::seeded(1);
        let at = Timestamp::from_ms(1_800_000_000_000);

        let (first, second) = (random.id(at), random.id(at));

        assert_ne!(first, second);
        assert_eq!(first.get_version_num(), 7);
        assert_eq!(
            first.get_timestamp().map(|t| t.to_unix().0),
            Some(1_800_000_000)
        );
    }
}
