//! Group commit: whatever waits to be written shares one transaction, and one flush to the disk.
//!
//! There is no timer: while one transaction is on its way to the disk, the next ones gather behind it. What is refused
//! or broken fails alone. An answer is given only after the commit; what happened is told after it, in commit order.
//! Who writes beside whom is said in [`store::lock`].

mod busy;
mod send;
mod turn;

pub(crate) use send::SendJob;

use crate::{
    App, Error,
    bus::{Audience, Bus, Told},
    store::{self, Conn, Db, Scope, lock, once::Once},
    telemetry::Metrics,
};
use busy::Busy;
use chat_core::{Code, Envelope, MessageId, Sent};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeSet,
    future::Future,
    ops::{Deref, DerefMut},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::timeout,
};
use turn::{Places, Turn};

/// At most this many writes in one transaction.
const BATCH_MOST: usize = 512;
/// Writes that may wait; beyond that, callers wait before they can even queue.
const QUEUE_MOST: usize = 4096;

type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// What a piece of work returns: a boxed future that borrows the transaction.
pub(crate) type Working<'t, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 't>>;

/// The transaction that writes, and what it will tell once it is committed.
pub(crate) struct Tx {
    conn: Conn,
    told: Vec<Told>,
}

impl Tx {
    /// Notes what to tell after the commit.
    pub(crate) fn tell(&mut self, to: Audience, envelope: Envelope) {
        self.told.push(Told { to, envelope });
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// The way to the one task that writes.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
    /// Counts what came to its turn.
    written: Arc<AtomicU64>,
    /// Who waits longer is told to look for themselves.
    answer_most: Duration,
}

enum Job {
    Send(SendJob),
    Work(Scope, Box<dyn Work>),
}

impl Writer {
    /// Starts the task. It ends when every [`Writer`] is gone. `missed` is woken when something may have been written of which
    /// nobody was told.
    pub(crate) fn start(
        db: Db,
        bus: Arc<dyn Bus>,
        metrics: Arc<Metrics>,
        missed: Arc<Notify>,
    ) -> Self {
        let (jobs, mut queue) = mpsc::channel(QUEUE_MOST);
        let written = Arc::new(AtomicU64::new(0));
        let (taken, answer_most) = (written.clone(), db.write_most());
        tokio::spawn(async move {
            let (mut batch, mut busy) = (Vec::with_capacity(BATCH_MOST), Busy::default());
            while queue.recv_many(&mut batch, BATCH_MOST).await > 0 {
                metrics.batch(batch.len());
                taken.fetch_add(batch.len() as u64, Ordering::Relaxed);
                busy.tidy();
                let places = match busy.is_empty() {
                    true => Places::new(),
                    false => places_of(&db, changed(&batch)).await,
                };
                for turn in Turn::all(db.kind(), batch.drain(..), &busy, &places) {
                    if turn.write(&db, bus.as_ref(), &metrics, &mut busy).await {
                        missed.notify_one();
                    }
                }
            }
        });
        Self {
            jobs,
            written,
            answer_most,
        }
    }

    /// Writes that wait for their transaction.
    pub(crate) fn waiting(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// How much came to its turn so far. Who has looked before knows whether others write.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Stores a message together with whatever else is being sent.
    pub(crate) async fn send(
        &self,
        make: impl FnOnce(Reply<Box<Sent>>) -> SendJob,
    ) -> Result<Sent, Error> {
        let (reply, answer) = oneshot::channel();
        let sent = self.answer(Job::Send(make(reply)), answer).await;
        sent.map(|sent| *sent)
    }

    /// Queues it, and waits for its answer.
    async fn answer<T>(
        &self,
        job: Job,
        answer: oneshot::Receiver<Result<T, Error>>,
    ) -> Result<T, Error> {
        let answered = async {
            self.jobs.send(job).await.map_err(|_| stopped())?;
            answer.await.unwrap_or_else(|_| Err(stopped()))
        };
        let answered = timeout(self.answer_most, answered).await;
        answered.unwrap_or_else(|_| Err(late()))
    }

    /// Does other work in a transaction: `app.writer.run(move |tx| Box::pin(async move { … })).await`. Nobody else writes
    /// meanwhile.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Working<'t, T> + Send + 'static,
    {
        self.run_in(Scope::All, work).await
    }

    /// The same, while other processes write to what is not in the scope. The work writes only to that, and decides by
    /// nothing else but what no work in a scope changes.
    pub(crate) async fn run_in<T, F>(&self, scope: Scope, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Working<'t, T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = Task {
            work: Some(work),
            reply,
            result: None,
        };
        let job = Job::Work(scope, Box::new(task));
        self.answer(job, answer).await
    }
}

/// Does work once for each key: a repeated call gets the answer of the first, which was kept in the same transaction.
pub(crate) async fn run_once<T, F>(app: &App, once: Option<Once>, work: F) -> Result<T, Error>
where
    T: Serialize + DeserializeOwned + Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> Working<'t, T> + Send + 'static,
{
    let Some(once) = once else {
        return app.writer.run(work).await;
    };
    let now = app.now();
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                if let Some(reply) = answered(tx, &once).await? {
                    return Ok(reply);
                }
                let reply = work(tx).await?;
                let json = serde_json::to_string(&reply).map_err(broken)?;
                store::once::insert(tx, &once, &json, now).await?;
                Ok(reply)
            })
        })
        .await
}

