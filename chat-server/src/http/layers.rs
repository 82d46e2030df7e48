//! What every request and answer gets: an id, a span, a line in the log, a browser's rules, and for pages of allowed
//! origins the permission to read it.
//!
//! The line names the route, never what was asked of it: queries and paths carry tickets, names and addresses.

use super::{OverTls, address::client_address, answer, headers, rest, routes::IDEMPOTENCY_KEY};
use crate::App;
use axum::{
    body::{Body, HttpBody},
    extract::{MatchedPath, Request},
    http::{
        Extensions, HeaderMap, HeaderName, HeaderValue, Method, Response,
        header::{
            ACCEPT_RANGES, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, ETAG,
            IF_NONE_MATCH, IF_RANGE, RANGE, RETRY_AFTER,
        },
    },
    middleware::Next,
};
use chat_core::UserId;
use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::Instrument;

/// The target of the lines in the log, one for each call over HTTP: `--log info,chat_server::access=off` is without.
const ACCESS: &str = "chat_server::access";

/// What is known of a request besides what it says.
#[derive(Clone)]
struct Known(Arc<Knowledge>);

struct Knowledge {
    request_id: String,
    user: OnceLock<UserId>,
}

/// Gives a request its id and span, and the answer the id, its headers and its line in the log.
pub(super) async fn identified(app: Arc<App>, mut request: Request, next: Next) -> Response<Body> {
    let began = Instant::now();
    let request_id = given(request.headers()).unwrap_or_else(|| app.next_id().to_string());
    let known = Arc::new(Knowledge {
        request_id,
        user: OnceLock::new(),
    });
    let span = tracing::info_span!(
        "request",
        request_id = known.request_id,
        method = method(request.method())
    );
    let asked = Asked::of(&app, &request);
    let over_tls = request.extensions().get::<OverTls>().is_some();
    request.extensions_mut().insert(Known(known.clone()));
    let (request, rest) = rest::lend(request);
    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&known.request_id) {
        response.headers_mut().insert(answer::REQUEST_ID, id);
    }
    headers::complete(&mut response, over_tls);
    app.metrics.answered(response.status().as_u16());
    if let Some(asked) = asked {
        asked.log(&known, &response, began.elapsed());
    }
    if let Some(rest) = rest {
        rest.settle(&mut response).await;
    }
    response
}

/// What the line in the log needs of a request, which is gone when the answer is there.
struct Asked {
    method: &'static str,
    route: Option<MatchedPath>,
    address: std::net::IpAddr,
}

impl Asked {
    /// None where nobody listens.
    fn of(app: &App, request: &Request) -> Option<Self> {
        if !tracing::enabled!(target: ACCESS, tracing::Level::INFO) {
            return None;
        }
        let (headers, extensions) = (request.headers(), request.extensions());
        Some(Self {
            method: method(request.method()),
            route: extensions.get::<MatchedPath>().cloned(),
            address: client_address(headers, extensions, &app.config.trusted_proxies),
        })
    }

    fn log(&self, known: &Knowledge, response: &Response<Body>, took: Duration) {
        let route = self.route.as_ref().map_or("none", MatchedPath::as_str);
        let user = known.user.get().map(ToString::to_string);
        tracing::info!(
            target: ACCESS,
            method = self.method,
            route = route.strip_suffix('/').unwrap_or(route),
            status = response.status().as_u16(),
            duration_ms = took.as_micros() as f64 / 1_000.0,
            request_id = known.request_id,
            user = user.as_deref().unwrap_or("anonymous"),
            address = %self.address,
            // Unknown for what is made while it is sent.
            bytes = response.body().size_hint().exact(),
            "answered",
        );
    }
}

/// The method in a word of ours: others may be as long as a header.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

pub(super) fn request_id(request: &Request) -> String {
    request
        .extensions()
        .get::<Known>()
        .map_or_else(String::new, |known| known.0.request_id.clone())
}

/// Notes who makes a request, for its line in the log.
pub(super) fn made_by(extensions: &Extensions, user: UserId) {
    if let Some(known) = extensions.get::<Known>() {
        // Who was noted first stays.
        let _ = known.0.user.set(user);
    }
}

/// The caller's own request id, where it is harmless: 1 to 64 visible ASCII characters.
fn given(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(answer::REQUEST_ID)?.to_str().ok()?;
    let harmless = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    harmless.then(|| id.to_owned())
}

/// Lets pages of the allowed origins call. They send their token themselves; a cookie means nothing here.
pub(super) fn cross_origin(origins: &[String]) -> CorsLayer {
    // As browsers write them. What is no origin was refused with the settings.
    let origins = origins.iter().filter_map(|origin| {
        let origin = origin.trim_end_matches('/').to_lowercase();
        origin.parse::<HeaderValue>().ok()
    });
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
            CONTENT_DISPOSITION,
            IF_NONE_MATCH,
            IF_RANGE,
            RANGE,
        ])
        .expose_headers([
            answer::REQUEST_ID,
            RETRY_AFTER,
            ACCEPT_RANGES,
            CONTENT_DISPOSITION,
            CONTENT_RANGE,
            ETAG,
        ])
        .max_age(Duration::from_secs(3_600))
}
