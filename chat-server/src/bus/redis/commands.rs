//! The connection for commands, and the heartbeat by which processes know of each other. A command that is not done in
//! time is given up; who asked goes on without an answer.

use super::{Part, Shared, link::Link};
use chat_core::Timestamp;
use redis::{Cmd, RedisResult, Value, from_redis_value};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, time::timeout};

/// It could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Away;

/// Processes say this often that they live.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// Who does not answer this in time is away.
const BEAT_DEADLINE: Duration = Duration::from_secs(1);
/// Who has said nothing for this long is dead.
const DEAD_AFTER_MS: u32 = 10_000;
/// Between attempts to connect, growing.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MOST: Duration = Duration::from_secs(2);
/// Opening must be done within this time.
pub(super) const OPEN_DEADLINE: Duration = Duration::from_secs(3);

/// Names of the dead are kept for so long, for those who look after what they have left.
const DEAD_KEPT_MS: u32 = 86_400_000;
/// Says that a process lives, and answers with whether it did not live before, who lives, and who is dead until when it was
/// taken to live. The first that it writes is refused where there is no memory left: such a Redis is as good as away, for
/// it forgets who is where. One that has said goodbye (it lives for no time) only asks.
const BEAT: &str = "
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local new = 0
if tonumber(ARGV[2]) > 0 then
    local before = redis.call('ZSCORE', KEYS[1], ARGV[1])
    new = (not before or tonumber(before) <= now) and 1 or 0
    redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {new, redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf'),
    redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES')}";

/// Says that a process lives for this time from now on, and no longer.
const LEAVE: &str = "
local t = redis.call('TIME')
redis.call('ZADD', KEYS[1], t[1] * 1000 + math.floor(t[2] / 1000) + ARGV[2], ARGV[1])
return 1";

/// A process that died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dead {
    pub(crate) name: String,
    /// When it last said that it lives, by the clock of Redis.
    pub(crate) seen_at: Timestamp,
}

/// The open connection, when there is one.
pub(super) struct Commands {
    link: RwLock<Option<Link>>,
    is_doubtful: AtomicBool,
    doubt: Notify,
    name: String,
    /// Where it stands which processes live.
    processes: String,
    has_left: AtomicBool,
    peers: RwLock<Arc<[String]>>,
    dead: RwLock<Arc<[Dead]>>,
    /// What it said instead of taking a heartbeat.
    refusal: Mutex<Option<String>>,
}

impl Commands {
    pub(super) fn new(process: u64, processes: String) -> Self {
        let name = format!("{process:016x}");
        Self {
            link: RwLock::default(),
            is_doubtful: AtomicBool::new(false),
            doubt: Notify::new(),
            peers: RwLock::new([name.clone()].into()),
            dead: RwLock::new([].into()),
            refusal: Mutex::default(),
            has_left: AtomicBool::new(false),
            processes,
            name,
        }
    }

    pub(super) fn is_doubtful(&self) -> bool {
        self.is_doubtful.load(Ordering::Relaxed)
    }

