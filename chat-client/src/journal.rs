//! What is to be kept, on its way to the store: in the order in which it happened, as many changes in one transaction as
//! wait (`writer.rs`). Nothing is taken while nobody is signed in, or while the store becomes somebody else's: it would
//! be theirs.

mod writer;

pub(crate) use writer::Writer;

use crate::{Error, Owner, Store, Write, lock};
use chat_core::ConversationId;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::{mpsc, oneshot};

/// When more wait than these, whoever makes more waits, too.
const WAITING_MOST: usize = 2_048;

/// Something that is on its way to the disk. It gets there whether or not anybody holds this.
#[derive(Debug)]
pub struct Kept(Option<oneshot::Receiver<Result<(), Error>>>);

impl Kept {
    /// Waits until it is on disk, from where it survives the program's death. At once without a store.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// ann.conversation(group).set_draft(Some("Dear all".to_owned())).kept().await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`] when the disk did not take it: then it was never queued. A draft, a read mark, and that something was
    /// dropped or is tried again, stay as they are here nevertheless, and are kept as soon as the disk takes something again.
    /// [`Error::SignedOut`] where nobody is signed in.
    pub async fn kept(self) -> Result<(), Error> {
        match self.0 {
            Some(done) => done.await.unwrap_or(Err(Error::Stopped)),
            None => Ok(()),
        }
    }

    pub(crate) fn already() -> Self {
        Self(None)
    }

    pub(crate) fn refused(error: Error) -> Self {
        let (sender, done) = oneshot::channel();
        // The receiver is still here.
        sender.send(Err(error)).ok();
        Self(Some(done))
    }
}

/// Changes that belong together.
#[derive(Default)]
struct Job {
    writes: Vec<Write>,
    /// Where this device has something new, once it is kept.
    touched: Vec<ConversationId>,
    done: Option<oneshot::Sender<Result<(), Error>>>,
    turn: Option<Turn>,
}

/// Whose the store is from here on.
enum Turn {
    /// Somebody else's, or it is read anew: what was not kept before is nobody's any more.
    End,
    /// Theirs, who it was to be taken from: it may be another's by now, and has nothing for sure.
    BackTo(Owner),
}

/// The way to the store, if there is one.
#[derive(Default)]
pub(crate) struct Journal {
    jobs: Option<mpsc::UnboundedSender<Job>>,
    store: Option<Arc<dyn Store>>,
    waiting: Arc<AtomicUsize>,
    /// Nobody is signed in for whom anything could be kept. Locked while something is handed in, so that it is in front of
    /// whatever comes with the closing, or not taken.
    is_closed: Mutex<bool>,
}

impl Journal {
    /// A journal for a store, and the task that writes it.
    pub(crate) fn new(store: Arc<dyn Store>) -> (Self, Writer) {
        let (jobs, incoming) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let writer = Writer::new(Arc::clone(&store), incoming, Arc::clone(&waiting));
        let journal = Self {
            jobs: Some(jobs),
            store: Some(store),
            waiting,
            is_closed: Mutex::default(),
        };
        (journal, writer)
    }

    /// The store, to read from.
    pub(crate) fn store(&self) -> Option<&Arc<dyn Store>> {
        self.store.as_ref()
    }

    /// Keeps what the server has told.
    pub(crate) fn write(&self, writes: Vec<Write>, touched: Vec<ConversationId>) {
        if !writes.is_empty() || !touched.is_empty() {
            self.take(Job {
                writes,
                touched,
                ..Job::default()
            });
        }
    }

    /// Keeps what the user did.
    pub(crate) fn keep(&self, writes: Vec<Write>) -> Kept {
        let (done, kept) = oneshot::channel();
        let job = Job {
            writes,
            done: Some(done),
            ..Job::default()
        };
        match self.take(job) {
            true if self.jobs.is_some() => Kept(Some(kept)),
            true => Kept::already(),
            false => Kept::refused(Error::SignedOut),
        }
    }

    /// Waits until everything that was handed in is kept or refused.
    pub(crate) async fn flushed(&self) {
        self.told(Job::default()).await.ok();
    }

    /// Takes nothing any more, until it is [open](Journal::open).
    pub(crate) fn close(&self) {
        *lock(&self.is_closed) = true;
    }

    pub(crate) fn is_closed(&self) -> bool {
        *lock(&self.is_closed)
    }

    /// Somebody is signed in: what is theirs is kept from now on.
    pub(crate) fn open(&self) {
        *lock(&self.is_closed) = false;
    }

    /// Waits as [`Journal::flushed`] does. What was refused until then is not tried again: the store is about to be
    /// somebody else's, or is read anew.
    pub(crate) async fn begin_anew(&self) {
        let end = Job {
            turn: Some(Turn::End),
            ..Job::default()
        };
        self.told(end).await.ok();
    }

    /// Opens again for whom it was closed, when the store could not be taken from them: all that is known is theirs, and is
    /// written anew.
    pub(crate) fn back_to(&self, owner: Owner) {
        self.hand_in(Job {
            turn: Some(Turn::BackTo(owner)),
            ..Job::default()
        });
        self.open();
    }

    /// Throws everything away, closed as it is.
    pub(crate) async fn wiped(&self) -> Result<(), Error> {
        let wipe = Job {
            writes: vec![Write::Wipe],
            ..Job::default()
        };
        self.told(wipe).await
    }

    /// Waits while more is on its way than the disk can take.
    pub(crate) async fn has_room(&self) {
        if self.waiting.load(Ordering::Relaxed) > WAITING_MOST {
            self.flushed().await;
        }
    }

    /// Hands something in, and waits until it is kept.
    async fn told(&self, job: Job) -> Result<(), Error> {
        if self.jobs.is_none() {
            return Ok(());
        }
        let (done, kept) = oneshot::channel();
        self.hand_in(Job {
            done: Some(done),
            ..job
        });
        Kept(Some(kept)).kept().await
    }

    /// Hands something in, unless it is closed.
    fn take(&self, job: Job) -> bool {
        let is_closed = lock(&self.is_closed);
        if *is_closed {
            return false;
        }
        self.hand_in(job);
        true
    }

    fn hand_in(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            self.waiting.fetch_add(job.writes.len(), Ordering::Relaxed);
            // An error means that the writer is gone: who waits is told by the end of its channel.
            jobs.send(job).ok();
        }
    }
}
