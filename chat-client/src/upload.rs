//! How far an upload is, for whoever looks at it, and the way to end it.

use crate::connection::is_told;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio_util::sync::CancellationToken;

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadProgress {
    /// Bytes that went out. After a break it is as many as the server has.
    pub sent: u64,
    /// Bytes there are.
    pub total: u64,
}

/// An upload that goes on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progressing {
    sent: Arc<AtomicU64>,
    total: Arc<AtomicU64>,
    cancel: CancellationToken,
}

impl Progressing {
    /// So many bytes are there; the next ones come behind them.
    pub(crate) fn go_on(&self, sent: u64, total: u64) {
        self.sent.store(sent, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Counts bytes. True when it is time to tell.
    pub(crate) fn add(&self, bytes: u64) -> bool {
        let before = self.sent.fetch_add(bytes, Ordering::Relaxed);
        let total = self.total.load(Ordering::Relaxed);
        is_told(before, before + bytes, total)
    }

    pub(crate) fn now(&self) -> UploadProgress {
        UploadProgress {
            sent: self.sent.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn cancel(&self) {
        self.cancel.cancel();
    }

    pub(crate) async fn cancelled(&self) {
        self.cancel.cancelled().await;
    }
}
