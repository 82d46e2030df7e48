//! The runtime that everything runs on. A foreign caller polls on its own thread, on Android that may be the one that
//! draws; so what takes time is spawned here, and the caller only waits.

use crate::ChatError;
use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};

/// Enough for one connection and what it decodes.
const THREADS: usize = 2;

pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("chat-client")
        .enable_all()
        .build()
        .expect("a process that cannot start two threads cannot run an app either")
});

/// Runs something to its end, even when the caller stops waiting: a sign-in that is half done helps nobody.
pub(crate) async fn finish<T: Send + 'static>(
    work: impl Future<Output = Result<T, ChatError>> + Send + 'static,
) -> Result<T, ChatError> {
    match RUNTIME.spawn(work).await {
        Ok(result) => result,
        Err(error) => Err(ChatError::Internal {
            code: "internal".into(),
            detail: error.to_string(),
        }),
    }
}
