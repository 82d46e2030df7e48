//! HTTP: from a route to [`App::handle`](crate::App) and back to JSON, for every call of the one table.

mod address;
mod answer;
mod body;
mod routes;
mod upgrade;

pub(crate) use address::PeerAddress;
pub(crate) use routes::router;
