//! What an operator or embedder may set. Every field has a default that is right for one machine.

use crate::Error;
use chat_core::Limits;
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

/// Settings of a server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen; port 0 takes any free port. Used by `chat serve`, not by an embedder with its own listener.
    pub listen: SocketAddr,
    /// `sqlite://FILE`, or `sqlite::memory:` for a database that is gone with the process.
    pub database: String,
    /// Where the keys that sign access tokens are kept (made at first start, readable by the owner only). When absent:
    /// beside the database file, or in memory for a database in memory.
    pub key_file: Option<PathBuf>,
    /// `full`: an acknowledged send survives a power cut. `relaxed`: the last moments before one may be lost.
    pub durability: Durability,
    /// Whether anybody may make an account. Where not, `chat user create` does.
    pub open_registration: bool,
    /// How long an access token holds, in seconds.
    pub access_token_s: u32,
    /// How long a session may rest before it has to sign in again, in days.
    pub session_days: u32,
    /// The server pings this often, in milliseconds, and drops a peer that is silent for twice as long.
    pub heartbeat_ms: u32,
    /// Whoever comes back within this time was never away, in milliseconds.
    pub presence_grace_ms: u32,
    /// Bytes that may wait for one socket before it is told to resync.
    pub socket_queue_bytes: u32,
    /// Sockets in all.
    pub sockets_most: u32,
    /// Sockets from one address.
    pub sockets_per_address: u32,
    /// Origins whose pages may call from a browser (`https://app.example.org`). A request with another one is refused
    /// at the socket.
    pub allowed_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Also take `?token=` at the socket, as older systems do. It ends up in other people's logs: off.
    pub query_token: bool,
    /// On shutdown, sockets are told to come back within this time, spread over it, in milliseconds.
    pub shutdown_spread_ms: u32,
    /// Sizes and rates.
    pub limits: Limits,
}

/// What an acknowledgement is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Flushed to the disk.
    Full,
    /// Handed to the operating system.
    Relaxed,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8000)),
            database: "sqlite://chat.db".to_owned(),
            key_file: None,
            durability: Durability::Full,
            open_registration: true,
            access_token_s: 600,
            session_days: 60,
            heartbeat_ms: 25_000,
            presence_grace_ms: 5_000,
            socket_queue_bytes: 1 << 20,
            sockets_most: 100_000,
            sockets_per_address: 10_000,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            query_token: false,
            shutdown_spread_ms: 5_000,
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// Refuses settings that could not work.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let positive = [
            ("access_token_s", self.access_token_s),
            ("session_days", self.session_days),
            ("heartbeat_ms", self.heartbeat_ms),
            ("socket_queue_bytes", self.socket_queue_bytes),
            ("limits.body_bytes", self.limits.body_bytes),
            ("limits.frame_bytes", self.limits.frame_bytes),
        ];
        let fixed = [
            (
                "limits.message_chars",
                self.limits.message_chars,
                Limits::MESSAGE_CHARS,
            ),
            (
                "limits.page_entries",
                self.limits.page_entries,
                Limits::PAGE_ENTRIES,
            ),
            (
                "limits.sync_events",
                self.limits.sync_events,
                Limits::SYNC_EVENTS,
            ),
            (
                "limits.presence_watches",
                self.limits.presence_watches,
                Limits::PRESENCE_WATCHES,
            ),
        ];
        if let Some((name, _, value)) = fixed.into_iter().find(|(_, set, value)| set != value) {
            return Err(Error::Config(format!(
                "{name} is part of the protocol and stays {value}"
            )));
        }
        match positive.into_iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(Error::Config(format!("{name} must be more than 0"))),
            None => Ok(()),
        }
    }

    /// Whether the database is gone with the process.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.database.contains(":memory:") || self.database.contains("mode=memory")
    }

    /// Where the keys are kept: as set, or beside the database file.
    pub fn key_path(&self) -> Option<PathBuf> {
        if self.key_file.is_some() || self.is_in_memory() {
            return self.key_file.clone();
        }
        let file = self
            .database
            .trim_start_matches("sqlite:")
            .trim_start_matches("//");
        let file = file.split('?').next().unwrap_or(file);
        Some(PathBuf::from(format!("{file}.keys")))
    }
}
