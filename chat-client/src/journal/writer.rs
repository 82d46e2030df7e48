//! The task that writes. When the disk fails, what the user queued is refused to them. What else is the user's own (that
//! something is done, read marks, drafts) is tried again before anything after it, and what is known is written anew as a
//! whole as soon as the disk takes something again: it never holds a position without what came before it. A store that
//! had to begin anew gets all of it at once, the outbox, too: nobody else has that.

use super::{Job, Turn};
use crate::{Error, Owner, Store, StoreError, Write, shared::Shared};
use chat_core::ConversationId;
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::mpsc;

/// Changes that share a transaction at most.
const TOGETHER_MOST: usize = 512;

/// The task that writes.
pub(crate) struct Writer {
    store: Arc<dyn Store>,
    jobs: mpsc::UnboundedReceiver<Job>,
    waiting: Arc<AtomicUsize>,
    /// Something that is known was not kept: all of it is written anew before anything else.
    is_behind: bool,
    /// Whose the store is to be before anything is written to it.
    owner: Option<Owner>,
    /// What is the user's own and was not kept: it is tried again before anything else.
    unkept: Vec<Write>,
    /// Where something is new that the server may hear of once all of it is kept.
    touched: BTreeSet<ConversationId>,
}

impl Writer {
    pub(super) fn new(
        store: Arc<dyn Store>,
        jobs: mpsc::UnboundedReceiver<Job>,
        waiting: Arc<AtomicUsize>,
    ) -> Self {
        Self {
            store,
            jobs,
            waiting,
            is_behind: false,
            owner: None,
            unkept: Vec::new(),
            touched: BTreeSet::new(),
        }
    }

    /// Writes until nobody is left who could hand something in.
    pub(crate) async fn run(mut self, shared: Weak<Shared>) {
        let mut jobs = Vec::new();
        while self.jobs.recv_many(&mut jobs, TOGETHER_MOST).await > 0 {
            self.write(std::mem::take(&mut jobs), &shared).await;
        }
    }

    async fn write(&mut self, mut jobs: Vec<Job>, shared: &Weak<Shared>) {
        let count = jobs.iter().map(|job| job.writes.len()).sum();
        for job in &mut jobs {
            self.touched.extend(job.touched.drain(..));
            job.turn = match job.turn.take() {
                Some(Turn::BackTo(owner)) => {
                    (self.owner, self.is_behind) = (Some(owner), true);
                    None
                }
                turn => turn,
            };
        }
        let theirs = self.catch_up(shared).await;
        let batch = self.batch(&mut jobs);
        let result = match theirs {
            Ok(()) => self.commit(&batch, shared).await,
            Err(error) => Err(error),
        };
        self.waiting.fetch_sub(count, Ordering::Relaxed);
        if let Err(error) = &result {
            tracing::warn!(%error, "the store could not keep something");
            self.is_behind = true;
            let again = batch.iter().filter(|write| write.is_tried_again());
            self.unkept = again.cloned().collect();
        }
        let touched = self.delivered();
        if jobs.iter().any(|job| job.turn.is_some()) {
            self.end();
        }
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

    /// Where everything that is new is on the disk now. While the disk does not take all of it, that is nowhere, also where it
    /// had nothing to write or took what is the user's own.
    fn delivered(&mut self) -> Vec<ConversationId> {
        match self.is_behind {
            true => Vec::new(),
            false => std::mem::take(&mut self.touched).into_iter().collect(),
        }
    }

    /// What comes from here on is another's: nothing of what was not kept is theirs.
    fn end(&mut self) {
        self.unkept.clear();
        self.touched.clear();
        self.is_behind = false;
        self.owner = None;
    }

    /// What is to be written now.
    fn batch(&mut self, jobs: &mut [Job]) -> Vec<Write> {
        let is_whole = !self.is_behind;
        let new = jobs
            .iter_mut()
            .flat_map(|job| std::mem::take(&mut job.writes))
            .filter(|write| is_whole || write.is_own());
        newest(self.unkept.drain(..).chain(new).collect())
    }

    async fn commit(&mut self, batch: &[Write], shared: &Weak<Shared>) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let kept = self.store.commit(batch).await;
        if let Err(StoreError::Damaged(_)) = kept {
            // It has begun anew, perhaps without what is nowhere else: that is there again before anything can happen.
            self.is_behind = true;
            self.catch_up(shared).await?;
            if !self.is_behind {
                return self.store.commit(batch).await;
            }
        }
        kept
    }

    /// Writes all that is known where the store does not have all of it; an error where it may be somebody else's. What it
    /// does not take is left for later.
    async fn catch_up(&mut self, shared: &Weak<Shared>) -> Result<(), StoreError> {
        if let Some(owner) = &self.owner {
            self.store.load(owner).await?;
            self.owner = None;
        }
        if self.is_behind
            && let Some(shared) = shared.upgrade()
        {
            let whole = shared.whole();
            drop(shared);
            let mut kept = self.store.commit(&whole).await;
            if let Err(StoreError::Damaged(_)) = kept {
                kept = self.store.commit(&whole).await;
            }
            self.is_behind = kept.is_err();
        }
        Ok(())
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
