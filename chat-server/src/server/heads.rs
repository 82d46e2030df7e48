//! Comparing what was told with the database, now and then: whatever the bus lost without a word is found within one
//! period, and within a second or two while Redis is away. Sessions that were ended elsewhere are found the same way.

#[cfg(test)]
mod tests;

use crate::{
    App, Config, Error,
    bus::{Audience, Heard, Incoming, Redis, Signal, Told, Topic},
    hub::Positions,
    store,
};
use chat_core::{ConversationId, Envelope, Event, Mark, ServerFrame, Timestamp, UserId};
use std::{
    cmp::Ordering::{Equal, Greater, Less},
    collections::{HashMap, HashSet},
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep_until},
};

/// While Redis is away, it is looked this often.
const AWAY_EVERY: Duration = Duration::from_secs(1);
/// Between two looks for what may have got lost.
const MISSED_PAUSE: Duration = Duration::from_secs(1);
/// Of so many looks one is also at who is here: much of what is said of that is worth little a moment later.
const PRESENCE_EVERY: u32 = 6;
/// While the database cannot be asked, that is said this often.
const SAY_EVERY: Duration = Duration::from_secs(60);
/// What was found and may wait for the hub, without Redis.
const FOUND_MOST: usize = 1_024;
/// What begins to be listened to together is compared together.
const GATHER: Duration = Duration::from_millis(20);
const TOPICS_AT_ONCE: usize = 256;
/// So far clocks of several machines may be apart.
const CLOCKS_APART_MS: i64 = 2 * 3_600_000;
/// Marks are told again for as long.
const MARKS_OVERLAP_MS: i64 = 5_000;

/// What the comparing works with.
pub(super) struct Compare {
    /// None where this process is alone, or thinks so: what is committed and not answered is found all the same.
    redis: Option<Redis>,
    fresh: mpsc::Receiver<Vec<Topic>>,
    /// Keeps the way open that nobody uses without Redis.
    _silent: Option<mpsc::Sender<Vec<Topic>>>,
    missed: Arc<Notify>,
    found: mpsc::Sender<Heard>,
    looked_at: Option<Timestamp>,
    /// Up to where the ends of sessions were seen; unknown after a failure, for another server may answer since.
    seen: Option<store::session::Sight>,
    /// Without Redis: whether other processes had the database open at the last look.
    has_others: bool,
    /// When that was said last.
    others_said_at: Option<Instant>,
    /// Something may be lost that has no place, and was not looked for yet.
    is_missed: bool,
    looks: u32,
    /// What was told of marks the last time: the same is not told again.
    marks: HashMap<(ConversationId, UserId), Mark>,
    /// When it was said last that the database cannot be asked.
    failed_at: Option<Instant>,
}

impl Compare {
    /// Also gives back what is heard from the others.
    pub(super) fn new(redis: Redis, incoming: Incoming) -> (Self, mpsc::Receiver<Heard>) {
        let Incoming {
            heard,
            fresh,
            missed,
            found,
        } = incoming;
        (Self::of(Some(redis), fresh, missed, found), heard)
    }

    /// For a process without Redis. What its connection to the database loses, or another process does after all, is found.
    pub(super) fn alone() -> (Self, mpsc::Receiver<Heard>) {
        let (found, heard) = mpsc::channel(FOUND_MOST);
        let (silent, fresh) = mpsc::channel(1);
        let compare = Self {
            _silent: Some(silent),
            ..Self::of(None, fresh, Arc::new(Notify::new()), found)
        };
        (compare, heard)
    }

    fn of(
        redis: Option<Redis>,
        fresh: mpsc::Receiver<Vec<Topic>>,
        missed: Arc<Notify>,
        found: mpsc::Sender<Heard>,
    ) -> Self {
        Self {
            redis,
            fresh,
            _silent: None,
            missed,
            found,
            looked_at: None,
            seen: None,
            has_others: false,
            others_said_at: None,
            is_missed: false,
            looks: 0,
            marks: HashMap::new(),
            failed_at: None,
        }
    }

    /// What wakes it before its time.
    pub(super) fn missed(&self) -> Arc<Notify> {
        self.missed.clone()
    }

    /// Whether what others do is told by nobody.
    fn is_away(&self) -> bool {
        self.redis.as_ref().map_or(self.has_others, Redis::is_away)
    }

