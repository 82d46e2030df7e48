//! Token buckets by key, after the generic cell rate algorithm: of each key it is only kept when its bucket will be full
//! again. A key whose bucket is full is forgotten, and there are never more keys than set: over that, new ones wait.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Keys of one kind in memory. A key stays for seconds; more than this at a time is an attack.
const KEYS_MOST: usize = 100_000;
/// With too many keys, those that are full are looked for at most this often.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);

/// How much may come how often.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    /// So many refill...
    pub(super) count: u32,
    /// ... in this time.
    pub(super) period: Duration,
    /// So many may come at once.
    pub(super) burst: u32,
}

/// The buckets of one kind.
pub(super) struct Buckets<K> {
    /// The figure they go by, as told to whoever is refused.
    pub(super) limit: &'static str,
    pub(super) quota: Quota,
    /// What one call costs, in nanoseconds of refilling.
    cost: u64,
    keys_most: usize,
    keys: Mutex<Keys<K>>,
}

struct Keys<K> {
    /// When the bucket of a key is full again, in nanoseconds.
    full_at: HashMap<K, u64>,
    /// What the last call cost, of those that were counted without the others.
    alone: HashMap<K, u64>,
    /// Before this it would be in vain to look for full ones again.
    sweep_at: u64,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    pub(super) fn new(limit: &'static str, quota: Quota) -> Self {
        let keys = Keys {
            full_at: HashMap::new(),
            alone: HashMap::new(),
            sweep_at: 0,
        };
        Self {
            limit,
            quota,
            cost: (nanos(quota.period) / u64::from(quota.count.max(1))).max(1),
            keys_most: KEYS_MOST,
            keys: Mutex::new(keys),
        }
    }

    #[cfg(test)]
    fn with_keys_most(mut self, keys_most: usize) -> Self {
        self.keys_most = keys_most;
        self
    }

    /// Takes so many out of the bucket, all or nothing. Otherwise says how long to wait, in milliseconds.
    pub(super) fn take(&self, key: &K, count: u32, now: Duration) -> Result<(), u64> {
        let mut keys = self.lock();
        let full_at = self.after(&mut keys, key, count, nanos(now))?;
        keys.full_at.insert(key.clone(), full_at);
        keys.alone.remove(key);
        Ok(())
    }

    /// The same where the bucket is for so many processes, and this one has its share: everything costs as many times as
    /// much, but for the first.
    pub(super) fn take_share(
        &self,
        key: &K,
        count: u32,
        now: Duration,
        processes: u32,
    ) -> Result<(), u64> {
        let mut keys = self.lock();
        let before = keys.full_at.get(key).copied().unwrap_or_default();
        let full_at = self.after(&mut keys, key, count.saturating_mul(processes), nanos(now));
        let full_at = match full_at {
            Err(_) if processes > 1 && !keys.full_at.contains_key(key) => nanos(now) + self.room(),
            full_at => full_at?,
        };
        keys.full_at.insert(key.clone(), full_at);
        let cost = full_at - before.max(nanos(now));
        keys.alone.insert(key.clone(), cost);
        Ok(())
    }

    /// Notes what a call that was counted by all has left.
    pub(super) fn take_together(&self, key: &K, full_in: u64, now: Duration) {
        self.lock().alone.remove(key);
        self.raise(key, full_in, now);
    }

    /// Notes that the bucket is full again in so many nanoseconds at the earliest.
    pub(super) fn raise(&self, key: &K, full_in: u64, now: Duration) {
        let full_at = nanos(now) + full_in;
        let mut keys = self.lock();
        if full_in > 0 && (keys.full_at.len() < self.keys_most || keys.full_at.contains_key(key)) {
            let known = keys.full_at.entry(key.clone()).or_insert(full_at);
            *known = full_at.max(*known);
        }
    }

    /// Whether so many can be taken and most of the bucket is still there, even if others do the same meanwhile.
    pub(super) fn is_roomy(&self, key: &K, count: u32, now: Duration, processes: u32) -> bool {
        let full_at = self.lock().full_at.get(key).copied().unwrap_or_default();
        let used = full_at.saturating_sub(nanos(now)) + self.cost_of(count);
        used <= self.room() / u64::from(2 * processes.max(2))
    }

