//! How often somebody may call: buckets per address, per user and kind of call, per conversation, per account name and
//! per mail address. Every call belongs to one [`Rate`]; the switchboard counts it here before anything else happens.
//!
//! Calls from inside the program are never counted. Several processes count together.

mod buckets;
mod guess;
mod shared;

use crate::{Error, auth::Caller, bus::Redis, clock::Clock, telemetry::Metrics};
use buckets::{Buckets, Quota};
use chat_core::{ConversationId, Email, Limits, Operation, Rate, Request, UserId};
use guess::Guess;
use shared::{Shared, Verdict};
use std::{fmt::Display, hash::Hash, net::IpAddr, sync::Arc, time::Duration};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// Guesses at one account's password in a minute, from one address...
const GUESSES_PER_MINUTE: u32 = 10;
/// ... and from wherever: many, so that hardly anybody can keep somebody else from signing in.
const ALL_GUESSES_PER_MINUTE: u32 = 100;
/// Mails to one address in an hour; half of them may come at once.
const MAILS_PER_HOUR: u32 = 10;
/// Asking for new passwords from one address in an hour, for whomever; a third of it at once.
const RESETS_PER_HOUR: u32 = 60;

/// The buckets of one server.
pub(crate) struct Limiter {
    clock: Arc<dyn Clock>,
    started: Duration,
    metrics: Arc<Metrics>,
    /// By rate, in the order of [`Rate::ALL`].
    users: [Arc<Buckets<UserId>>; Rate::ALL.len()],
    /// The same for those who are not signed in.
    addresses: [Arc<Buckets<IpAddr>>; Rate::ALL.len()],
    conversations: Arc<Buckets<ConversationId>>,
    guesses: Arc<Buckets<Guess>>,
    all_guesses: Arc<Buckets<String>>,
    mails: Arc<Buckets<String>>,
    resets: Arc<Buckets<IpAddr>>,
    /// The way to other processes; none for a server of one.
    shared: Option<Shared>,
}

impl Limiter {
    pub(crate) fn new(
        limits: &Limits,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        redis: Option<Redis>,
    ) -> Self {
        let minute = |count, burst| Quota {
            count,
            period: MINUTE,
            burst,
        };
        let quota = |rate| {
            let count = limits.per_minute(rate);
            match rate {
                Rate::Anonymous => minute(count, count),
                _ => minute(count, limits.burst(count)),
            }
        };
        let hour = |count, burst| Quota {
            count,
            period: HOUR,
            burst,
        };
        let said = limits.conversation_sends_per_minute;
        Self {
            started: clock.uptime(),
            clock,
            metrics,
            users: Rate::ALL.map(|rate| Arc::new(Buckets::new(rate.figure(), quota(rate)))),
            addresses: Rate::ALL.map(|rate| Arc::new(Buckets::new(rate.figure(), quota(rate)))),
            conversations: Arc::new(Buckets::new(
                "conversation_sends_per_minute",
                minute(said, limits.burst(said)),
            )),
            guesses: Arc::new(Buckets::new(
                "guesses_per_minute",
                minute(GUESSES_PER_MINUTE, GUESSES_PER_MINUTE),
            )),
            all_guesses: Arc::new(Buckets::new(
                "all_guesses_per_minute",
                minute(ALL_GUESSES_PER_MINUTE, ALL_GUESSES_PER_MINUTE),
            )),
            mails: Arc::new(Buckets::new(
                "mails_per_hour",
                hour(MAILS_PER_HOUR, MAILS_PER_HOUR / 2),
            )),
            resets: Arc::new(Buckets::new(
                "resets_per_hour",
                hour(RESETS_PER_HOUR, RESETS_PER_HOUR / 3),
            )),
            shared: redis.map(Shared::start),
        }
    }

    /// Counts a call: by its user, or by the address of who is not signed in.
    pub(crate) async fn admit(&self, caller: &Caller, request: &Request) -> Result<(), Error> {
        let Some(address) = caller.address else {
            return Ok(());
        };
        self.count(caller, request.operation(), times(request))
            .await?;
        match request {
            Request::Login(login) => {
                let guess = Guess::new(&login.identifier, address);
                self.take_together(&self.guesses, &guess, 1).await?;
                self.take_together(&self.all_guesses, &guess.name, 1).await
            }
            Request::ResetPassword(reset) => self.mails(address, &reset.email).await,
            _ => Ok(()),
        }
    }

