//! The routes, made from the table of calls; and what stands beside them: health, metrics, documents, the socket.

use super::{address::client_address, answer, body, upgrade};
use crate::{App, Error, auth, auth::Caller, documents, store::once::Once};
use axum::{
    Router,
    body::Body,
    extract::{OriginalUri, RawPathParams, Request},
    http::{HeaderMap, HeaderValue, Response, Uri, header},
    routing::{MethodFilter, MethodRouter, get},
};
use chat_core::{Code, Input, Method, Operation, Problem, Reply};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, future::Future, sync::Arc};
use tracing::Instrument;

/// The whole server as routes. A trailing slash is accepted everywhere.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let mut by_path: BTreeMap<&str, MethodRouter> = BTreeMap::new();
    for operation in Operation::ALL {
        if let Some((method, path)) = operation.rest {
            let route = by_path.remove(path).unwrap_or_default();
            by_path.insert(path, add(route, method, operation, app.clone()));
        }
    }
    let mut router = Router::new();
    for (path, route) in by_path {
        let path = format!("/api/v1{path}");
        router = router
            .route(&format!("{path}/"), route.clone())
            .route(&path, route);
    }
    for (path, route) in beside(app) {
        router = router
            .route(&format!("{path}/"), route.clone())
            .route(path, route);
    }
    let unknown = app.clone();
    let wrong_method = app.clone();
    router
        .fallback(move |request: Request| {
            let detail = "there is nothing at this path; see /docs";
            fixed(unknown.clone(), request, Code::NotFound, detail)
        })
        .method_not_allowed_fallback(move |request: Request| {
            let detail = "the path exists, but not with this method; see /docs";
            fixed(
                wrong_method.clone(),
                request,
                Code::MethodNotAllowed,
                detail,
            )
        })
}

fn add(
    route: MethodRouter,
    method: Method,
    operation: &'static Operation,
    app: Arc<App>,
) -> MethodRouter {
    let filter = match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    };
    route.on(filter, move |path: RawPathParams, request: Request| {
        let app = app.clone();
        serve(app.clone(), request, async move |request, request_id| {
            call(&app, operation, path, request, request_id)
                .await
                .map(|reply| answer::reply(&reply))
        })
    })
}

/// What every request gets: an id, a span, and an error that becomes a problem.
async fn serve<F>(
    app: Arc<App>,
    request: Request,
    handle: impl FnOnce(Request, String) -> F,
) -> Response<Body>
where
    F: Future<Output = Result<Response<Body>, Error>>,
{
    let request_id = request_id(&app, request.headers());
    let span = tracing::info_span!("request", %request_id, method = %request.method());
    let result = handle(request, request_id.clone()).instrument(span).await;
    let mut response = result.unwrap_or_else(|error| answer::error(&error, &request_id));
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(answer::REQUEST_ID, value);
    }
    response
}

