//! Who is here on other processes. Each process says in Redis who has a device with it, and hears who else does; what a
//! dead process has said holds until the others know that it is dead.
//!
//! While Redis is away, nobody who is not here is said to be offline: that cannot be known.

use crate::{
    bus::{Audience, Redis, Told},
    hub::Hub,
};
use chat_core::{Envelope, Event, Presence, PresenceState, ServerFrame, Timestamp, UserId};
use redis::{Cmd, FromRedisValue};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// An answer must be there within this time.
const DEADLINE: Duration = Duration::from_millis(500);
/// People who are looked at together.
const AT_ONCE: usize = 500;
/// What was said of somebody is forgotten after this time, in seconds; it is said anew before.
const KEPT_S: u32 = 3_600;
/// Who was with a process is forgotten after this time, in seconds.
const PEOPLE_KEPT_S: u32 = 86_400;
const SAID_ANEW: Duration = Duration::from_secs(1_200);

const ONLINE: &str = "online";
const AWAY: &str = "away";

/// What is known of other processes.
pub(crate) struct Elsewhere {
    redis: Redis,
    hub: Arc<Hub>,
    due: Mutex<Due>,
    news: Notify,
    /// Whether people went whom the others are to look after.
    has_left_some: AtomicBool,
}

/// Whom there is something to do about.
#[derive(Default)]
struct Due {
    /// Whose devices here came or went.
    changed: HashSet<UserId>,
    /// Of whom somebody else says so.
    looked_at: HashSet<UserId>,
    /// Whether everybody who is watched may be shown otherwise than they are.
    is_compared: bool,
}

impl Elsewhere {
    pub(crate) fn new(redis: Redis, hub: Arc<Hub>) -> Arc<Self> {
        Arc::new(Self {
            redis,
            hub,
            due: Mutex::default(),
            news: Notify::new(),
            has_left_some: AtomicBool::new(false),
        })
    }

    fn due(&self) -> MutexGuard<'_, Due> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that somebody's devices here came or went. What comes of it is told soon.
    pub(crate) fn changed(&self, user: UserId) {
        self.due().changed.insert(user);
        self.news.notify_one();
    }

    /// Notes that somebody is to be shown anew to who watches them here.
    pub(crate) fn look_at(&self, user: UserId) {
        self.due().looked_at.insert(user);
        self.news.notify_one();
    }

    /// Has everybody who is watched here compared with what is so: what was said of them may have got lost.
    pub(crate) fn compare(&self) {
        self.due().is_compared = true;
        self.news.notify_one();
    }

    /// Leaves who goes now, because this process stops, to the others: most come back to one of those, and were never away.
    /// False where there are no others.
    pub(crate) fn leaves_to_others(&self) -> bool {
        let has_others = !self.redis.is_away() && self.redis.processes() > 1;
        self.has_left_some.fetch_or(has_others, Ordering::Relaxed);
        has_others
    }

    /// Where people are, on whatever process; and whether that cannot be said of those who are not here.
    pub(crate) async fn states(
        &self,
        users: Vec<UserId>,
    ) -> (HashMap<UserId, PresenceState>, bool) {
        self.known(users, false).await
    }

    /// The same, also by what this process has said: whose last device has just gone is here for a while.
    async fn known(
        &self,
        users: Vec<UserId>,
        with_own: bool,
    ) -> (HashMap<UserId, PresenceState>, bool) {
        let mut states = HashMap::with_capacity(users.len());
        let mut is_dark = false;
        for part in users.chunks(AT_ONCE) {
            let elsewhere = match self.redis.is_away() {
                true => None,
                false => self.ask(part, with_own).await,
            };
            is_dark |= elsewhere.is_none();
            for (place, user) in part.iter().enumerate() {
                let there = elsewhere.as_ref().map(|states| states[place]);
                states.insert(*user, together(self.hub.presence(*user), there));
            }
        }
        (states, is_dark)
    }

