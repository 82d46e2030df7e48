//! The scenario in which nobody says anything: what an open socket costs the server in memory.

use super::{
    Figures, Report,
    cost::{Cost, rss_kb},
    setup::Account,
    socket::Target,
};
use crate::{
    error::{Error, Result},
    progress,
};
use futures_util::StreamExt;
use indicatif::ProgressBar;
use serde::Serialize;
use std::time::Duration;
use tokio::{task::JoinSet, time::Instant};
use tokio_tungstenite::tungstenite::Message;

/// The smallest buffer that reads a heartbeat.
const BUFFER: usize = 1024;

/// The figures.
#[derive(Debug, Serialize)]
pub(crate) struct IdleReport {
    scenario: &'static str,
    sockets: usize,
    opened_per_s: f64,
    held_s: f64,
    /// Where the server's process is known.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    memory: Option<Memory>,
    closed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Cost>,
}

/// What the server's memory has become.
#[derive(Debug, Serialize)]
struct Memory {
    rss_before_kb: u64,
    rss_after_kb: u64,
    bytes_per_socket: f64,
}

/// Opens a socket for each account, holds them for so long, and reads what the server's memory has become.
pub(crate) async fn play(
    target: &Target,
    accounts: &[Account],
    pid: Option<u32>,
    time: Duration,
    bar: &ProgressBar,
) -> Result<IdleReport> {
    let tokens: Vec<_> = accounts
        .iter()
        .map(|account| account.token.clone())
        .collect();
    let before_kb = pid.map(rss_kb).transpose()?;
    let began = Instant::now();
    let sockets = target.open_all(&tokens, BUFFER, || bar.inc(1)).await?;
    let opened_s = began.elapsed().as_secs_f64();
    progress::count_seconds(bar, "holding", time.as_secs());
    let count = sockets.len();
    let ends = Instant::now() + time;
    let mut tasks = JoinSet::new();
    for mut socket in sockets {
        tasks.spawn(async move {
            // Reading answers the server's pings. The socket comes back open when the time is over.
            loop {
                match tokio::time::timeout_at(ends, socket.next()).await {
                    Err(_) => return Some(socket),
                    Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return None,
                    Ok(Some(Ok(_))) => {}
                }
            }
        });
    }
    let mut open = Vec::with_capacity(count);
    while let Some(socket) = tasks.join_next().await {
        let socket =
            socket.map_err(|error| Error::Failed(format!("a socket's task failed: {error}")))?;
        open.extend(socket);
    }
    bar.finish_and_clear();
    let after_kb = pid.map(rss_kb).transpose()?;
    Ok(IdleReport {
        scenario: "idle",
        sockets: count,
        opened_per_s: count as f64 / opened_s,
        held_s: time.as_secs_f64(),
        memory: before_kb.zip(after_kb).map(|(before, after)| Memory {
            rss_before_kb: before,
            rss_after_kb: after,
            bytes_per_socket: (after as f64 - before as f64) * 1024.0 / count as f64,
        }),
        closed: count - open.len(),
        server: None,
    })
}

impl IdleReport {
    /// Idle sockets stay open.
    pub(crate) fn verdict(&self) -> Result<()> {
        match self.closed {
            0 => Ok(()),
            closed => Err(Error::Failed(format!("{closed} idle sockets were closed"))),
        }
    }
}

impl Report for IdleReport {
    fn cost(&mut self, cost: Option<Cost>) {
        self.server = cost;
    }

    fn figures(&self) -> Figures {
        let mut figures = vec![
            ("scenario", self.scenario.to_owned()),
            ("sockets", self.sockets.to_string()),
            ("opened per second", format!("{:.0}", self.opened_per_s)),
            ("held for seconds", format!("{:.1}", self.held_s)),
            ("sockets closed", self.closed.to_string()),
        ];
        if let Some(memory) = &self.memory {
            figures.extend([
                ("memory before, kB", memory.rss_before_kb.to_string()),
                ("memory after, kB", memory.rss_after_kb.to_string()),
                (
                    "bytes per socket",
                    format!("{:.0}", memory.bytes_per_socket),
                ),
            ]);
        }
        figures.extend(Cost::figures(&self.server));
        figures
    }
}
