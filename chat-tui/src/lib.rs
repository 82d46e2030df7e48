//! A chat client for the terminal.
//!
//! Three parts that know little of each other: [`update()`] changes the [`Model`] and says what is to be done outside of it
//! ([`Effect`]s); [`view`] draws the model; [`run`] owns the terminal, the client and the clock, and feeds the two.
//! The first two do no I/O: a test holds a `chat_core::State`, presses keys and reads the screen.

pub mod action;
pub mod cli;
pub mod config;
pub mod effect;
mod emoji;
mod feed;
mod fuzzy;
pub mod keymap;
pub mod layout;
pub mod model;
pub mod plain;
pub mod run;
pub mod store;
pub mod terminal;
pub mod theme;
pub mod update;
pub mod view;
mod when;
mod wrap;

pub use effect::Effect;
pub use model::Model;
pub use update::{Changes, Msg, observe, update};
