//! The scenario over plain HTTP: messages posted by so many connections at a time, each after the answer to the last.

use super::{
    Report, now_us, scan,
    setup::{Account, Opened},
    socket::Target,
    tally::{Gather, Latencies, Percentiles},
};
use crate::error::{Error, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, StatusCode,
    client::conn::http1::{self, SendRequest},
    header,
};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::Instant};
use uuid::Uuid;

/// The figures.
#[derive(Debug, Serialize)]
pub(crate) struct RestReport {
    scenario: &'static str,
    seconds: f64,
    connections: usize,
    sends: u64,
    sends_per_s: f64,
    latency: Percentiles,
    refused: u64,
}

#[derive(Debug, Default)]
struct Outcome {
    sends: u64,
    refused: u64,
}

/// Posts for so long, one connection for each account.
pub(crate) async fn play(
    target: &Target,
    opened: Opened,
    accounts: Vec<Account>,
    time: Duration,
) -> Result<RestReport> {
    let latencies = Arc::new(Latencies::new());
    let connections = accounts.len();
    let uri = format!(
        "{}/api/v1/conversations/{}/messages",
        target.prefix, opened.id
    );
    let ends = Instant::now() + time;
    let mut tasks = JoinSet::new();
    for (by, account) in accounts.into_iter().enumerate() {
        let connection = connect(target).await?;
        let poster = Poster {
            connection,
            uri: uri.clone(),
            host: target.address.clone(),
            // Exposed to sign in with it.
            bearer: format!("Bearer {}", account.token.expose()),
            by: by as u64,
        };
        let latencies = Arc::clone(&latencies);
        tasks.spawn(async move { poster.post_until(ends, &latencies).await });
    }
    let mut all = Outcome::default();
    while let Some(outcome) = tasks.join_next().await {
        let outcome = outcome
            .map_err(|error| Error::Failed(format!("a connection's task failed: {error}")))??;
        all.sends += outcome.sends;
        all.refused += outcome.refused;
    }
    let seconds = time.as_secs_f64();
    Ok(RestReport {
        scenario: "rest",
        seconds,
        connections,
        sends: all.sends,
        sends_per_s: all.sends as f64 / seconds,
        latency: latencies.percentiles(),
        refused: all.refused,
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

struct Poster {
    connection: SendRequest<Full<Bytes>>,
    uri: String,
    host: String,
    bearer: String,
    by: u64,
}

impl Poster {
    async fn post_until(mut self, ends: Instant, latencies: &Latencies) -> Result<Outcome> {
        let mut gather = Gather::new(latencies);
        let mut outcome = Outcome::default();
        while Instant::now() < ends {
            let began = now_us();
            let status = self.post(began).await?;
            match status {
                StatusCode::CREATED if Instant::now() < ends => {
                    outcome.sends += 1;
                    gather.record(now_us() - began);
                }
                StatusCode::CREATED => {}
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    outcome.refused += 1
                }
                status => {
                    return Err(Error::Failed(format!(
                        "a message was answered with HTTP {status}"
                    )));
                }
            }
        }
        Ok(outcome)
    }

    async fn post(&mut self, at_us: u64) -> Result<StatusCode> {
        let (id, content) = (Uuid::now_v7(), scan::content(at_us, self.by));
        let body = format!(r#"{{"client_id":"{id}","content":"{content}"}}"#);
        let request = Request::post(&self.uri)
            .header(header::HOST, &self.host)
            .header(header::AUTHORIZATION, &self.bearer)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(broken)?;
        self.connection.ready().await.map_err(broken)?;
        let response = self
            .connection
            .send_request(request)
            .await
            .map_err(broken)?;
        let status = response.status();
        // The connection is free when the whole answer was read.
        response.into_body().collect().await.map_err(broken)?;
        Ok(status)
    }
}

impl Report for RestReport {
    fn figures(&self) -> Vec<(&'static str, String)> {
        vec![
            ("scenario", self.scenario.to_owned()),
            ("seconds", format!("{:.1}", self.seconds)),
            ("connections", self.connections.to_string()),
            ("sends", self.sends.to_string()),
            ("  per second", format!("{:.0}", self.sends_per_s)),
            ("  p50 / p99 / max ms", self.latency.shown()),
            ("refused", self.refused.to_string()),
        ]
    }
}
