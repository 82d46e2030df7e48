//! Reading a request's body: whole, within its size and time, or not at all.

use crate::Error;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
};
use chat_core::{Code, Problem};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::time::Duration;

/// A body must be here within this time.
const BODY_DEADLINE: Duration = Duration::from_secs(15);

/// Reads a body of JSON.
pub(crate) async fn read(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, Error> {
    let too_large = || {
        Error::rule(
            Code::TooLarge,
            format!("the body is larger than {most} bytes"),
        )
    };
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    let whole = tokio::time::timeout(BODY_DEADLINE, Limited::new(body, most).collect()).await;
    let whole = whole.map_err(|_| Error::rule(Code::Timeout, "the body did not arrive in time"))?;
    let bytes = match whole {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_large()),
        Err(_) => return Err(Error::rule(Code::Malformed, "the body broke off")),
    };
    if !bytes.is_empty() && !is_json(headers) {
        return Err(Error::rule(
            Code::UnsupportedMediaType,
            "send JSON, with Content-Type: application/json",
        ));
    }
    Ok(bytes)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// The problem of input that could not be read, as an error of a call.
pub(crate) fn refused(problem: Problem) -> Error {
    match problem.code {
        Code::Invalid => Error::Invalid(problem.errors),
        code => Error::rule(code, problem.detail),
    }
}
