//! What the app does for the client: keeping its session where secrets are kept, or making tokens itself.

use crate::ChatError;
use async_trait::async_trait;
use chat_client::{Error, SavedSession};
use chat_core::Secret;
use std::{io, sync::Arc, time::Duration};

/// Keeps the session of a device where only this app can read it: whoever has it is signed in. Called one at a time, from a
/// thread of the client; may take as long as writing a small file does.
#[uniffi::export(foreign)]
pub trait SessionKeeper: Send + Sync {
    /// Keeps this instead of anything before. What was kept before is worthless from now on.
    fn save(&self, session: String) -> Result<(), ChatError>;

    /// Forgets it: signed out.
    fn clear(&self) -> Result<(), ChatError>;

    /// What is kept.
    fn load(&self) -> Result<Option<String>, ChatError>;
}

/// Why a token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum TokenCause {
    /// There is none yet.
    Initial,
    /// The server does not take the last one any more.
    Refused,
}

/// How long an app may take to make a token. Everything that needs one waits meanwhile.
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes tokens, for users who sign in to the app and not to the chat server. Asked once at a time, however many calls need
/// one, and asked again later when it has not answered within a minute.
#[uniffi::export(foreign)]
#[async_trait]
pub trait TokenProvider: Send + Sync {
    /// A token that is good now. `ChatError::SignedOut` says that there is none until the user has signed in to the app
    /// again; after anything else it is asked again later.
    async fn token(&self, cause: TokenCause) -> Result<String, ChatError>;
}

/// Tokens of the app.
pub(crate) struct AppTokens {
    provider: Arc<dyn TokenProvider>,
    patience: Duration,
}

impl AppTokens {
    pub(crate) fn new(provider: Arc<dyn TokenProvider>) -> Self {
        Self {
            provider,
            patience: PATIENCE,
        }
    }
}

#[async_trait]
impl chat_client::TokenProvider for AppTokens {
    async fn token(&self, reason: chat_client::TokenReason) -> Result<Secret, Error> {
        let cause = match reason {
            chat_client::TokenReason::Initial => TokenCause::Initial,
            _ => TokenCause::Refused,
        };
        let answer = tokio::time::timeout(self.patience, self.provider.token(cause)).await;
        let late = |_| {
            let late = io::Error::from(io::ErrorKind::TimedOut);
            Error::network("the app was asked for a token and did not answer", late)
        };
        match answer.map_err(late)? {
            Ok(token) => Ok(Secret::new(token)),
            Err(ChatError::SignedOut { .. }) => Err(Error::SignedOut),
            Err(error) => Err(Error::network("the app has no token now", error)),
        }
    }
}

/// A session that the app keeps.
pub(crate) struct KeptByApp(pub(crate) Arc<dyn SessionKeeper>);

impl chat_client::SessionStore for KeptByApp {
    fn save(&self, session: &SavedSession) -> io::Result<()> {
        let text = serde_json::to_string(session).expect("a session has string keys only");
        self.0.save(text).map_err(io::Error::other)
    }

    fn clear(&self) -> io::Result<()> {
        self.0.clear().map_err(io::Error::other)
    }

    fn load(&self) -> io::Result<Option<SavedSession>> {
        let kept = self.0.load().map_err(io::Error::other)?;
        let session = kept.map(|text| serde_json::from_str(&text)).transpose();
        // What is wrong with it is not said: the text has tokens in it.
        session.map_err(|_| io::Error::other("what is kept is no session"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::RUNTIME;
    use chat_client::TokenProvider as _;

    struct Silent;

    #[async_trait]
    impl TokenProvider for Silent {
        async fn token(&self, _: TokenCause) -> Result<String, ChatError> {
            std::future::pending().await
        }
    }

    #[test]
    fn an_app_that_does_not_answer_is_asked_again_later() {
        let tokens = AppTokens {
            provider: Arc::new(Silent),
            patience: Duration::from_millis(1),
        };

        let answer = RUNTIME.block_on(tokens.token(chat_client::TokenReason::Initial));

        assert!(answer.is_err_and(|error| error.is_retryable()));
    }
}
