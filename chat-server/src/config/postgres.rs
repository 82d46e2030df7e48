//! How a PostgreSQL server is used: how many connections, and how long anything there may take.

use crate::Error;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long answers are on their way.
const ON_THE_WAY_MOST: Duration = Duration::from_secs(2);
/// Waiting for a connection, a new one included.
pub(crate) const CONNECTION_MOST: Duration = Duration::from_secs(5);

/// Settings for a database on a PostgreSQL server. A database of SQLite needs none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PostgresConfig {
    /// Connections of this process that read; two more write, and one keeps its duties. All processes together must stay below the server's
    /// `max_connections`.
    pub read_connections: u32,
    /// A statement that takes longer is broken off, in milliseconds.
    pub statement_timeout_ms: u32,
    /// A statement that waits longer for what another transaction holds is broken off, in milliseconds.
    pub lock_timeout_ms: u32,
    /// A transaction that does nothing for longer is ended by the server, with its connection, in milliseconds. So long may a
    /// process that hangs or was cut off hold up a conversation.
    pub idle_in_transaction_timeout_ms: u32,
}

impl Default for PostgresConfig {
    fn default() -> Self {
        Self {
            read_connections: 16,
            statement_timeout_ms: 15_000,
            lock_timeout_ms: 3_000,
            idle_in_transaction_timeout_ms: 10_000,
        }
    }
}

impl PostgresConfig {
    /// A statement is broken off by the server long before, and the word of that arrives; after this time nobody is at the
    /// other end any more.
    pub(crate) fn answer_most(&self) -> Duration {
        Duration::from_millis(u64::from(self.statement_timeout_ms)) + ON_THE_WAY_MOST
    }

    /// Refuses settings under which nothing would work, or nothing would end.
    pub(super) fn check(&self) -> Result<(), Error> {
        let figures = [
            ("read_connections", self.read_connections, 1_000),
            ("statement_timeout_ms", self.statement_timeout_ms, 30_000),
            ("lock_timeout_ms", self.lock_timeout_ms, 30_000),
            (
                "idle_in_transaction_timeout_ms",
                self.idle_in_transaction_timeout_ms,
                600_000,
            ),
        ];
        match figures
            .into_iter()
            .find(|(_, set, most)| !(1..=*most).contains(set))
        {
            Some((name, _, most)) => Err(Error::Config(format!(
                "postgres.{name} must be 1 to {most}"
            ))),
            None => Ok(()),
        }
    }
}
