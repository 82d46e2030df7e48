//! The commands, one file for each noun. Each reads its arguments, asks the server or the database, and prints.

pub(crate) mod auth;
pub(crate) mod bench;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod conversation;
pub(crate) mod message;
mod name;
mod patience;
pub(crate) mod seed;
pub(crate) mod serve;
pub(crate) mod tail;
pub(crate) mod user;

pub(crate) use patience::{Repeat, patiently, wait_out};
