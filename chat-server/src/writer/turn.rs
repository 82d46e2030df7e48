//! One transaction of the writer: begin, lock, everything, commit, tell, answer.

use super::{End, Job, SendJob, Tx, Work, busy::Busy, send};
use crate::{
    Error,
    bus::{Bus, Told},
    store::{
        self, Conn, Db, Kind, Scope,
        lock::{self, Held, Locked, Rows},
        sql,
    },
    telemetry::Metrics,
};
use chat_core::{ConversationId, MessageId};
use std::{collections::BTreeMap, time::Instant};

/// Where the messages are that somebody wants to change.
pub(super) type Places = BTreeMap<MessageId, ConversationId>;

/// What shares a transaction.
#[derive(Default)]
pub(super) struct Turn {
    /// What is written beside others; none where it is written alone.
    beside: Option<Rows>,
    /// What all of it concerns, where somebody has held that for long.
    busy: Option<ConversationId>,
    works: Vec<(Scope, Box<dyn Work>)>,
    sends: Vec<SendJob>,
    /// Some of the work was begun, and cannot be done once more.
    has_begun: bool,
    /// A commit was not answered: whether it was done, nobody knows.
    is_unknown: bool,
}

impl Turn {
    /// Everything that waits, in as few transactions as the engine needs: SQLite's only writer needs one. Places are known
    /// where somebody holds anything.
    pub(super) fn all(
        kind: Kind,
        batch: impl ExactSizeIterator<Item = Job>,
        busy: &Busy,
        places: &Places,
    ) -> Vec<Self> {
        let mut alone = Self::default();
        if kind == Kind::Sqlite {
            // Nearly all of them are sends.
            alone.sends.reserve_exact(batch.len());
        }
        let mut beside: BTreeMap<Option<ConversationId>, Self> = BTreeMap::new();
        for job in batch {
            match job {
                Job::Send(send) if kind == Kind::Sqlite => alone.sends.push(send),
                Job::Send(send) => {
                    let id = send.conversation_id;
                    let turn = beside.entry(busy.among(&[id])).or_default();
                    turn.beside.get_or_insert_default().add_conversation(id);
                    turn.sends.push(send);
                }
                Job::Work(scope, work) if kind == Kind::Sqlite || scope == Scope::All => {
                    alone.works.push((scope, work));
                }
                Job::Work(scope, work) => {
                    let ids = match &scope {
                        Scope::Message(id) => places.get(id).map_or(&[][..], std::slice::from_ref),
                        scope => scope.conversations(),
                    };
                    let turn = beside.entry(busy.among(ids)).or_default();
                    turn.beside.get_or_insert_default().add(&scope);
                    turn.works.push((scope, work));
                }
            }
        }
        let beside = beside.into_iter().map(|(busy, turn)| Self { busy, ..turn });
        let mut turns: Vec<_> = [alone].into_iter().chain(beside).collect();
        turns.retain(|turn| !turn.is_empty());
        turns
    }

    fn is_empty(&self) -> bool {
        self.works.is_empty() && self.sends.is_empty()
    }

    /// Returns whether nobody knows what has become of some of it.
    pub(super) async fn write(
        mut self,
        db: &Db,
        bus: &dyn Bus,
        metrics: &Metrics,
        busy: &mut Busy,
    ) -> bool {
        let mut nth = Try::default();
        let outcome = loop {
            let outcome = self.attempt(db, metrics, nth, busy).await;
            let again = outcome
                .as_ref()
                .err()
                .and_then(|error| self.again(nth, error));
            let Some(again) = again else { break outcome };
            nth = again;
            // Sends can be said again: their ids tell. Other work cannot.
            if std::mem::take(&mut self.has_begun) {
                let works = std::mem::take(&mut self.works);
                self.answer(works, Vec::new(), self.failure(), metrics);
            }
            self.sends.iter_mut().for_each(SendJob::forget_result);
        };
        let end = match outcome {
            Ok(told) => {
                if let Some(id) = self.busy {
                    busy.remove(id);
                }
                if !told.is_empty() {
                    bus.publish(told).await;
                }
                End::Committed
            }
            Err(error) if self.busy.is_some() && lock::is_busy(&error) => {
                let sends = std::mem::take(&mut self.sends);
                self.refuse_sends(sends);
                if !self.has_begun {
                    refuse_works(std::mem::take(&mut self.works));
                }
                self.failure()
            }
            Err(error) => {
                tracing::error!(%error, "a batch of writes was undone");
                metrics.write_failed();
                self.failure()
            }
        };
        let (works, sends) = (
            std::mem::take(&mut self.works),
            std::mem::take(&mut self.sends),
        );
        self.answer(works, sends, end, metrics);
        self.is_unknown
    }

    /// How it is tried once more, where that may help: each way once.
    fn again(&self, nth: Try, error: &sqlx::Error) -> Option<Try> {
        let finds_busy = lock::is_busy(error) && self.beside.is_some() && self.busy.is_none();
        let is_of_use = !self.sends.is_empty() || !self.has_begun;
        let again = Try {
            is_after_loss: nth.is_after_loss || (is_of_use && store::is_lost(error)),
            is_after_circle: nth.is_after_circle || (is_of_use && lock::is_crosswise(error)),
            skips_busy: nth.skips_busy || finds_busy,
        };
        (again != nth).then_some(again)
    }

