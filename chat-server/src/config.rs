//! What an operator or embedder may set. Every field has a default that is right for one machine.

mod address;
mod postgres;
#[cfg(test)]
mod tests;

use address::is_origin;
pub(crate) use postgres::CONNECTION_MOST;
pub use postgres::PostgresConfig;

use crate::{Error, MailConfig, MailTransport, MediaConfig, RedisUrl};
use chat_core::{Limits, LimitsPreset, Rate, Secret};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};
use url::Url;

/// Nothing is deleted before anybody could have read it; conversations have the same bound.
const RETENTION_LEAST_S: u32 = 5;

/// Settings of a server.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen; port 0 takes any free port. Used by `chat serve`, not by an embedder with its own listener.
    pub listen: SocketAddr,
    /// `sqlite://FILE`, or `sqlite::memory:` for a database that is gone with the process; or
    /// `postgres://USER:PASSWORD@HOST:5432/DATABASE` for PostgreSQL 14 or newer, which several processes may share.
    pub database: String,
    /// How a PostgreSQL server is used.
    pub postgres: PostgresConfig,
    /// Redis, where several processes serve one database: `redis://user:password@host:6379`, over TLS with `rediss`, and
    /// `redis+sentinel` or `redis+cluster` with several hosts. Without it, this is the only process.
    pub redis: Option<RedisUrl>,
    /// With Redis: what was told is compared with the database this often, in milliseconds; what got lost on the way is
    /// told then at the latest.
    pub heads_check_ms: u32,
    /// With Redis: the newest messages of conversations that somebody reads are kept there for up to a day. A page of them
    /// then costs the database two short statements, however much belongs to the messages.
    pub redis_cache: bool,
    /// Where the keys that sign access tokens are kept (made at first start, readable by the owner only). When absent:
    /// beside the database file, or in memory for a database in memory; on PostgreSQL in the database. Where it is set, all
    /// processes of one database need the same file.
    pub key_file: Option<PathBuf>,
    /// `full`: an acknowledged send survives a power cut. `relaxed`: the last moments before one may be lost.
    pub durability: Durability,
    /// Messages said from now on are deleted for everyone after so many seconds, also where a conversation keeps them
    /// longer; at least 5. Absent: as long as each conversation likes.
    pub retention_s: Option<u32>,
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
    /// Serve HTTPS, without a proxy in front. Used by [`ChatServer::run`](crate::ChatServer::run) and `chat serve`.
    pub tls: TlsFiles,
    /// A socket in the file system that takes calls of who looks after the server on its own machine, without a password:
    /// root and whom the server runs as. They speak for any account (`chat --socket`). Without it, there is none.
    pub local_socket: Option<PathBuf>,
    /// Let the group of the socket's file in, too.
    pub local_socket_group: bool,
    /// Whoever sends this as a bearer token may read `/metrics`, from anywhere. Without it, only this machine may.
    pub metrics_token: Option<Secret>,
    /// Where people reach the chat with a browser (`https://chat.example.org`); links in mails begin with it. When
    /// absent: the scheme and the address that the server listens at, which is right for one's own machine only. A program
    /// that mounts the server names its own address here, with the prefix.
    pub public_url: Option<Url>,
    /// How mail is sent: links to set a new password, and the like.
    pub mail: MailConfig,
    /// Where files are kept.
    pub media: MediaConfig,
    /// On shutdown, sockets are told to come back within this time, spread over it, in milliseconds.
    pub shutdown_spread_ms: u32,
    /// Whose figures `limits` began with. Where settings are read in layers (`chat serve`), those of the preset lie below
    /// whatever is set in `limits`; a program takes them with [`Config::with_limits`].
    pub limits_preset: LimitsPreset,
    /// Sizes and rates.
    pub limits: Limits,
}

/// The files that HTTPS is served with, both or none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate and those between it and an authority, in PEM. A changed file is served within seconds.
    pub certificate: Option<PathBuf>,
    /// Its private key, in PEM. Nobody else should be able to read it.
    pub key: Option<PathBuf>,
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
            postgres: PostgresConfig::default(),
            redis: None,
            heads_check_ms: 5_000,
            redis_cache: false,
            key_file: None,
            durability: Durability::Full,
            retention_s: None,
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
            tls: TlsFiles::default(),
            local_socket: None,
            local_socket_group: false,
            metrics_token: None,
            public_url: None,
            mail: MailConfig::default(),
            media: MediaConfig::default(),
            shutdown_spread_ms: 5_000,
            limits_preset: LimitsPreset::Default,
            limits: Limits::default(),
        }
    }
}