    pub(super) fn peers(&self) -> Arc<[String]> {
        self.peers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn refusal(&self) -> MutexGuard<'_, Option<String>> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn dead(&self) -> Arc<[Dead]> {
        self.dead
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_dead(&self, flat: &[String]) {
        let (pairs, _) = flat.as_chunks::<2>();
        let dead = pairs.iter().filter_map(|[name, until]| {
            let until: i64 = until.parse().ok()?;
            Some(Dead {
                name: name.clone(),
                seen_at: Timestamp::from_ms(until - i64::from(DEAD_AFTER_MS)),
            })
        });
        *self.dead.write().unwrap_or_else(PoisonError::into_inner) = dead.collect();
    }

    pub(super) async fn ask(
        &self,
        commands: Vec<Cmd>,
        deadline: Duration,
    ) -> Result<Vec<RedisResult<Value>>, Away> {
        let mut link = self.link().ok_or(Away)?;
        match timeout(deadline, link.all(commands)).await {
            Ok(Ok(answers)) => Ok(answers),
            Ok(Err(_)) | Err(_) => {
                self.is_doubtful.store(true, Ordering::Relaxed);
                self.doubt.notify_one();
                Err(Away)
            }
        }
    }

    /// Takes the process out of those that live: at once, or after a time, with when its people were seen last.
    pub(super) fn goodbye(&self, leaves: Option<(Duration, Timestamp)>) -> Vec<Cmd> {
        self.has_left.store(true, Ordering::Relaxed);
        let Some((stays, seen)) = leaves else {
            return vec![self.forget(&self.name)];
        };
        let (mut at, mut leave) = (redis::cmd("SET"), redis::cmd("EVAL"));
        at.arg(self.left(&self.name)).arg(seen.ms());
        at.arg("PX").arg(DEAD_KEPT_MS);
        leave.arg(LEAVE).arg(1).arg(&self.processes);
        leave.arg(&self.name).arg(stays.as_millis() as u64);
        vec![at, leave]
    }

    /// Takes a process out of those that lived.
    pub(super) fn forget(&self, name: &str) -> Cmd {
        let mut gone = redis::cmd("ZREM");
        gone.arg(&self.processes).arg(name);
        gone
    }

    /// Where it stands when a process that said goodbye had gone.
    pub(super) fn left(&self, name: &str) -> String {
        format!("{}:{name}", self.processes)
    }

    fn link(&self) -> Option<Link> {
        self.link
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_link(&self, link: Option<Link>) {
        *self.link.write().unwrap_or_else(PoisonError::into_inner) = link;
        self.is_doubtful.store(false, Ordering::Relaxed);
    }
}

/// Connects, says again and again that this process lives, and connects anew when there is no answer.
pub(super) async fn keep(shared: Weak<Shared>) {
    let mut pause = PAUSE_FIRST;
    loop {
        let Some(now) = shared.upgrade() else { return };
        let nobody = |_| Ok::<_, ()>(());
        let opened = timeout(OPEN_DEADLINE, Link::open(&now.url.place, nobody)).await;
        match opened {
            Ok(Ok(link)) => now.commands.set_link(Some(link)),
            Ok(Err(error)) => now.health.down(Part::Commands, &error.to_string()),
            Err(_) => now.health.down(Part::Commands, "no answer"),
        }
        if beat(&now).await.is_ok() {
            pause = PAUSE_FIRST;
            // It may be another one, or have forgotten everything.
            now.lives.fetch_add(1, Ordering::Relaxed);
            now.health.up(Part::Commands);
            drop(now);
            while alive(&shared).await {}
        }
        let Some(now) = shared.upgrade() else { return };
        now.commands.set_link(None);
        let refusal = now.commands.refusal().take();
        let why = refusal.as_deref().unwrap_or("no answer");
        now.health.down(Part::Commands, why);
        drop(now);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MOST);
    }
}

/// Waits for the next beat, or until somebody got no answer. Whether the connection still works.
async fn alive(shared: &Weak<Shared>) -> bool {
    let Some(now) = shared.upgrade() else {
        return false;
    };
    // A process that stops must not be held by its own heartbeat for longer than this.
    let _ = timeout(BEAT_EVERY, now.commands.doubt.notified()).await;
    let is_alive = beat(&now).await.is_ok();
    if is_alive {
        now.commands.is_doubtful.store(false, Ordering::Relaxed);
    }
    is_alive
}

/// One beat: who lives.
pub(super) async fn beat(shared: &Shared) -> Result<Arc<[String]>, Away> {
    let commands = &shared.commands;
    let mut beat = redis::cmd("EVAL");
    beat.arg(BEAT).arg(1).arg(&commands.processes);
    let lives_ms = match commands.has_left.load(Ordering::Relaxed) {
        true => 0,
        false => DEAD_AFTER_MS,
    };
    beat.arg(&commands.name);
    beat.arg(lives_ms).arg(DEAD_KEPT_MS);
    let answers = commands.ask(vec![beat], BEAT_DEADLINE).await?;
    let answer = answers.into_iter().next().ok_or(Away)?.map_err(|error| {
        *commands.refusal() = Some(error.to_string());
        Away
    })?;
    let (is_new, mut names, dead): (bool, Vec<String>, Vec<String>) =
        from_redis_value(answer).map_err(|_| Away)?;
    names.sort_unstable();
    commands.set_dead(&dead);
    if is_new {
        shared.lives.fetch_add(1, Ordering::Relaxed);
    }
    let before = commands.peers();
    if is_new || *before != *names {
        let names: Arc<[String]> = names.into();
        *commands
            .peers
            .write()
            .unwrap_or_else(PoisonError::into_inner) = names;
        shared.health.wake();
    }
    Ok(commands.peers())
}
