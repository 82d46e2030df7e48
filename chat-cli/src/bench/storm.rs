//! The scenario after a server was away: everybody comes back at the same moment, or at a rate, and waits until their
//! socket is ready.

use super::{
    Figures, Report,
    cost::Cost,
    now_us,
    setup::Account,
    socket::Target,
    tally::{Gather, Latencies, Percentiles},
};
use crate::error::{Error, Result};
use futures_util::StreamExt;
use indicatif::ProgressBar;
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{
        mpsc::{UnboundedSender, unbounded_channel},
        watch,
    },
    task::JoinSet,
    time::timeout,
};

/// The smallest buffer that reads the first frame.
const BUFFER: usize = 1024;

/// The figures.
#[derive(Debug, Serialize)]
pub(crate) struct StormReport {
    scenario: &'static str,
    seconds: f64,
    sockets: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
    ready: u64,
    ready_per_s: f64,
    /// From when each was due until it was ready.
    latency: Percentiles,
    /// Not let in, or not within the time.
    failed: u64,
    /// Ready, and closed before all were.
    lost: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_failure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Cost>,
}

enum Came {
    Ready { stayed: bool },
    Failed(String),
}

/// Lets everybody come, holds the sockets until the last one is ready, and counts.
pub(crate) async fn play(
    target: &Target,
    accounts: Vec<Account>,
    rate: Option<f64>,
    patience: Duration,
    bar: &ProgressBar,
) -> Result<StormReport> {
    let sockets = accounts.len();
    let latencies = Arc::new(Latencies::new());
    let began_us = now_us();
    let (all_came, wait) = watch::channel(false);
    let (came, mut comes) = unbounded_channel();
    let mut tasks = JoinSet::new();
    for (nth, account) in accounts.into_iter().enumerate() {
        let comer = Comer {
            target: target.clone(),
            account,
            due_us: began_us + rate.map_or(0, |rate| (nth as f64 * 1e6 / rate) as u64),
            patience,
            came: came.clone(),
            all_came: wait.clone(),
        };
        let latencies = Arc::clone(&latencies);
        tasks.spawn(async move { comer.come(&latencies).await });
    }
    drop(came);
    let mut last_us = began_us;
    for _ in 0..sockets {
        if let Some(at_us) = comes.recv().await {
            last_us = last_us.max(at_us);
            bar.inc(1);
        }
    }
    all_came.send_replace(true);
    bar.finish_and_clear();
    let mut report = StormReport {
        scenario: "storm",
        seconds: (last_us - began_us).max(1) as f64 / 1e6,
        sockets,
        rate,
        ready: 0,
        ready_per_s: 0.0,
        latency: Percentiles::default(),
        failed: 0,
        lost: 0,
        first_failure: None,
        server: None,
    };
    while let Some(came) = tasks.join_next().await {
        let came =
            came.map_err(|error| Error::Failed(format!("a socket's task failed: {error}")))?;
        report.add(came);
    }
    report.ready_per_s = report.ready as f64 / report.seconds;
    report.latency = latencies.percentiles();
    Ok(report)
}

/// Somebody who comes back.
struct Comer {
    target: Target,
    account: Account,
    due_us: u64,
    patience: Duration,
    came: UnboundedSender<u64>,
    all_came: watch::Receiver<bool>,
}

impl Comer {
    /// Opens a socket when it is due, says that this is over, and holds it until it is for all.
    async fn come(mut self, latencies: &Latencies) -> Came {
        let wait = Duration::from_micros(self.due_us.saturating_sub(now_us()));
        tokio::time::sleep(wait).await;
        let opening = self.target.open(&self.account.token, BUFFER);
        let socket = match timeout(self.patience, opening).await {
            Ok(Ok(socket)) => Ok(socket),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("a socket was not ready in time".to_owned()),
        };
        let now = now_us();
        // Who counts waits for each of them.
        let _ = self.came.send(now);
        let mut socket = match socket {
            Ok(socket) => socket,
            Err(why) => return Came::Failed(why),
        };
        Gather::new(latencies).record(now - self.due_us);
        // Reading answers the server's pings.
        let closed = async { while let Some(Ok(_)) = socket.next().await {} };
        tokio::select! {
            () = closed => Came::Ready { stayed: false },
            _ = self.all_came.wait_for(|all| *all) => Came::Ready { stayed: true },
        }
    }
}

impl StormReport {
    fn add(&mut self, came: Came) {
        match came {
            Came::Ready { stayed } => {
                self.ready += 1;
                self.lost += u64::from(!stayed);
            }
            Came::Failed(why) => {
                self.failed += 1;
                self.first_failure.get_or_insert(why);
            }
        }
    }

    /// Everybody comes in.
    pub(crate) fn verdict(&self) -> Result<()> {
        match (self.failed, self.lost, &self.first_failure) {
            (0, 0, _) => Ok(()),
            (0, lost, _) => Err(Error::Failed(format!("{lost} sockets were closed again"))),
            (failed, _, why) => Err(Error::Failed(format!(
                "{failed} did not come in; the first: {}",
                why.as_deref().unwrap_or_default()
            ))),
        }
    }
}

impl Report for StormReport {
    fn cost(&mut self, cost: Option<Cost>) {
        self.server = cost;
    }

    fn figures(&self) -> Figures {
        let mut figures = vec![
            ("scenario", self.scenario.to_owned()),
            ("sockets", self.sockets.to_string()),
            (
                "seconds until all were ready",
                format!("{:.2}", self.seconds),
            ),
            ("ready per second", format!("{:.0}", self.ready_per_s)),
            (Percentiles::TITLE, self.latency.shown()),
            ("failed / lost", format!("{} / {}", self.failed, self.lost)),
        ];
        figures.extend(Cost::figures(&self.server));
        figures
    }
}