    /// Where people are by what processes have said, in the same order; none without an answer.
    async fn ask(&self, users: &[UserId], with_own: bool) -> Option<Vec<PresenceState>> {
        let said = |user: &UserId| {
            let mut command = redis::cmd("HGETALL");
            command.arg(self.key(*user));
            command
        };
        let answers = self.redis.ask(users.iter().map(said).collect(), DEADLINE);
        let answers = answers.await.ok()?;
        let said: Vec<HashMap<String, String>> = answers
            .into_iter()
            .map(|answer| FromRedisValue::from_redis_value(answer.ok()?).ok())
            .collect::<Option<_>>()?;
        let mut alive = self.redis.peers();
        let names: HashSet<&str> = said
            .iter()
            .flat_map(|by| by.keys().map(String::as_str))
            .collect();
        if names
            .iter()
            .any(|name| !alive.iter().any(|known| known == name))
        {
            // It has just come, or is dead.
            alive = self.redis.look_for_peers().await.ok()?;
        }
        let own = name_of(self.redis.process());
        let state = |by: &HashMap<String, String>| {
            let others = by
                .iter()
                .filter(|(name, _)| (with_own || **name != own) && alive.contains(name));
            others.fold(PresenceState::Offline, |state, (_, word)| {
                together(state, Some(state_of(word)))
            })
        };
        Some(said.iter().map(state).collect())
    }

    /// Says at once that somebody's last device here has gone, before anybody asks who else has one.
    pub(crate) async fn say_gone(&self, user: UserId) {
        self.say(&[user]).await;
    }

    /// Says of people whether they have a device here.
    async fn say(&self, users: &[UserId]) {
        for part in users.chunks(AT_ONCE) {
            let said: Vec<_> = part.iter().map(|user| self.said(*user)).collect();
            let lengths: Vec<_> = said.iter().map(Vec::len).collect();
            let answers = self.redis.ask(said.concat(), DEADLINE).await;
            if self.redis.is_away() {
                // All of it is said when it is there again.
                continue;
            }
            let mut answers = answers.unwrap_or_default().into_iter();
            for (user, length) in part.iter().zip(lengths) {
                let done = answers.by_ref().take(length);
                if done.filter(Result::is_ok).count() < length {
                    // It was only slow, or a part of a cluster is away: again with the next work.
                    self.due().changed.insert(*user);
                }
            }
        }
    }

    /// Where people are, and with whom: the latter for those who look after what a dead process left.
    fn said(&self, user: UserId) -> Vec<Cmd> {
        let own = name_of(self.redis.process());
        let (key, people) = (self.key(user), people_of(&self.redis, &own));
        let word = match self.hub.presence(user) {
            PresenceState::Online => ONLINE,
            PresenceState::Away => AWAY,
            PresenceState::Offline | PresenceState::Unknown => {
                let mut gone = redis::cmd("HDEL");
                gone.arg(key).arg(own);
                let mut left = redis::cmd("SREM");
                left.arg(people).arg(user.to_string());
                return vec![gone, left];
            }
        };
        let (mut here, mut kept) = (redis::cmd("HSET"), redis::cmd("EXPIRE"));
        here.arg(&key).arg(own).arg(word);
        kept.arg(key).arg(KEPT_S);
        let mut came = redis::cmd("SADD");
        came.arg(people).arg(user.to_string());
        vec![here, kept, came]
    }

    /// Shows people anew to who watches them here.
    async fn show(&self, users: Vec<UserId>) {
        let watched: Vec<_> = users
            .into_iter()
            .filter(|user| self.hub.is_watched(*user))
            .collect();
        for part in watched.chunks(AT_ONCE) {
            let (states, is_dark) = self.states(part.to_vec()).await;
            let people: Vec<_> = states.into_iter().collect();
            self.hub.show_watchers(&people, is_dark).await;
            if is_dark && !self.redis.is_away() {
                // It was only slow: looked at again with the next work.
                self.due().looked_at.extend(part);
            }
        }
    }

    /// Shows those anew who are shown to somebody otherwise than they are. In the dark everybody is, soon.
    async fn compare_all(&self) {
        for part in self.hub.watched().chunks(AT_ONCE) {
            let (states, is_dark) = self.known(part.to_vec(), true).await;
            if is_dark {
                return;
            }
            let is_wrong = |(user, state): &_| self.hub.is_shown_otherwise(*user, *state);
            let wrong: Vec<_> = states.into_iter().filter(is_wrong).collect();
            self.hub.show_watchers(&wrong, false).await;
        }
    }

