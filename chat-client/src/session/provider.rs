//! Tokens that the app makes itself: for users who sign in to the app, and not to this server.

use super::Sessions;
use crate::{Error, lock};
use async_trait::async_trait;
use chat_core::{Secret, UserId};
use std::sync::{Arc, Mutex};

/// Why a token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenReason {
    /// There is none yet.
    Initial,
    /// The server does not take the last one any more: it has run out, or was withdrawn.
    Refused,
}

/// Makes tokens. Asked once at a time, however many calls need one; may take as long as a call to the app's own server.
#[async_trait]
pub trait TokenProvider: Send + Sync + 'static {
    /// A token that is good now.
    ///
    /// # Errors
    /// [`Error::Network`] to be asked again later; [`Error::SignedOut`] when there is none to be had until the user has
    /// signed in again: the connection stops then.
    async fn token(&self, reason: TokenReason) -> Result<Secret, Error>;
}

/// The app's own tokens.
pub(crate) struct Provided {
    pub(super) provider: Arc<dyn TokenProvider>,
    pub(super) user_id: UserId,
    pub(super) current: Mutex<Option<Secret>>,
}

impl Provided {
    pub(crate) fn new(user_id: UserId, provider: Arc<dyn TokenProvider>) -> Self {
        Self {
            provider,
            user_id,
            current: Mutex::new(None),
        }
    }
}

impl Sessions {
    /// Whose tokens the app makes, if it does.
    pub(crate) fn provided_user(&self) -> Option<UserId> {
        self.provided.as_ref().map(|provided| provided.user_id)
    }

    /// Whether calls can be made in somebody's name.
    pub(crate) fn has_token(&self) -> bool {
        self.provided.is_some() || self.saved().is_some()
    }

    /// The app's token, another than the used one. None where the app makes none. Only for who has the turn.
    pub(crate) async fn provide(&self, used: Option<&Secret>) -> Option<Result<Secret, Error>> {
        let provided = self.provided.as_ref()?;
        let current = lock(&provided.current).clone();
        if let Some(current) = current.filter(|current| Some(current) != used) {
            return Some(Ok(current));
        }
        let reason = match used {
            Some(_) => TokenReason::Refused,
            None => TokenReason::Initial,
        };
        let token = provided.provider.token(reason).await;
        if let Ok(token) = &token {
            *lock(&provided.current) = Some(token.clone());
        }
        Some(token)
    }

    /// The app's token as it was made last, if it makes them and has.
    pub(crate) fn provided(&self) -> Option<Option<Secret>> {
        let provided = self.provided.as_ref()?;
        Some(lock(&provided.current).clone())
    }
}
