//! The SDK through its public door, against a network that the test holds in its hands.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod damage;
mod faults;
mod files;
mod kit;
mod model;
mod net;
mod offline;
mod outbox;
mod sessions;
mod store;
mod tokens;
mod uploads;
mod versions;
mod watching;
mod world;