    /// Goes on until the server is gone.
    pub(super) async fn keep(mut self, app: Weak<App>) {
        let (mut next, mut looked) = (Instant::now(), None);
        loop {
            let mut fresh = Vec::new();
            let only = tokio::select! {
                () = sleep_until(next) => None,
                () = self.missed.notified() => {
                    self.is_missed = true;
                    next = next.min(soon_after(looked, Instant::now()));
                    continue;
                }
                count = self.fresh.recv_many(&mut fresh, TOPICS_AT_ONCE) => {
                    if count == 0 {
                        return;
                    }
                    tokio::time::sleep(GATHER).await;
                    while fresh.len() < TOPICS_AT_ONCE && let Ok(more) = self.fresh.try_recv() {
                        fresh.push(more);
                    }
                    Some(fresh.concat())
                }
            };
            let Some(now) = app.upgrade() else { return };
            if now.is_draining() {
                // Everybody goes, and syncs wherever they come to.
                return;
            }
            if only.is_none() {
                looked = Some(Instant::now());
                next = Instant::now() + self.pause(&now);
            }
            self.is_missed |= self.is_away();
            if let Err(error) = self.look(&now, only.as_deref()).await {
                self.seen = None;
                if may_say(&mut self.failed_at, Instant::now()) {
                    tracing::warn!(%error, "what was told could not be compared with the database; tried again soon");
                }
            }
        }
    }

    /// Not all processes at the same moment.
    fn pause(&self, app: &App) -> Duration {
        let period = Duration::from_millis(u64::from(app.config.heads_check_ms));
        let period = match self.is_away() {
            true => period.min(AWAY_EVERY),
            false => period,
        };
        period.mul_f64(0.8 + (app.random.word() % 200) as f64 / 1_000.0)
    }

    async fn look(&mut self, app: &App, only: Option<&[Topic]>) -> Result<(), Error> {
        self.look_for_presence(app, only);
        let told = app.hub.positions(only);
        for heard in behind(app, &told).await? {
            self.find(heard).await;
        }
        if only.is_some() {
            return Ok(());
        }
        if self.redis.is_none() {
            self.look_for_others(app).await?;
        }
        if self.is_missed {
            self.look_for_marks(app, &told).await?;
            self.is_missed = false;
        }
        self.look_for_ended(app).await
    }

    /// Presence has no places. It is asked for where it is kept, by whoever keeps it there.
    fn look_for_presence(&mut self, app: &App, only: Option<&[Topic]>) {
        let Some(elsewhere) = &app.elsewhere else {
            return;
        };
        for topic in only.unwrap_or_default() {
            if let Topic::Watched(user) = topic {
                elsewhere.look_at(*user);
            }
        }
        if only.is_none() {
            self.looks = self.looks.wrapping_add(1);
            if self.is_missed || self.looks.is_multiple_of(PRESENCE_EVERY) {
                elsewhere.compare();
            }
        }
    }

    /// Marks have no places. Where something is known to be lost, those that moved are told as they are now.
    async fn look_for_marks(&mut self, app: &App, told: &Positions) -> Result<(), Error> {
        let since = self
            .looked_at
            .unwrap_or(app.started_at)
            .plus_ms(-MARKS_OVERLAP_MS);
        let mut conn = app.db.read().await?;
        let mut moved = store::head::marked_since(&mut conn, since).await?;
        moved.retain(|(id, _)| told.conversations.contains_key(id));
        let moved: HashSet<_> = moved.into_iter().collect();
        let ids: HashSet<_> = moved.iter().map(|(id, _)| *id).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let mut marks = store::member::marks(&mut conn, &ids).await?;
        drop(conn);
        marks.retain(|(id, mark)| moved.contains(&(*id, mark.user_id)));
        let now = marks.iter().map(|(id, mark)| ((*id, mark.user_id), *mark));
        let before = std::mem::replace(&mut self.marks, now.collect());
        marks.retain(|(id, mark)| before.get(&(*id, mark.user_id)) != Some(mark));
        for (id, mark) in marks {
            let to = Audience::MembersBut(id, [mark.user_id].into());
            let envelope = Envelope::passing(Some(id), Event::Read(mark));
            let text = ServerFrame::encode_event(&envelope);
            let told = Box::new(Told { to, envelope });
            self.find(Heard::Told(told, text.into())).await;
        }
        Ok(())
    }

