//! The terminal client without a terminal and without a server: a state is held, keys are pressed, the screen is read.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod acting;
mod attending;
mod columns;
mod coming;
mod covering;
mod extras;
mod finding;
mod hints;
mod jumping;
mod kit;
mod looks;
mod members;
mod moving;
mod people;
mod picking;
mod reading;
mod screens;
mod scrolling;
mod selecting;
mod sending;
mod shedding;
mod signing_in;
mod styles;
mod telling;
mod waiting;
mod writing;