    /// Counts a call that could not be read as one. It costs the same: else mistakes would be free.
    pub(crate) async fn spoilt(&self, caller: &Caller, operation: &Operation) -> Result<(), Error> {
        self.count(caller, operation, 1).await
    }

    /// Counts a frame that is no call at all.
    pub(crate) fn noise(&self, user: UserId) -> Result<(), Error> {
        self.take(self.user(Rate::Calls), &user, 1)
    }

    async fn count(&self, caller: &Caller, operation: &Operation, times: u32) -> Result<(), Error> {
        let Some(address) = caller.address else {
            return Ok(());
        };
        let rate = operation.rate();
        let by_address = match rate {
            Rate::Anonymous => true,
            Rate::Downloads => caller.is_anonymous(),
            _ => false,
        };
        if by_address {
            return self
                .take_together(self.address(rate), &household(address), 1)
                .await;
        }
        let buckets = self.user(rate);
        if times > buckets.quota.burst {
            // However long one waited, the bucket never holds so many.
            let most = buckets.quota.burst;
            let detail = format!(
                "at most {most} at once here: see the limit {}",
                buckets.limit
            );
            return Err(Error::invalid("conversation_ids", detail));
        }
        self.take_together(buckets, &caller.user()?, times).await
    }

    /// Counts a message in its conversation. Only for those who may write there: others must not learn how busy it is.
    pub(crate) fn said(&self, conversation: ConversationId) -> Result<(), Error> {
        self.take(&self.conversations, &conversation, 1)
    }

    /// Says whether a message could be said in a conversation.
    pub(crate) fn may_be_said(&self, conversation: ConversationId) -> Result<(), Error> {
        let buckets = &self.conversations;
        self.told(buckets, buckets.look(&conversation, self.now()))
    }

    /// Counts a guess at the password of somebody who is signed in.
    pub(crate) async fn guess(&self, user: UserId) -> Result<(), Error> {
        let name = format!("signed in: {user}");
        self.take_together(&self.all_guesses, &name, 10).await
    }

    /// Takes back what a sign-in was counted as: the password was right, and was no guess.
    pub(crate) fn was_right(&self, caller: &Caller, identifier: &str) {
        if let Some(address) = caller.address {
            let guess = Guess::new(identifier, address);
            self.give_back(&self.all_guesses, &guess.name);
            self.give_back(&self.guesses, &guess);
        }
    }

    /// Counts a mail to an address, whether or not it is anybody's here.
    pub(crate) async fn mail(&self, to: &Email) -> Result<(), Error> {
        self.take_together(&self.mails, &to.as_str().to_owned(), 1)
            .await
    }

    /// Counts a mail that somebody who is not signed in asks for, also by where they are.
    pub(crate) async fn mails(&self, address: IpAddr, to: &Email) -> Result<(), Error> {
        self.take_together(&self.resets, &household(address), 1)
            .await?;
        self.mail(to).await
    }

    /// Counts whoever was not let in, and tells them when it was too often.
    pub(crate) async fn unknown(&self, address: IpAddr) -> Result<(), Error> {
        let buckets = self.address(Rate::Anonymous);
        self.take_together(buckets, &household(address), 1).await
    }

    /// Counts a page or document that anybody may read.
    pub(crate) async fn reading(&self, address: IpAddr) -> Result<(), Error> {
        let buckets = self.address(Rate::Downloads);
        self.take_together(buckets, &household(address), 1).await
    }

    /// Counts the opening of a socket.
    pub(crate) async fn opening(&self, user: Option<UserId>, address: IpAddr) -> Result<(), Error> {
        match user {
            Some(user) => self.take_together(self.user(Rate::Calls), &user, 1).await,
            None => self.unknown(address).await,
        }
    }

    /// Forgets whoever has not called for long enough to have a full bucket.
    pub(crate) fn tidy(&self) {
        let now = self.now();
        self.users.iter().for_each(|buckets| buckets.tidy(now));
        self.addresses.iter().for_each(|buckets| buckets.tidy(now));
        self.conversations.tidy(now);
        self.guesses.tidy(now);
        self.all_guesses.tidy(now);
        self.mails.tidy(now);
        self.resets.tidy(now);
    }