    /// What has become of it where it failed.
    fn failure(&self) -> End {
        match self.is_unknown {
            true => End::Unknown,
            false => End::Undone,
        }
    }

    fn answer(
        &self,
        works: Vec<(Scope, Box<dyn Work>)>,
        sends: Vec<SendJob>,
        end: End,
        metrics: &Metrics,
    ) {
        if works.iter().any(|(_, work)| work.is_broken()) || sends.iter().any(SendJob::is_broken) {
            metrics.write_failed();
        }
        for (_, work) in works {
            work.finish(end);
        }
        for send in sends {
            send.finish(end);
        }
    }

    /// Keeps out whom it has to; what somebody holds is left out where that was found to take too long.
    async fn lock(&mut self, conn: &mut Conn, nth: Try, busy: &mut Busy) -> sqlx::Result<()> {
        let Some(rows) = &self.beside else {
            return lock::alone(conn).await;
        };
        let held = match (nth.skips_busy, self.busy) {
            (true, _) => Held::Skipped,
            (false, Some(_)) => Held::Briefly,
            (false, None) => Held::Awaited,
        };
        let locked = lock::beside(conn, rows, held).await?;
        if held == Held::Skipped {
            locked.busy().for_each(|id| busy.add(id));
            self.leave_out(&locked);
        }
        Ok(())
    }

    /// Refuses what would write to what another transaction holds.
    fn leave_out(&mut self, locked: &Locked) {
        let sends = std::mem::take(&mut self.sends).into_iter();
        let is_free = |id| !locked.is_busy(&Scope::Conversations(vec![id]));
        let (sends, refused) = sends.partition(|send| is_free(send.conversation_id));
        self.sends = sends;
        self.refuse_sends(refused);
        let works = std::mem::take(&mut self.works).into_iter();
        let (works, refused) = works.partition(|(scope, _)| !locked.is_busy(scope));
        self.works = works;
        refuse_works(refused);
    }

    fn refuse_sends(&self, busy: Vec<SendJob>) {
        for mut send in busy {
            let end = self.failure();
            send.result = match end {
                End::Unknown => None,
                _ => Some(Err(busy_error())),
            };
            send.finish(end);
        }
    }

    async fn attempt(
        &mut self,
        db: &Db,
        metrics: &Metrics,
        nth: Try,
        busy: &mut Busy,
    ) -> sqlx::Result<Vec<Told>> {
        let mut conn = db.begin().await?;
        self.lock(&mut conn, nth, busy).await?;
        if self.is_empty() {
            return Ok(Vec::new());
        }
        self.has_begun = !self.works.is_empty();
        let mut tx = Tx {
            conn,
            told: Vec::new(),
        };
        if let ([(_, work)], []) = (&mut *self.works, &*self.sends) {
            // Alone, it needs no savepoint: what fails takes only its own transaction along.
            return match work.execute(&mut tx).await {
                true => {
                    expect_sound(&mut tx.conn).await?;
                    self.commit(tx.conn, metrics).await.map(|()| tx.told)
                }
                false => Ok(Vec::new()),
            };
        }
        for (_, work) in &mut self.works {
            let told = tx.told.len();
            sql!(tx, execute, "savepoint one")?;
            if !work.execute(&mut tx).await {
                tx.told.truncate(told);
                sql!(tx, execute, "rollback to one")?;
            }
            sql!(tx, execute, "release one")?;
        }
        if !self.sends.is_empty() {
            send::all(&mut tx, &mut self.sends, nth).await?;
        }
        self.commit(tx.conn, metrics).await?;
        Ok(tx.told)
    }

    async fn commit(&mut self, conn: Conn, metrics: &Metrics) -> sqlx::Result<()> {
        let began = Instant::now();
        let done = conn.commit().await;
        match &done {
            Ok(()) => metrics.committed(began.elapsed()),
            Err(error) => self.is_unknown |= store::is_lost(error),
        }
        done
    }
}

fn refuse_works(works: Vec<(Scope, Box<dyn Work>)>) {
    for (_, work) in works {
        work.refuse(busy_error());
    }
}

fn busy_error() -> Error {
    Error::Unavailable {
        reason: "the conversation is busy and nothing was stored; try again",
        retry_after_ms: 1_000,
    }
}

/// How a batch is tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Try {
    /// The sends may be there already, without anybody having been told.
    pub(super) is_after_loss: bool,
    /// Several waited for each other, and this was undone.
    is_after_circle: bool,
    /// Without the conversations that somebody holds.
    skips_busy: bool,
}

/// PostgreSQL answers the commit of a transaction in which a statement failed with success, and undoes it.
async fn expect_sound(conn: &mut Conn) -> sqlx::Result<()> {
    match conn.kind() {
        Kind::Sqlite => Ok(()),
        Kind::Postgres => sql!(conn, execute, "select 1").map(drop),
    }
}
