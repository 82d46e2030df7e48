//! What those who look after the server ask it: whether it can serve, and what it has counted.
//!
//! The counts tell how much is said and by how many, so they are not for everybody: with `metrics_token` set, for whoever
//! sends it, and else for this machine alone.

use super::{
    address::{client_address, is_from_here},
    answer, layers,
};
use crate::{App, Error, auth::bearer, telemetry};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, Response},
};
use chat_core::{Code, FieldErrors, Problem};
use std::{net::IpAddr, time::Duration};

const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// A database that takes longer to answer is none to send people to.
const DATABASE_DEADLINE: Duration = Duration::from_secs(2);

/// Everything that is counted, for those who may know.
pub(super) async fn metrics(app: &App, request: Request) -> Result<Response<Body>, Error> {
    let address = client_address(
        request.headers(),
        request.extensions(),
        &app.config.trusted_proxies,
    );
    require_observer(app, request.headers(), address)?;
    Ok(answer::plain(200, METRICS, telemetry::text(app).await))
}

fn require_observer(app: &App, headers: &HeaderMap, address: IpAddr) -> Result<(), Error> {
    let Some(token) = &app.config.metrics_token else {
        return match is_from_here(headers, address) {
            true => Ok(()),
            false => Err(Error::forbidden(
                "metrics are for this machine alone; set metrics_token, and send it as a bearer token",
            )),
        };
    };
    // Exposed to be compared.
    let right = token.expose().as_bytes();
    let same = |given: &str| {
        aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), right).is_ok()
    };
    match bearer(headers).is_some_and(same) {
        true => Ok(()),
        false => Err(Error::rule(
            Code::Unauthenticated,
            "send the metrics_token of the settings as a bearer token",
        )),
    }
}

/// Whether callers should be sent here.
pub(super) async fn ready(app: &App, request: Request) -> Response<Body> {
    let id = layers::request_id(&request);
    let unready = |part: &str, why: String| {
        let problem = Problem {
            errors: FieldErrors::one(part, why.clone()),
            ..Problem::new(Code::Unavailable, format!("not ready: {part}: {why}"))
        };
        answer::problem(problem.after_ms(1_000), &id)
    };
    if app.is_draining() {
        return unready("server", "it is stopping".to_owned());
    }
    match tokio::time::timeout(DATABASE_DEADLINE, database(app)).await {
        Ok(Ok(())) => answer::json(200, &parts(app), "application/json"),
        Ok(Err(error)) => {
            tracing::warn!(cause = %cause(&error), "not ready: the database does not work");
            let why = match app.db.is_in_place() {
                true => "it does not work; the log has the cause",
                false => "its file was moved or deleted; put it back, or restart",
            };
            unready("database", why.to_owned())
        }
        Err(_) => {
            tracing::warn!("not ready: the database does not answer in time");
            unready("database", format!("no answer in {DATABASE_DEADLINE:?}"))
        }
    }
}

/// What works. Redis is only told of: without it callers are served all the same.
fn parts(app: &App) -> serde_json::Value {
    match &app.redis {
        None => serde_json::json!({"status": "ok"}),
        Some(redis) => {
            let state = if redis.is_away() { "away" } else { "ok" };
            serde_json::json!({"status": "ok", "redis": state, "processes": redis.processes()})
        }
    }
}

/// Reads from the database and, when the last write failed, tries another: nobody else may until it is ready again.
async fn database(app: &App) -> Result<(), Error> {
    app.db.ping().await?;
    match app.metrics.is_write_failing() {
        true => {
            app.writer
                .run(|tx| Box::pin(async move { Ok(tx.touch().await?) }))
                .await
        }
        false => Ok(()),
    }
}

fn cause(error: &Error) -> String {
    let source = std::error::Error::source(error);
    source.map_or_else(|| error.to_string(), ToString::to_string)
}
