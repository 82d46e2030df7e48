//! Redis between the processes: what one tells, the others hear; and a place for what all of them count together. It is
//! never needed: while it is away everybody is told that at once, nobody waits, and what it would have carried is found
//! by its place.
//!
//! Each process has one connection for commands and one to listen with, whatever the number of sockets.

mod address;
mod commands;
mod health;
mod link;
mod listen;
mod parcel;

pub use address::RedisUrl;
pub(crate) use commands::{Away, Dead};
pub(crate) use listen::Incoming;

use super::{Bus, LocalBus, Signal, Told, Topic};
use crate::{hub::Interest, telemetry::Metrics};
use aws_lc_rs::hmac;
use chat_core::Timestamp;
use commands::Commands;
use health::{Health, Part};
use redis::{Cmd, RedisResult, Value, from_redis_value};
use std::{
    fmt::Display,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

/// Parcels that may wait to be carried. More than this at a time is lost, and found by its place.
const PARCELS_MOST: usize = 8_192;
/// Parcels that go together.
const PARCELS_AT_ONCE: usize = 512;
/// Carrying must be done within this time.
const CARRY_DEADLINE: Duration = Duration::from_secs(1);

/// Redis as one process sees it. Cheap to clone. Its tasks end when the last clone is gone.
#[derive(Clone)]
pub(crate) struct Redis(Arc<Shared>);

/// Who speaks: a process of an installation.
pub(crate) struct Speaker {
    /// Names the process; new with every start.
    pub(crate) process: u64,
    /// Names the installation: several may share one Redis.
    pub(crate) installation: String,
    /// What all processes of the installation seal with, and nobody else.
    pub(crate) seal: hmac::Key,
}

struct Shared {
    url: RedisUrl,
    speaker: Arc<Speaker>,
    commands: Commands,
    health: Health,
    metrics: Arc<Metrics>,
    parcels: mpsc::Sender<(Topic, Vec<u8>)>,
    /// Goes up whenever what this process has said of itself may be lost.
    lives: AtomicU64,
}

impl Redis {
    /// Begins to look for it. Where it is away, everything goes on without it until it is there.
    pub(crate) fn start(
        url: RedisUrl,
        speaker: Speaker,
        metrics: Arc<Metrics>,
        interest: Arc<Interest>,
    ) -> (Self, Incoming) {
        if url.is_tls() {
            // Whoever was first has installed one; any will do.
            let provider = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider();
            let _ = provider.install_default();
        }
        let (parcels, waiting) = mpsc::channel(PARCELS_MOST);
        let shared = Arc::new(Shared {
            health: Health::new(metrics.clone()),
            commands: Commands::new(speaker.process, speaker.key("processes")),
            url,
            speaker: Arc::new(speaker),
            metrics,
            parcels,
            lives: AtomicU64::new(0),
        });
        tokio::spawn(commands::keep(Arc::downgrade(&shared)));
        tokio::spawn(carry(Arc::downgrade(&shared), waiting));
        let incoming = listen::start(&shared, interest);
        (Self(shared), incoming)
    }

    /// The name of this process.
    pub(crate) fn process(&self) -> u64 {
        self.0.speaker.process
    }

    /// What something of this installation is called in Redis.
    pub(crate) fn key(&self, of: impl Display) -> String {
        self.0.speaker.key(of)
    }

    /// Whether it can be asked just now.
    pub(crate) fn is_away(&self) -> bool {
        self.0.health.is_away()
    }

    /// Whether it has just not answered in time, or is away.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.is_away() || self.0.commands.is_doubtful()
    }

    /// How many processes there are, this one included; as many as there were last, while it is away.
    pub(crate) fn processes(&self) -> usize {
        self.0.commands.peers().len().max(1)
    }

    /// The names of the processes that live.
    pub(crate) fn peers(&self) -> Arc<[String]> {
        self.0.commands.peers()
    }

    /// Looks again which processes live.
    pub(crate) async fn look_for_peers(&self) -> Result<Arc<[String]>, Away> {
        commands::beat(&self.0).await
    }

    /// The processes that died, until somebody has looked after what they left.
    pub(crate) fn dead(&self) -> Arc<[Dead]> {
        self.0.commands.dead()
    }

    /// Forgets one that died.
    pub(crate) async fn forget(&self, dead: &Dead) {
        let mut left = redis::cmd("UNLINK");
        left.arg(self.0.commands.left(&dead.name));
        let gone = vec![self.0.commands.forget(&dead.name), left];
        // Where it is away, somebody does it when it is there again.
        let _ = self.ask(gone, CARRY_DEADLINE).await;
    }

    /// When one that is dead was there last, if it has said so before it went.
    pub(crate) async fn left_at(&self, dead: &Dead) -> Result<Option<Timestamp>, Away> {
        let mut asked = redis::cmd("GET");
        asked.arg(self.0.commands.left(&dead.name));
        let answers = self.ask(vec![asked], CARRY_DEADLINE).await?;
        let answer = answers.into_iter().next().ok_or(Away)?.map_err(|_| Away)?;
        let ms: Option<i64> = from_redis_value(answer).map_err(|_| Away)?;
        Ok(ms.map(Timestamp::from_ms))
    }

    /// Waits until it came, went, or other processes are there than before.
    pub(crate) async fn changed(&self) {
        self.0.health.changed().await;
    }

    /// How often what this process has said of itself may have been lost.
    pub(crate) fn lives(&self) -> u64 {
        self.0.lives.load(Ordering::Relaxed)
    }

    /// Has commands done, each with its own outcome.
    ///
    /// # Errors
    /// When they are not done within the time.
    pub(crate) async fn ask(
        &self,
        commands: Vec<Cmd>,
        deadline: Duration,
    ) -> Result<Vec<RedisResult<Value>>, Away> {
        self.0.commands.ask(commands, deadline).await
    }

    /// Carries what this process's hub is being told to the others. Never waits, and may lose it.
    pub(crate) fn carry(&self, told: &Told, text: &str) {
        self.post(|speaker| parcel::pack(speaker, &told.to, &told.envelope, text));
    }

    /// Nothing is packed that would be thrown away.
    fn post(&self, pack: impl FnOnce(&Speaker) -> Option<(Topic, Vec<u8>)>) {
        let kept = match self.is_away() {
            true => false,
            false => {
                pack(&self.0.speaker).is_some_and(|parcel| self.0.parcels.try_send(parcel).is_ok())
            }
        };
        if !kept {
            self.0.metrics.bus.dropped.inc();
        }
    }

    /// Says goodbye: the others need not wait until this process is taken for dead. Where it leaves people to them, they
    /// look after those when this time is over, and know from when on they were gone.
    pub(crate) async fn leave(&self, leaves: Option<(Duration, Timestamp)>) {
        let gone = self.0.commands.goodbye(leaves);
        // Where it is away, the others find out by themselves.
        let _ = self.ask(gone, CARRY_DEADLINE).await;
    }
}

