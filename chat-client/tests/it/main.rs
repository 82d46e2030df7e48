//! The SDK through its public door, against a network that the test holds in its hands.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod damage;
mod drafts;
mod examples;
mod failing;
mod faults;
mod files;
mod healing;
mod kit;
mod model;
mod net;
mod offline;
mod outbox;
mod owners;
mod sessions;
mod shedding;
mod slow;
mod store;
mod tokens;
mod uploads;
mod versions;
mod waking;
mod watching;
mod world;
