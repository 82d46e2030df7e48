//! A request's body as a file on its way in: what the headers say of it, and bytes that must keep coming.

use crate::{Error, media::Incoming};
use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use chat_core::Code;
use futures_util::{StreamExt, stream, stream::BoxStream};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Silence of a body that is borne.
const SILENCE: Duration = Duration::from_secs(15);
/// Every body has this long, however slow it is.
const HEAD_START: Duration = Duration::from_secs(30);
/// Then so many bytes must have come in each second, on the whole.
const PACE: u64 = 32 << 10;

/// What there is of a file before the first byte of it is read.
pub(super) fn incoming(headers: &HeaderMap, body: Body) -> Result<Incoming, Error> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let media_type = text(header::CONTENT_TYPE).map(str::to_owned);
    let is_form = media_type.as_deref().is_some_and(|kind| {
        kind.trim_start()
            .to_ascii_lowercase()
            .starts_with("multipart/")
    });
    let boundary = match is_form {
        true => Some(boundary(media_type.as_deref().unwrap_or_default())?),
        false => None,
    };
    let disposition = headers.get(header::CONTENT_DISPOSITION);
    let disposition = disposition.and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    Ok(Incoming {
        length,
        boundary,
        media_type,
        file_name: disposition.and_then(file_name),
        body: paced(body),
    })
}

fn boundary(media_type: &str) -> Result<String, Error> {
    multer::parse_boundary(media_type).map_err(|_| {
        Error::rule(
            Code::UnsupportedMediaType,
            "send the file as the body, or multipart/form-data with its boundary",
        )
    })
}

/// The name in `attachment; filename="a.png"`; the extended form wins (RFC 6266).
fn file_name(disposition: &str) -> Option<String> {
    let mut plain = None;
    let (_, mut rest) = parameter(disposition);
    while let Some(parameters) = rest {
        let (this, next) = parameter(parameters);
        rest = next;
        let Some((name, value)) = this.split_once('=') else {
            continue;
        };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "filename*" => {
                let (charset, rest) = value.split_once('\'')?;
                let (_, encoded) = rest.split_once('\'')?;
                if charset.eq_ignore_ascii_case("utf-8") {
                    return Some(decoded(encoded));
                }
            }
            "filename" => plain = Some(unquoted(value)),
            _ => {}
        }
    }
    plain
}

/// The first of parameters, and what is behind its semicolon; one that is quoted is part of a value.
fn parameter(text: &str) -> (&str, Option<&str>) {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (place, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ';' if !is_quoted => return (&text[..place], Some(&text[place + 1..])),
            _ => {}
        }
    }
    (text, None)
}

/// A value without its quotation marks, up to the one that ends it, and without what protects others within.
fn unquoted(value: &str) -> String {
    let Some(quoted) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let mut text = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    text
}

/// Percent-encoded text, in which a plus is a plus.
fn decoded(encoded: &str) -> String {
    let query = format!("name={}", encoded.replace('+', "%2B").replace('&', "%26"));
    let decoded = form_urlencoded::parse(query.as_bytes()).next();
    decoded.map_or_else(String::new, |(_, name)| name.into_owned())
}

/// The bytes of a body. One that falls silent, trickles or breaks off ends in an error.
fn paced(body: Body) -> BoxStream<'static, Result<bytes::Bytes, Error>> {
    let began = Instant::now();
    let body = body.into_data_stream();
    stream::unfold(Some((body, 0_u64)), move |left| async move {
        let (mut body, came) = left?;
        let due = (began + most(came)).min(Instant::now() + SILENCE);
        let chunk = timeout_at(due, body.next()).await;
        match chunk {
            Ok(Some(Ok(bytes))) => {
                let came = came + bytes.len() as u64;
                Some((Ok(bytes), Some((body, came))))
            }
            Ok(None) => None,
            Ok(Some(Err(_))) => Some((
                Err(Error::rule(Code::Malformed, "the body broke off")),
                None,
            )),
            Err(_) => Some((
                Err(Error::rule(
                    Code::Timeout,
                    "the file came too slowly; send it again",
                )),
                None,
            )),
        }
    })
    .boxed()
}

/// How long so many bytes may have taken.
fn most(came: u64) -> Duration {
    HEAD_START + Duration::from_secs(came / PACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_from_the_header() {
        for (header, name) in [
            ("attachment; filename=\"a.png\"", Some("a.png")),
            ("inline; FileName=b.txt", Some("b.txt")),
            (
                "attachment; filename=\"x\"; filename*=UTF-8''%D0%B6+1%20%26.txt",
                Some("ж+1 &.txt"),
            ),
            (
                r#"attachment; filename="minutes; final.pdf"; size=1"#,
                Some("minutes; final.pdf"),
            ),
            (
                r#"attachment; filename="she said \"no\".txt""#,
                Some(r#"she said "no".txt"#),
            ),
            (r#"attachment; filename="it ends\"#, Some("it ends")),
            (r#"attachment; filename=";"#, Some(";")),
            ("attachment", None),
            ("attachment; filename*=nonsense", None),
        ] {
            assert_eq!(file_name(header).as_deref(), name, "{header}");
        }
    }

    #[test]
    fn a_body_that_trickles_does_not_last() {
        // A byte every ten seconds is never silent for too long.
        let ends = (0..1_000_u64).find(|came| Duration::from_secs(came * 10) > most(*came));

        assert_eq!(ends, Some(4));
        assert_eq!(most(25 << 20), HEAD_START + Duration::from_secs(800));
    }
}
