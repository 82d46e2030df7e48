//! Bodies of HTTP calls over the real network: JSON at once, files in pieces, either way only as fast as the other side
//! takes them. What does not move for a while is given up; how long a file takes in all does not matter.

use super::{CALL_TIMEOUT, broken_call, retry_after_ms};
use crate::{Error, FileContent, HttpBody, HttpCall, HttpFile};
use bytes::Bytes;
use chat_core::Method;
use futures_util::{StreamExt, stream};
use http_body_util::channel::{Channel, Sender};
use reqwest::{
    Body, RequestBuilder, Response,
    header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE},
};
use std::{io, pin::pin, time::Duration};
use tokio::time::timeout;

/// A line on which fewer bytes come through in a second is none; the server bears no slower one either.
const PACE: u64 = 32 << 10;

/// Makes a call, and waits for the head of its answer. A question that changes nothing is put once more where its connection
/// broke: servers close connections that rest, and may do so in the very moment in which one is used again (RFC 9110, 9.2.2).
pub(super) async fn send(http: &reqwest::Client, call: HttpCall) -> Result<Response, Error> {
    let method = match call.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut request = http.request(method, call.url);
    if let Some(token) = &call.token {
        // Sent to the server that issued it.
        request = request.bearer_auth(token.expose());
    }
    if let Some(range) = call.range {
        request = request.header(RANGE, range);
    }
    if let Some(once) = call.once {
        request = request.header("idempotency-key", once);
    }
    match call.body {
        HttpBody::Empty => {
            let again = match call.method {
                Method::Get => request.try_clone(),
                _ => None,
            };
            match (answer(request).await, again) {
                (Err(Error::Network { source, .. }), Some(again)) if broke(source.as_deref()) => {
                    answer(again).await
                }
                (answer, _) => answer,
            }
        }
        HttpBody::Json(json) => {
            let request = request.header(CONTENT_TYPE, "application/json");
            answer(request.body(json)).await
        }
        HttpBody::File { mime_type, content } => {
            send_file(request.header(CONTENT_TYPE, mime_type), &content).await
        }
    }
}

/// The next bytes of an answer; none after the last.
pub(super) async fn chunk(response: &mut Response) -> Result<Option<Bytes>, Error> {
    match timeout(CALL_TIMEOUT, response.chunk()).await {
        Ok(chunk) => chunk.map_err(broken_call),
        Err(_) => Err(Error::disconnected("the answer stopped coming")),
    }
}

/// An answer while it comes.
pub(super) fn file(response: Response) -> HttpFile {
    let headers = response.headers();
    let text = |name| headers.get(name)?.to_str().ok().map(str::to_owned);
    HttpFile {
        status: response.status().as_u16(),
        retry_after_ms: retry_after_ms(headers),
        mime_type: text(CONTENT_TYPE),
        length: text(CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        range: text(CONTENT_RANGE),
        chunks: stream::try_unfold(response, |mut response| async move {
            let chunk = chunk(&mut response).await?;
            Ok(chunk.map(|bytes| (bytes, response)))
        })
        .boxed(),
    }
}

async fn answer(request: RequestBuilder) -> Result<Response, Error> {
    match timeout(CALL_TIMEOUT, request.send()).await {
        Ok(answer) => answer.map_err(broken_call),
        Err(_) => Err(Error::disconnected("it did not answer in time")),
    }
}

/// Whether the other side was there and went away, as opposed to silence and to nobody there.
fn broke(source: Option<&(dyn std::error::Error + Send + Sync + 'static)>) -> bool {
    source
        .and_then(|source| source.downcast_ref::<reqwest::Error>())
        .is_some_and(|error| !error.is_timeout() && !error.is_connect())
}

async fn send_file(request: RequestBuilder, content: &FileContent) -> Result<Response, Error> {
    let (sender, body) = Channel::new(1);
    let request = match content.length() {
        Some(length) => request.header(CONTENT_LENGTH, length),
        None => request,
    };
    let mut answer = pin!(request.body(Body::wrap(body)).send());
    tokio::select! {
        biased;
        // An answer before the end is a refusal: the rest need not be sent.
        early = &mut answer => return early.map_err(broken_call),
        sent = feed(Unfinished(Some(sender)), content) => sent?,
    }
    match timeout(patience(content.length()), answer).await {
        Ok(answer) => answer.map_err(broken_call),
        Err(_) => Err(Error::disconnected("it did not answer in time")),
    }
}

/// How long the answer to a file of so many bytes is waited for when all of it is handed over. The system takes millions of
/// them at once and sends them as the line does: who gives up before they are through sends again what is still coming, and the
/// two get into each other's way.
fn patience(length: Option<u64>) -> Duration {
    CALL_TIMEOUT + Duration::from_secs(length.unwrap_or_default() / PACE)
}

/// Hands the pieces over, one at a time.
async fn feed(mut to: Unfinished, content: &FileContent) -> Result<(), Error> {
    let mut pieces = content.open();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(unreadable)?;
        let Some(sender) = &mut to.0 else {
            break;
        };
        match timeout(CALL_TIMEOUT, sender.send_data(piece)).await {
            Ok(Ok(())) => {}
            // Nobody takes it any more: the answer says why.
            Ok(Err(_)) => break,
            Err(_) => return Err(Error::disconnected("the file does not get through")),
        }
    }
    to.0 = None;
    Ok(())
}

/// A file that cannot be read, or what made it so where that is of this crate.
fn unreadable(error: io::Error) -> Error {
    error
        .downcast::<Error>()
        .unwrap_or_else(|error| Error::Invalid(format!("the file cannot be read: {error}")))
}

/// A file that is not sent to its end must not look as if it were: unless it is finished, its body breaks.
struct Unfinished(Option<Sender<Bytes, io::Error>>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            sender.abort(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

#[cfg(test)]
mod tests;
