//! What one tests a program with that talks through this crate: a real server in the same process ([`TestServer`]), a
//! network and a disk that fail when they are told to ([`Faults`]), and a clock that stands until it is moved
//! ([`HeldClock`]). There is nothing that only pretends to be a chat: what passes here passes against a server.
//!
//! It comes with the feature `test-kit`, for `[dev-dependencies]` only: the server is in it.
//!
//! ```
//! use chat_client::{
//!     Client, MemoryDisk, NetTransport, Status,
//!     test_kit::{Faults, TestServer, knows, online, said, status},
//! };
//! use chat_core::MessageBody;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = TestServer::start().await;
//! let ben = server.client("ben").await;
//! online(&ben).await;
//!
//! // Ann's program, with a network and a disk that can fail.
//! let faults = Faults::default();
//! let (program, disk, session) = (faults.program(), MemoryDisk::default(), server.session("ann").await);
//! let ann = Client::builder(server.url())
//!     .session(session.clone())
//!     .transport(program.transport(NetTransport::new()?))
//!     .store(program.store(disk.clone()))
//!     .open()
//!     .await?;
//! online(&ann).await;
//! let group = server.group(&[&ann, &ben]).await;
//! knows(&ann, "the group is there", |state| state.conversation(group).map(|_| ())).await;
//!
//! // She says something without a network, and her program dies.
//! faults.set_offline(true);
//! status(&ann, |status| *status != Status::Online).await;
//! ann.conversation(group).send(MessageBody::parse("hello")?).kept().await?;
//! program.kill();
//! drop(ann);
//!
//! // It comes back with the same disk.
//! faults.set_offline(false);
//! let program = faults.program();
//! let ann = Client::builder(server.url())
//!     .session(session)
//!     .transport(program.transport(NetTransport::new()?))
//!     .store(program.store(disk))
//!     .open()
//!     .await?;
//! ann.start();
//! knows(&ben, "ben hears it", |state| (said(state, group) == ["hello"]).then_some(())).await;
//! # Ok(())
//! # }
//! ```

mod clock;
mod disk;
mod faults;
mod network;
mod people;
mod server;

/// For settings of the server, and calls from inside it.
pub use chat_server;
pub use clock::{HeldClock, RuntimeClock};
pub use disk::FaultyStore;
pub use faults::{Fault, Faults, Program};
pub use network::FaultyTransport;
pub use people::{DEADLINE, PICTURE, between_two, body, group, knows, online, said, status};
pub use server::{StoppedServer, TestServer, serve, settings};
