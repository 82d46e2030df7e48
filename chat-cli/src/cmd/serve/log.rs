//! The server's log: to standard error, as text for a person and as JSON for everything else.

use crate::error::{Error, Result};
use clap::ValueEnum;
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// How to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for a person.
    Text,
    /// A JSON object per line.
    Json,
}

/// Begins to log.
pub(super) fn begin(filter: &str, format: Option<LogFormat>) -> Result<()> {
    let terminal = io::stderr().is_terminal();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    // `--log json` alone says how to log, not what.
    let (filter, format) = match filter {
        "json" => ("info", Some(LogFormat::Json)),
        "text" => ("info", Some(LogFormat::Text)),
        filter => (filter, format),
    };
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Error::Usage(format!(
            "--log {filter} is no filter: {error}; try info or warn,chat_server=debug"
        ))
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    let begun = match format {
        Some(LogFormat::Text) => log.with_ansi(terminal && !no_color).try_init(),
        None if terminal => log.with_ansi(!no_color).try_init(),
        _ => log.json().flatten_event(true).try_init(),
    };
    begun.map_err(|error| Error::Failed(format!("cannot log: {error}")))
}