    fn now(&self) -> Duration {
        self.clock.uptime().saturating_sub(self.started)
    }

    fn user(&self, rate: Rate) -> &Arc<Buckets<UserId>> {
        &self.users[rate as usize]
    }

    fn address(&self, rate: Rate) -> &Arc<Buckets<IpAddr>> {
        &self.addresses[rate as usize]
    }

    /// Counts here, without waiting, and reports it to the others.
    fn take<K>(&self, buckets: &Arc<Buckets<K>>, key: &K, count: u32) -> Result<(), Error>
    where
        K: Hash + Eq + Clone + Display + Send + 'static,
    {
        let now = self.now();
        let Some(shared) = &self.shared else {
            return self.told(buckets, buckets.take(key, count, now));
        };
        if shared.is_away() {
            return self.take_alone(shared, buckets, key, count);
        }
        self.told(buckets, buckets.take(key, count, now))?;
        let since = shared::since(self.clock.clone(), self.started);
        shared.report(buckets, key, count, since);
        Ok(())
    }

    /// Counts together with the others: near the limit, only Redis can say.
    async fn take_together<K>(
        &self,
        buckets: &Arc<Buckets<K>>,
        key: &K,
        count: u32,
    ) -> Result<(), Error>
    where
        K: Hash + Eq + Clone + Display + Send + 'static,
    {
        let now = self.now();
        let shared = match &self.shared {
            Some(shared)
                if !shared.is_away() && !buckets.is_roomy(key, count, now, shared.processes()) =>
            {
                shared
            }
            _ => return self.take(buckets, key, count),
        };
        // What this process has let through alone may be enough.
        self.told(buckets, buckets.look_for(key, count, now))?;
        match Box::pin(shared.ask(buckets, key, count)).await {
            Some(Verdict::Pass(full_in)) => {
                buckets.take_together(key, full_in, now);
                Ok(())
            }
            Some(Verdict::Wait(over, full_in)) => {
                buckets.raise(key, full_in, now);
                self.told(buckets, Err(over.div_ceil(1_000_000)))
            }
            None => self.take_alone(shared, buckets, key, count),
        }
    }

    /// Counts what this process may let through while nobody knows of the others.
    fn take_alone<K>(
        &self,
        shared: &Shared,
        buckets: &Buckets<K>,
        key: &K,
        count: u32,
    ) -> Result<(), Error>
    where
        K: Hash + Eq + Clone,
    {
        self.metrics.bus.counted_alone.inc();
        let taken = buckets.take_share(key, count, self.now(), shared.processes());
        self.told(buckets, taken)
    }

    /// Puts the last back that was taken: here, and for the others where they know of it.
    fn give_back<K>(&self, buckets: &Arc<Buckets<K>>, key: &K)
    where
        K: Hash + Eq + Clone + Display + Send + 'static,
    {
        let was_together = buckets.give_back(key);
        if let (true, Some(shared)) = (was_together, &self.shared) {
            shared.take_back(buckets, key);
        }
    }

    fn told<K>(&self, buckets: &Buckets<K>, taken: Result<(), u64>) -> Result<(), Error> {
        taken.map_err(|retry_after_ms| {
            self.metrics.limited(buckets.limit);
            Error::RateLimited {
                limit: buckets.limit,
                retry_after_ms,
            }
        })
    }
}

/// A message that is forwarded to many conversations is as many.
fn times(request: &Request) -> u32 {
    match request {
        Request::ForwardMessage(forward) => {
            u32::try_from(forward.conversation_ids.len()).unwrap_or(u32::MAX)
        }
        _ => 1,
    }
}

/// One household of IPv6 addresses (a /64) counts as one address; changing the address within it gains nothing.
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_none() => {
            IpAddr::V6((u128::from(v6) & (u128::MAX << 64)).into())
        }
        other => other.to_canonical(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_household_count_as_one() {
        let of = |text: &str| household(text.parse().unwrap());

        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }

    #[test]
    fn a_rate_finds_its_own_buckets() {
        for (place, rate) in Rate::ALL.into_iter().enumerate() {
            assert_eq!(rate as usize, place);
        }
    }
}
