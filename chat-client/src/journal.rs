//! What is to be kept, on its way to the store: in the order in which it happened, as many changes in one transaction as
//! wait. When the disk fails, what the user queued is refused to them. What else is the user's own (that something is done,
//! read marks, drafts) is tried again before anything after it, and what the server told is written anew as a whole as soon
//! as the disk takes something again: it never holds a position without what came before it.

use crate::{Error, Store, StoreError, Write, lock, shared::Shared};
use chat_core::ConversationId;
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::{mpsc, oneshot};

/// Changes that share a transaction at most.
const TOGETHER_MOST: usize = 512;
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
    /// [`Error::Store`] when the disk did not take it: then it was never queued. A draft or a read mark stays as it is here
    /// nevertheless, and is kept as soon as the disk takes something again. [`Error::SignedOut`] where nobody is signed in.
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
    /// Behind this, it is another user's: what was not kept before is nobody's any more.
    is_end: bool,
}

/// The way to the store, if there is one.
#[derive(Default)]
pub(crate) struct Journal {
    jobs: Option<mpsc::UnboundedSender<Job>>,
    store: Option<Arc<dyn Store>>,
    waiting: Arc<AtomicUsize>,
}

impl Journal {
    /// A journal for a store, and the task that writes it.
    pub(crate) fn new(store: Arc<dyn Store>) -> (Self, Writer) {
        let (jobs, incoming) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let writer = Writer {
            store: Arc::clone(&store),
            jobs: incoming,
            waiting: Arc::clone(&waiting),
            is_behind: false,
            unkept: Vec::new(),
        };
        let journal = Self {
            jobs: Some(jobs),
            store: Some(store),
            waiting,
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
            self.hand_in(Job {
                writes,
                touched,
                ..Job::default()
            });
        }
    }

    /// Keeps what the user did.
    pub(crate) fn keep(&self, writes: Vec<Write>) -> Kept {
        self.told(Job {
            writes,
            ..Job::default()
        })
    }

    /// Hands something in, and says when it is kept.
    fn told(&self, job: Job) -> Kept {
        if self.jobs.is_none() {
            return Kept::already();
        }
        let (done, kept) = oneshot::channel();
        self.hand_in(Job {
            done: Some(done),
            ..job
        });
        Kept(Some(kept))
    }

    /// Waits until everything that was handed in is kept or refused.
    pub(crate) async fn flushed(&self) {
        self.keep(Vec::new()).kept().await.ok();
    }

    /// Waits as [`Journal::flushed`] does. What was refused until then is not tried again: the store is about to be
    /// somebody else's, or is read anew.
    pub(crate) async fn begin_anew(&self) {
        let end = Job {
            is_end: true,
            ..Job::default()
        };
        self.told(end).kept().await.ok();
    }

    /// Waits while more is on its way than the disk can take.
    pub(crate) async fn has_room(&self) {
        if self.waiting.load(Ordering::Relaxed) > WAITING_MOST {
            self.flushed().await;
        }
    }

    fn hand_in(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            self.waiting.fetch_add(job.writes.len(), Ordering::Relaxed);
            // An error means that the writer is gone: who waits is told by the end of its channel.
            jobs.send(job).ok();
        }
    }
}

/// The task that writes.
pub(crate) struct Writer {
    store: Arc<dyn Store>,
    jobs: mpsc::UnboundedReceiver<Job>,
    waiting: Arc<AtomicUsize>,
    /// Something that the server told was not kept: all of it is written anew before anything else.
    is_behind: bool,
    /// What is the user's own and was not kept: it is tried again before anything else.
    unkept: Vec<Write>,
}

impl Writer {
    /// Writes until nobody is left who could hand something in.
    pub(crate) async fn run(mut self, shared: Weak<Shared>) {
        let mut jobs = Vec::new();
        while self.jobs.recv_many(&mut jobs, TOGETHER_MOST).await > 0 {
            self.write(std::mem::take(&mut jobs), &shared).await;
        }
    }

    async fn write(&mut self, mut jobs: Vec<Job>, shared: &Weak<Shared>) {
        let count = jobs.iter().map(|job| job.writes.len()).sum();
        if self.is_behind
            && let Some(shared) = shared.upgrade()
        {
            let whole = lock(&shared.known).whole();
            self.is_behind = self.store.commit(&whole).await.is_err();
        }
        let is_whole = !self.is_behind;
        let new = jobs
            .iter_mut()
            .flat_map(|job| std::mem::take(&mut job.writes))
            .filter(|write| is_whole || write.is_own());
        let batch = newest(self.unkept.drain(..).chain(new).collect());
        let result = match batch.is_empty() {
            true => Ok(()),
            false => self.store.commit(&batch).await,
        };
        self.waiting.fetch_sub(count, Ordering::Relaxed);
        if let Err(error) = &result {
            tracing::warn!(%error, "the store could not keep something");
            self.is_behind = true;
            let again = batch.iter().filter(|write| write.is_tried_again());
            self.unkept = again.cloned().collect();
        }
        if jobs.iter().any(|job| job.is_end) {
            self.unkept.clear();
        }
        let touched = jobs
            .iter_mut()
            .flat_map(|job| std::mem::take(&mut job.touched));
        let touched = touched.collect();
        if let Some(shared) = shared.upgrade() {
            match &result {
                Ok(()) => shared.kept(&batch, touched),
                Err(_) => shared.not_kept(&batch),
            }
        }
        for done in jobs.into_iter().filter_map(|job| job.done) {
            // Nobody may be waiting.
            done.send(result.clone().map_err(Error::from)).ok();
        }
    }
}

impl Write {
    /// Whether it is the user's own, that nobody else could tell again.
    fn is_own(&self) -> bool {
        matches!(
            self,
            Self::Wipe | Self::Queue(_) | Self::Done(_) | Self::ReadMark(..) | Self::Draft(..)
        )
    }

    /// Whether it is put into the store later where the disk does not take it now. What was queued is refused instead, and
    /// whoever wanted everything gone is told that it is not.
    fn is_tried_again(&self) -> bool {
        matches!(self, Self::Done(_) | Self::ReadMark(..) | Self::Draft(..))
    }
}

/// Leaves out what is written once more behind.
fn newest(batch: Vec<Write>) -> Vec<Write> {
    let mut seen = BTreeSet::new();
    let (mut done, mut marks, mut drafts) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut kept: Vec<Write> = Vec::with_capacity(batch.len());
    for write in batch.into_iter().rev() {
        let is_last = match &write {
            Write::Conversation(conversation) => seen.insert(conversation.id),
            Write::Done(key) => done.insert(key.clone()),
            Write::ReadMark(id, _) => marks.insert(*id),
            Write::Draft(id, _) => drafts.insert(*id),
            Write::Gone(id) => {
                seen.remove(id);
                true
            }
            Write::Forget | Write::Wipe => {
                seen.clear();
                true
            }
            _ => true,
        };
        if is_last {
            kept.push(write);
        }
    }
    kept.reverse();
    kept
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
