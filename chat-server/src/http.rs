//! HTTP: from a route to [`App::handle`](crate::App) and back to JSON, for every call of the one table.

mod address;
mod answer;
mod beside;
mod body;
mod caller;
mod export;
mod files;
mod headers;
mod layers;
mod observed;
mod rest;
mod routes;
mod upgrade;
mod upload;

pub(crate) use address::{OverTls, PeerAddress, Vouched};
pub(crate) use routes::router;
