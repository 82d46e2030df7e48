//! Counting: how many, how fast, and whether every socket saw every place once and in order.

use hdrhistogram::Histogram;
use serde::Serialize;
use std::{collections::BTreeSet, sync::Mutex};

/// Latencies gathered before they go into the histogram that all share.
const GATHERED: usize = 256;

/// What takes longer counts as this long: ten minutes.
const LONGEST_US: u64 = 600_000_000;

/// Latencies of one kind, shared by all sockets.
#[derive(Debug)]
pub(super) struct Latencies(Mutex<Histogram<u64>>);

/// Percentiles in milliseconds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) count: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
    pub(crate) max_ms: f64,
}

impl Percentiles {
    /// What stands before them.
    pub(super) const TITLE: &str = "  p50 / p90 / p99 / p99.9 / max ms";

    /// For a person.
    pub(super) fn shown(&self) -> String {
        let Self {
            p50_ms,
            p90_ms,
            p99_ms,
            p999_ms,
            max_ms,
            ..
        } = self;
        format!("{p50_ms:.1} / {p90_ms:.1} / {p99_ms:.1} / {p999_ms:.1} / {max_ms:.1}")
    }
}

impl Latencies {
    pub(super) fn new() -> Self {
        let all = Histogram::new_with_max(LONGEST_US, 3).expect("three digits are allowed");
        Self(Mutex::new(all))
    }

    pub(super) fn percentiles(&self) -> Percentiles {
        let all = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let ms = |us: u64| us as f64 / 1_000.0;
        Percentiles {
            count: all.len(),
            p50_ms: ms(all.value_at_quantile(0.5)),
            p90_ms: ms(all.value_at_quantile(0.9)),
            p99_ms: ms(all.value_at_quantile(0.99)),
            p999_ms: ms(all.value_at_quantile(0.999)),
            max_ms: ms(all.max()),
        }
    }

    fn add(&self, latencies_us: &mut Vec<u64>) {
        let mut all = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for us in latencies_us.drain(..) {
            all.saturating_record(us);
        }
    }
}

/// One socket's own share of [`Latencies`]. Hands over what it has when it is dropped.
#[derive(Debug)]
pub(super) struct Gather<'a> {
    into: &'a Latencies,
    us: Vec<u64>,
}

impl<'a> Gather<'a> {
    pub(super) fn new(into: &'a Latencies) -> Self {
        Self {
            into,
            us: Vec::new(),
        }
    }

    pub(super) fn record(&mut self, us: u64) {
        self.us.push(us);
        if self.us.len() >= GATHERED {
            self.into.add(&mut self.us);
        }
    }
}

impl Drop for Gather<'_> {
    fn drop(&mut self) {
        self.into.add(&mut self.us);
    }
}

/// Whether one socket saw a log without a hole, a repetition or a jump back.
#[derive(Debug)]
pub(super) struct Order {
    next: u64,
    missing: BTreeSet<u64>,
    pub(super) doubled: u64,
    pub(super) late: u64,
}

impl Order {
    /// The log as it is now ends with this place.
    pub(super) fn after(last: u64) -> Self {
        Self {
            next: last + 1,
            missing: BTreeSet::new(),
            doubled: 0,
            late: 0,
        }
    }

    pub(super) fn see(&mut self, seq: u64) {
        if seq == self.next {
            self.next += 1;
        } else if seq > self.next {
            self.missing.extend(self.next..seq);
            self.next = seq + 1;
        } else if self.missing.remove(&seq) {
            self.late += 1;
        } else {
            self.doubled += 1;
        }
    }

    /// Whether every place up to this one was seen.
    pub(super) fn is_whole(&self, head: u64) -> bool {
        self.next > head && self.missing.is_empty()
    }

    /// Places up to this one that were never seen.
    pub(super) fn lost(&self, head: u64) -> u64 {
        self.missing.len() as u64 + (head + 1).saturating_sub(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_a_repetition_and_a_jump_back_are_told_apart() {
        let mut order = Order::after(10);
        for seq in [11, 12, 12, 15, 14] {
            order.see(seq);
        }

        assert_eq!((order.doubled, order.late), (1, 1));
        assert_eq!(order.lost(15), 1);
        assert_eq!(order.lost(17), 3);
        assert!(!order.is_whole(15));
        order.see(13);
        assert!(order.is_whole(15) && !order.is_whole(16));
    }

    #[test]
    fn latencies_of_all_sockets_come_together() {
        let all = Latencies::new();
        for from in [1, 501] {
            let mut gather = Gather::new(&all);
            (from..from + 500).for_each(|ms| gather.record(ms * 1_000));
        }

        let percentiles = all.percentiles();

        assert_eq!(percentiles.count, 1_000);
        assert!((percentiles.p50_ms - 500.0).abs() < 1.0, "{percentiles:?}");
        assert!((percentiles.p99_ms - 990.0).abs() < 2.0, "{percentiles:?}");
    }
}
