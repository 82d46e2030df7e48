//! The hub, alone or with those of other processes: which bus there is, and which tasks run for it.

use super::{heads::Compare, pump::Pump};
use crate::{
    App, Config, Error,
    auth::KeyRing,
    bus::{Bus, Heard, LocalBus, Redis, RedisBus, Speaker, Told},
    hub::{Hub, Interest},
    message::Recent,
    presence::{self, Elsewhere},
    store::{self, Db, Kind},
    telemetry::Metrics,
};
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};

/// The hub, and what it is connected with: nothing, or other processes.
pub(super) struct Together {
    pub(super) bus: Arc<dyn Bus>,
    pub(super) hub: Arc<Hub>,
    pub(super) redis: Option<Redis>,
    pub(super) elsewhere: Option<Arc<Elsewhere>>,
    pub(super) recent: Option<Arc<Recent>>,
    /// Woken when something may have been committed, or told by others, that nobody heard of.
    pub(super) missed: Arc<Notify>,
    /// What the tasks work with, until they are started.
    pub(super) ends: Ends,
}

impl Together {
    /// As the settings say. A process has a name that no other has.
    pub(super) async fn new(
        config: &Config,
        db: &Db,
        metrics: &Arc<Metrics>,
        keys: &KeyRing,
        process: u64,
    ) -> Result<Self, Error> {
        let (own, told) = LocalBus::new();
        let hub = |interest| Arc::new(Hub::new(db.clone(), metrics.clone(), interest));
        let Some(url) = config.redis.clone() else {
            // A file answers each commit; a server may commit and be gone before it says so.
            let (compare, heard) = match db.kind() {
                Kind::Sqlite => (None, None),
                Kind::Postgres => {
                    let (compare, heard) = Compare::alone();
                    (Some(compare), Some(heard))
                }
            };
            let missed = compare.as_ref().map(Compare::missed).unwrap_or_default();
            return Ok(Self {
                missed,
                bus: Arc::new(own),
                hub: hub(Arc::default()),
                redis: None,
                elsewhere: None,
                recent: None,
                ends: Ends {
                    told,
                    heard,
                    compare,
                },
            });
        };
        let speaker = Speaker {
            process,
            installation: store::installation::name(&mut db.read().await?).await?,
            seal: keys.key_for("messages between processes"),
        };
        let interest = Arc::new(Interest::heeded());
        let hub = hub(interest.clone());
        let (redis, incoming) = Redis::start(url, speaker, metrics.clone(), interest);
        let (compare, heard) = Compare::new(redis.clone(), incoming);
        let bus: Arc<dyn Bus> = Arc::new(RedisBus::new(own, redis.clone()));
        let elsewhere = Elsewhere::new(redis.clone(), hub.clone());
        tokio::spawn(presence::keep(Arc::downgrade(&elsewhere)));
        let recent = config.redis_cache.then(|| {
            let seal = keys.key_for("recent messages");
            Arc::new(Recent::new(redis.clone(), seal, metrics.clone()))
        });
        Ok(Self {
            missed: compare.missed(),
            bus,
            hub,
            redis: Some(redis),
            elsewhere: Some(elsewhere),
            recent,
            ends: Ends {
                told,
                heard: Some(heard),
                compare: Some(compare),
            },
        })
    }
}

/// The ends that tasks take from.
pub(super) struct Ends {
    told: mpsc::Receiver<Vec<Told>>,
    heard: Option<mpsc::Receiver<Heard>>,
    compare: Option<Compare>,
}

impl Ends {
    /// Begins to tell, and to compare.
    pub(super) fn start(self, app: &Arc<App>, erased: Arc<Notify>) {
        let pump = Pump {
            redis: app.redis.clone(),
            hub: app.hub.clone(),
            elsewhere: app.elsewhere.clone(),
            recent: app.recent.clone(),
            hooks: app.hooks.clone(),
            search: app.search.clone(),
            tokens: app.tokens.clone(),
            tickets: app.tickets.clone(),
            clock: app.clock.clone(),
            access_token_s: app.config.access_token_s,
            erased,
        };
        tokio::spawn(pump.run(self.told, self.heard));
        if let Some(compare) = self.compare {
            tokio::spawn(compare.keep(Arc::downgrade(app)));
        }
    }
}
