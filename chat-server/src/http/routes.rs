//! The routes, made from the table of calls: everything a request says becomes one input, one call, one answer.

use super::{answer, beside::beside, body, caller, export, files, layers};
use crate::{App, Error, auth::Caller, store::once::Once};
use axum::{
    Router,
    body::Body,
    extract::{RawPathParams, Request, rejection::RawPathParamsRejection},
    http::{HeaderMap, Response, Uri},
    middleware::from_fn,
    routing::{MethodFilter, MethodRouter},
};
use chat_core::{Access, Body as Kind, Code, Input, Method, Operation, Problem, Reply};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, future::Future, sync::Arc};
use tracing::Instrument;

/// Names a call that must happen once (draft-ietf-httpapi-idempotency-key-header).
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The fields in a path; none where they are not UTF-8.
pub(super) type Path = Result<RawPathParams, RawPathParamsRejection>;

/// The whole server as routes. A trailing slash is accepted everywhere.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let mut by_path: BTreeMap<String, MethodRouter> = BTreeMap::new();
    for operation in Operation::ALL {
        if let Some((method, path)) = operation.rest {
            let route = by_path.entry(format!("/api/v1{path}")).or_default();
            *route = add(std::mem::take(route), method, operation, app.clone());
        }
    }
    by_path.extend(beside(app).map(|(path, route)| (path.to_owned(), route)));
    let mut router = Router::new();
    for (path, route) in by_path {
        router = router
            .route(&format!("{path}/"), route.clone())
            .route(&path, route);
    }
    let app = app.clone();
    router
        .fallback(|request| {
            fixed(
                request,
                Code::NotFound,
                "there is nothing at this path; see /docs",
            )
        })
        .method_not_allowed_fallback(|request| {
            fixed(
                request,
                Code::MethodNotAllowed,
                "the path exists, but not with this method; see /docs",
            )
        })
        .layer(layers::cross_origin(&app.config.allowed_origins))
        .layer(from_fn(move |request, next| {
            layers::identified(app.clone(), request, next)
        }))
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
    route.on(filter, move |path: Path, request: Request| {
        let app = app.clone();
        serve(request, async move |request| match operation.body {
            Kind::Json => call(app, operation, path, request)
                .await
                .map(|reply| answer::reply(&reply)),
            Kind::FileIn | Kind::PieceIn => files::take_in(app, operation, path, request).await,
            Kind::FileOut if operation.name == export::NAME => export::stream(app, request).await,
            Kind::FileOut => files::give_out(app, operation, path, request).await,
        })
    })
}

/// Answers a request; an error becomes a problem.
pub(super) async fn serve<F>(request: Request, handle: impl FnOnce(Request) -> F) -> Response<Body>
where
    F: Future<Output = Result<Response<Body>, Error>>,
{
    let id = layers::request_id(&request);
    handle(request)
        .await
        .unwrap_or_else(|error| answer::error(&error, &id))
}

async fn fixed(request: Request, code: Code, detail: &'static str) -> Response<Body> {
    serve(request, async move |_| Err(Error::rule(code, detail))).await
}

async fn call(
    app: Arc<App>,
    operation: &'static Operation,
    path: Path,
    request: Request,
) -> Result<Reply, Error> {
    let (parts, body) = request.into_parts();
    let (headers, extensions) = (&parts.headers, &parts.extensions);
    let mut caller = match operation.access {
        // Whatever token comes along: who signs in or refreshes often sends one that has run out.
        Access::Anonymous => Caller::anonymous(Some(caller::address(&app, headers, extensions))),
        // Before the body is read: who is nobody gets no memory.
        Access::User | Access::Admin => caller::somebody(&app, headers, extensions).await?,
    };
    let path = path.map_err(|_| Error::rule(Code::Malformed, "the path is not UTF-8"))?;
    let bytes = body::read(&parts.headers, body, app.config.limits.body_bytes as usize).await?;
    caller.once = once(operation, &caller, &parts.headers, &parts.uri, &bytes)?;
    let request = parsed(&app, &caller, operation, &path, &parts.uri, &bytes).await?;
    finish(app, caller, request).await
}

/// The call that a request is. One that cannot be read is counted all the same.
pub(super) async fn parsed(
    app: &App,
    caller: &Caller,
    operation: &Operation,
    path: &RawPathParams,
    uri: &Uri,
    bytes: &[u8],
) -> Result<chat_core::Request, Error> {
    match input(operation, path, uri, bytes).and_then(|input| operation.parse(input)) {
        Ok(request) => Ok(request),
        Err(problem) => {
            app.limiter.spoilt(caller, operation).await?;
            Err(body::refused(problem))
        }
    }
}

/// Makes the call in a task of its own: what was begun is finished, also when the peer hangs up meanwhile.
pub(super) async fn finish(
    app: Arc<App>,
    caller: Caller,
    request: chat_core::Request,
) -> Result<Reply, Error> {
    let call = tokio::spawn(async move { app.handle(&caller, request).await }.in_current_span());
    call.await
        .unwrap_or_else(|error| Err(Error::Internal(format!("a call was cut short: {error}"))))
}

/// The key under which a POST must happen once. Sends have their client id for that.
pub(super) fn once(
    operation: &Operation,
    caller: &Caller,
    headers: &HeaderMap,
    uri: &Uri,
    bytes: &[u8],
) -> Result<Option<Once>, Error> {
    let is_post = operation
        .rest
        .is_some_and(|(method, _)| method == Method::Post);
    let (Some(key), true, Ok(user_id)) = (headers.get(IDEMPOTENCY_KEY), is_post, caller.user())
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
    let uses_query = operation
        .rest
        .is_some_and(|(method, _)| method.uses_query());
    if uses_query || matches!(operation.body, Kind::FileIn | Kind::PieceIn) {
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
