//! The connection that listens: to what concerns somebody whom this process serves, and to what all must know. When it is
//! new, or could not keep up, whoever compares places with the database is told to do so at once.

use super::{Part, Shared, Speaker, commands::OPEN_DEADLINE, link::Link, parcel};
use crate::{
    bus::{Heard, Topic},
    hub::Interest,
};
use redis::{PushInfo, PushKind, Value};
use std::{
    collections::HashMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep, timeout},
};

/// What was heard and may wait for the hub; more is lost, and found by its place.
const HEARD_MOST: usize = 8_192;
/// Fresh topics that may wait to be compared; more, and everything is compared.
const FRESH_MOST: usize = 4_096;
/// It must answer this often, ...
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// ... within this time.
const ANSWER_DEADLINE: Duration = Duration::from_secs(1);
/// Hearing of so many channels may take a second more.
const CHANNELS_PER_S: usize = 5_000;
/// After the last one who was concerned has gone: perhaps they come back.
const LINGER: Duration = Duration::from_secs(30);
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MOST: Duration = Duration::from_secs(2);

/// What comes from other processes.
pub(crate) struct Incoming {
    /// What they say.
    pub(crate) heard: mpsc::Receiver<Heard>,
    /// What is listened to from now on: what was said of it before is to be looked up.
    pub(crate) fresh: mpsc::Receiver<Vec<Topic>>,
    /// Something may have been missed, whatever it was.
    pub(crate) missed: Arc<Notify>,
    /// For what is found by comparing.
    pub(crate) found: mpsc::Sender<Heard>,
}

/// Begins to listen.
pub(super) fn start(shared: &Arc<Shared>, interest: Arc<Interest>) -> Incoming {
    let (heard_by, heard) = mpsc::channel(HEARD_MOST);
    let (fresh_to, fresh) = mpsc::channel(FRESH_MOST);
    let missed = Arc::new(Notify::new());
    let ear = Ear {
        shared: Arc::downgrade(shared),
        speaker: shared.speaker.clone(),
        interest,
        heard: heard_by.clone(),
        fresh: fresh_to,
        missed: missed.clone(),
        wanted: HashMap::from([(Topic::Everybody, None)]),
        is_letting_go: Arc::default(),
    };
    tokio::spawn(ear.keep_listening());
    Incoming {
        heard,
        fresh,
        missed,
        found: heard_by,
    }
}

/// Listens.
struct Ear {
    shared: Weak<Shared>,
    speaker: Arc<Speaker>,
    interest: Arc<Interest>,
    heard: mpsc::Sender<Heard>,
    fresh: mpsc::Sender<Vec<Topic>>,
    missed: Arc<Notify>,
    /// What is listened to, and since when nobody needs it.
    wanted: HashMap<Topic, Option<Instant>>,
    is_letting_go: Arc<AtomicBool>,
}

impl Ear {
    async fn keep_listening(mut self) {
        let mut pause = PAUSE_FIRST;
        loop {
            let why = match self.listen(&mut pause).await {
                Ok(()) => return,
                Err(why) => why,
            };
            let Some(shared) = self.shared.upgrade() else {
                return;
            };
            shared.health.down(Part::Listening, &why);
            drop(shared);
            // Whoever compares is to begin now, not when a period is over.
            self.missed.notify_one();
            // Who comes and goes while nobody answers must not pile up.
            self.take_changes();
            for topic in self.over() {
                self.wanted.remove(&topic);
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MOST);
        }
    }

