//! HTTP: from a route to [`App::handle`](crate::App) and back to JSON, for every call of the one table.

mod address;
mod answer;
mod beside;
mod body;
mod layers;
mod routes;
mod upgrade;

pub(crate) use address::PeerAddress;
pub(crate) use routes::router;
