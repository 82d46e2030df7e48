//! The runtime that everything runs on. A foreign caller polls on its own thread, and that may be the one that draws; so
//! whatever does anything is spawned here, from the first look at an argument on, and the caller only waits for a channel.

use crate::{ChatClient, ChatError};
use chat_client::Client;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Notify,
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

/// Does something for as long as the caller waits for it.
pub(crate) async fn ask<T: Send + 'static>(
    work: impl Future<Output = Result<T, ChatError>> + Send + 'static,
) -> Result<T, ChatError> {
    let task = RUNTIME.spawn(work);
    let _abort = Abort(task.abort_handle());
    joined(task).await
}

/// How a call gets to the client. All that it is goes in here: what stands before it would be done on the caller's thread.
impl ChatClient {
    /// Does something with the client to its end, as [`finish`].
    pub(crate) async fn finish<T, F>(
        &self,
        work: impl FnOnce(Client) -> F + Send + 'static,
    ) -> Result<T, ChatError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ChatError>> + Send + 'static,
    {
        let client = self.client.clone();
        finish(async move { work(client).await }).await
    }

    /// Does something with the client for as long as the caller waits for it.
    pub(crate) async fn ask<T, F>(
        &self,
        work: impl FnOnce(Client) -> F + Send + 'static,
    ) -> Result<T, ChatError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ChatError>> + Send + 'static,
    {
        let client = self.client.clone();
        ask(async move { work(client).await }).await
    }

    /// Reads something that the client knows: whoever writes may hold the lock.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(Client) -> Result<T, ChatError> + Send + 'static,
    ) -> Result<T, ChatError> {
        let client = self.client.clone();
        ask(async move { read(client) }).await
    }
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
/// slow caller. Dropping it ends the task.
pub(crate) struct Pull<T> {
    slot: Arc<Slot<T>>,
    _task: Abort,
}

/// Where what is made lies until it is taken.
struct Slot<T> {
    state: Mutex<State<T>>,
    changed: Notify,
}

struct State<T> {
    made: Option<T>,
    is_over: bool,
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing is half done when somebody panics here.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the state is as wanted.
    async fn until(&self, wanted: impl Fn(&State<T>) -> bool) {
        loop {
            // Before looking, so that no change is missed.
            let changed = self.changed.notified();
            if wanted(&self.lock()) {
                return;
            }
            changed.await;
        }
    }
}

impl<T: Send + 'static> Pull<T> {
    /// Begins to make.
    pub(crate) fn new<F>(make: impl FnOnce(Taker<T>) -> F) -> Self
    where
        F: Future<Output = Option<()>> + Send + 'static,
    {
        let state = State {
            made: None,
            is_over: false,
        };
        let slot = Arc::new(Slot {
            state: Mutex::new(state),
            changed: Notify::new(),
        });
        let task = RUNTIME.spawn(make(Taker(Arc::clone(&slot))));
        Self {
            slot,
            _task: Abort(task.abort_handle()),
        }
    }

    /// Waits until there is something to take; false when nothing comes any more. Takes nothing, so that whoever stops
    /// waiting loses nothing.
    pub(crate) async fn ready(&self) -> bool {
        self.slot
            .until(|state| state.made.is_some() || state.is_over)
            .await;
        self.slot.lock().made.is_some()
    }

    /// Takes what is there.
    pub(crate) fn take(&self) -> Option<T> {
        let made = self.slot.lock().made.take();
        self.slot.changed.notify_waiters();
        made
    }

    /// Waits for the next and takes it; none when nothing comes any more.
    pub(crate) async fn next(&self) -> Option<T> {
        while self.ready().await {
            if let Some(made) = self.take() {
                return Some(made);
            }
        }
        None
    }
}

/// Takes what is made. When it is dropped, nothing comes any more.
pub(crate) struct Taker<T>(Arc<Slot<T>>);

/// Room for one.
pub(crate) struct Room<'a, T>(&'a Slot<T>);

impl<T> Taker<T> {
    /// Waits until the last was taken.
    pub(crate) async fn room(&self) -> Room<'_, T> {
        self.0.until(|state| state.made.is_none()).await;
        Room(&self.0)
    }
}

impl<T> Room<'_, T> {
    /// Lays it where it is taken.
    pub(crate) fn send(self, made: T) {
        self.0.lock().made = Some(made);
        self.0.changed.notify_waiters();
    }
}

impl<T> Drop for Taker<T> {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.changed.notify_waiters();
    }
}

/// An object that hands out what is made, in the three ways that fit other languages.
macro_rules! pulled {
    ($(#[$about:meta])* $name:ident of $made:ty) => {
        $(#[$about])*
        #[derive(uniffi::Object)]
        pub struct $name(pub(crate) $crate::runtime::Pull<$made>);

        #[uniffi::export]
        impl $name {
            /// The next: at once the first time, then when there is something new; none after the client was shut down. One
            /// caller at a time. Whoever stops waiting for it and goes on may have lost one: use `ready` and `take` there.
            pub async fn next(&self) -> Option<$made> {
                self.0.next().await
            }

            /// Waits until there is something to take; false when nothing comes any more. Whoever stops waiting loses
            /// nothing.
            pub async fn ready(&self) -> bool {
                self.0.ready().await
            }

            /// Takes what is there; none when nothing is.
            pub fn take(&self) -> Option<$made> {
                self.0.take()
            }
        }
    };
}

pub(crate) use pulled;

#[cfg(test)]
mod tests;