/// Carries parcels for as long as there is a process to carry them.
async fn carry(shared: Weak<Shared>, mut waiting: mpsc::Receiver<(Topic, Vec<u8>)>) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, PARCELS_AT_ONCE).await > 0 {
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let publish = |(topic, parcel): (Topic, Vec<u8>)| {
            let mut command = redis::cmd("SPUBLISH");
            command.arg(shared.speaker.channel(topic)).arg(parcel);
            command
        };
        let commands: Vec<_> = batch.drain(..).map(publish).collect();
        let count = commands.len() as u64;
        let answers = shared.commands.ask(commands, CARRY_DEADLINE).await;
        // Each may be refused by itself: by the part of a cluster that is gone, or for want of a right.
        let carried = answers.map_or(0, |answers| answers.iter().flatten().count() as u64);
        shared.metrics.bus.carried.inc_by(carried);
        shared.metrics.bus.dropped.inc_by(count - carried);
    }
}

impl Speaker {
    /// What something of the installation is called. Pub/sub knows no numbers of databases, so channels are named so, too.
    fn key(&self, of: impl Display) -> String {
        format!("chat:{}:{of}", self.installation)
    }

    /// The channel of a topic. Named alone, so that in a cluster each has its own place.
    fn channel(&self, topic: Topic) -> String {
        match topic {
            Topic::Conversation(id) => self.key(format_args!("c:{id}")),
            Topic::User(user) => self.key(format_args!("u:{user}")),
            Topic::Watched(user) => self.key(format_args!("w:{user}")),
            Topic::Everybody => self.key("all"),
        }
    }
}

/// The bus of one process among several.
pub(crate) struct RedisBus {
    own: LocalBus,
    redis: Redis,
}

impl RedisBus {
    pub(crate) fn new(own: LocalBus, redis: Redis) -> Self {
        Self { own, redis }
    }
}

#[async_trait::async_trait]
impl Bus for RedisBus {
    async fn publish(&self, told: Vec<Told>) {
        self.own.publish(told).await;
    }

    fn signal(&self, signal: &Signal) {
        self.redis.post(|speaker| {
            let parcel = parcel::pack_signal(speaker, signal)?;
            Some((Topic::Everybody, parcel))
        });
    }
}

#[cfg(test)]
mod tests;
