//! How a connection is lost, and how long to wait before coming back.

use super::Link;
use chat_core::Close;

/// The longest random delay doubles from here with every failure …
const BACKOFF_BASE_MS: u64 = 500;
/// … up to here.
pub(super) const BACKOFF_MOST_MS: u64 = 30_000;
/// … or up to here, while nobody looks.
const BACKOFF_MOST_BACKGROUND_MS: u64 = 300_000;
/// Who comes back sooner than this and is sent away again, comes back later.
pub(super) const RUSH_MS: u64 = 500;
/// A server may send its clients away for at most this long.
pub(super) const AWAY_MOST_MS: u64 = 300_000;
/// Who has too many sockets or calls waits at least this long.
const TOO_MANY_LEAST_MS: u64 = 1_000;

/// How the connection was lost, and what that says about coming back.
pub(super) struct Loss {
    pub(super) reason: String,
    delay: Delay,
    pub(super) renew: bool,
    /// The server meant it: it goes away, and another takes its place.
    pub(super) is_planned: bool,
}

enum Delay {
    /// Random and growing.
    Backoff,
    /// Not earlier than this, and a little random time later.
    AtLeast(u64),
    /// As the server says: it spreads its clients itself. Not at once again and again.
    Exactly(u64),
    /// None the first time.
    AtOnce,
}

/// Anything from nothing to the most that is allowed after so many failures ("full jitter"): clients that were cut off
/// together do not come back together.
pub(crate) fn backoff_ms(failures: u32, dice: f64) -> u64 {
    backoff_up_to_ms(BACKOFF_MOST_MS, failures, dice)
}

fn backoff_up_to_ms(most_ms: u64, failures: u32, dice: f64) -> u64 {
    let most_ms = most_ms.min(BACKOFF_BASE_MS << failures.min(16));
    // At most 300,000: exact in an f64, and back.
    (most_ms as f64 * dice.clamp(0.0, 1.0)) as u64
}

impl Loss {
    /// What a closing code that allows coming back says.
    pub(super) fn closed(code: u16, said: &str) -> Self {
        let close = Close::from_code(code);
        let delay = match close {
            Some(Close::GoingAway) => said
                .trim()
                .parse::<u64>()
                .map_or(Delay::Backoff, |ms| Delay::Exactly(ms.min(AWAY_MOST_MS))),
            Some(Close::TokenExpired) => Delay::AtOnce,
            Some(Close::TooMany) => Delay::AtLeast(TOO_MANY_LEAST_MS),
            _ => Delay::Backoff,
        };
        let reason = match close {
            Some(close) => format!("the server closed the connection: {}", close.reason()),
            None => format!("the connection was closed (code {code})"),
        };
        Self {
            reason,
            delay,
            renew: close == Some(Close::TokenExpired),
            is_planned: close == Some(Close::GoingAway),
        }
    }

    /// How long to wait before coming back: after so many failures, and longer when it has just come back in next to no
    /// time or nobody looks.
    pub(super) fn delay_ms(&self, link: &Link, dice: f64) -> u64 {
        let (failures, rushed) = (link.failures, link.rushed);
        let most_ms = match link.in_background {
            true => BACKOFF_MOST_BACKGROUND_MS,
            false => BACKOFF_MOST_MS,
        };
        let random_ms = backoff_up_to_ms(most_ms, failures, dice);
        match self.delay {
            Delay::Backoff => random_ms,
            Delay::AtLeast(ms) => ms.saturating_add(random_ms),
            Delay::Exactly(ms) if rushed => ms.max(RUSH_MS + random_ms),
            Delay::Exactly(ms) => ms,
            Delay::AtOnce if failures == 0 && !rushed => 0,
            Delay::AtOnce => random_ms,
        }
    }

    pub(super) fn broken(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            delay: Delay::Backoff,
            renew: false,
            is_planned: false,
        }
    }

    pub(super) fn refused(reason: String, retry_after_ms: Option<u64>) -> Self {
        Self {
            reason,
            delay: retry_after_ms.map_or(Delay::Backoff, |ms| Delay::AtLeast(ms.min(AWAY_MOST_MS))),
            renew: false,
            is_planned: false,
        }
    }
}
