//! What every request and answer gets: an id, a span, and for pages of allowed origins the permission to read it.

use super::{answer, routes::IDEMPOTENCY_KEY};
use crate::App;
use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Response,
        header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER},
    },
    middleware::Next,
};
use std::{sync::Arc, time::Duration};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::Instrument;

/// The id of a request, for its problems and the log.
#[derive(Clone)]
struct RequestId(String);

/// Gives a request its id and span, and the answer the id.
pub(super) async fn identified(app: Arc<App>, mut request: Request, next: Next) -> Response<Body> {
    let id = given(request.headers()).unwrap_or_else(|| app.next_id().to_string());
    let span = tracing::info_span!("request", request_id = %id, method = %request.method());
    let header = HeaderValue::from_str(&id);
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = header {
        response.headers_mut().insert(answer::REQUEST_ID, id);
    }
    response
}

pub(super) fn request_id(request: &Request) -> String {
    request
        .extensions()
        .get::<RequestId>()
        .map_or_else(String::new, |id| id.0.clone())
}

/// The caller's own request id, where it is harmless.
fn given(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(answer::REQUEST_ID)?.to_str().ok()?;
    let harmless =
        (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    harmless.then(|| id.to_owned())
}

/// Lets pages of the allowed origins call. They send their token themselves; a cookie means nothing here.
pub(super) fn cross_origin(origins: &[String]) -> CorsLayer {
    let origins = origins
        .iter()
        .filter_map(|origin| origin.trim_end_matches('/').parse::<HeaderValue>().ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            HeaderName::from_static(IDEMPOTENCY_KEY),
            answer::REQUEST_ID,
        ])
        .expose_headers([answer::REQUEST_ID, RETRY_AFTER])
        .max_age(Duration::from_secs(3_600))
}
