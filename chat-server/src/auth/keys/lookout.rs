//! Hearing of keys that another process, or `chat config rotate-keys`, has made or removed: looked for once a minute, and
//! when a token names a key that is not known here. Not for each such token: anybody can write one.

use super::KeyPlace;
use crate::{App, Error};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

/// From one look for an unknown key to the next.
const PAUSE: Duration = Duration::from_secs(5);

/// Looks for keys where they are kept.
pub(crate) struct Lookout {
    place: KeyPlace,
    /// One looks at a time; the others wait for what it sees.
    turn: Semaphore,
    last: Mutex<Option<Look>>,
}

/// A look, by the time since some moment.
#[derive(Debug, Clone, Copy)]
struct Look {
    at: Duration,
    has_failed: bool,
}

impl Lookout {
    pub(crate) fn new(place: KeyPlace) -> Self {
        Self {
            place,
            turn: Semaphore::new(1),
            last: Mutex::default(),
        }
    }

    /// Looks for an unknown key, unless somebody just did.
    ///
    /// An error where it cannot be known whether the key is good: who is refused then would sign in for nothing.
    pub(crate) async fn look_soon(&self, app: &App) -> Result<(), Error> {
        if self.place == KeyPlace::Memory {
            return Ok(());
        }
        let _turn = self.turn.acquire().await;
        let last = *self.last();
        match last.filter(|last| app.clock.uptime() < last.at.saturating_add(PAUSE)) {
            Some(Look { has_failed, .. }) if has_failed => Err(unsure()),
            Some(_) => Ok(()),
            None => self.note(app).await,
        }
    }

    async fn note(&self, app: &App) -> Result<(), Error> {
        let looked = self.look(app).await;
        *self.last() = Some(Look {
            at: app.clock.uptime(),
            has_failed: looked.is_err(),
        });
        looked.map_err(|error| {
            tracing::warn!(%error, cause = error.cause(), "the keys could not be looked at");
            unsure()
        })
    }

    /// Takes the keys as they are kept now.
    pub(crate) async fn look(&self, app: &App) -> Result<(), Error> {
        if let Some(keys) = self.place.look(&app.db).await? {
            app.tokens.take(keys);
        }
        Ok(())
    }

    fn last(&self) -> MutexGuard<'_, Option<Look>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unsure() -> Error {
    Error::Unavailable {
        reason: "the key of this token cannot be looked up just now; try again",
        retry_after_ms: 5_000,
    }
}
