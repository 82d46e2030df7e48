//! Passwords: Argon2id, off the async threads, and only as many at once as there are cores.
//!
//! Parameters: 19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet). A hash costs some 30 ms of a core, so the
//! queue is short and a full one says so.

use crate::Error;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use std::{num::NonZeroUsize, sync::Arc, thread::available_parallelism};
use tokio::sync::Semaphore;

/// Hashes that may wait for a core.
const WAITING_MOST: usize = 100;

/// The pool that hashes.
pub(crate) struct Passwords {
    cores: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// Verified against for accounts that do not exist, so that they take as long.
    decoy: String,
}

impl Passwords {
    pub(crate) fn new() -> Result<Self, Error> {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Ok(Self {
            cores: Arc::new(Semaphore::new(cores)),
            places: Arc::new(Semaphore::new(cores + WAITING_MOST)),
            decoy: hash("nobody has this password")?,
        })
    }

    /// The PHC string to store.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Error> {
        self.work(move || hash(&password)).await?
    }

    /// Whether the password is the one behind the hash; without a hash, takes as long and says no.
    pub(crate) async fn verify(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, Error> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.decoy.clone());
        let right = self
            .work(move || {
                PasswordHash::new(&stored).is_ok_and(|stored| {
                    Argon2::default()
                        .verify_password(password.as_bytes(), &stored)
                        .is_ok()
                })
            })
            .await?;
        Ok(known && right)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let full = Error::Unavailable {
            reason: "too many sign-ins at once; try again",
            retry_after_ms: 1_000,
        };
        let Ok(_place) = self.places.clone().try_acquire_owned() else {
            return Err(full);
        };
        let core = self
            .cores
            .clone()
            .acquire_owned()
            .await
            .map_err(|error| Error::Internal(error.to_string()))?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(core);
            done
        })
        .await
        .map_err(|error| Error::Internal(error.to_string()))
    }
}

fn hash(password: &str) -> Result<String, Error> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Internal(format!("a password could not be hashed: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_an_account_is_right() {
        let passwords = Passwords::new().unwrap();
        let stored = passwords.hash("correct horse".to_owned()).await.unwrap();

        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert!(
            passwords
                .verify("correct horse".to_owned(), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("correct horse ".to_owned(), Some(stored))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("nobody has this password".to_owned(), None)
                .await
                .unwrap()
        );
    }
}
