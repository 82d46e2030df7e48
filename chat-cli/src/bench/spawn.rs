//! A server of one's own: this same program as another process, on a free port, thrown away at the end.

use crate::{
    config::{PREFIX, Setting},
    error::{Error, Result},
};
use std::{process::Stdio, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};
use url::Url;

/// A server has to listen within this time.
const START: Duration = Duration::from_secs(30);

/// A server process. It is killed, and its database deleted, when this is dropped.
pub(crate) struct Spawned {
    // Before the directory: fields are dropped in this order.
    child: Child,
    server: Url,
    _dir: TempDir,
}

impl Spawned {
    /// Starts a server with these settings and nothing else.
    pub(super) async fn start(dir: TempDir, settings: &[Setting]) -> Result<Self> {
        let cannot = |error| Error::io("cannot start a server for the load", error);
        let program = std::env::current_exe().map_err(cannot)?;
        let no_settings = dir.path().join("empty.toml");
        std::fs::write(&no_settings, "").map_err(cannot)?;
        let mut command = Command::new(program);
        command
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--log",
                // Its warnings, such as of mail that goes to the log, are not about the load.
                "error",
                "--config",
            ])
            .arg(&no_settings);
        for Setting { key, text, .. } in settings {
            command.arg("--set").arg(format!("{key}={text}"));
        }
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with(PREFIX) {
                command.env_remove(name);
            }
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(cannot)?;
        let stdout = child
            .stdout
            .take()
            .expect("it was asked for two lines above");
        let mut line = String::new();
        let read = tokio::time::timeout(START, BufReader::new(stdout).read_line(&mut line)).await;
        let server = line
            .trim()
            .strip_prefix("listening on ")
            .and_then(|url| url.parse().ok());
        match (read, server) {
            (Ok(Ok(_)), Some(server)) => Ok(Self {
                child,
                server,
                _dir: dir,
            }),
            (Ok(Err(error)), _) => Err(cannot(error)),
            _ => Err(Error::Failed(format!(
                "the server for the load did not start; it said {line:?}"
            ))),
        }
    }

    /// Where it listens.
    pub(super) fn server(&self) -> &Url {
        &self.server
    }

    /// Its process; none once it has ended.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it, and deletes its database.
    pub(crate) async fn end(mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "the server for the load could not be ended");
        }
    }
}
