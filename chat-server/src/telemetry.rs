//! What is counted, for Prometheus. Never a name, a token or a text.
//!
//! What happens is counted when it happens; what is (a queue, a file) is looked at when somebody asks.

mod bus;
mod looks;
mod process;

use crate::App;
use bus::BusMetrics;
use looks::Looks;
use process::Process;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::{Metric, Registry, Unit},
};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limited {
    limit: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Posted {
    purpose: &'static str,
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
    sends: Counter,
    limited: Family<Limited, Counter>,
    answers: Family<Answer, Counter>,
    mails: Family<Posted, Counter>,
    batch_writes: Histogram,
    commit_seconds: Histogram,
    write_failing: Gauge,
    connections: Gauge,
    looks: Looks,
    pub(crate) sockets: Gauge,
    pub(crate) deliveries: Counter,
    pub(crate) resyncs: Counter,
    pub(crate) healed: Counter,
    pub(crate) bus: BusMetrics,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Process::new()));
        let chat = registry.sub_registry_with_prefix("chat");
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        chat.register("build", "What this server was built from", version);
        let mut new = New(chat);
        let call_seconds = Family::new_with_constructor(seconds as fn() -> Histogram);
        Self {
            calls: new.default(
                "calls",
                "Calls over HTTP and sockets, by operation and outcome",
            ),
            call_seconds: new.unit(
                "call",
                "Time from a call to its answer",
                Unit::Seconds,
                call_seconds,
            ),
            sends: new.default("sends", "Messages acknowledged, retries included"),
            limited: new.default("limited", "Calls refused for being too many, by the limit"),
            answers: new.default("http_answers", "Answers over HTTP, by status"),
            mails: new.default("mails", "Mails done with, by purpose and outcome"),
            batch_writes: new.metric(
                "batch_writes",
                "Writes that shared one transaction",
                Histogram::new(exponential_buckets(1.0, 2.0, 10)),
            ),
            commit_seconds: new.unit(
                "commit",
                "Time of a commit and its flush",
                Unit::Seconds,
                seconds(),
            ),
            write_failing: new.default(
                "database_write_failing",
                "1 while the last write failed, else 0",
            ),
            connections: new.default("connections", "Open connections that are not sockets"),
            looks: Looks::new(&mut new),
            sockets: new.default("sockets", "Open sockets"),
            deliveries: new.default("deliveries", "Events put into the queues of sockets"),
            resyncs: new.default("resyncs", "Sockets that were too slow and told to resync"),
            healed: new.default(
                "bus_gaps",
                "Gaps in what the bus brought that were fetched from the database",
            ),
            bus: BusMetrics::new(&mut new),
            registry,
        }
    }

    /// Counts a call and how long it took. The outcome is `ok` or the code of the error.
    pub(crate) fn call(&self, operation: &'static str, outcome: &'static str, took: Duration) {
        let call = Call { operation, outcome };
        self.calls.get_or_create(&call).inc();
        self.call_seconds
            .get_or_create(&call)
            .observe(took.as_secs_f64());
        if (operation, outcome) == ("message.send", "ok") {
            self.sends.inc();
        }
    }

    /// Counts a refusal by a limit.
    pub(crate) fn limited(&self, limit: &'static str) {
        self.limited.get_or_create(&Limited { limit }).inc();
    }

    /// Counts an answer over HTTP.
    pub(crate) fn answered(&self, status: u16) {
        self.answers.get_or_create(&Answer { status }).inc();
    }

    /// Counts a mail that is done with. The outcome is `sent`, `failed` or `off`.
    pub(crate) fn mail(&self, purpose: &'static str, outcome: &'static str) {
        self.mails.get_or_create(&Posted { purpose, outcome }).inc();
    }

    pub(crate) fn batch(&self, writes: usize) {
        self.batch_writes.observe(writes as f64);
    }

    /// Counts a commit: writing works.
    pub(crate) fn committed(&self, took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
        self.write_failing.set(0);
    }

    /// Notes that a write failed, and not by its own fault.
    pub(crate) fn write_failed(&self) {
        self.write_failing.set(1);
    }

    pub(crate) fn is_write_failing(&self) -> bool {
        self.write_failing.get() != 0
    }

    /// Counts a connection for as long as the returned value lives.
    pub(crate) fn connected(&self) -> Connected {
        self.connections.inc();
        Connected(self.connections.clone())
    }
}

/// Everything, in the text format of OpenMetrics.
pub(crate) async fn text(app: &App) -> String {
    // A database that does not answer leaves the sizes as they were last; `database_write_failing` and
    // `/health/ready` tell.
    let sizes = tokio::time::timeout(Duration::from_secs(1), app.db.sizes()).await;
    app.metrics
        .looks
        .look_at(app, sizes.ok().and_then(Result::ok));
    let mut text = String::new();
    encode(&mut text, &app.metrics.registry).expect("a string takes everything");
    text
}

/// One open connection.
pub(crate) struct Connected(Gauge);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Makes and registers.
struct New<'a>(&'a mut Registry);

impl New<'_> {
    fn metric<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0.register(name, help, metric.clone());
        metric
    }

    fn default<M: Metric + Clone + Default>(&mut self, name: &str, help: &str) -> M {
        self.metric(name, help, M::default())
    }

    fn unit<M: Metric + Clone>(&mut self, name: &str, help: &str, unit: Unit, metric: M) -> M {
        self.0.register_with_unit(name, help, unit, metric.clone());
        metric
    }

    fn bytes(&mut self, name: &str, help: &str) -> Gauge {
        self.unit(name, help, Unit::Bytes, Gauge::default())
    }
}