/// The answer that a call under this key got before.
pub(crate) async fn answered<T: DeserializeOwned>(
    conn: &mut Conn,
    once: &Once,
) -> Result<Option<T>, Error> {
    match store::once::find(conn, once.user_id, &once.key).await? {
        Some((hash, reply)) if hash == once.request_hash => {
            serde_json::from_str(&reply).map(Some).map_err(broken)
        }
        Some(_) => {
            let detail = "this Idempotency-Key was used before for another call; make a new one";
            Err(Error::rule(Code::IdempotencyConflict, detail))
        }
        None => Ok(None),
    }
}

fn broken(error: serde_json::Error) -> Error {
    Error::Internal(format!("a kept answer is broken: {error}"))
}

fn stopped() -> Error {
    Error::Unavailable {
        reason: "the server is stopping; come back in a moment",
        retry_after_ms: 1_000,
    }
}

fn late() -> Error {
    Error::Unavailable {
        reason: "the database does not answer; look whether it was written before you try again",
        retry_after_ms: 5_000,
    }
}

/// The messages that somebody wants to change.
fn changed(batch: &[Job]) -> BTreeSet<MessageId> {
    let message = |job: &Job| match job {
        Job::Work(Scope::Message(id), _) => Some(*id),
        _ => None,
    };
    batch.iter().filter_map(message).collect()
}

/// Where messages are. Without an answer they are waited for like any other.
async fn places_of(db: &Db, messages: BTreeSet<MessageId>) -> Places {
    if messages.is_empty() {
        return Places::new();
    }
    let places = async { lock::places(&mut db.read().await?, &messages).await };
    places.await.unwrap_or_default()
}

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Committed,
    Undone,
    /// The connection was lost while it was committed.
    Unknown,
}

fn not_committed(end: End) -> Error {
    Error::Unavailable {
        reason: match end {
            End::Unknown => {
                "the database went away; look whether it was written before you try again"
            }
            _ => "the write could not be committed and was undone; try again",
        },
        retry_after_ms: 1_000,
    }
}

/// Work in a transaction, with its answer kept until the commit.
trait Work: Send {
    fn execute<'t>(&'t mut self, tx: &'t mut Tx)
    -> Pin<Box<dyn Future<Output = bool> + Send + 't>>;
    /// Whether it failed because the database does not work.
    fn is_broken(&self) -> bool;
    fn finish(self: Box<Self>, end: End);
    /// Answers without having done anything.
    fn refuse(self: Box<Self>, refusal: Error);
}

struct Task<T, F> {
    work: Option<F>,
    reply: Reply<T>,
    result: Option<Result<T, Error>>,
}

impl<T, F> Work for Task<T, F>
where
    T: Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> Working<'t, T> + Send,
{
    fn execute<'t>(
        &'t mut self,
        tx: &'t mut Tx,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 't>> {
        Box::pin(async move {
            if let Some(work) = self.work.take() {
                self.result = Some(work(tx).await);
            }
            matches!(self.result, Some(Ok(_)))
        })
    }

    fn is_broken(&self) -> bool {
        matches!(&self.result, Some(Err(Error::Store(error))) if store::is_broken(error))
    }

    fn finish(self: Box<Self>, end: End) {
        let result = match self.result {
            Some(Err(refusal)) => Err(refusal),
            Some(Ok(value)) if end == End::Committed => Ok(value),
            _ => Err(not_committed(end)),
        };
        // Who asked may have gone; what was written stays.
        let _ = self.reply.send(result);
    }

    fn refuse(self: Box<Self>, refusal: Error) {
        let _ = self.reply.send(Err(refusal));
    }
}
