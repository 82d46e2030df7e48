//! Answers: JSON or a problem, always with a request id, never to be stored or guessed at by a browser.

use crate::Error;
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use chat_core::{Code, Problem, Reply};
use serde::Serialize;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) fn json(status: u16, body: &impl Serialize, kind: &'static str) -> Response<Body> {
    let text = serde_json::to_vec(body).expect("answers have string keys and no foreign types");
    plain(status, kind, text)
}

pub(crate) fn plain(status: u16, kind: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

pub(crate) fn reply(reply: &Reply) -> Response<Body> {
    match reply.status() {
        204 => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        status => json(status, reply, "application/json"),
    }
}

/// The problem of an error; its cause goes into the log, once, and stays there.
pub(crate) fn error(error: &Error, request_id: &str) -> Response<Body> {
    let answer = error.problem();
    if answer.status >= 500 {
        let cause = error.cause();
        tracing::error!(request_id, code = answer.code.as_str(), %error, cause, "a call failed");
    }
    problem(answer, request_id)
}

pub(crate) fn problem(mut problem: Problem, request_id: &str) -> Response<Body> {
    problem.request_id = Some(request_id.to_owned());
    let mut response = json(problem.status, &problem, "application/problem+json");
    if let Some(ms) = problem.retry_after_ms {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000)));
    }
    if problem.code.status() == Code::Unauthenticated.status() {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
