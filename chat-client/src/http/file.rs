//! Calls that carry a file one way or the other: the same address, token and errors as every call, another body.

use super::{Http, address, problem, read_reply};
use crate::{Download, Error, FileContent, HttpBody, HttpCall, HttpFile};
use chat_core::{Access, Body, Endpoint};
use futures_util::StreamExt;
use std::sync::Arc;

/// What is read of an answer that is no file, to see what it says.
const PROBLEM_MOST_BYTES: usize = 64 * 1024;

impl Http {
    /// Makes a call that brings a file or a part of one; under the same `once` it is carried out once.
    pub(crate) async fn send_file<E: Endpoint>(
        self: &Arc<Self>,
        request: &E,
        mime_type: &str,
        content: FileContent,
        once: Option<String>,
    ) -> Result<E::Reply, Error> {
        debug_assert!(matches!(E::operation().body, Body::FileIn | Body::PieceIn));
        if !is_media_type(mime_type) {
            return Err(Error::Invalid(
                "the media type must look like image/png".into(),
            ));
        }
        let mut call = address::http_call(&self.server, E::operation(), request)?;
        call.once = once;
        call.body = HttpBody::File {
            mime_type: mime_type.to_owned(),
            content,
        };
        let body = self.authorized(call, |call| self.exchange(call)).await?;
        read_reply(&body)
    }

    /// Makes a call that is answered with a file, or with the part of it that `range` asks for.
    pub(crate) async fn read_file<E: Endpoint>(
        self: &Arc<Self>,
        request: &E,
        range: Option<String>,
    ) -> Result<Download, Error> {
        debug_assert_eq!(E::operation().body, Body::FileOut);
        let mut call = address::http_call(&self.server, E::operation(), request)?;
        call.range = range;
        let fetch = |call| self.fetch(call);
        match E::operation().access {
            // Anybody with a link may; without one, it is the token that opens it.
            Access::Anonymous if !self.sessions.has_token() => fetch(call).await,
            _ => self.authorized(call, fetch).await,
        }
    }

    async fn fetch(&self, call: HttpCall) -> Result<Download, Error> {
        let file = self.transport.fetch(call).await?;
        match file.status {
            200..=299 => Ok(download(file)),
            status => {
                let retry_after_ms = file.retry_after_ms;
                Err(problem(status, retry_after_ms, &beginning(file).await))
            }
        }
    }
}

/// What an answer that is no file says. What breaks off says nothing, and its status has to do.
async fn beginning(mut file: HttpFile) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(Ok(chunk)) = file.chunks.next().await {
        if body.len() + chunk.len() > PROBLEM_MOST_BYTES {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    body
}

fn download(file: HttpFile) -> Download {
    let part = file.range.as_deref().filter(|_| file.status == 206);
    let (offset, size) = match part.and_then(content_range) {
        Some((offset, size)) => (offset, size),
        None => (0, file.length),
    };
    Download {
        mime_type: file.mime_type.unwrap_or_default(),
        offset,
        length: file.length,
        size,
        received: 0,
        chunks: file.chunks,
    }
}

/// The first byte and the size of the whole out of `bytes 0-9/100`; the size may be unknown (`*`).
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, size) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, size.trim().parse().ok()))
}

/// Two words of visible ASCII with a slash between them, and perhaps something behind.
fn is_media_type(text: &str) -> bool {
    let (whole, sub) = text.split_once('/').unwrap_or_default();
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic());
    let sub = sub.split(';').next().unwrap_or_default().trim_end();
    is_word(whole) && is_word(sub) && text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_where_it_begins_and_how_long_the_whole_is() {
        assert_eq!(content_range("bytes 5-9/100"), Some((5, Some(100))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        for bad in ["", "5-9/100", "bytes */100", "bytes x-9/1"] {
            assert_eq!(content_range(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_media_type_cannot_bring_a_header_of_its_own() {
        for good in ["image/png", "text/plain; charset=utf-8"] {
            assert!(is_media_type(good), "{good}");
        }
        for bad in ["", "png", "/png", "a/", "image/png\r\nx: y", "a b/c", "ж/ж"] {
            assert!(!is_media_type(bad), "{bad}");
        }
    }
}
