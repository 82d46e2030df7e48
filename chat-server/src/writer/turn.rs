//! One transaction of the writer: begin, lock, everything, commit, tell, answer.

use super::{End, Job, SendJob, Tx, Work, send};
use crate::{
    Error,
    bus::{Bus, Told},
    store::{
        self, Conn, Db, Kind,
        lock::{self, Held, Rows},
        sql,
    },
    telemetry::Metrics,
};
use std::time::Instant;

/// What shares a transaction.
#[derive(Default)]
pub(super) struct Turn {
    /// What is written beside others; none where it is written alone.
    beside: Option<Rows>,
    works: Vec<Box<dyn Work>>,
    sends: Vec<SendJob>,
}

impl Turn {
    /// Everything that waits, in as few transactions as the engine needs: SQLite's only writer needs one.
    pub(super) fn all(kind: Kind, batch: Vec<Job>) -> Vec<Self> {
        let mut alone = Self::default();
        let (mut rows, mut beside) = (Rows::default(), Self::default());
        for job in batch {
            match job {
                Job::Send(send) if kind == Kind::Sqlite => alone.sends.push(send),
                Job::Send(send) => {
                    rows.add_conversation(send.conversation_id);
                    beside.sends.push(send);
                }
                Job::Work(scope, work) if kind == Kind::Postgres && rows.add(&scope) => {
                    beside.works.push(work);
                }
                Job::Work(_, work) => alone.works.push(work),
            }
        }
        beside.beside = Some(rows);
        let mut turns = vec![alone, beside];
        turns.retain(|turn| !turn.works.is_empty() || !turn.sends.is_empty());
        turns
    }

    pub(super) async fn write(mut self, db: &Db, bus: &dyn Bus, metrics: &Metrics) {
        let mut outcome = self.attempt(db, metrics, Try::First).await;
        // A connection that is lost may have committed or not. Sends can be said again: their ids tell. Other work cannot.
        // And where somebody holds a conversation for long, the others need not wait for it.
        let again = match &outcome {
            Err(error) if store::is_lost(error) => Some(Try::AfterLoss),
            Err(error) if lock::is_busy(error) => Some(Try::WithoutBusy),
            _ => None,
        };
        if let Some(again) = again.filter(|_| !self.sends.is_empty()) {
            let works = std::mem::take(&mut self.works);
            let end = match again {
                Try::AfterLoss => End::Unknown,
                _ => End::Undone,
            };
            self.answer(works, Vec::new(), end, metrics);
            self.sends.iter_mut().for_each(SendJob::forget_result);
            outcome = self.attempt(db, metrics, again).await;
        }
        let end = match outcome {
            Ok(told) => {
                if !told.is_empty() {
                    bus.publish(told).await;
                }
                End::Committed
            }
            Err(error) => {
                tracing::error!(%error, "a batch of writes was undone");
                metrics.write_failed();
                match store::is_lost(&error) {
                    true => End::Unknown,
                    false => End::Undone,
                }
            }
        };
        let (works, sends) = (
            std::mem::take(&mut self.works),
            std::mem::take(&mut self.sends),
        );
        self.answer(works, sends, end, metrics);
    }

    fn answer(&self, works: Vec<Box<dyn Work>>, sends: Vec<SendJob>, end: End, metrics: &Metrics) {
        if works.iter().any(|work| work.is_broken()) || sends.iter().any(SendJob::is_broken) {
            metrics.write_failed();
        }
        for work in works {
            work.finish(end);
        }
        for send in sends {
            send.finish(end);
        }
    }

    async fn attempt(&mut self, db: &Db, metrics: &Metrics, nth: Try) -> sqlx::Result<Vec<Told>> {
        let mut conn = db.begin().await?;
        match &self.beside {
            None => lock::alone(&mut conn).await?,
            Some(rows) if nth == Try::WithoutBusy => {
                let held = lock::beside(&mut conn, rows, Held::Skipped).await?;
                let (sends, busy) = std::mem::take(&mut self.sends)
                    .into_iter()
                    .partition(|send| held.contains(&send.conversation_id.uuid()));
                self.sends = sends;
                refuse(busy);
            }
            Some(rows) => drop(lock::beside(&mut conn, rows, Held::Awaited).await?),
        }
        let mut tx = Tx {
            conn,
            told: Vec::new(),
        };
        if let ([work], []) = (&mut *self.works, &*self.sends) {
            // Alone, it needs no savepoint: what fails takes only its own transaction along.
            return match work.execute(&mut tx).await {
                true => {
                    expect_sound(&mut tx.conn).await?;
                    commit(tx.conn, metrics).await.map(|()| tx.told)
                }
                false => Ok(Vec::new()),
            };
        }
        for work in &mut self.works {
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
        commit(tx.conn, metrics).await?;
        Ok(tx.told)
    }
}

/// How a batch is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Try {
    First,
    /// The sends may be there already, without anybody having been told.
    AfterLoss,
    /// Without the conversations that somebody holds.
    WithoutBusy,
}

fn refuse(busy: Vec<SendJob>) {
    for mut send in busy {
        send.result = Some(Err(Error::Unavailable {
            reason: "the conversation is busy and nothing was stored; try again",
            retry_after_ms: 1_000,
        }));
        send.finish(End::Undone);
    }
}

/// PostgreSQL answers the commit of a transaction in which a statement failed with success, and undoes it.
async fn expect_sound(conn: &mut Conn) -> sqlx::Result<()> {
    match conn.kind() {
        Kind::Sqlite => Ok(()),
        Kind::Postgres => sql!(conn, execute, "select 1").map(drop),
    }
}

async fn commit(conn: Conn, metrics: &Metrics) -> sqlx::Result<()> {
    let began = Instant::now();
    conn.commit().await?;
    metrics.committed(began.elapsed());
    Ok(())
}