    /// Several processes without Redis hear of each other only here.
    async fn look_for_others(&mut self, app: &App) -> Result<(), Error> {
        let had_others = self.has_others;
        self.has_others = app.db.has_others().await?;
        // Who only looks after the database is gone the next time.
        if had_others && self.has_others && may_say(&mut self.others_said_at, Instant::now()) {
            tracing::warn!(
                "other processes have this database open, and redis is not set: what they do is heard of seconds later, \
                 presence and typing not at all, and limits hold for each process alone; give all of them the same redis"
            );
        }
        Ok(())
    }

    async fn look_for_ended(&mut self, app: &App) -> Result<(), Error> {
        let now = app.now();
        let mut conn = app.db.read().await?;
        let sight = store::session::sight(&mut conn).await?;
        let since = ended_since(&app.config, now);
        let mut ended = store::session::ended(&mut conn, self.seen, since).await?;
        drop(conn);
        (self.looked_at, self.seen) = (Some(now), Some(sight));
        ended.retain(|session| !app.tokens.is_ended(*session));
        for (session, user) in app.hub.users_of(&ended) {
            self.find(Heard::Signal(Signal::CutOff {
                user,
                sessions: vec![session],
                is_everything: false,
                is_disabled: false,
            }))
            .await;
        }
        app.tokens.end(&ended, crate::session::access_end(app, now));
        Ok(())
    }

    async fn find(&self, heard: Heard) {
        // Nobody listens any more only when the process ends.
        let _ = self.found.send(heard).await;
    }
}

/// Sessions that ended before this, by whichever clock, have no access token any more that looks good.
pub(super) fn ended_since(config: &Config, now: Timestamp) -> Timestamp {
    now.plus_ms(-i64::from(config.access_token_s) * 1_000 - CLOCKS_APART_MS)
}

/// When it is looked for what may have got lost: however much that is, one look finds it.
fn soon_after(looked: Option<Instant>, now: Instant) -> Instant {
    looked.map_or(now, |at| at + MISSED_PAUSE)
}

/// Whether it is time to say something again.
fn may_say(said_at: &mut Option<Instant>, now: Instant) -> bool {
    let may = said_at.is_none_or(|at| now.duration_since(at) >= SAY_EVERY);
    if may {
        *said_at = Some(now);
    }
    may
}

/// What reaches further than it was told, and who is locked out.
async fn behind(app: &App, told: &Positions) -> Result<Vec<Heard>, Error> {
    let conversations: Vec<_> = told.conversations.keys().copied().collect();
    let users: Vec<_> = told.inboxes.keys().copied().collect();
    let mut conn = app.db.read().await?;
    let heads = store::head::of_conversations(&mut conn, &conversations).await?;
    let inboxes = store::head::of_inboxes(&mut conn, &users).await?;
    drop(conn);
    let reach =
        heads
            .into_iter()
            .filter_map(|(id, head)| match told.conversations[&id].cmp(&head) {
                Less => Some(Heard::Reaches(id, head)),
                Equal => None,
                Greater => Some(Heard::EndsAt(id, head)),
            });
    let inbox_reach =
        inboxes
            .iter()
            .filter_map(|head| match told.inboxes[&head.user].cmp(&head.seq) {
                Less => Some(Heard::InboxReaches(head.user, head.seq)),
                Equal => None,
                Greater => Some(Heard::InboxEndsAt(head.user, head.seq)),
            });
    let locked_out = inboxes.iter().filter(|head| head.is_disabled);
    let locked_out = locked_out.map(|head| {
        Heard::Signal(Signal::CutOff {
            user: head.user,
            sessions: Vec::new(),
            is_everything: true,
            is_disabled: true,
        })
    });
    let cut_off = inboxes.iter().filter_map(|head| {
        let at = head.cut_off_at?;
        let is_here = app.hub.was_here_before(head.user, at);
        is_here.then_some(Heard::CutOff(head.user, at))
    });
    let gone = locked_out.chain(cut_off);
    Ok(reach.chain(inbox_reach).chain(gone).collect())
}
