//! How a PostgreSQL server is used: how many connections, and how long anything there may take.

use crate::Error;
use serde::{Deserialize, Serialize};

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