    /// What so many calls cost, in nanoseconds of refilling.
    pub(super) fn cost_of(&self, count: u32) -> u64 {
        self.cost * u64::from(count)
    }

    /// What a full bucket holds, in nanoseconds of refilling.
    pub(super) fn room(&self) -> u64 {
        self.cost_of(self.quota.burst.max(1))
    }

    /// Says whether so many could be taken.
    pub(super) fn look_for(&self, key: &K, count: u32, now: Duration) -> Result<(), u64> {
        self.after(&mut self.lock(), key, count, nanos(now))
            .map(drop)
    }

    /// Puts back what the last call took. Whether it was counted with the others.
    pub(super) fn give_back(&self, key: &K) -> bool {
        let mut keys = self.lock();
        let alone = keys.alone.remove(key);
        if let Some(full_at) = keys.full_at.get_mut(key) {
            *full_at = full_at.saturating_sub(alone.unwrap_or(self.cost_of(1)));
        }
        alone.is_none()
    }

    /// Says whether one could be taken.
    pub(super) fn look(&self, key: &K, now: Duration) -> Result<(), u64> {
        self.look_for(key, 1, now)
    }

    /// When the bucket is full again after so many were taken.
    fn after(&self, keys: &mut Keys<K>, key: &K, count: u32, now: u64) -> Result<u64, u64> {
        let full_at = match keys.full_at.get(key) {
            Some(at) => *at,
            None => self.make_room(keys, now).map(|()| now)?,
        };
        let after = full_at.max(now) + self.cost_of(count);
        match after.saturating_sub(now + self.room()) {
            0 => Ok(after),
            over => Err(millis(over)),
        }
    }

    /// Forgets the full ones when there are too many.
    fn make_room(&self, keys: &mut Keys<K>, now: u64) -> Result<(), u64> {
        if keys.full_at.len() < self.keys_most {
            return Ok(());
        }
        if now >= keys.sweep_at {
            keys.forget_full(now);
            let next = keys.full_at.values().min().copied().unwrap_or(now);
            keys.sweep_at = next.max(now + nanos(SWEEP_PAUSE));
        }
        match keys.full_at.len() < self.keys_most {
            true => Ok(()),
            false => Err(millis(keys.sweep_at - now)),
        }
    }

    /// Forgets the full ones.
    pub(super) fn tidy(&self, now: Duration) {
        let (now, mut keys) = (nanos(now), self.lock());
        keys.forget_full(now);
        keys.full_at.shrink_to_fit();
    }

    fn lock(&self) -> MutexGuard<'_, Keys<K>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq> Keys<K> {
    fn forget_full(&mut self, now: u64) {
        let Self { full_at, alone, .. } = self;
        full_at.retain(|_, at| *at > now);
        alone.retain(|key, _| full_at.contains_key(key));
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 2)
}

