//! What is counted of the way to other processes.

use super::New;
use prometheus_client::metrics::{counter::Counter, gauge::Gauge};

/// The counters of the bus between processes.
pub(crate) struct BusMetrics {
    pub(crate) up: Gauge,
    pub(crate) carried: Counter,
    pub(crate) heard: Counter,
    pub(crate) dropped: Counter,
    pub(crate) unreadable: Counter,
    pub(crate) counted_alone: Counter,
    pub(crate) cache_hits: Counter,
    pub(crate) cache_misses: Counter,
    pub(crate) cache_refused: Counter,
}

impl BusMetrics {
    pub(super) fn new(new: &mut New<'_>) -> Self {
        Self {
            up: new.default(
                "redis_up",
                "1 while Redis can be asked and listened to, else 0; always 0 without one",
            ),
            carried: new.default("bus_carried", "Events carried to other processes"),
            heard: new.default("bus_heard", "Events heard from other processes"),
            dropped: new.default(
                "bus_dropped",
                "Events that could not be carried to other processes, which find them by their places",
            ),
            unreadable: new.default(
                "bus_unreadable",
                "What came over the bus and could not be read, as from another version",
            ),
            counted_alone: new.default(
                "limits_counted_alone",
                "Calls that this process counted without the others, because Redis was away",
            ),
            cache_hits: new.default(
                "cache_hits",
                "Pages of messages that were in the cache",
            ),
            cache_misses: new.default(
                "cache_misses",
                "Pages of the newest messages that were not in the cache, or not as they are now",
            ),
            cache_refused: new.default(
                "cache_refused",
                "What lay in the cache and was not written by a server with the same keys",
            ),
        }
    }
}
