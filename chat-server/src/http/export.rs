//! The export of one's own account: lines of JSON, written as fast as they are read.

use super::{answer, caller};
use crate::{App, Error, user};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Response, header},
};
use chat_core::ExportMe;
use futures_util::TryStreamExt;
use std::sync::Arc;

/// The call.
pub(super) const NAME: &str = "user.me.export";

/// One JSON value a line.
const KIND: &str = "application/x-ndjson";

pub(super) async fn stream(app: Arc<App>, request: Request) -> Result<Response<Body>, Error> {
    let caller = caller::somebody(&app, request.headers(), request.extensions()).await?;
    let user = caller.user()?;
    app.handle(&caller, ExportMe {}.into()).await?;
    // The answer has begun when something fails: it is cut off, so that nobody takes it for whole.
    let lines = user::export(app.db.clone(), user, caller.session_id)
        .inspect_err(|error| tracing::warn!(%error, "an export was cut short"));
    let mut response = answer::plain(200, KIND, Body::from_stream(lines));
    response.headers_mut().insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"export.jsonl\""),
    );
    Ok(response)
}