    /// Listens until the connection breaks, and says why; or until the process is gone.
    async fn listen(&mut self, pause: &mut Duration) -> Result<(), String> {
        let Some(shared) = self.shared.upgrade() else {
            return Ok(());
        };
        let broken = Arc::new(Notify::new());
        self.is_letting_go.store(false, Ordering::Relaxed);
        let pushed = self.pushed(&shared, broken.clone());
        let opened = timeout(OPEN_DEADLINE, Link::open(&shared.url.place, pushed)).await;
        drop(shared);
        let mut link = opened
            .map_err(no_answer)?
            .map_err(|error| error.to_string())?;
        self.take_changes();
        let topics: Vec<_> = self.wanted.keys().copied().collect();
        hear(&mut link, self.channels(&topics), true).await?;
        let Some(shared) = self.shared.upgrade() else {
            return Ok(());
        };
        *pause = PAUSE_FIRST;
        shared.health.up(Part::Listening);
        self.missed.notify_one();
        drop(shared);
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                () = broken.notified() => return Err("the connection broke".to_owned()),
                () = self.interest.changed() => self.follow(&mut link).await?,
                _ = look.tick() => {
                    if self.shared.strong_count() == 0 {
                        return Ok(());
                    }
                    self.let_go(&mut link).await?;
                    let ping = redis::cmd("PING");
                    let answer = timeout(ANSWER_DEADLINE, ping.exec_async(&mut link)).await;
                    answer.map_err(no_answer)?.map_err(|error| error.to_string())?;
                }
            }
        }
    }

    /// What is done with what Redis says by itself. It must not wait.
    fn pushed(
        &self,
        shared: &Arc<Shared>,
        broken: Arc<Notify>,
    ) -> impl Fn(PushInfo) -> Result<(), ()> + Send + Sync + 'static {
        let (heard, missed) = (self.heard.clone(), self.missed.clone());
        let is_letting_go = self.is_letting_go.clone();
        let (speaker, metrics) = (self.speaker.clone(), shared.metrics.clone());
        move |push| {
            match (push.kind, push.data.as_slice()) {
                (PushKind::SMessage, [_, Value::BulkString(parcel)]) => {
                    let Some((from, said)) = parcel::open(&speaker.seal, parcel) else {
                        metrics.bus.unreadable.inc();
                        // Something was said, whatever it was.
                        missed.notify_one();
                        return Ok(());
                    };
                    if from == speaker.process {
                        return Ok(());
                    }
                    metrics.bus.heard.inc();
                    let kept = said.is_some_and(|said| heard.try_send(said.into()).is_ok());
                    if !kept {
                        missed.notify_one();
                    }
                }
                // A cluster moves channels from server to server.
                (PushKind::SUnsubscribe, _) if !is_letting_go.load(Ordering::Relaxed) => {
                    broken.notify_one();
                }
                (PushKind::Disconnection, _) => broken.notify_one(),
                _ => {}
            }
            Ok(())
        }
    }

    /// Notes who is served now. Returns what is to be listened to in addition.
    fn take_changes(&mut self) -> Vec<Topic> {
        let mut fresh = Vec::new();
        for (topic, is_wanted) in self.interest.take() {
            match is_wanted {
                true => {
                    if self.wanted.insert(topic, None).is_none() {
                        fresh.push(topic);
                    }
                }
                false => {
                    if let Some(since) = self.wanted.get_mut(&topic) {
                        since.get_or_insert_with(Instant::now);
                    }
                }
            }
        }
        fresh
    }

    async fn follow(&mut self, link: &mut Link) -> Result<(), String> {
        let fresh = self.take_changes();
        if fresh.is_empty() {
            return Ok(());
        }
        hear(link, self.channels(&fresh), true).await?;
        if self.fresh.try_send(fresh).is_err() {
            self.missed.notify_one();
        }
        Ok(())
    }

    fn channels(&self, topics: &[Topic]) -> Vec<String> {
        let name = |topic: &Topic| self.speaker.channel(*topic);
        topics.iter().map(name).collect()
    }

    /// What nobody has needed for a while.
    fn over(&self) -> Vec<Topic> {
        let is_over = |since: &Option<Instant>| since.is_some_and(|at| at.elapsed() >= LINGER);
        self.wanted
            .iter()
            .filter(|(_, since)| is_over(since))
            .map(|(topic, _)| *topic)
            .collect()
    }

    /// Listens no longer to what nobody has needed for a while.
    async fn let_go(&mut self, link: &mut Link) -> Result<(), String> {
        let over = self.over();
        if over.is_empty() {
            return Ok(());
        }
        self.is_letting_go.store(true, Ordering::Relaxed);
        hear(link, self.channels(&over), false).await?;
        self.is_letting_go.store(false, Ordering::Relaxed);
        over.iter().for_each(|topic| {
            self.wanted.remove(topic);
        });
        Ok(())
    }
}

async fn hear(link: &mut Link, channels: Vec<String>, wanted: bool) -> Result<(), String> {
    let more = Duration::from_secs((channels.len() / CHANNELS_PER_S) as u64);
    let heard = timeout(ANSWER_DEADLINE + more, link.hear(channels, wanted)).await;
    heard.map_err(no_answer)?.map_err(|error| error.to_string())
}

fn no_answer(_: tokio::time::error::Elapsed) -> String {
    "no answer".to_owned()
}

impl From<parcel::Said> for Heard {
    fn from(said: parcel::Said) -> Self {
        match said {
            parcel::Said::Told(told, text) => Self::Told(told, text.into()),
            parcel::Said::Reaches(id, seq) => Self::Reaches(id, seq),
            parcel::Said::InboxReaches(user, seq) => Self::InboxReaches(user, seq),
            parcel::Said::Signal(signal) => Self::Signal(signal),
        }
    }
}
