//! A file beside a call. A call and its answer are small and the same on every way in; the bytes of a file are handed
//! over here, and only those calls that are about one look.

use super::Incoming;
use crate::Error;
use chat_core::{Code, Timestamp};
use std::sync::{Mutex, OnceLock, PoisonError};
use uuid::Uuid;

/// Room for one file in or one file out.
#[derive(Default)]
pub(crate) struct Carried {
    incoming: Mutex<Option<Incoming>>,
    outgoing: OnceLock<Outgoing>,
}

/// A file that may go out, with what is said of it.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) stored: Stored,
    pub(crate) reach: Reach,
    /// What it is called; none for what has no name of its own.
    pub(crate) file_name: Option<String>,
    pub(crate) mime_type: String,
    /// Bytes, where that is known without looking.
    pub(crate) size: Option<u64>,
    pub(crate) created_at: Timestamp,
}

/// Where its bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    File(Uuid),
    Thumbnail(Uuid),
    Avatar(Uuid, u32),
}

/// Who gets it, which says who may keep a copy of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Who is signed in and may read it.
    Members,
    /// Whoever has the link.
    Link,
    /// Anybody.
    All,
}

impl Carried {
    /// With a file that comes in.
    pub(crate) fn with(incoming: Incoming) -> Self {
        Self {
            incoming: Mutex::new(Some(incoming)),
            outgoing: OnceLock::new(),
        }
    }

    /// The file that comes in; it can be read once.
    pub(crate) fn take(&self) -> Result<Incoming, Error> {
        let mut incoming = self.incoming.lock().unwrap_or_else(PoisonError::into_inner);
        incoming
            .take()
            .ok_or_else(|| Error::rule(Code::Malformed, "send the file as the body"))
    }

    /// Hands a file out. Who may read it was looked at before.
    pub(crate) fn give(&self, file: Outgoing) {
        // A call hands out one file.
        let _ = self.outgoing.set(file);
    }

    /// The file that was handed out.
    pub(crate) fn given(&self) -> Result<Outgoing, Error> {
        let given = self.outgoing.get().cloned();
        given.ok_or_else(|| Error::Internal("a call handed out no file".to_owned()))
    }
}
