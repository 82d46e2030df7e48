//! How long a load goes on, how much it is at most, and how fast it comes.
//!
//! With a rate, the load does not wait for the server: each call is due at a moment of its own, and its latency counts
//! from that moment, also when it could only be made later. A server that stands still for a second shows a second.

use super::now_us;
use clap::Args;
use std::{
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    time::Duration,
};

/// After the end, what is on its way gets this long.
pub(super) const DRAIN_US: u64 = 10_000_000;

/// How long, how much, how fast.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct BoundArgs {
    /// For so many seconds at most
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) seconds: u64,
    /// End after so many messages or calls, all together
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// So many a second, all together, whatever becomes of them; latency counts from when each was due [default: the
    /// next when the last was answered]
    #[arg(long, value_name = "PER SECOND", value_parser = rate)]
    pub(crate) rate: Option<f64>,
}

/// Reads a rate.
pub(crate) fn rate(text: &str) -> Result<f64, &'static str> {
    let rate = text.parse::<f64>().ok().filter(|rate| rate.is_finite());
    rate.filter(|rate| (0.001..=1e7).contains(rate))
        .ok_or("must be a number of calls a second, from 0.001 on")
}

/// The bounds of a load that has begun.
#[derive(Debug)]
pub(super) struct Bound {
    began_us: u64,
    ends_us: AtomicU64,
    left: AtomicU64,
    counted: bool,
    pub(super) rate: Option<f64>,
    /// When something was last answered.
    last_us: AtomicU64,
}

impl Bound {
    pub(super) fn begin(args: BoundArgs) -> Self {
        let now = now_us();
        Self {
            began_us: now,
            ends_us: AtomicU64::new(now + args.seconds * 1_000_000),
            left: AtomicU64::new(args.count.unwrap_or(u64::MAX)),
            counted: args.count.is_some(),
            rate: args.rate,
            last_us: AtomicU64::new(now),
        }
    }

    /// When it ends. It may end earlier, when there was enough.
    pub(super) fn ends_us(&self) -> u64 {
        self.ends_us.load(SeqCst)
    }

    /// Whether it ends with a count: then nothing is left out.
    pub(super) fn is_counted(&self) -> bool {
        self.counted
    }

    pub(super) fn is_over(&self, now: u64) -> bool {
        now >= self.ends_us()
    }

    /// Takes one of those that may be made; false when there are no more, which ends it.
    pub(super) fn take(&self) -> bool {
        let taken = self
            .left
            .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
        if taken.is_err() {
            self.ends_us.fetch_min(now_us(), SeqCst);
        }
        taken.is_ok()
    }

    /// Whether something that was due at a moment is counted when it is answered now. With a rate or a count everything
    /// is that was due in time, however late its answer: leaving out the slow ones would make the server look fast.
    pub(super) fn counts(&self, now: u64) -> bool {
        match self.counted || self.rate.is_some() {
            true => {
                self.last_us.fetch_max(now, SeqCst);
                true
            }
            false => !self.is_over(now),
        }
    }

    /// For how long there was load, in seconds.
    pub(super) fn seconds(&self) -> f64 {
        let planned = self.ends_us() - self.began_us;
        let real = match self.counted {
            true => self.last_us.load(SeqCst) - self.began_us,
            false => planned,
        };
        (real.max(1)) as f64 / 1e6
    }

    /// The turns of one of so many who make calls.
    pub(super) fn turns(&self, nth: usize, of: usize) -> Turns<'_> {
        let every_us = self.rate.map(|rate| of as f64 * 1e6 / rate);
        let phase_us = every_us.map_or(0.0, |every| every / of as f64 * nth as f64);
        Turns {
            bound: self,
            every_us,
            due_us: self.began_us as f64 + phase_us,
        }
    }
}

/// When one who makes calls makes the next.
pub(super) struct Turns<'a> {
    bound: &'a Bound,
    every_us: Option<f64>,
    due_us: f64,
}

impl Turns<'_> {
    /// Waits for the next turn, and says when it was due; none at the end.
    pub(super) async fn next(&mut self) -> Option<u64> {
        let now = now_us();
        let Some(every_us) = self.every_us else {
            return (!self.bound.is_over(now) && self.bound.take()).then_some(now);
        };
        let due_us = self.due_us as u64;
        let ends_us = self.bound.ends_us();
        // What was due in time is made, also after the end; but not for ever.
        if due_us >= ends_us || now >= ends_us + DRAIN_US || !self.bound.take() {
            return None;
        }
        self.due_us += every_us;
        if due_us > now {
            tokio::time::sleep(Duration::from_micros(due_us - now)).await;
        }
        Some(due_us)
    }

    /// How many were due and not made.
    pub(super) fn left_out(&self) -> u64 {
        let behind = self.bound.ends_us() as f64 - self.due_us;
        match self.every_us {
            Some(every_us) if behind > 0.0 && !self.bound.counted => {
                // One that is due before the end is due, however shortly before it.
                (behind / every_us).ceil() as u64
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(count: Option<u64>, rate: Option<f64>) -> BoundArgs {
        BoundArgs {
            seconds: 3_600,
            count,
            rate,
        }
    }

    #[tokio::test]
    async fn turns_come_when_they_are_due_and_count_from_then() {
        let bound = Bound::begin(args(None, Some(1_000_000.0)));
        let mut turns = bound.turns(1, 4);

        let due = [turns.next().await.unwrap(), turns.next().await.unwrap()];

        assert_eq!(due, [bound.began_us + 1, bound.began_us + 5]);
    }

    #[tokio::test]
    async fn it_ends_after_so_many() {
        let bound = Bound::begin(args(Some(3), None));
        let mut turns = bound.turns(0, 1);
        let mut made = 0;
        while turns.next().await.is_some() {
            made += 1;
        }

        assert_eq!(made, 3);
        assert!(bound.is_over(now_us()));
        assert!(bound.counts(now_us() + 1_000_000) && bound.seconds() >= 1.0);
    }

    #[test]
    fn whatever_was_due_and_not_made_is_left_out() {
        let second = BoundArgs {
            seconds: 1,
            ..args(None, Some(20.0))
        };
        let bound = Bound::begin(second);

        // Ten each; those of the second one are due half a turn later.
        let left_out = [0, 1].map(|nth| bound.turns(nth, 2).left_out());

        assert_eq!(left_out, [10, 10]);
    }

    #[test]
    fn a_rate_is_a_number_above_nothing() {
        assert_eq!(rate("2.5"), Ok(2.5));
        for wrong in ["0", "-1", "NaN", "inf", "many"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
