//! Who searches when: few at a time, so that connections are left for other calls, and everybody one at a time, so that
//! nobody has all the turns.

use super::Search;
use crate::Error;
use chat_core::UserId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Searches at the same time.
const TURNS: usize = 2;

/// The turns of everybody, and of each who searches just now.
pub(super) struct Turns {
    all: Arc<Semaphore>,
    own: Mutex<HashMap<UserId, Arc<Semaphore>>>,
}

/// Is given back when it is dropped.
pub(super) struct Turn {
    _all: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self {
            all: Arc::new(Semaphore::new(TURNS)),
            own: Mutex::default(),
        }
    }

    fn own(&self, user: UserId) -> Arc<Semaphore> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        // Those who wait or search hold theirs.
        own.retain(|_, turn| Arc::strong_count(turn) > 1);
        let one = || Arc::new(Semaphore::new(1));
        own.entry(user).or_insert_with(one).clone()
    }
}

impl Search {
    /// Waits for a turn, and not for ever.
    pub(super) async fn turn(&self, user: UserId, most: Duration) -> Result<Turn, Error> {
        let busy = Error::Unavailable {
            reason: "too many searches are under way; try again in a moment",
            retry_after_ms: 1_000,
        };
        let own = self.turns.own(user);
        let turn = async {
            let own = own.acquire_owned().await.ok()?;
            let all = self.turns.all.clone().acquire_owned().await.ok()?;
            Some(Turn {
                _all: all,
                _own: own,
            })
        };
        timeout(most, turn).await.ok().flatten().ok_or(busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u128) -> UserId {
        UserId::new(uuid::Uuid::from_u128(n))
    }

    #[tokio::test]
    async fn nobody_takes_the_turns_of_others_and_nobody_waits_for_ever() {
        let (search, most) = (Search::new(), Duration::from_millis(20));

        let first = search.turn(user(1), most).await.ok();
        assert!(first.is_some());
        let refused = search.turn(user(1), most).await.err();
        assert!(matches!(refused, Some(Error::Unavailable { .. })));
        let other = search.turn(user(2), most).await.ok();
        assert!(other.is_some(), "one person has one turn");
        assert!(search.turn(user(3), most).await.is_err(), "two at a time");

        drop(first);
        assert!(search.turn(user(1), most).await.is_ok());
    }
}