/// The caller's own request id where it is harmless, or a new one.
fn request_id(app: &App, headers: &HeaderMap) -> String {
    let given = headers
        .get(answer::REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let given = given.filter(|id| {
        (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    });
    given.map_or_else(|| app.next_id().to_string(), str::to_owned)
}

async fn call(
    app: &App,
    operation: &'static Operation,
    path: RawPathParams,
    request: Request,
    _request_id: String,
) -> Result<Reply, Error> {
    let (parts, body) = request.into_parts();
    let address = client_address(
        &parts.headers,
        &parts.extensions,
        &app.config.trusted_proxies,
    );
    let mut caller = auth::identify(app, &parts.headers, Some(address)).await?;
    if caller.is_anonymous() && operation.access == chat_core::Access::User {
        // Before the body is read: who is nobody gets no memory.
        caller.user()?;
    }
    let bytes = body::read(&parts.headers, body, app.config.limits.body_bytes as usize).await?;
    caller.once = once(operation, &caller, &parts.headers, &parts.uri, &bytes)?;
    let input = input(operation, &path, &parts.uri, &bytes).map_err(body::refused)?;
    let request = operation.parse(input).map_err(body::refused)?;
    app.handle(&caller, request).await
}

/// The key under which a POST must happen once. Sends have their client id for that.
fn once(
    operation: &Operation,
    caller: &Caller,
    headers: &HeaderMap,
    uri: &Uri,
    bytes: &[u8],
) -> Result<Option<Once>, Error> {
    let is_post = operation
        .rest
        .is_some_and(|(method, _)| method == Method::Post);
    let (Some(key), true, Ok(user_id)) = (headers.get("idempotency-key"), is_post, caller.user())
    else {
        return Ok(None);
    };
    let key = key
        .to_str()
        .ok()
        .filter(|key| (1..=128).contains(&key.len()));
    let key = key.ok_or_else(|| {
        Error::invalid(
            "Idempotency-Key",
            "must be 1 to 128 visible ASCII characters",
        )
    })?;
    let said = Sha256::new()
        .chain_update(operation.name)
        .chain_update(uri.path())
        .chain_update(bytes)
        .finalize();
    let request_hash = i64::from_be_bytes(std::array::from_fn(|place| said[place]));
    Ok(Some(Once {
        user_id,
        key: key.to_owned(),
        request_hash,
    }))
}

/// Everything a request says: the body's fields, then the query's, then the path's, which win.
fn input(
    operation: &Operation,
    path: &RawPathParams,
    uri: &Uri,
    bytes: &[u8],
) -> Result<Input, Problem> {
    let mut input = Input::from_json(bytes)?;
    if operation
        .rest
        .is_some_and(|(method, _)| method.uses_query())
    {
        for (name, text) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            if text.contains('\0') {
                return Err(Problem::new(
                    Code::Malformed,
                    format!("{name}: text must not contain NUL"),
                ));
            }
            input.set_from_url(&name, &text);
        }
    }
    for (name, text) in path {
        input.set_from_url(name, text);
    }
    Ok(input)
}

async fn fixed(
    app: Arc<App>,
    request: Request,
    code: Code,
    detail: &'static str,
) -> Response<Body> {
    serve(app, request, async move |_, _| {
        Err(Error::rule(code, detail))
    })
    .await
}

fn beside(app: &Arc<App>) -> Vec<(&'static str, MethodRouter)> {
    let (ready, counted) = (app.clone(), app.clone());
    let text = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    vec![
        ("/health/live", get(|| async { ok() })),
        (
            "/health/ready",
            get(move |request: Request| {
                serve(ready.clone(), request, async move |_, _| {
                    is_ready(&ready).await
                })
            }),
        ),
        (
            "/metrics",
            get(move || async move { answer::plain(200, text, counted.metrics.text()) }),
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
}

fn ok() -> Response<Body> {
    answer::json(
        200,
        &serde_json::json!({"status": "ok"}),
        "application/json",
    )
}

fn socket(app: Arc<App>) -> MethodRouter {
    get(move |request: Request| {
        let app = app.clone();
        serve(app.clone(), request, async move |request, _| {
            upgrade::upgrade(app, request, None).await
        })
    })
}

fn socket_of_one(app: Arc<App>) -> MethodRouter {
    get(move |path: RawPathParams, request: Request| {
        let app = app.clone();
        serve(app.clone(), request, async move |request, _| {
            let id = path.iter().next().and_then(|(_, text)| text.parse().ok());
            let id = id.ok_or_else(|| Error::not_found("conversation"))?;
            upgrade::upgrade(app, request, Some(id)).await
        })
    })
}

async fn openapi(OriginalUri(uri): OriginalUri) -> Response<Body> {
    answer::json(
        200,
        &documents::openapi(base(&uri, "/api/openapi.json")),
        "application/json",
    )
}

async fn asyncapi(OriginalUri(uri): OriginalUri) -> Response<Body> {
    answer::json(
        200,
        &documents::asyncapi(base(&uri, "/api/asyncapi.json")),
        "application/json",
    )
}

/// The prefix under which an embedding program has mounted the server.
fn base<'a>(uri: &'a Uri, own: &str) -> &'a str {
    uri.path()
        .trim_end_matches('/')
        .strip_suffix(own)
        .unwrap_or_default()
}

async fn is_ready(app: &App) -> Result<Response<Body>, Error> {
    if app.is_draining() {
        return Err(Error::Unavailable {
            reason: "the server is stopping",
            retry_after_ms: 1_000,
        });
    }
    app.db.ping().await?;
    Ok(ok())
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
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    response
}
