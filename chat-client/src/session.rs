//! Being signed in: the tokens of this device, and where they are kept. Never shows a token.

mod file;
mod provider;

pub use file::{SessionFile, create_private_dir, write_private};
pub(crate) use provider::Provided;
pub use provider::{TokenProvider, TokenReason};

use crate::{Error, lock};
use chat_core::{Secret, SessionId, SignedIn, Timestamp, TokenPair, UserId};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard};
use url::Url;

/// A token is renewed when less than this is left of it, or a fifth of its life where that is shorter.
const MARGIN_MS: i64 = 30_000;

/// A session to come back to. Keep it where only its user can read it: whoever has it is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedSession {
    /// The server that issued it; it is never sent to another.
    pub server: Url,
    /// Who is signed in.
    pub user_id: UserId,
    /// Their username.
    pub username: String,
    /// The session of this device.
    pub session_id: SessionId,
    /// Goes with every call.
    pub access_token: Secret,
    /// Gets the next pair, once.
    pub refresh_token: Secret,
    /// When the access token runs out, by this device's clock.
    pub expires_at: Timestamp,
}

impl SavedSession {
    /// A session that a server has just issued, by this device's clock: for an app whose own backend signs its users in.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// use chat_client::{Client, Clock, SavedSession, SystemClock};
    /// # use chat_core::{Email, NewPassword, Register, Username};
    /// # let request = Register {
    /// #     username: Username::parse("cleo")?,
    /// #     email: Email::parse("cleo@example.org")?,
    /// #     password: NewPassword::try_from("correct horse battery".to_owned())?,
    /// #     display_name: None,
    /// #     device_name: None,
    /// # };
    ///
    /// // What the app's backend got and handed on, as the server said it.
    /// let signed_in = ann.call(request).await?;
    /// let server = ann.server().clone();
    /// let session = SavedSession::new(server.clone(), &signed_in, SystemClock::default().now());
    /// let client = Client::builder(server).session(session).build()?;
    /// assert_eq!(client.me(), Some(signed_in.user.user.id));
    /// # Ok(())
    /// # });
    /// ```
    pub fn new(server: Url, signed_in: &SignedIn, now: Timestamp) -> Self {
        let life_ms = i64::from(signed_in.tokens.expires_in) * 1_000;
        Self {
            server,
            user_id: signed_in.user.user.id,
            username: signed_in.user.user.username.clone(),
            session_id: signed_in.session_id,
            access_token: signed_in.tokens.access_token.clone(),
            refresh_token: signed_in.tokens.refresh_token.clone(),
            // Counted from now: the server's clock may be another than this device's.
            expires_at: now.plus_ms(life_ms),
        }
    }
}

/// Keeps the session of a device. Told of every new pair of tokens before they are used, one call at a time; may block
/// for as long as writing a small file takes.
pub trait SessionStore: Send + Sync + 'static {
    /// Keeps this session instead of any before. What was kept before is worthless from now on.
    ///
    /// # Errors
    /// Is logged; the client goes on with the session in memory.
    fn save(&self, session: &SavedSession) -> std::io::Result<()>;

    /// Forgets the session: signed out, or ended by the server.
    ///
    /// # Errors
    /// Is logged.
    fn clear(&self) -> std::io::Result<()>;

    /// What is kept now. Asked before a refresh, so that two programs that share a session do not use the same
    /// refresh token twice, which would end it; taken when it runs out later than what this client has. A store that
    /// nobody else writes to need not answer.
    ///
    /// # Errors
    /// Counts as nothing.
    fn load(&self) -> std::io::Result<Option<SavedSession>> {
        Ok(None)
    }
}

/// Keeps the session in memory: it is gone with the program.
#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: Mutex<Option<SavedSession>>,
}

impl SessionStore for MemoryStore {
    fn save(&self, session: &SavedSession) -> std::io::Result<()> {
        *lock(&self.kept) = Some(session.clone());
        Ok(())
    }

    fn clear(&self) -> std::io::Result<()> {
        *lock(&self.kept) = None;
        Ok(())
    }

