//! The runtime that everything runs on. A foreign caller polls on its own thread, on Android that may be the one that
//! draws; so whatever does anything is spawned here, and the caller only waits for a channel.

use crate::ChatError;
use std::sync::LazyLock;
use tokio::{
    runtime::{Builder, Runtime},
    sync::{
        Mutex,
        mpsc::{self, Permit, Receiver},
    },
    task::{AbortHandle, JoinHandle},
};

/// Enough for one connection, what it decodes and what screens ask.
const THREADS: usize = 2;

pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("chat-client")
        .enable_all()
        .build()
        .expect("a process that cannot start two threads cannot run an app either")
});

/// Does something to its end, even when the caller stops waiting: a send that was begun is sent, and a sign-in that is
/// half done helps nobody.
pub(crate) async fn finish<T: Send + 'static>(
    work: impl Future<Output = Result<T, ChatError>> + Send + 'static,
) -> Result<T, ChatError> {
    joined(RUNTIME.spawn(work)).await
}

/// Does something to its end of which only success is of interest.
pub(crate) async fn done<T: Send + 'static>(
    work: impl Future<Output = Result<T, chat_client::Error>> + Send + 'static,
) -> Result<(), ChatError> {
    finish(async move {
        work.await?;
        Ok(())
    })
    .await
}

/// Does something for as long as the caller waits for it.
pub(crate) async fn ask<T: Send + 'static>(
    work: impl Future<Output = Result<T, ChatError>> + Send + 'static,
) -> Result<T, ChatError> {
    let task = RUNTIME.spawn(work);
    let _abort = Abort(task.abort_handle());
    joined(task).await
}

/// Reads something, away from the caller's thread: whoever writes may hold the lock.
pub(crate) async fn read<T: Send + 'static>(
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ChatError> {
    ask(async move { Ok(read()) }).await
}

async fn joined<T>(task: JoinHandle<Result<T, ChatError>>) -> Result<T, ChatError> {
    task.await
        .unwrap_or_else(|error| Err(ChatError::internal(error)))
}

/// Ends a task when it is dropped.
struct Abort(AbortHandle);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a task makes, taken one at a time. The task makes the next when the last was taken, so that nothing queues up for a
/// slow caller; a caller that stops waiting loses nothing. Dropping it ends the task.
pub(crate) struct Pull<T> {
    made: Mutex<Receiver<T>>,
    _task: Abort,
}

impl<T: Send + 'static> Pull<T> {
    /// Begins to make.
    pub(crate) fn new<F>(make: impl FnOnce(Taker<T>) -> F) -> Self
    where
        F: Future<Output = Option<()>> + Send + 'static,
    {
        let (sender, made) = mpsc::channel(1);
        let task = RUNTIME.spawn(make(Taker(sender)));
        Self {
            made: Mutex::new(made),
            _task: Abort(task.abort_handle()),
        }
    }

    /// The next; none when the task has ended.
    pub(crate) async fn next(&self) -> Option<T> {
        self.made.lock().await.recv().await
    }
}

/// Takes what is made.
pub(crate) struct Taker<T>(mpsc::Sender<T>);

impl<T> Taker<T> {
    /// Waits until the last was taken. None when nobody takes any more.
    pub(crate) async fn room(&self) -> Option<Permit<'_, T>> {
        self.0.reserve().await.ok()
    }
}
