//! Uploads under way: so many of one user at a time, so many in all. Each holds memory and a file for as long as it takes,
//! and counts as what its user keeps while it comes.

use crate::Error;
use chat_core::UserId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Uploads of one user at a time.
const OF_ONE_MOST: usize = 4;
/// Uploads at a time.
const ALL_MOST: usize = 64;

/// Uploads that are coming.
pub(super) struct UnderWay {
    places: Arc<Semaphore>,
    users: Mutex<HashMap<UserId, Vec<u64>>>,
}

/// A place for an upload, free again when it is dropped.
pub(crate) struct Place {
    under_way: Arc<UnderWay>,
    user: UserId,
    bytes: u64,
    /// Bytes of the uploads of the same user that were coming already.
    pub(crate) beside: u64,
    _place: OwnedSemaphorePermit,
}

impl UnderWay {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            places: Arc::new(Semaphore::new(ALL_MOST)),
            users: Mutex::default(),
        })
    }

    /// Takes a place for an upload of so many bytes, as far as they are known.
    pub(super) fn begin(self: &Arc<Self>, user: UserId, bytes: u64) -> Result<Place, Error> {
        let mut users = self.lock();
        let own = users.get(&user).map_or(&[][..], Vec::as_slice);
        if own.len() >= OF_ONE_MOST {
            return Err(Error::RateLimited {
                limit: "uploads_at_a_time",
                retry_after_ms: 1_000,
            });
        }
        let beside = own.iter().fold(0, |sum: u64, one| sum.saturating_add(*one));
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| Error::Unavailable {
            reason: "too many files are coming in; try again",
            retry_after_ms: 5_000,
        })?;
        users.entry(user).or_default().push(bytes);
        Ok(Place {
            under_way: self.clone(),
            user,
            bytes,
            beside,
            _place: place,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Vec<u64>>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut users = self.under_way.lock();
        if let Some(own) = users.get_mut(&self.user) {
            if let Some(at) = own.iter().position(|bytes| *bytes == self.bytes) {
                own.swap_remove(at);
            }
            if own.is_empty() {
                users.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat_core::Code;
    use uuid::Uuid;

    #[test]
    fn places_are_few_and_free_again() {
        let under_way = UnderWay::new();
        let user = |number: usize| UserId::new(Uuid::from_u128(number as u128));
        let begin = |number| under_way.begin(user(number), 10);

        let own: Vec<_> = (0..OF_ONE_MOST).map(|_| begin(0).unwrap()).collect();
        let beside: Vec<_> = own.iter().map(|place| place.beside).collect();
        assert_eq!(beside, [0, 10, 20, 30]);
        assert_eq!(begin(0).err().unwrap().code(), Code::RateLimited);
        let others: Vec<_> = (OF_ONE_MOST..ALL_MOST).map(|n| begin(n).unwrap()).collect();
        assert_eq!(begin(ALL_MOST).err().unwrap().code(), Code::Unavailable);
        drop((own, others));

        assert_eq!(begin(0).unwrap().beside, 0);
        assert!(under_way.lock().is_empty());
    }
}
