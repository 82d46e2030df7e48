//! Counting together with the other processes: in Redis, by the same algorithm, on its clock. Far from a limit a call is
//! counted here and reported afterwards; near it, Redis is asked, for a moment at most. While it is away, each process has
//! its share of the limit.
//!
//! Keys are hashed: who called, and to which address mail went, is not for Redis to know.

use super::buckets::Buckets;
use crate::{bus::Redis, clock::Clock};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use redis::{Cmd, FromRedisValue, RedisResult, Value};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt::Display,
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

/// A call waits this long for Redis to count it.
const DEADLINE: Duration = Duration::from_millis(80);
/// Reports must be through within this time.
const REPORT_DEADLINE: Duration = Duration::from_secs(1);
/// Reports that may wait; more than this is not reported.
const REPORTS_MOST: usize = 4_096;
const REPORTS_AT_ONCE: usize = 256;

/// Takes a count out of a bucket, all or nothing, unless it was let through already; what was taken in vain is put back by
/// a cost below nothing. Answers with how far it is over, and when the bucket will be full again, in microseconds. What a
/// clock that went back has left behind is no reason to wait for longer than a bucket takes to fill.
const COUNT: &str = "
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local cost, room, is_said = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local full = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now), now + 2 * room)
local after = full + cost
local over = after - now - room
if over > 0 and not is_said then return {over, full - now} end
after = math.max(math.min(after, now + 2 * room), now)
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1000)
return {0, after - now}";

/// The way to the others.
pub(super) struct Shared {
    redis: Redis,
    reports: mpsc::Sender<Report>,
    is_loaded: Arc<AtomicBool>,
}

/// What was let through here, or is given back.
struct Report {
    key: String,
    cost_us: i64,
    room_us: u64,
    /// What to do with when the bucket of all is full again, in nanoseconds from then.
    learn: Learn,
}

type Learn = Box<dyn FnOnce(u64) + Send>;

/// What all together say of a call.
pub(super) enum Verdict {
    /// It may pass; the bucket is full again in so many nanoseconds.
    Pass(u64),
    /// It may not, and not before so many nanoseconds; the bucket is full again in so many.
    Wait(u64, u64),
}

impl Shared {
    pub(super) fn start(redis: Redis) -> Self {
        let (reports, waiting) = mpsc::channel(REPORTS_MOST);
        let is_loaded = Arc::new(AtomicBool::new(false));
        tokio::spawn(report(redis.clone(), waiting, is_loaded.clone()));
        Self {
            redis,
            reports,
            is_loaded,
        }
    }

    pub(super) fn is_away(&self) -> bool {
        self.redis.is_doubtful()
    }

    pub(super) fn processes(&self) -> u32 {
        u32::try_from(self.redis.processes()).unwrap_or(u32::MAX)
    }

    /// Tells the others, soon, what was let through here, and learns what they have.
    pub(super) fn report<K>(
        &self,
        buckets: &Arc<Buckets<K>>,
        key: &K,
        count: u32,
        now: impl Fn() -> Duration + Send + 'static,
    ) where
        K: Hash + Eq + Clone + Display + Send + 'static,
    {
        let (known, whose) = (buckets.clone(), key.clone());
        let learn = Box::new(move |full_in| known.raise(&whose, full_in, now()));
        self.say(buckets, key, cost(buckets, count), learn);
    }

    /// Tells the others that one was taken in vain.
    pub(super) fn take_back<K>(&self, buckets: &Buckets<K>, key: &K)
    where
        K: Hash + Eq + Clone + Display,
    {
        self.say(buckets, key, -cost(buckets, 1), Box::new(drop));
    }

    fn say<K>(&self, buckets: &Buckets<K>, key: &K, cost_us: i64, learn: Learn)
    where
        K: Hash + Eq + Clone + Display,
    {
        let report = Report {
            key: self.name(buckets.limit, key),
            cost_us,
            room_us: buckets.room() / 1_000,
            learn,
        };
        // While too many wait, some are not reported: the limit is a little wider then.
        let _ = self.reports.try_send(report);
    }

