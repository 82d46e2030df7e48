//! A complete chat server that mounts inside another program, or runs by itself.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use chat_server::ChatServer;
//!
//! let chat = ChatServer::builder().database("sqlite://chat.db").build().await?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//! chat.run(listener, async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Every call, over HTTP or a socket, is one of [`chat_core::Operation`] and ends in one switchboard; what is committed
//! is told to every socket concerned. An embedder brings its own users through [`Hooks`], calls the chat in-process
//! through [`Host`], and mounts [`ChatServer::router`] under any prefix.

mod admin;
mod app;
mod archive;
mod attachment;
mod audit;
mod auth;
mod avatar;
mod bus;
mod clock;
mod config;
mod conversation;
mod cursor;
mod documents;
mod error;
mod examine;
mod hooks;
mod host;
mod http;
mod hub;
mod invite;
mod limit;
mod mail;
mod media;
mod member;
mod message;
mod presence;
mod private;
mod report;
mod search;
mod serve;
mod server;
mod session;
mod store;
mod sync;
mod telemetry;
mod tls;
mod token;
mod user;
mod writer;
mod ws;

pub use archive::{
    Archive, ArchiveKind, Archived, check_archive, read_archive, write_archive, write_archive_of,
};
pub use bus::RedisUrl;
pub use clock::{Clock, SystemClock};
pub use config::{Config, Durability, PostgresConfig, TlsFiles};
pub use documents::field_names;
pub use error::Error;
pub use examine::{DatabaseState, Examination};
pub use hooks::{Draft, Hooks, Identity, Refusal};
pub use host::{Events, Host, Missed};
pub use mail::{MailConfig, MailTransport, SmtpUrl};
pub use media::MediaConfig;
pub use server::{Builder, ChatServer, ChatService};
pub use store::{
    carry::{Carried, Carrying, carry_to_postgres, undo_carrying},
    epoch::NewEpochs,
};
pub use user::NewUser;

pub(crate) use app::App;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
