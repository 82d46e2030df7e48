//! The client as one object: its beginning and end, the connection, and what the app says of the world around.

mod account;
mod look;
mod outbox;
mod say;
mod talk;

use crate::{
    ChatError, ClientConfig, ConnectionState, SessionKeeper, TokenProvider, WakeUpResult, config,
    runtime::{RUNTIME, ask},
};
use chat_client::Client;
use std::{sync::Arc, time::Duration};

/// One device of one user. Letting go of it shuts the client down.
#[derive(uniffi::Object)]
pub struct ChatClient {
    pub(crate) client: Client,
}

#[uniffi::export]
impl ChatClient {
    /// Makes a client, with the last state that its store kept and the session that was kept. It connects to nothing yet.
    /// Who keeps no session signs in each time; with tokens of its own, the app signs nobody in.
    #[uniffi::constructor(default(sessions = None, tokens = None))]
    pub async fn open(
        config: ClientConfig,
        sessions: Option<Arc<dyn SessionKeeper>>,
        tokens: Option<Arc<dyn TokenProvider>>,
    ) -> Result<Arc<Self>, ChatError> {
        ask(async move {
            let client = config::open(config, sessions, tokens).await?;
            Ok(Arc::new(Self { client }))
        })
        .await
    }

    /// Connects, catches up and stays connected.
    pub fn start(&self) {
        let _context = RUNTIME.enter();
        self.client.start();
    }

    /// Lets the connection go; `start` begins again.
    pub async fn stop(&self) -> Result<(), ChatError> {
        self.finish(|client| async move {
            client.disconnect().await;
            Ok(())
        })
        .await
    }

    /// Ends the connection and everything that is watched, for good, and waits until all is on disk. May be called more than
    /// once.
    pub async fn shutdown(&self) -> Result<(), ChatError> {
        self.finish(|client| async move {
            client.shutdown().await;
            Ok(())
        })
        .await
    }

    /// How the connection is doing.
    pub fn connection_state(&self) -> ConnectionState {
        ConnectionState::from(&*self.client.status().borrow())
    }

    /// Says whether there is a network. With one, a waiting client tries at once and a connected one makes sure that it
    /// still is; without one, nothing is tried until there is.
    pub fn network_changed(&self, has_network: bool) {
        self.client.network_changed(has_network);
    }

    /// Says that somebody looks at the app: the user is shown as being here, and a waiting client tries at once.
    pub async fn foreground(&self) -> Result<(), ChatError> {
        self.finish(|client| async move {
            client.foreground();
            Ok(())
        })
        .await
    }

    /// Says that nobody looks at the app: the user is shown as away, and coming back after a fault may take longer.
    pub async fn background(&self) -> Result<(), ChatError> {
        self.finish(|client| async move {
            client.background();
            Ok(())
        })
        .await
    }

    /// Tries at once, where it waits; makes sure that it still is connected, where it is.
    pub fn reconnect_now(&self) {
        self.client.reconnect_now();
    }

    /// Catches up and sends what is queued, within this time, read marks and that this device has what is new included: for
    /// an app that was woken by a push and may only run for a short while. A client that was not started before is let go
    /// again at the end. That the time was too short is no error.
    #[uniffi::method(default(budget_ms = 20000))]
    pub async fn sync_once(&self, budget_ms: u64) -> Result<WakeUpResult, ChatError> {
        // To its end: who stops waiting must not leave the connection there that was not there before.
        self.finish(move |client| async move {
            let done = client.sync_once(Duration::from_millis(budget_ms)).await?;
            Ok(WakeUpResult {
                is_caught_up: done.is_caught_up,
                queued: done.queued as u64,
            })
        })
        .await
    }
}

impl Drop for ChatClient {
    fn drop(&mut self) {
        let client = self.client.clone();
        RUNTIME.spawn(async move { client.shutdown().await });
    }
}
