//! What stands beside the calls: health, metrics, the documents, the socket.

use super::{
    answer, headers, observed,
    routes::{Path, serve},
    upgrade,
};
use crate::{App, Error, documents};
use axum::{
    body::Body,
    extract::{OriginalUri, Request},
    http::{HeaderValue, Response, Uri, header},
    routing::{MethodRouter, get},
};
use std::sync::{Arc, LazyLock};

const JSON: &str = "application/json";

pub(super) fn beside(app: &Arc<App>) -> impl Iterator<Item = (&'static str, MethodRouter)> {
    let (ready, counted) = (app.clone(), app.clone());
    [
        ("/health/live", get(async || ok())),
        (
            "/health/ready",
            get(move |request: Request| async move { observed::ready(&ready, request).await }),
        ),
        (
            "/metrics",
            get(move |request: Request| {
                serve(request, async move |request| {
                    observed::metrics(&counted, request).await
                })
            }),
        ),
        ("/api/openapi.json", get(openapi)),
        ("/api/asyncapi.json", get(asyncapi)),
        ("/docs", get(docs)),
        ("/ws", socket(app.clone())),
        (
            "/ws/conversations/{conversation_id}",
            socket_of_one(app.clone()),
        ),
    ]
    .into_iter()
}

pub(super) fn ok() -> Response<Body> {
    answer::json(200, &serde_json::json!({"status": "ok"}), JSON)
}

fn socket(app: Arc<App>) -> MethodRouter {
    get(move |request: Request| {
        serve(request, async move |request| {
            upgrade::upgrade(app, request, None).await
        })
    })
}

fn socket_of_one(app: Arc<App>) -> MethodRouter {
    get(move |path: Path, request: Request| {
        serve(request, async move |request| {
            let path = path.ok();
            let id = path
                .as_ref()
                .and_then(|path| path.iter().next()?.1.parse().ok());
            let id = id.ok_or_else(|| Error::not_found("conversation"))?;
            upgrade::upgrade(app, request, Some(id)).await
        })
    })
}

async fn openapi(OriginalUri(uri): OriginalUri) -> Response<Body> {
    answer::json(
        200,
        &documents::openapi(base(&uri, "/api/openapi.json")),
        JSON,
    )
}

async fn asyncapi(OriginalUri(uri): OriginalUri) -> Response<Body> {
    answer::json(
        200,
        &documents::asyncapi(base(&uri, "/api/asyncapi.json")),
        JSON,
    )
}

/// The prefix under which an embedding program has mounted the server.
fn base<'a>(uri: &'a Uri, own: &str) -> &'a str {
    uri.path()
        .trim_end_matches('/')
        .strip_suffix(own)
        .unwrap_or_default()
}

async fn docs(OriginalUri(uri): OriginalUri) -> Response<Body> {
    if uri.path().ends_with('/') {
        // Its links are relative to the path without the slash.
        let mut response = answer::plain(308, "text/plain", "");
        if let Ok(place) = HeaderValue::from_str(uri.path().trim_end_matches('/')) {
            response.headers_mut().insert(header::LOCATION, place);
        }
        return response;
    }
    let mut response = answer::plain(200, "text/html; charset=utf-8", documents::page());
    static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
        let policy = headers::page_policy(documents::page());
        HeaderValue::try_from(policy).expect("hashes in base64 are visible ASCII")
    });
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    response
}
