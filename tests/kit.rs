//! The kit that stories are told with: a real server on a real port and a database in a real file, people who call it
//! over HTTP and sockets, and devices that keep a [`chat_core::State`].
//!
//! Everything goes through the public doors. Nothing here sleeps: it waits for what must happen, and says everything it
//! has seen when that does not happen in time.

/// The parts, each in its own file.
mod kit {
    pub(crate) mod balancer;
    pub mod checker;
    pub(crate) mod crowd;
    pub(crate) mod database;
    pub(crate) mod device;
    pub(crate) mod door;
    pub mod files;
    pub(crate) mod fleet;
    pub(crate) mod fresh;
    pub(crate) mod logs;
    pub(crate) mod people;
    pub(crate) mod port;
    pub(crate) mod postgres;
    pub(crate) mod process;
    pub(crate) mod program;
    pub(crate) mod proxy;
    pub(crate) mod raw;
    pub(crate) mod redis;
    pub mod relay;
    pub(crate) mod schema;
    pub mod sdk;
    pub(crate) mod server;
    pub(crate) mod smtp;
    pub(crate) mod socket;
    pub(crate) mod terminal;
    pub(crate) mod tls;
    pub(crate) mod traffic;
    pub(crate) mod until;
}

pub use chat_client::test_kit::HeldClock;
pub use kit::{
    balancer::Balancer,
    crowd::{Crowd, Felt},
    database::Database,
    device::{Device, fresh},
    door::{Answer, Door},
    files::FileAnswer,
    fleet::Fleet,
    fresh::{is_about_sqlite_only, postgres},
    logs::Logs,
    people::Person,
    postgres::PostgresServer,
    process::{Ended, Home, Process, Serving, send_signal},
    program::program,
    proxy::{Proxy, Way},
    raw::RawConnection,
    redis::RedisServer,
    schema::Schemas,
    server::{Server, Setup},
    smtp::{Letter, MailServer, Manners},
    socket::{Opening, Socket},
    terminal::{Screen, Terminal},
    tls::{Certificate, Trust},
    traffic::{Traffic, TrafficLog},
    until::until,
};
pub use kit::{checker, files, relay, sdk};

use std::{future::Future, time::Duration};
use uuid::Uuid;

/// Whatever must happen happens within this time, or the test fails. A client whose server went again and again makes pauses
/// of up to half a minute.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Waits for something, and panics with `what` when it does not happen in time.
///
/// # Panics
/// When the deadline passes.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: did not happen within {DEADLINE:?}"),
    }
}

/// An id that nobody has.
pub fn unknown_id() -> Uuid {
    Uuid::now_v7()
}
