//! A file as it comes in: the body itself, or the part `file` of a form. Nothing is read of it before somebody asks.

use super::storage::too_large;
use crate::Error;
use bytes::Bytes;
use chat_core::Code;
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use multer::{Constraints, Multipart, SizeLimit};

/// Bytes of a form around its file.
const FORM_BYTES: u64 = 64 << 10;
/// The part of a form that is the file.
const PART: &str = "file";

/// A body that is a file, or a form with one.
pub(crate) struct Incoming {
    /// Bytes, where the caller says so.
    pub(crate) length: Option<u64>,
    /// Of a form: what stands between its parts.
    pub(crate) boundary: Option<String>,
    /// What the caller says it is.
    pub(crate) media_type: Option<String>,
    /// What the caller calls it.
    pub(crate) file_name: Option<String>,
    /// The bytes; an error when they do not come in time or break off.
    pub(crate) body: BoxStream<'static, Result<Bytes, Error>>,
}

/// The file in it.
pub(crate) struct Opened {
    pub(crate) media_type: Option<String>,
    pub(crate) file_name: Option<String>,
    pub(crate) body: BoxStream<'static, Result<Bytes, Error>>,
}

impl Incoming {
    /// Bytes that the file has at least, as far as the caller says so: around it a form has some of its own.
    pub(crate) fn least(&self) -> u64 {
        let said = self.length.filter(|_| self.boundary.is_none());
        said.unwrap_or(1)
    }

    /// Begins to read. What says that it is larger than `most` bytes is not read at all; what turns out to be is cut off
    /// by whoever stores it.
    pub(crate) async fn open(self, most: u64) -> Result<Opened, Error> {
        let around = if self.boundary.is_some() {
            FORM_BYTES
        } else {
            0
        };
        if self.length.is_some_and(|length| length > most + around) {
            return Err(too_large(most));
        }
        if self.length == Some(0) {
            return Err(empty());
        }
        let Some(boundary) = self.boundary else {
            return Ok(Opened {
                media_type: self.media_type,
                file_name: self.file_name,
                body: self.body,
            });
        };
        let limit = SizeLimit::new().whole_stream(most + FORM_BYTES);
        let limit = Constraints::new().size_limit(limit);
        let mut form = Multipart::with_constraints(self.body, boundary, limit);
        let unread = move |error| refused(error, most);
        while let Some(part) = form.next_field().await.map_err(unread)? {
            if part.name() == Some(PART) {
                return Ok(Opened {
                    media_type: part.content_type().map(ToString::to_string),
                    file_name: part.file_name().map(str::to_owned),
                    body: part.map_err(unread).boxed(),
                });
            }
        }
        Err(Error::invalid(PART, "is required: a part of the form"))
    }
}

impl Incoming {
    /// Reads it to its end and keeps nothing: who sends a body looks for the answer after it. Up to `most` bytes.
    pub(crate) async fn skip(mut self, most: u64) {
        let mut came = 0;
        while let Some(Ok(bytes)) = self.body.next().await {
            came += bytes.len() as u64;
            if came > most {
                break;
            }
        }
    }
}

/// A file without a byte is a mistake of who sends it.
pub(crate) fn empty() -> Error {
    Error::invalid(PART, "is empty; send the file as the body, or in a form")
}

/// An error of the form, or the body's own that came through it.
fn refused(error: multer::Error, most: u64) -> Error {
    match error {
        multer::Error::StreamSizeExceeded { .. } => too_large(most),
        multer::Error::StreamReadFailed(cause) => match cause.downcast::<Error>() {
            Ok(own) => *own,
            Err(_) => broken(),
        },
        _ => broken(),
    }
}

fn broken() -> Error {
    Error::rule(
        Code::Malformed,
        "the form could not be read; send multipart/form-data with one part called file",
    )
}
