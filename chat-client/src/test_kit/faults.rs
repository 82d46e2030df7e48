//! What goes wrong, and when: a plan of faults by step, and the switches of the network and the disk. A step is wherever
//! something leaves the program or comes into it: a call and its answer, a piece of a file, a frame, a commit before and
//! after.

use super::{FaultyStore, FaultyTransport};
use crate::{Error, Store, Transport, lock};
use std::{
    collections::BTreeMap,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::sync::watch;

/// What happens at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The program dies: nothing leaves it any more, nothing comes in, and what waits for that waits for ever.
    Kill,
    /// All connections break, and what was on its way at this step is lost.
    Cut,
    /// The socket whose step this is stays open, and carries nothing any more in either direction. A call breaks.
    Silence,
}

/// The outside world's faults. All clones are the same ones, and they outlive the [`Program`]s that suffer them.
///
/// ```
/// use chat_client::{Client, Error, NetTransport, test_kit::{Fault, Faults, TestServer}};
/// use chat_core::ShowMe;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = TestServer::start().await;
/// // The first call gets there, and its answer is lost on the way back.
/// let faults = Faults::at(1, Fault::Cut);
/// let client = Client::builder(server.url())
///     .session(server.session("ann").await)
///     .transport(faults.program().transport(NetTransport::new()?))
///     .build()?;
/// assert!(matches!(client.call(ShowMe {}).await, Err(Error::Network { .. })));
/// assert_eq!(faults.steps(), 2);
/// assert_eq!(client.call(ShowMe {}).await?.user.username, "ann");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Plan>);

#[derive(Debug, Default)]
struct Plan {
    steps: AtomicUsize,
    planned: Mutex<BTreeMap<usize, Fault>>,
    is_offline: AtomicBool,
    is_disk_full: AtomicBool,
    cuts: watch::Sender<u64>,
}

impl Faults {
    /// One fault, at this step (from 0).
    pub fn at(step: usize, fault: Fault) -> Self {
        Self::planned([(step, fault)])
    }

    /// Faults at these steps.
    pub fn planned(faults: impl IntoIterator<Item = (usize, Fault)>) -> Self {
        let planned = Mutex::new(faults.into_iter().collect());
        Self(Arc::new(Plan {
            planned,
            ..Plan::default()
        }))
    }

    /// A run of the program that is tested.
    pub fn program(&self) -> Program {
        Program {
            faults: self.clone(),
            dead: Arc::default(),
        }
    }

    /// Takes the network away, with all connections, or gives it back.
    pub fn set_offline(&self, is_offline: bool) {
        self.0.is_offline.store(is_offline, Ordering::Relaxed);
        if is_offline {
            self.cut();
        }
    }

    /// Breaks all sockets that are open now.
    pub fn cut(&self) {
        self.0.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Lets the disk be full, or not any more. Only a [`FaultyStore`] hears of it.
    pub fn set_disk_full(&self, is_full: bool) {
        self.0.is_disk_full.store(is_full, Ordering::Relaxed);
    }

    /// Nothing goes wrong any more.
    pub fn disarm(&self) {
        lock(&self.0.planned).clear();
        self.set_disk_full(false);
        self.set_offline(false);
    }

    /// How many steps there were. A fault at each of them in turn is everything that can go wrong once.
    pub fn steps(&self) -> usize {
        self.0.steps.load(Ordering::Relaxed)
    }

    pub(super) fn is_disk_full(&self) -> bool {
        self.0.is_disk_full.load(Ordering::Relaxed)
    }

    pub(super) fn cuts(&self) -> watch::Receiver<u64> {
        self.0.cuts.subscribe()
    }
}

/// One run of a program: what it has of the outside world until it is killed. All clones are the same run.
#[derive(Debug, Clone)]
pub struct Program {
    faults: Faults,
    dead: Arc<watch::Sender<bool>>,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Through,
    Broken,
    Silent,
    Dead,
}

impl Program {
    /// A network that breaks as planned, over another.
    pub fn transport(&self, inner: impl Transport) -> FaultyTransport {
        FaultyTransport::new(self.clone(), Arc::new(inner))
    }

    /// A disk that breaks as planned, over another. What is under it outlives the program.
    pub fn store(&self, inner: impl Store) -> FaultyStore {
        FaultyStore::new(self.clone(), Arc::new(inner))
    }

    /// Kills it here and now.
    pub fn kill(&self) {
        self.dead.send_replace(true);
    }

    /// Whether it was killed.
    pub fn is_killed(&self) -> bool {
        *self.dead.borrow()
    }

    /// Returns when it was killed.
    pub async fn killed(&self) {
        // The sender is borrowed, so this ends only when it has said so.
        self.dead.subscribe().wait_for(|dead| *dead).await.ok();
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Counts a step, and does what is planned there.
    pub(super) fn step(&self) -> Step {
        if self.is_killed() {
            return Step::Dead;
        }
        let plan = &self.faults.0;
        let step = plan.steps.fetch_add(1, Ordering::Relaxed);
        match lock(&plan.planned).remove(&step) {
            Some(Fault::Kill) => {
                self.kill();
                Step::Dead
            }
            Some(Fault::Cut) => {
                self.faults.cut();
                Step::Broken
            }
            Some(Fault::Silence) => Step::Silent,
            None if plan.is_offline.load(Ordering::Relaxed) => Step::Broken,
            None => Step::Through,
        }
    }

    /// A step of something that waits for it; never returns to who is dead.
    pub(super) async fn pass(&self, what: &str) -> Result<(), Error> {
        match self.step() {
            Step::Through => Ok(()),
            Step::Broken | Step::Silent => Err(Error::disconnected(format!("cut {what}"))),
            Step::Dead => pending().await,
        }
    }
}
