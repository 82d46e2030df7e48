//! Files over HTTP: a body that is one, and an answer that is one, whole or in part. Who may is decided behind
//! [`App::handle`](crate::App), as for every call.

use super::{
    answer, caller, layers,
    routes::{self, Path, finish, parsed},
    upload::incoming,
};
use crate::{
    App, Error,
    auth::Caller,
    media::{Carried, Outgoing, Reach, Stored, name, range},
};
use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header, request::Parts,
    },
};
use chat_core::{Code, Endpoint, Operation, ReadAvatar};
use httpdate::fmt_http_date;
use std::{
    ops::Range,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Nothing in a file runs, loads or frames anything, whatever a browser takes it for.
const POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// Takes a file in. Whoever is nobody is sent away before a byte of it is read.
pub(super) async fn take_in(
    app: Arc<App>,
    operation: &'static Operation,
    path: Path,
    request: Request,
) -> Result<Response<Body>, Error> {
    let (parts, body) = request.into_parts();
    let mut caller = caller::somebody(&app, &parts.headers, &parts.extensions).await?;
    let path = path.map_err(|_| Error::rule(Code::Malformed, "the path is not UTF-8"))?;
    let request = parsed(&app, &caller, operation, &path, &parts.uri, &[]).await?;
    caller.once = routes::once(
        operation,
        &caller,
        &parts.headers,
        &parts.uri,
        &named(&parts),
    )?;
    let incoming = incoming(&parts.headers, body)?;
    caller.carried = Some(Arc::new(Carried::with(incoming)));
    let reply = finish(app, caller, request).await?;
    Ok(answer::reply(&reply))
}

/// What there is of a file before it is read: its name, and how long it is.
fn named(parts: &Parts) -> Vec<u8> {
    let mut said = parts.uri.query().unwrap_or_default().as_bytes().to_vec();
    for name in [header::CONTENT_DISPOSITION, header::CONTENT_LENGTH] {
        said.push(b'\n');
        said.extend(
            parts
                .headers
                .get(name)
                .map_or(&[][..], HeaderValue::as_bytes),
        );
    }
    said
}

/// Gives a file out. Who sends a token is known by it; a link needs none, and neither does an avatar.
pub(super) async fn give_out(
    app: Arc<App>,
    operation: &'static Operation,
    path: Path,
    request: Request,
) -> Result<Response<Body>, Error> {
    let request_id = layers::request_id(&request);
    let (parts, _) = request.into_parts();
    let path = path.map_err(|_| Error::rule(Code::Malformed, "the path is not UTF-8"))?;
    let by_link = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        .any(|(name, _)| name == "signature");
    let mut caller = match by_link || operation.name == ReadAvatar::operation().name {
        true => {
            let address = caller::address(&app, &parts.headers, &parts.extensions);
            Caller::anonymous(Some(address))
        }
        false => caller::anybody(&app, &parts.headers, &parts.extensions).await?,
    };
    let call = parsed(&app, &caller, operation, &path, &parts.uri, &[]).await?;
    let carried = Arc::new(Carried::default());
    caller.carried = Some(carried.clone());
    finish(app.clone(), caller, call).await?;
    send(&app, &parts, carried.given()?, &request_id).await
}

/// The answer: what the caller has already, a part, or everything.
async fn send(
    app: &App,
    parts: &Parts,
    file: Outgoing,
    request_id: &str,
) -> Result<Response<Body>, Error> {
    let tag = tag(file.stored);
    let modified = fmt_http_date(
        UNIX_EPOCH + Duration::from_millis(file.created_at.ms().max(0).cast_unsigned()),
    );
    let mut response = Response::new(Body::empty());
    describe(response.headers_mut(), &file);
    set(response.headers_mut(), header::ETAG, &tag);
    set(response.headers_mut(), header::LAST_MODIFIED, &modified);
    if text(&parts.headers, &header::IF_NONE_MATCH).is_some_and(|known| matches(known, &tag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let wanted = match wanted_range(parts, &file, [&tag, &modified]) {
        Ok(wanted) => wanted,
        Err(size) => {
            let error = Error::rule(Code::NoSuchRange, format!("the file has {size} bytes"));
            let mut response = answer::error(&error, request_id);
            set(
                response.headers_mut(),
                header::CONTENT_RANGE,
                &format!("bytes */{size}"),
            );
            return Ok(response);
        }
    };
    let (size, body) = match (file.size, &parts.method) {
        (Some(size), &Method::HEAD) => (size, Body::empty()),
        _ => open(app, file.stored, wanted.clone()).await?,
    };
    let headers = response.headers_mut();
    if file.size.is_some() {
        set(headers, header::ACCEPT_RANGES, "bytes");
    }
    set(
        headers,
        header::CONTENT_LENGTH,
        &wanted
            .as_ref()
            .map_or(size, |part| part.end - part.start)
            .to_string(),
    );
    if let Some(part) = wanted {
        let about = format!("bytes {}-{}/{size}", part.start, part.end - 1);
        set(headers, header::CONTENT_RANGE, &about);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    *response.body_mut() = body;
    Ok(response)
}

/// The part that is asked for; none for everything, the size as an error where there is no such part. Only files whose
/// size is known beforehand are given in parts.
fn wanted_range(
    parts: &Parts,
    file: &Outgoing,
    same: [&str; 2],
) -> Result<Option<Range<u64>>, u64> {
    let Some(size) = file.size.filter(|_| parts.method == Method::GET) else {
        return Ok(None);
    };
    let headers = &parts.headers;
    // Whoever holds a part of another file gets this one whole. There is no other under the same id.
    let is_same = text(headers, &header::IF_RANGE).is_none_or(|known| same.contains(&known));
    let asked = text(headers, &header::RANGE).filter(|_| is_same);
    match range::wanted(asked, size) {
        range::Wanted::All => Ok(None),
        range::Wanted::Part(part) => Ok(Some(part)),
        range::Wanted::Beyond => Err(size),
    }
}

async fn open(app: &App, stored: Stored, part: Option<Range<u64>>) -> Result<(u64, Body), Error> {
    let content = match stored {
        Stored::File(id) => app.media.attachment(id, part).await,
        Stored::Thumbnail(id) => app.media.thumbnail(id).await,
        Stored::Avatar(id, side) => app.media.avatar(id, side).await,
    };
    let content = content?.ok_or_else(|| Error::not_found("file"))?;
    Ok((content.size, Body::from_stream(content.body)))
}

/// A file under an id never changes, so the id is its version.
fn tag(stored: Stored) -> String {
    match stored {
        Stored::File(id) => format!("\"{id}\""),
        Stored::Thumbnail(id) => format!("\"{id}-small\""),
        Stored::Avatar(id, side) => format!("\"{id}-{side}\""),
    }
}

/// Whether a list of versions names this one.
fn matches(known: &str, tag: &str) -> bool {
    let mut known = known.split(',').map(str::trim);
    known.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

/// What a browser is told to do with it: to take it for what it is, to show what is harmless and save the rest, and who
/// else may keep it.
fn describe(headers: &mut HeaderMap, file: &Outgoing) {
    set(headers, header::CONTENT_TYPE, &file.mime_type);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::CONTENT_SECURITY_POLICY, POLICY);
    if let Some(file_name) = &file.file_name {
        let disposition = name::content_disposition(file_name, is_shown(&file.mime_type));
        set(headers, header::CONTENT_DISPOSITION, &disposition);
    }
    let kept = match file.reach {
        // Asked for each time, with the version that is known: who may read it, or whether it still is, changes. And two
        // people may share a browser.
        Reach::Members => {
            set(headers, header::VARY, "authorization");
            "private, no-cache"
        }
        Reach::Link => "private, no-cache",
        Reach::All => "public, max-age=31536000, immutable",
    };
    set(headers, header::CACHE_CONTROL, kept);
    if file.reach != Reach::Members {
        // Pages of other places show it without saying who they are.
        set(headers, RESOURCE_POLICY, "cross-origin");
    }
}

/// Pictures of pixels, sounds and films are only shown; everything else could do something.
fn is_shown(mime_type: &str) -> bool {
    const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
    PICTURES.contains(&mime_type)
        || mime_type.starts_with("audio/")
        || mime_type.starts_with("video/")
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // All of them are made here of visible ASCII.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_do_anything_is_shown() {
        for (mime_type, shown) in [
            ("image/png", true),
            ("video/mp4", true),
            ("image/svg+xml", false),
            ("text/html", false),
            ("text/plain", false),
            ("application/pdf", false),
        ] {
            assert_eq!(is_shown(mime_type), shown, "{mime_type}");
        }
    }

    #[test]
    fn a_version_is_found_among_others() {
        assert!(matches("\"a\", W/\"b\"", "\"b\"") && matches("*", "\"b\""));
        assert!(!matches("\"a\"", "\"b\"") && !matches("", "\"b\""));
    }
}
