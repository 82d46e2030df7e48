//! What goes wrong: at which step the phone dies or its network is cut. A step is wherever something leaves the program
//! or comes into it.

use super::server::Server;
use async_trait::async_trait;
use chat_client::{
    Error, HttpAnswer, HttpCall, HttpFile, Incoming, Loaded, MemoryDisk, Owner, Peer, Socket,
    SocketRequest, Store, StoreError, Transport, Write,
    store::{From, StoredPage},
};
use chat_core::{ConversationId, Message, MessageId, Seq, UserId};
use std::{
    collections::BTreeMap,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::sync::{Notify, mpsc, watch};

/// What happens at a step.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// The program dies.
    Kill,
    /// The connection breaks.
    Cut,
}

/// Counts steps, and knows at which something happens.
pub(crate) struct Fuse {
    steps: AtomicUsize,
    faults: Mutex<BTreeMap<usize, Fault>>,
    offline: AtomicBool,
    cut: Notify,
}

impl Fuse {
    pub(crate) fn new(fault: Option<(usize, Fault)>) -> Arc<Self> {
        Arc::new(Self {
            steps: AtomicUsize::new(0),
            faults: Mutex::new(fault.into_iter().collect()),
            offline: AtomicBool::new(true),
            cut: Notify::new(),
        })
    }

    /// Faults every dozen steps or so.
    pub(crate) fn random(seed: u64) -> Arc<Self> {
        let mut dice = super::life::Dice(seed ^ 0xfa17);
        let fuse = Self::new(None);
        let mut faults = fuse.faults.lock().unwrap();
        for step in 0..2_000 {
            match dice.throw(40) {
                0 => drop(faults.insert(step, Fault::Kill)),
                1 | 2 => drop(faults.insert(step, Fault::Cut)),
                _ => {}
            }
        }
        drop(faults);
        fuse
    }

    pub(crate) fn set_offline(&self, is_offline: bool) {
        self.offline.store(is_offline, Ordering::Relaxed);
        self.cut.notify_waiters();
    }

    /// Nothing goes wrong any more.
    pub(crate) fn disarm(&self) {
        self.faults.lock().unwrap().clear();
        self.set_offline(false);
    }

    pub(crate) fn steps(&self) -> usize {
        self.steps.load(Ordering::Relaxed)
    }
}

/// One life of the program: what it holds of the outside world until it dies.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) fuse: Arc<Fuse>,
    pub(crate) server: Arc<Mutex<Server>>,
    user: UserId,
    dead: Arc<watch::Sender<bool>>,
}

impl World {
    pub(crate) fn new(fuse: Arc<Fuse>, server: Arc<Mutex<Server>>, user: UserId) -> Self {
        let dead = Arc::new(watch::Sender::new(false));
        Self {
            fuse,
            server,
            user,
            dead,
        }
    }

    /// Returns when the program has died.
    pub(crate) async fn died(&self) {
        let mut dead = self.dead.subscribe();
        dead.wait_for(|dead| *dead).await.unwrap();
    }

    pub(crate) fn die(&self) {
        self.dead.send_replace(true);
    }

    /// A step. False when the connection breaks here; never returns to who is dead.
    async fn step(&self) -> bool {
        if *self.dead.borrow() {
            pending::<()>().await;
        }
        let step = self.fuse.steps.fetch_add(1, Ordering::Relaxed);
        let fault = self.fuse.faults.lock().unwrap().remove(&step);
        match fault {
            Some(Fault::Kill) => {
                self.die();
                pending().await
            }
            Some(Fault::Cut) => {
                self.fuse.cut.notify_waiters();
                false
            }
            None => !self.fuse.offline.load(Ordering::Relaxed),
        }
    }

    /// The server's end of a socket.
    async fn serve(self, mut peer: Peer) {
        let (says, mut said) = mpsc::unbounded_channel();
        self.server.lock().unwrap().connect(self.user, says.clone());
        loop {
            let cut = self.fuse.cut.notified();
            tokio::select! {
                biased;
                () = cut => return,
                frame = peer.frames.recv() => {
                    let Some(frame) = frame else { return };
                    if !self.step().await {
                        return;
                    }
                    self.server.lock().unwrap().frame(self.user, &frame, &says);
                }
                Some(text) = said.recv() => {
                    if !self.step().await || peer.says.send(Incoming::Text(text)).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

#[async_trait]
impl Transport for World {
    async fn call(&self, call: HttpCall) -> Result<HttpAnswer, Error> {
        if !self.step().await {
            return Err(Error::disconnected("cut on the way there"));
        }
        let answer = self.server.lock().unwrap().call(self.user, &call);
        match self.step().await {
            true => Ok(answer),
            false => Err(Error::disconnected("cut on the way back")),
        }
    }

    async fn fetch(&self, _: HttpCall) -> Result<HttpFile, Error> {
        Err(Error::disconnected("there are no files here"))
    }

    async fn connect(&self, _: SocketRequest) -> Result<Socket, Error> {
        if !self.step().await {
            return Err(Error::disconnected("cut"));
        }
        let (socket, peer) = Socket::pair();
        tokio::spawn(self.clone().serve(peer));
        Ok(socket)
    }
}

/// A disk that outlives the program. Dying before a commit, nothing of it is there; dying after it, all of it.
pub(crate) struct Disk {
    pub(crate) kept: MemoryDisk,
    pub(crate) world: World,
}

#[async_trait]
impl Store for Disk {
    async fn load(&self, owner: &Owner) -> Result<Loaded, StoreError> {
        self.world.step().await;
        self.kept.load(owner).await
    }

    async fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        self.world.step().await;
        self.kept.commit(batch).await?;
        self.world.step().await;
        Ok(())
    }

    async fn page(
        &self,
        conversation: ConversationId,
        from: From,
        limit: u32,
    ) -> Result<Option<StoredPage>, StoreError> {
        self.world.step().await;
        self.kept.page(conversation, from, limit).await
    }

    async fn place(&self, message: MessageId) -> Result<Option<(ConversationId, Seq)>, StoreError> {
        self.kept.place(message).await
    }

    async fn search(
        &self,
        words: &[String],
        within: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.kept.search(words, within, limit).await
    }
}