    fn load(&self) -> std::io::Result<Option<SavedSession>> {
        Ok(lock(&self.kept).clone())
    }
}

struct Current {
    session: SavedSession,
    renew_at: Timestamp,
}

/// The session there is now, if any.
pub(crate) struct Sessions {
    current: Mutex<Option<Current>>,
    store: Arc<dyn SessionStore>,
    turn: AsyncMutex<()>,
    provided: Option<Provided>,
}

impl Sessions {
    pub(crate) fn new(
        session: Option<SavedSession>,
        store: Arc<dyn SessionStore>,
        provided: Option<Provided>,
    ) -> Self {
        let current = session.map(|session| Current {
            renew_at: session.expires_at.plus_ms(-MARGIN_MS),
            session,
        });
        Self {
            current: Mutex::new(current),
            store,
            turn: AsyncMutex::new(()),
            provided,
        }
    }

    /// The right to change the tokens; one at a time has it.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    pub(crate) fn saved(&self) -> Option<SavedSession> {
        lock(&self.current)
            .as_ref()
            .map(|current| current.session.clone())
    }

    /// The token now, and whether it should be renewed first.
    pub(crate) fn token(&self, now: Timestamp) -> Result<(Secret, bool), Error> {
        let current = lock(&self.current);
        let current = current.as_ref().ok_or(Error::SignedOut)?;
        Ok((
            current.session.access_token.clone(),
            now >= current.renew_at,
        ))
    }

    /// What a refresh needs; none when another token than the used one is here already, or in the store.
    pub(crate) fn renewable(&self, used: &Secret) -> Result<Option<(SessionId, Secret)>, Error> {
        let session = self.saved().ok_or(Error::SignedOut)?;
        if session.access_token != *used {
            return Ok(None);
        }
        match self.store.load() {
            Ok(Some(kept))
                // An older pair is what a failed save left there: its refresh token has been used.
                if kept.session_id == session.session_id
                    && kept.access_token != *used
                    && kept.expires_at > session.expires_at =>
            {
                *lock(&self.current) = Some(Current {
                    renew_at: kept.expires_at.plus_ms(-MARGIN_MS),
                    session: kept,
                });
                Ok(None)
            }
            _ => Ok(Some((session.session_id, session.refresh_token))),
        }
    }

    /// Takes a new pair of tokens for the session there is.
    pub(crate) fn replace(&self, pair: TokenPair, now: Timestamp) {
        let Some(session) = self.saved() else { return };
        self.set(session, pair, now);
    }

    /// Takes a new session.
    pub(crate) fn begin(&self, server: &Url, signed_in: &SignedIn, now: Timestamp) {
        let session = SavedSession::new(server.clone(), signed_in, now);
        self.set(session, signed_in.tokens.clone(), now);
    }

    fn set(&self, session: SavedSession, pair: TokenPair, now: Timestamp) {
        // Counted from now: the server's clock may be another than this device's.
        let life_ms = i64::from(pair.expires_in) * 1_000;
        let session = SavedSession {
            access_token: pair.access_token,
            refresh_token: pair.refresh_token,
            expires_at: now.plus_ms(life_ms),
            ..session
        };
        if let Err(error) = self.store.save(&session) {
            tracing::warn!(%error, "the session could not be saved");
        }
        *lock(&self.current) = Some(Current {
            renew_at: session.expires_at.plus_ms(-MARGIN_MS.min(life_ms / 5)),
            session,
        });
    }

    /// Forgets this session, unless it has been followed by another.
    pub(crate) fn end(&self, session: SessionId) {
        let ended = lock(&self.current).take_if(|current| current.session.session_id == session);
        if ended.is_some()
            && let Err(error) = self.store.clear()
        {
            tracing::warn!(%error, "the saved session could not be cleared");
        }
    }

    /// Forgets the session that this token belongs to.
    pub(crate) fn end_of(&self, token: &Secret) {
        if let Some(session) = self.saved()
            && session.access_token == *token
        {
            self.end(session.session_id);
        }
    }
}
