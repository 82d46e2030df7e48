//! The commands, one file for each noun. Each reads its arguments, asks the server or the database, and prints.

pub(crate) mod attachment;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod bench;
mod bulk;
mod caller;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod contact;
pub(crate) mod conversation;
pub(crate) mod doctor;
pub(crate) mod export;
mod file;
pub(crate) mod health;
pub(crate) mod help;
pub(crate) mod import;
pub(crate) mod invite;
pub(crate) mod man;
pub(crate) mod member;
pub(crate) mod message;
pub(crate) mod migrate;
mod name;
mod page;
mod patience;
pub(crate) mod profile;
pub(crate) mod report;
pub(crate) mod seed;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod tail;
pub(crate) mod token;
pub(crate) mod user;

pub(crate) use patience::{Repeat, patiently, wait_out};
