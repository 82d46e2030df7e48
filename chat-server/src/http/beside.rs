//! What stands beside the calls: health, metrics, the documents, the pages that mails lead to, the socket.

use super::{
    answer, caller, headers, observed,
    routes::{Path, serve},
    upgrade,
};
use crate::{App, Error, documents, mail};
use axum::{
    body::{Body, Bytes},
    extract::{OriginalUri, Request},
    http::{HeaderValue, Response, Uri, header},
    routing::{MethodRouter, get},
};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

const JSON: &str = "application/json";
const OPENAPI: &str = "/api/openapi.json";
const ASYNCAPI: &str = "/api/asyncapi.json";
/// Prefixes under which documents are kept once they are made.
const BASES_MOST: usize = 16;

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
        (OPENAPI, document(app.clone(), OPENAPI)),
        (ASYNCAPI, document(app.clone(), ASYNCAPI)),
        ("/docs", page(documents::page())),
        ("/reset", page(mail::reset_page())),
        ("/verify", page(mail::verify_page())),
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

/// One of the two documents. Anybody may read it, as often as files.
fn document(app: Arc<App>, own: &'static str) -> MethodRouter {
    get(
        async move |OriginalUri(uri): OriginalUri, request: Request| {
            serve(request, async move |request| {
                let address = caller::address(&app, request.headers(), request.extensions());
                app.limiter.reading(address).await?;
                Ok(answer::plain(200, JSON, made(base(&uri, own), own)))
            })
            .await
        },
    )
}

/// The text of a document. It is made once for each prefix: that takes a while.
fn made(base: &str, own: &'static str) -> Bytes {
    static MADE: LazyLock<Mutex<HashMap<(String, &str), Bytes>>> = LazyLock::new(Mutex::default);
    let all = || MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let place = (base.to_owned(), own);
    if let Some(text) = all().get(&place) {
        return text.clone();
    }
    let document = match own {
        OPENAPI => documents::openapi(base),
        _ => documents::asyncapi(base),
    };
    let text = Bytes::from(document.to_string());
    let mut all = all();
    if all.len() < BASES_MOST {
        all.insert(place, text.clone());
    }
    text
}

/// The prefix under which an embedding program has mounted the server.
fn base<'a>(uri: &'a Uri, own: &str) -> &'a str {
    uri.path()
        .trim_end_matches('/')
        .strip_suffix(own)
        .unwrap_or_default()
}

/// A page that brings along what it needs, and may load nothing else.
fn page(text: &'static str) -> MethodRouter {
    let policy = HeaderValue::try_from(headers::page_policy(text))
        .expect("hashes in base64 are visible ASCII");
    get(move |OriginalUri(uri): OriginalUri| async move {
        if uri.path().ends_with('/') {
            // What it refers to is relative to the path without the slash.
            let mut response = answer::plain(308, "text/plain", "");
            if let Ok(place) = HeaderValue::from_str(uri.path().trim_end_matches('/')) {
                response.headers_mut().insert(header::LOCATION, place);
            }
            return response;
        }
        let mut response = answer::plain(200, "text/html; charset=utf-8", text);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    })
}