    /// Does what there is to do.
    async fn work(&self) {
        let Due {
            changed,
            looked_at,
            is_compared,
        } = std::mem::take(&mut *self.due());
        let changed: Vec<_> = changed.into_iter().collect();
        self.say(&changed).await;
        for user in &changed {
            let presence = Presence {
                user_id: *user,
                state: self.hub.presence(*user),
                last_seen_at: None,
            };
            let envelope = Envelope::passing(None, Event::Presence(presence));
            let text = ServerFrame::encode_event(&envelope);
            let to = Audience::Watchers(*user);
            self.redis.carry(&Told { to, envelope }, &text);
        }
        self.show(changed.into_iter().chain(looked_at).collect())
            .await;
        if is_compared {
            self.compare_all().await;
        }
    }

    /// Everybody here has gone, and so does the process. Whom it has left to the others is here for them until they may
    /// have come back.
    pub(crate) async fn leave(&self, come_back_in: Duration, now: Timestamp) {
        self.work().await;
        let has_left_some = self.has_left_some.load(Ordering::Relaxed);
        let leaves = has_left_some.then_some((come_back_in, now));
        self.redis.leave(leaves).await;
    }

    /// Takes back what a dead process has said of people.
    pub(super) async fn unsay(&self, dead: &str, users: &[UserId]) {
        let unsaid = users.iter().map(|user| {
            let mut gone = redis::cmd("HDEL");
            gone.arg(self.key(*user)).arg(dead);
            gone
        });
        // Best effort: nobody believes it, and it is forgotten after a time.
        let _ = self.redis.ask(unsaid.collect(), DEADLINE).await;
    }

    fn key(&self, user: UserId) -> String {
        self.redis.key(format_args!("here:{user}"))
    }

    /// Another Redis, or one that has forgotten everything, is told all.
    async fn say_all(&self) {
        self.say(&self.hub.here()).await;
        let mut kept = redis::cmd("EXPIRE");
        let people = people_of(&self.redis, &name_of(self.redis.process()));
        kept.arg(people).arg(PEOPLE_KEPT_S);
        // Where it is away, all of it is said when it is there again.
        let _ = self.redis.ask(vec![kept], DEADLINE).await;
    }
}

/// Works until the process is gone.
pub(crate) async fn keep(elsewhere: Weak<Elsewhere>) {
    let (mut lives, mut said_at) = (0, Instant::now());
    loop {
        let Some(now) = elsewhere.upgrade() else {
            return;
        };
        if lives != now.redis.lives() || said_at.elapsed() >= SAID_ANEW {
            (lives, said_at) = (now.redis.lives(), Instant::now());
            now.say_all().await;
        }
        now.work().await;
        let everybody = tokio::select! {
            () = now.news.notified() => false,
            () = now.redis.changed() => true,
            () = tokio::time::sleep(Duration::from_secs(1)) => false,
        };
        if everybody {
            now.due().looked_at.extend(now.hub.watched());
        }
    }
}

/// Somebody's state by two who know a part of it each.
fn together(one: PresenceState, other: Option<PresenceState>) -> PresenceState {
    use PresenceState::{Away, Offline, Online, Unknown};
    match (one, other) {
        (Online, _) | (_, Some(Online)) => Online,
        (Away, _) | (_, Some(Away)) => Away,
        (Offline, Some(Offline)) => Offline,
        (Unknown, _) | (_, None | Some(Unknown)) => Unknown,
    }
}

fn state_of(word: &str) -> PresenceState {
    match word {
        ONLINE => PresenceState::Online,
        _ => PresenceState::Away,
    }
}

/// Where it stands who is with a process.
pub(super) fn people_of(redis: &Redis, process: &str) -> String {
    redis.key(format_args!("at:{process}"))
}

fn name_of(process: u64) -> String {
    format!("{process:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use PresenceState::{Away, Offline, Online, Unknown};

    #[test]
    fn who_is_not_here_and_perhaps_elsewhere_is_unknown() {
        for (here, there, both) in [
            (Offline, None, Unknown),
            (Online, None, Online),
            (Away, None, Away),
            (Offline, Some(Offline), Offline),
            (Offline, Some(Away), Away),
            (Away, Some(Online), Online),
        ] {
            assert_eq!(together(here, there), both);
        }
    }
}
