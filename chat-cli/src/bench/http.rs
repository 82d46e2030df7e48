//! Calls over plain HTTP, one connection for each account: each call after the answer to the last, or when it is due.

use super::{
    Figures, Report,
    bound::{Bound, BoundArgs, Turns},
    cost::Cost,
    now_us,
    setup::Account,
    socket::Target,
    tally::{Gather, Latencies, Percentiles},
};
use crate::error::{Error, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    StatusCode,
    client::conn::http1::{self, SendRequest},
    header,
    http::request,
};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::Instant};

/// A connection that rested for longer is left for a new one: servers close them after some seconds, ours after five.
const REST: Duration = Duration::from_secs(3);

/// What is called, and what an answer has to be.
pub(super) trait Calls: Clone + Send + 'static {
    /// The next request, without what names the caller; `at_us` is when it was due.
    fn request(&mut self, at_us: u64) -> (request::Builder, String);
    /// Whether this is the right answer to it.
    fn is_right(&self, status: StatusCode, body: &[u8]) -> bool;
}

/// The figures.
#[derive(Debug, Serialize)]
pub(crate) struct CallsReport {
    scenario: &'static str,
    seconds: f64,
    connections: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
    calls: u64,
    calls_per_s: f64,
    bytes_per_s: f64,
    latency: Percentiles,
    /// Answered with another thing than was asked for.
    wrong: u64,
    refused: u64,
    /// Due, and not made in time.
    left_out: u64,
    /// Why the first call failed that was neither answered nor refused for being too many.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_failure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Cost>,
}

#[derive(Debug, Default)]
struct Outcome {
    calls: u64,
    bytes: u64,
    wrong: u64,
    refused: u64,
    left_out: u64,
    first_failure: Option<StatusCode>,
}

/// Makes calls within the bounds, one connection for each account.
pub(super) async fn play<C: Calls>(
    scenario: &'static str,
    target: &Target,
    accounts: Vec<Account>,
    calls: impl Fn(usize) -> C,
    args: BoundArgs,
) -> Result<CallsReport> {
    let connections = accounts.len();
    let mut callers = Vec::with_capacity(connections);
    for (nth, account) in accounts.into_iter().enumerate() {
        callers.push(HttpCaller {
            connection: connect(target).await?,
            rests_since: Instant::now(),
            target: target.clone(),
            // Exposed to sign in with it.
            bearer: format!("Bearer {}", account.token.expose()),
            calls: calls(nth),
        });
    }
    let latencies = Arc::new(Latencies::new());
    let bound = Arc::new(Bound::begin(args));
    let mut tasks = JoinSet::new();
    for (nth, caller) in callers.into_iter().enumerate() {
        let (latencies, bound) = (Arc::clone(&latencies), Arc::clone(&bound));
        tasks.spawn(async move {
            let turns = bound.turns(nth, connections);
            caller.call_all(turns, &bound, &latencies).await
        });
    }
    let mut all = Outcome::default();
    while let Some(outcome) = tasks.join_next().await {
        let outcome = outcome
            .map_err(|error| Error::Failed(format!("a connection's task failed: {error}")))??;
        all.add(&outcome);
    }
    let seconds = bound.seconds();
    Ok(CallsReport {
        scenario,
        seconds,
        connections,
        rate: args.rate,
        calls: all.calls,
        calls_per_s: all.calls as f64 / seconds,
        bytes_per_s: all.bytes as f64 / seconds,
        latency: latencies.percentiles(),
        wrong: all.wrong,
        refused: all.refused,
        left_out: all.left_out,
        first_failure: all.first_failure.map(|status| format!("HTTP {status}")),
        server: None,
    })
}

async fn connect(target: &Target) -> Result<SendRequest<Full<Bytes>>> {
    let stream = target.connect().await?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    // Ends with the last request.
    tokio::spawn(connection);
    Ok(sender)
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Failed(format!("a connection broke: {error}"))
}

struct HttpCaller<C> {
    connection: SendRequest<Full<Bytes>>,
    rests_since: Instant,
    target: Target,
    bearer: String,
    calls: C,
}

impl<C: Calls> HttpCaller<C> {
    async fn call_all(
        mut self,
        mut turns: Turns<'_>,
        bound: &Bound,
        latencies: &Latencies,
    ) -> Result<Outcome> {
        let mut gather = Gather::new(latencies);
        let mut outcome = Outcome::default();
        while let Some(due_us) = turns.next().await {
            let (status, body) = self.call(due_us).await?;
            let now = now_us();
            if !bound.counts(now) {
                continue;
            }
            match status {
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    outcome.refused += 1;
                }
                status if status.is_success() => {
                    outcome.calls += 1;
                    outcome.bytes += body.len() as u64;
                    outcome.wrong += u64::from(!self.calls.is_right(status, &body));
                    gather.record(now - due_us);
                }
                status => {
                    outcome.wrong += 1;
                    outcome.first_failure.get_or_insert(status);
                }
            }
        }
        outcome.left_out = turns.left_out();
        Ok(outcome)
    }

    async fn call(&mut self, at_us: u64) -> Result<(StatusCode, Bytes)> {
        let (request, body) = self.calls.request(at_us);
        let request = request
            .header(header::HOST, &self.target.address)
            .header(header::AUTHORIZATION, &self.bearer)
            .body(Full::new(Bytes::from(body)))
            .map_err(broken)?;
        if self.rests_since.elapsed() > REST {
            self.connection = connect(&self.target).await?;
        }
        self.connection.ready().await.map_err(broken)?;
        let response = self.connection.send_request(request).await;
        let response = response.map_err(broken)?;
        let status = response.status();
        // The connection is free when the whole answer was read.
        let body = response.into_body().collect().await.map_err(broken)?;
        self.rests_since = Instant::now();
        Ok((status, body.to_bytes()))
    }
}

impl Outcome {
    fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.bytes += other.bytes;
        self.wrong += other.wrong;
        self.refused += other.refused;
        self.left_out += other.left_out;
        self.first_failure = self.first_failure.or(other.first_failure);
    }
}

impl CallsReport {
    /// A server that answers with something else is not fast but wrong.
    pub(crate) fn verdict(&self) -> Result<()> {
        match (self.wrong, &self.first_failure) {
            (0, _) => Ok(()),
            (wrong, None) => Err(Error::Failed(format!("{wrong} answers were wrong"))),
            (wrong, Some(first)) => Err(Error::Failed(format!(
                "{wrong} answers were wrong; the first failure: {first}"
            ))),
        }
    }
}

impl Report for CallsReport {
    fn cost(&mut self, cost: Option<Cost>) {
        self.server = cost;
    }

    fn figures(&self) -> Figures {
        let mut figures = vec![
            ("scenario", self.scenario.to_owned()),
            ("seconds", format!("{:.1}", self.seconds)),
            ("connections", self.connections.to_string()),
            ("calls", self.calls.to_string()),
            ("  per second", format!("{:.0}", self.calls_per_s)),
            ("  MB per second", format!("{:.1}", self.bytes_per_s / 1e6)),
            (Percentiles::TITLE, self.latency.shown()),
            (
                "wrong / refused / left out",
                format!("{} / {} / {}", self.wrong, self.refused, self.left_out),
            ),
        ];
        figures.extend(Cost::figures(&self.server));
        figures
    }
}
