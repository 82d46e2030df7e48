//! The scenario in which nobody says anything: what an open socket costs the server in memory.

use super::{
    Figures, Report,
    cost::{Cost, rss_kb},
    setup::Account,
    socket::Target,
};
use crate::error::{Error, Result};
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
    rss_before_kb: u64,
    rss_after_kb: u64,
    bytes_per_socket: f64,
    closed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Cost>,
}

/// Opens a socket for each account, holds them for so long, and reads what the server's memory has become.
pub(crate) async fn play(
    target: &Target,
    accounts: &[Account],
    pid: u32,
    time: Duration,
    bar: &ProgressBar,
) -> Result<IdleReport> {
    let tokens: Vec<_> = accounts
        .iter()
        .map(|account| account.token.clone())
        .collect();
    let rss_before_kb = rss_kb(pid)?;
    let began = Instant::now();
    let sockets = target.open_all(&tokens, BUFFER, || bar.inc(1)).await?;
    let opened_s = began.elapsed().as_secs_f64();
    bar.finish_and_clear();
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
    let rss_after_kb = rss_kb(pid)?;
    Ok(IdleReport {
        scenario: "idle",
        sockets: count,
        opened_per_s: count as f64 / opened_s,
        held_s: time.as_secs_f64(),
        rss_before_kb,
        rss_after_kb,
        bytes_per_socket: (rss_after_kb as f64 - rss_before_kb as f64) * 1024.0 / count as f64,
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
            ("memory before, kB", self.rss_before_kb.to_string()),
            ("memory after, kB", self.rss_after_kb.to_string()),
            ("bytes per socket", format!("{:.0}", self.bytes_per_socket)),
            ("sockets closed", self.closed.to_string()),
        ];
        figures.extend(Cost::figures(&self.server));
        figures
    }
}