/// A few of them; the address of the database without its password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("database", &self.shown_database())
            .field("key_file", &self.key_file)
            .field("durability", &self.durability)
            .field("public_url", &self.public_url)
            .field("mail", &self.mail)
            .field("media", &self.media)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// The same settings with the limits of a preset.
    #[must_use]
    pub fn with_limits(mut self, preset: LimitsPreset) -> Self {
        self.limits_preset = preset;
        self.limits = preset.limits();
        self
    }

    /// Refuses settings that could not work.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let positive = [
            ("access_token_s", self.access_token_s),
            ("session_days", self.session_days),
            ("heartbeat_ms", self.heartbeat_ms),
            ("heads_check_ms", self.heads_check_ms),
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
        if self.redis.is_some() && self.is_in_memory() {
            let detail = "redis is for several processes, and a database in memory has only one; leave one of them out";
            return Err(Error::Config(detail.to_owned()));
        }
        self.check_database()?;
        if self.retention_s.is_some_and(|s| s < RETENTION_LEAST_S) {
            return Err(Error::Config(format!(
                "retention_s must be at least {RETENTION_LEAST_S} seconds; leave it out to keep messages for ever"
            )));
        }
        self.check_rates()?;
        self.check_doors()?;
        self.check_public_url()?;
        self.postgres.check()?;
        self.mail.check()?;
        self.media.check()?;
        match positive.into_iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(Error::Config(format!("{name} must be more than 0"))),
            None => Ok(()),
        }
    }

    /// Refuses an address of a database that is none. It is not said again: there may be a password in it.
    fn check_database(&self) -> Result<(), Error> {
        match self.database.split_once("://") {
            Some((scheme, _)) if scheme != "sqlite" && !self.is_on_postgres() => {
                Err(Error::Config(
                    "database must be sqlite://FILE, sqlite::memory: or postgres://USER@HOST/DATABASE"
                        .to_owned(),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Refuses rates that would let nobody in, and a preset that is only named.
    fn check_rates(&self) -> Result<(), Error> {
        let limits = &self.limits;
        let none = Rate::ALL
            .into_iter()
            .find(|rate| limits.per_minute(*rate) == 0)
            .map(Rate::figure)
            .or((limits.conversation_sends_per_minute == 0)
                .then_some("conversation_sends_per_minute"));
        if let Some(figure) = none {
            return Err(Error::Config(format!(
                "limits.{figure} must be more than 0"
            )));
        }
        if !(1..=60).contains(&limits.burst_s) {
            let detail = "limits.burst_s must be 1 to 60: a part of a minute, in seconds";
            return Err(Error::Config(detail.to_owned()));
        }
        if self.limits_preset != LimitsPreset::Default && *limits == Limits::default() {
            let detail =
                "limits_preset names other limits than those that are set; use Config::with_limits";
            return Err(Error::Config(detail.to_owned()));
        }
        Ok(())
    }

    /// Refuses doors that could not be opened, or would not close.
    fn check_doors(&self) -> Result<(), Error> {
        if self.tls.certificate.is_some() != self.tls.key.is_some() {
            let detail = "tls.certificate and tls.key belong together; set both or none";
            return Err(Error::Config(detail.to_owned()));
        }
        if let Some(origin) = self.allowed_origins.iter().find(|text| !is_origin(text)) {
            return Err(Error::Config(format!(
                "allowed_origins: {origin} is no origin; write it like https://app.example.org, without a path"
            )));
        }
        if self
            .metrics_token
            .as_ref()
            .is_some_and(|token| token.expose().len() < 16)
        {
            let detail = "metrics_token must have at least 16 characters; make a random one";
            return Err(Error::Config(detail.to_owned()));
        }
        Ok(())
    }

    /// Whether the database is on a PostgreSQL server.
    pub(crate) fn is_on_postgres(&self) -> bool {
        let scheme = self.database.split("://").next();
        matches!(scheme, Some("postgres" | "postgresql"))
    }

    /// Says what will go wrong with settings that work all the same.
    pub(crate) fn warn(&self) {
        if self.durability == Durability::Relaxed {
            tracing::warn!(
                "durability is relaxed: when the machine fails, what was acknowledged last may be lost"
            );
        }
        if self.mail.transport == MailTransport::Smtp && self.public_url.is_none() {
            tracing::warn!(
                "links in mails lead to the address this server listens at; for people elsewhere set public_url"
            );
        }
    }

    /// Whether the database is gone with the process.
    pub(crate) fn is_in_memory(&self) -> bool {
        !self.is_on_postgres()
            && (self.database.contains(":memory:") || self.database.contains("mode=memory"))
    }

    /// The file that the keys are kept in: as set, or beside the database file. On a server they are in the database.
    pub fn key_path(&self) -> Option<PathBuf> {
        self.key_file
            .clone()
            .or_else(|| self.beside_database("keys"))
    }

    /// Where files are kept, when that is a directory: as set, or beside the database file. A server has no place of its own
    /// here: then it is `chat.media` in the working directory.
    pub fn media_directory(&self) -> Option<PathBuf> {
        let set = self.media.store.as_ref().map(PathBuf::from);
        let server = || self.is_on_postgres().then(|| PathBuf::from("chat.media"));
        set.or_else(|| self.beside_database("media"))
            .or_else(server)
    }

    /// The database file's name with an ending; none for a database in memory or on a server.
    fn beside_database(&self, ending: &str) -> Option<PathBuf> {
        let file = self.database_file()?;
        Some(PathBuf::from(format!("{}.{ending}", file.display())))
    }

    /// The database file; none for a database in memory or on a server.
    pub fn database_file(&self) -> Option<PathBuf> {
        if self.is_in_memory() || self.is_on_postgres() {
            return None;
        }
        let file = self
            .database
            .trim_start_matches("sqlite:")
            .trim_start_matches("//");
        Some(PathBuf::from(file.split('?').next().unwrap_or(file)))
    }
}
