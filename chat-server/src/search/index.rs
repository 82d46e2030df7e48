//! Putting what was said into the index, a little after it was said: sends do not wait for it.
//!
//! It only knows which conversations have something new. Up to where a log is in the index stands in the database,
//! written with the index itself: what a crash leaves behind is put in at the next start, once.

use super::turn::Turns;
use crate::{
    App, Error,
    bus::Told,
    store::{self, Duty, Kind, OnDuty, Scope},
};
use chat_core::{ConversationId, Event};
use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

/// Entries of logs in one transaction: what others send waits behind them.
const AT_ONCE: usize = 128;
/// Conversations in one transaction.
const PLACES_AT_ONCE: usize = 64;
/// What comes in this time goes into the index together.
const GATHER: Duration = Duration::from_millis(200);
/// After this time without anything new it looks whether the server is still there.
const IDLE: Duration = Duration::from_secs(2);
/// What other processes have left behind is looked for this often, in times that what was told is compared.
const LOOK_EVERY: u32 = 12;
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Where others wait to write, the index rests this many times as long as it wrote.
const REST: u32 = 3;

/// What is to be put into the index, and who may look into it.
pub(crate) struct Search {
    behind: Mutex<HashSet<ConversationId>>,
    news: Notify,
    pub(super) turns: Turns,
}

impl Search {
    pub(crate) fn new() -> Self {
        Self {
            behind: Mutex::default(),
            news: Notify::new(),
            turns: Turns::new(),
        }
    }

    /// Notes where something new was said.
    pub(crate) fn note(&self, told: &Told) {
        if let (Event::MessageNew(message), chat_core::Place::Log(_)) =
            (&told.envelope.event, &told.envelope.place)
        {
            self.put([message.conversation_id]);
        }
    }

    fn put(&self, ids: impl IntoIterator<Item = ConversationId>) {
        let mut behind = self.behind();
        let was_empty = behind.is_empty();
        behind.extend(ids);
        if was_empty && !behind.is_empty() {
            self.news.notify_one();
        }
    }

    fn take(&self) -> Vec<ConversationId> {
        self.behind().drain().collect()
    }

    fn behind(&self) -> MutexGuard<'_, HashSet<ConversationId>> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Goes on until the server is gone.
pub(crate) async fn keep_indexing(app: Weak<App>) {
    let Some(search) = app.upgrade().map(|app| app.search.clone()) else {
        return;
    };
    // What an earlier run has left, or another process that died.
    let (mut looked_at, mut on_duty) = (None, None);
    // What is put in before anything else: each stretch once, so that nobody waits for a long log.
    let mut round = Vec::new();
    let mut is_behind = false;
    loop {
        let Some(app) = app.upgrade() else { return };
        let may_be_others = app.redis.is_some() || app.db.kind() == Kind::Postgres;
        let every = Duration::from_millis(app.config.heads_check_ms.into()) * LOOK_EVERY;
        let is_due = |at: Instant| may_be_others && at.elapsed() >= every;
        if looked_at.is_none_or(is_due) {
            match left(&app, &mut on_duty).await {
                Ok(ids) => search.put(ids),
                Err(error) => {
                    tracing::warn!(%error, "the search index could not be looked at; tried again soon");
                    drop(app);
                    sleep(AFTER_FAILURE).await;
                    continue;
                }
            }
            looked_at = Some(Instant::now());
        }
        if round.is_empty() {
            if !is_behind {
                on_duty = None;
            }
            drop(app);
            // Never for each message by itself: a transaction costs as much for a hundred.
            if !is_behind && timeout(IDLE, search.news.notified()).await.is_ok() {
                sleep(GATHER).await;
            }
            round = search.take();
            is_behind = false;
            continue;
        }
        let ids = round.split_off(round.len().saturating_sub(PLACES_AT_ONCE));
        let rest = match index(&app, ids.clone()).await {
            Ok((more, rest)) => {
                is_behind |= !more.is_empty();
                search.put(more);
                rest
            }
            // One that cannot be read must not keep the others out: it is left to the next start.
            Err(error) if ids.len() == 1 && is_damage(&error) => {
                tracing::error!(conversation = %ids[0], %error, "a conversation cannot be put into the search index");
                Duration::ZERO
            }
            Err(error) => {
                tracing::warn!(%error, "new messages could not be put into the search index; tried again soon");
                search.put(ids);
                AFTER_FAILURE
            }
        };
        drop(app);
        sleep(rest).await;
    }
}

/// What is not in the index; nothing where another process is at it.
async fn left(app: &App, on_duty: &mut Option<OnDuty>) -> Result<Vec<ConversationId>, Error> {
    if on_duty.is_none() {
        *on_duty = app.db.on_duty(Duty::Index).await?;
    }
    match on_duty {
        Some(_) => Ok(store::search::behind(&mut app.db.read().await?).await?),
        None => Ok(Vec::new()),
    }
}

fn is_damage(error: &Error) -> bool {
    matches!(error, Error::Store(error) if store::message::is_damage(error))
}

/// Puts the next stretch of each log into the index. Returns which have more, and how long to let others write now.
async fn index(
    app: &App,
    ids: Vec<ConversationId>,
) -> Result<(Vec<ConversationId>, Duration), Error> {
    let stretch = AT_ONCE / ids.len().next_power_of_two();
    let before = app.writer.written();
    let (more, took) = app
        .writer
        .run_in(Scope::Conversations(ids.clone()), move |tx| {
            Box::pin(async move {
                let began = Instant::now();
                let more = store::search::index(tx, &ids, stretch.max(1)).await?;
                Ok((more, began.elapsed()))
            })
        })
        .await?;
    let is_alone = app.writer.written() == before + 1;
    let rest = match is_alone {
        true => Duration::ZERO,
        false => took * REST,
    };
    Ok((more, rest))
}