/// Rounded up: who waits this long has waited long enough.
fn millis(nanos: u64) -> u64 {
    nanos.div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn a_minute(count: u32, burst: u32) -> Buckets<u32> {
        let period = Duration::from_secs(60);
        Buckets::new(
            "of_a_test",
            Quota {
                count,
                period,
                burst,
            },
        )
    }

    #[test]
    fn the_time_to_wait_is_true_and_not_a_moment_too_long() {
        for (count, burst) in [(7, 3), (20, 20), (600, 150)] {
            let buckets = a_minute(count, burst);
            let mut now = Duration::from_secs(5);
            for _ in 0..burst {
                assert_eq!(buckets.take(&1, 1, now), Ok(()));
            }

            for _ in 0..10 {
                let wait = buckets.take(&1, 1, now).unwrap_err();
                let wait = u32::try_from(wait).unwrap();
                assert!(buckets.take(&1, 1, now + (wait - 1) * MS).is_err());
                now += wait * MS;
                assert_eq!(buckets.take(&1, 1, now), Ok(()));
            }
            assert_eq!(buckets.take(&2, 1, now), Ok(()), "others are not held up");
        }
    }

    #[test]
    fn what_is_put_back_can_be_taken_again() {
        let buckets = a_minute(10, 2);
        for _ in 0..20 {
            assert_eq!(buckets.take(&1, 1, MS), Ok(()));
            assert!(buckets.give_back(&1));
        }
        buckets.give_back(&2);

        assert_eq!(buckets.take(&1, 2, MS), Ok(()));
        assert!(buckets.take(&1, 1, MS).is_err());
    }

    #[test]
    fn what_is_put_back_is_what_was_taken_also_when_others_are_there_again() {
        let buckets = a_minute(60, 12);
        assert_eq!(buckets.take(&1, 1, MS), Ok(()));
        assert_eq!(buckets.take_share(&1, 1, MS, 3), Ok(()));

        assert!(!buckets.give_back(&1), "the others were not told");

        assert_eq!(buckets.take(&1, 11, MS), Ok(()));
        assert!(buckets.take(&1, 1, MS).is_err());
        // Of a share that is less than nothing, the first is all there is.
        assert_eq!(buckets.take_share(&2, 1, MS, 100), Ok(()));
        buckets.give_back(&2);
        assert_eq!(buckets.take(&2, 12, MS), Ok(()));
    }

    #[test]
    fn in_the_long_run_no_more_than_the_figure_comes_through() {
        let buckets = a_minute(60, 15);

        let through = (0..600_000_u32)
            .step_by(10)
            .filter(|ms| buckets.take(&1, 1, *ms * MS).is_ok())
            .count();

        assert_eq!(through, 600 + 14, "ten minutes, and the burst before them");
    }

    #[test]
    fn many_are_taken_all_or_none() {
        let buckets = a_minute(60, 4);

        assert_eq!(buckets.take(&1, 3, MS), Ok(()));
        assert_eq!(buckets.take(&1, 2, MS), Err(1_000));
        assert_eq!(buckets.look(&1, MS), Ok(()));
        assert_eq!(buckets.take(&1, 1, MS), Ok(()));
        assert_eq!(buckets.look(&1, MS), Err(1_000));
    }

    #[test]
    fn a_share_is_as_small_as_there_are_processes_and_never_nothing() {
        let buckets = a_minute(60, 12);
        for _ in 0..4 {
            assert_eq!(buckets.take_share(&1, 1, MS, 3), Ok(()));
        }
        assert_eq!(buckets.take_share(&1, 1, MS, 3), Err(3_000));

        assert_eq!(buckets.take_share(&2, 1, MS, 100), Ok(()));
        assert!(buckets.take_share(&2, 1, MS, 100).is_err());
    }

    #[test]
    fn what_others_took_is_gone_here_too() {
        let buckets = a_minute(60, 4);
        assert!(buckets.is_roomy(&1, 1, MS, 2));

        buckets.raise(&1, 3_000_000_000, MS);

        assert!(!buckets.is_roomy(&1, 1, MS, 2));
        assert_eq!(buckets.take(&1, 1, MS), Ok(()));
        assert_eq!(buckets.take(&1, 1, MS), Err(1_000));
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away_and_breaks_nothing() {
        let buckets = a_minute(60, 2);
        let later = Duration::from_secs(100);

        assert_eq!(buckets.take(&1, 2, later), Ok(()));
        assert_eq!(buckets.take(&1, 1, later - MS), Err(1_001));
    }

    #[test]
    fn many_keys_do_not_grow_the_memory_without_end() {
        let buckets = a_minute(60, 1).with_keys_most(10);
        let at = |ms: u32| Duration::from_secs(9) + ms * MS;
        for key in 0..10 {
            assert_eq!(buckets.take(&key, 1, at(key)), Ok(()));
        }

        // All are in use: a new one waits until the first is full, those that are known do not.
        let wait = buckets.take(&10, 1, at(20)).unwrap_err();
        assert!((1..=1_000).contains(&wait), "{wait}");
        assert_eq!(buckets.take(&0, 1, at(1_000)), Ok(()));
        assert_eq!(buckets.take(&10, 1, at(20 + 1_000)), Ok(()));
        for key in 11..1_000 {
            let _ = buckets.take(&key, 1, at(1_030));
        }

        assert!(buckets.lock().full_at.len() <= 10);
        buckets.tidy(at(9_000));
        assert!(buckets.lock().full_at.is_empty());
    }
}
