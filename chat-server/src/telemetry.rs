//! What is counted, for Prometheus. Never a name, a token or a text.

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    operation: &'static str,
    outcome: &'static str,
}

/// From a quarter of a millisecond to eight seconds.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_25, 2.0, 16))
}

/// The counters of one server.
pub(crate) struct Metrics {
    registry: Registry,
    calls: Family<Call, Counter>,
    call_seconds: Family<Call, Histogram>,
    batch_writes: Histogram,
    pub(crate) sockets: Gauge,
    pub(crate) deliveries: Counter,
    pub(crate) resyncs: Counter,
    pub(crate) healed: Counter,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("chat");
        let calls = Family::default();
        registry.register(
            "calls",
            "Calls over HTTP and sockets, by operation and outcome",
            calls.clone(),
        );
        let call_seconds = Family::new_with_constructor(seconds as fn() -> Histogram);
        registry.register_with_unit(
            "call",
            "Time from a call to its answer",
            Unit::Seconds,
            call_seconds.clone(),
        );
        let batch_writes = Histogram::new(exponential_buckets(1.0, 2.0, 10));
        registry.register(
            "batch_writes",
            "Writes that shared one transaction",
            batch_writes.clone(),
        );
        let sockets = Gauge::default();
        registry.register("sockets", "Open sockets", sockets.clone());
        let deliveries = Counter::default();
        registry.register(
            "deliveries",
            "Events put into the queues of sockets",
            deliveries.clone(),
        );
        let resyncs = Counter::default();
        registry.register(
            "resyncs",
            "Sockets that were too slow and told to resync",
            resyncs.clone(),
        );
        let healed = Counter::default();
        registry.register(
            "bus_gaps",
            "Gaps in what the bus brought that were fetched from the database",
            healed.clone(),
        );
        Self {
            registry,
            calls,
            call_seconds,
            batch_writes,
            sockets,
            deliveries,
            resyncs,
            healed,
        }
    }

    /// Counts a call and how long it took. The outcome is `ok` or the code of the error.
    pub(crate) fn call(&self, operation: &'static str, outcome: &'static str, took: Duration) {
        let call = Call { operation, outcome };
        self.calls.get_or_create(&call).inc();
        self.call_seconds
            .get_or_create(&call)
            .observe(took.as_secs_f64());
    }

    pub(crate) fn batch(&self, writes: usize) {
        self.batch_writes.observe(writes as f64);
    }

    /// Everything, in the text format of OpenMetrics.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes everything");
        text
    }
}
