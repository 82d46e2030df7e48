//! What went over the wire, kept so that a story can hold it against the documents.

use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// One answer or frame.
#[derive(Debug, Clone)]
pub enum Traffic {
    /// An answer over HTTP.
    Answer {
        /// The method of the call.
        method: &'static str,
        /// The path of the call, below the server's prefix.
        path: String,
        /// The status.
        status: u16,
        /// The content type, where there is one.
        kind: Option<String>,
        /// The body; null where there is none.
        body: Value,
    },
    /// A frame from the server.
    Frame {
        /// The frame from the client that it answers: of `ready`, the `hello` before it. None for other events.
        asked: Option<Value>,
        /// The frame.
        frame: Value,
    },
}

/// All of it, in the order it came. All clones are the same log.
#[derive(Debug, Clone, Default)]
pub struct TrafficLog(Arc<Mutex<Vec<Traffic>>>);

impl TrafficLog {
    pub(crate) fn note(&self, traffic: Traffic) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(traffic);
    }

    /// Everything until now.
    pub fn all(&self) -> Vec<Traffic> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
