//! What is not counted when it happens but looked at when somebody asks: queues, connections, sizes.

use super::New;
use crate::{App, store::Sizes};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pool {
    pool: &'static str,
}

/// The gauges that are set by looking.
pub(super) struct Looks {
    writes_waiting: Gauge,
    waiting_bytes: Gauge,
    waiting_longest_bytes: Gauge,
    pool_connections: Family<Pool, Gauge>,
    pool_idle: Family<Pool, Gauge>,
    database_bytes: Gauge,
    log_bytes: Gauge,
}

impl Looks {
    pub(super) fn new(new: &mut New<'_>) -> Self {
        Self {
            writes_waiting: new.default("writes_waiting", "Writes that wait for a transaction"),
            waiting_bytes: new.bytes("socket_queues", "What waits to be written to all sockets"),
            waiting_longest_bytes: new.bytes(
                "socket_queue_longest",
                "What waits to be written to the slowest socket",
            ),
            pool_connections: new.default(
                "database_connections",
                "Connections to the database, by pool",
            ),
            pool_idle: new.default(
                "database_connections_idle",
                "Those of them that nobody uses, by pool",
            ),
            database_bytes: new.bytes("database_size", "Size of the database"),
            log_bytes: new.bytes(
                "database_wal_size",
                "Size of the log that is not yet in the database",
            ),
        }
    }

    pub(super) fn look_at(&self, app: &App, sizes: Option<Sizes>) {
        let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.writes_waiting.set(whole(app.writer.waiting()));
        let (all, longest) = app.hub.waiting_bytes();
        self.waiting_bytes.set(whole(all));
        self.waiting_longest_bytes.set(whole(longest));
        for (pool, open, idle) in app.db.pools() {
            let pool = Pool { pool };
            self.pool_connections.get_or_create(&pool).set(open.into());
            self.pool_idle.get_or_create(&pool).set(whole(idle));
        }
        if let Some(sizes) = sizes {
            self.database_bytes.set(sizes.database);
            self.log_bytes.set(sizes.log);
        }
    }
}