    fn name(&self, limit: &str, key: &impl Display) -> String {
        let hash = Sha256::digest(format!("{limit} {key}").as_bytes());
        let hash = BASE64_URL_SAFE_NO_PAD.encode(&hash[..16]);
        self.redis.key(format_args!("l:{hash}"))
    }

    /// Has a call counted by all. None without an answer in time.
    pub(super) async fn ask<K>(&self, buckets: &Buckets<K>, key: &K, count: u32) -> Option<Verdict>
    where
        K: Hash + Eq + Clone + Display,
    {
        let name = self.name(buckets.limit, key);
        let (cost_us, room_us) = (cost(buckets, count), buckets.room() / 1_000);
        let is_loaded = self.is_loaded.load(Ordering::Relaxed);
        let command = counting(&name, cost_us, room_us, false, is_loaded);
        let mut answers = self.redis.ask(vec![command], DEADLINE).await.ok()?;
        let answer = answers.pop()?;
        self.is_loaded.store(answer.is_ok(), Ordering::Relaxed);
        let (over, full_in) = outcome(answer)?;
        Some(match over {
            0 => Verdict::Pass(full_in),
            over => Verdict::Wait(over, full_in),
        })
    }
}

/// Reports for as long as there is something to report.
async fn report(redis: Redis, mut waiting: mpsc::Receiver<Report>, is_loaded: Arc<AtomicBool>) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, REPORTS_AT_ONCE).await > 0 {
        let mut together: HashMap<String, Report> = HashMap::new();
        for report in batch.drain(..) {
            let cost_us = report.cost_us;
            together
                .entry(report.key.clone())
                .and_modify(|known| known.cost_us += cost_us)
                .or_insert(report);
        }
        let loaded = is_loaded.load(Ordering::Relaxed);
        let (commands, learn): (Vec<_>, Vec<_>) = together
            .into_values()
            .map(|report| {
                let command = counting(&report.key, report.cost_us, report.room_us, true, loaded);
                (command, report.learn)
            })
            .unzip();
        let Ok(answers) = redis.ask(commands, REPORT_DEADLINE).await else {
            continue;
        };
        for (answer, learn) in answers.into_iter().zip(learn) {
            is_loaded.store(answer.is_ok(), Ordering::Relaxed);
            if let Some((_, full_in)) = outcome(answer) {
                learn(full_in);
            }
        }
    }
}

/// The command that counts: with the whole script, or with the name of one that is there already.
fn counting(key: &str, cost_us: i64, room_us: u64, is_said: bool, is_loaded: bool) -> Cmd {
    let mut command = match is_loaded {
        true => {
            let mut command = redis::cmd("EVALSHA");
            command.arg(hash_of_script());
            command
        }
        false => {
            let mut command = redis::cmd("EVAL");
            command.arg(COUNT);
            command
        }
    };
    command.arg(1).arg(key).arg(cost_us).arg(room_us);
    command.arg(u8::from(is_said));
    command
}

/// What so many calls cost, in microseconds.
fn cost<K: Hash + Eq + Clone>(buckets: &Buckets<K>, count: u32) -> i64 {
    i64::try_from(buckets.cost_of(count) / 1_000).unwrap_or(i64::MAX)
}

fn hash_of_script() -> &'static str {
    static HASH: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| redis::Script::new(COUNT).get_hash().to_owned());
    &HASH
}

/// How far over, and when full again, in nanoseconds.
fn outcome(answer: RedisResult<Value>) -> Option<(u64, u64)> {
    let (over, full_in): (u64, u64) = FromRedisValue::from_redis_value(answer.ok()?).ok()?;
    Some((over * 1_000, full_in * 1_000))
}

/// The time since the server started, for what is learnt later.
pub(super) fn since(clock: Arc<dyn Clock>, started: Duration) -> impl Fn() -> Duration + Send {
    move || clock.uptime().saturating_sub(started)
}
