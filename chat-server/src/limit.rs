//! How often somebody may call: token buckets (the generic cell rate algorithm) per address, user and account name.

use crate::Error;
use chat_core::{Limits, Request, UserId};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _, clock::DefaultClock,
};
use std::{hash::Hash, net::IpAddr, num::NonZeroU32};

/// Guesses at one account's password in a minute, from wherever.
const GUESSES_PER_MINUTE: u32 = 10;

/// The buckets of one server.
pub(crate) struct Limiter {
    anonymous: DefaultKeyedRateLimiter<IpAddr>,
    guesses: DefaultKeyedRateLimiter<String>,
    sends: DefaultKeyedRateLimiter<UserId>,
    calls: DefaultKeyedRateLimiter<UserId>,
}

/// So many in a minute; a part of them may come at once.
fn quota(per_minute: u32, burst: u32) -> Quota {
    let one = NonZeroU32::MIN;
    let rate = NonZeroU32::new(per_minute).unwrap_or(one);
    Quota::per_minute(rate).allow_burst(NonZeroU32::new(burst).unwrap_or(one))
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        let quarter = |per_minute: u32| quota(per_minute, per_minute.div_ceil(4));
        Self {
            anonymous: RateLimiter::keyed(quota(
                limits.anonymous_calls_per_minute,
                limits.anonymous_calls_per_minute,
            )),
            guesses: RateLimiter::keyed(quota(GUESSES_PER_MINUTE, GUESSES_PER_MINUTE)),
            sends: RateLimiter::keyed(quarter(limits.sends_per_minute)),
            calls: RateLimiter::keyed(quarter(limits.calls_per_minute)),
        }
    }

    /// Counts a call of somebody who is signed in.
    pub(crate) fn user(&self, user: UserId, request: &Request) -> Result<(), Error> {
        match request {
            Request::SendMessage(_) => take(&self.sends, &user),
            _ => take(&self.calls, &user),
        }
    }

    /// Counts a call of somebody who is not. Without an address (calls from inside the program) there is no limit.
    pub(crate) fn anonymous(
        &self,
        address: Option<IpAddr>,
        request: &Request,
    ) -> Result<(), Error> {
        if let Some(address) = address {
            take(&self.anonymous, &bucket(address))?;
        }
        match request {
            // Longer names than any account has share a bucket by their beginning.
            Request::Login(login) => {
                let name = login.identifier.trim().to_lowercase();
                take(&self.guesses, &name.chars().take(254).collect())
            }
            _ => Ok(()),
        }
    }

    /// Counts the opening of a socket.
    pub(crate) fn opening(&self, user: Option<UserId>, address: IpAddr) -> Result<(), Error> {
        match user {
            Some(user) => take(&self.calls, &user),
            None => take(&self.anonymous, &bucket(address)),
        }
    }

    /// Forgets whoever has not called for long enough to have a full bucket.
    pub(crate) fn tidy(&self) {
        self.anonymous.retain_recent();
        self.guesses.retain_recent();
        self.sends.retain_recent();
        self.calls.retain_recent();
    }
}

/// One household of IPv6 addresses (a /64) shares a bucket; changing the address within it gains nothing.
fn bucket(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_none() => {
            IpAddr::V6((u128::from(v6) & (u128::MAX << 64)).into())
        }
        other => other.to_canonical(),
    }
}

fn take<K: Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), Error> {
    limiter.check_key(key).map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        Error::RateLimited {
            retry_after_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_household_share_a_bucket() {
        let of = |text: &str| bucket(text.parse().unwrap());

        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }

    #[test]
    fn over_the_burst_comes_the_time_to_wait() {
        let limiter = RateLimiter::keyed(quota(60, 2));

        let results: Vec<_> = (0..3).map(|_| take(&limiter, &1)).collect();

        assert!(results[0].is_ok() && results[1].is_ok());
        assert!(matches!(
            results[2],
            Err(Error::RateLimited {
                retry_after_ms: 1..=1_000
            })
        ));
    }
}
