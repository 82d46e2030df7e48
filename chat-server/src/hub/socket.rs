//! One connected device: whose it is, what waits for it, and why it must end.

use super::queue::{Item, Queue};
use crate::limit::household;
use chat_core::{Close, ConversationId, SessionId, Timestamp, UserId};
use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{
        Mutex, MutexGuard, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::Notify;

/// Names a socket within this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SocketId(pub(super) u64);

impl std::fmt::Display for SocketId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How a socket ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) code: u16,
    pub(crate) reason: String,
}

impl Ending {
    pub(crate) fn new(close: Close) -> Self {
        Self {
            code: close.code(),
            reason: close.reason().to_owned(),
        }
    }

    /// The server stops. When to come back is said: a moment of one's own within `spread_ms`.
    pub(crate) fn going_away(spread_ms: u32, random: u64) -> Self {
        let delay_ms = random % (u64::from(spread_ms) + 1);
        Self {
            code: Close::GoingAway.code(),
            reason: delay_ms.to_string(),
        }
    }
}

/// A connected device.
pub(crate) struct Socket {
    id: SocketId,
    user_id: UserId,
    session_id: Option<SessionId>,
    /// What it is counted by.
    household: Option<IpAddr>,
    only: Option<ConversationId>,
    queue_bytes: usize,
    waiting: Mutex<Waiting>,
    wake: Notify,
    cut: Notify,
    away: AtomicBool,
    /// Whether it is no sign of its user: a program that only reads.
    unseen: AtomicBool,
    /// What was known when it came of when everything that let its user in was taken back last.
    cut_off_at: OnceLock<Option<Timestamp>>,
}

#[derive(Default)]
struct Waiting {
    queue: Queue,
    ending: Option<Ending>,
}

impl Socket {
    pub(crate) fn new(
        id: SocketId,
        user_id: UserId,
        session_id: Option<SessionId>,
        address: Option<IpAddr>,
        only: Option<ConversationId>,
        queue_bytes: usize,
    ) -> Self {
        Self {
            id,
            user_id,
            session_id,
            household: address.map(household),
            only,
            queue_bytes,
            waiting: Mutex::default(),
            wake: Notify::new(),
            cut: Notify::new(),
            away: AtomicBool::new(false),
            unseen: AtomicBool::new(false),
            cut_off_at: OnceLock::new(),
        }
    }

    pub(crate) fn id(&self) -> SocketId {
        self.id
    }

    pub(crate) fn user_id(&self) -> UserId {
        self.user_id
    }

    pub(crate) fn session_id(&self) -> Option<SessionId> {
        self.session_id
    }

    /// Where it came from, as far as that is counted.
    pub(crate) fn household(&self) -> Option<IpAddr> {
        self.household
    }

    /// The one conversation it was opened for.
    pub(crate) fn only(&self) -> Option<ConversationId> {
        self.only
    }

    pub(crate) fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    pub(crate) fn is_unseen(&self) -> bool {
        self.unseen.load(Ordering::Relaxed)
    }

    /// Says, before the hub knows it, that it is no sign of its user.
    pub(crate) fn hide(&self) {
        self.unseen.store(true, Ordering::Relaxed);
    }

    /// Notes, once, when everything that let its user in had been taken back last.
    pub(super) fn note_cut_off(&self, at: Option<Timestamp>) {
        self.cut_off_at.get_or_init(|| at);
    }

    /// Whether it was here before that happened at this moment.
    pub(super) fn came_before_cut_off(&self, at: Timestamp) -> bool {
        self.cut_off_at.get().is_some_and(|known| *known < Some(at))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Queues a frame. False when the queue was full and the socket is told to resync.
    pub(crate) fn push(&self, item: Item) -> bool {
        let mut waiting = self.waiting();
        if waiting.ending.is_some() {
            return true;
        }
        let was_empty = waiting.queue.is_empty();
        let kept = waiting.queue.push(item, self.queue_bytes);
        drop(waiting);
        if was_empty {
            self.wake.notify_one();
        }
        kept
    }

    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting().queue.bytes()
    }

    pub(super) fn resync(&self) {
        self.waiting().queue.resync();
        self.wake.notify_one();
    }

    /// Ends the socket: nothing more is told to it.
    pub(crate) fn end(&self, ending: Ending) {
        let mut waiting = self.waiting();
        if waiting.ending.is_none() {
            waiting.queue.take();
            waiting.ending = Some(ending);
        }
        drop(waiting);
        self.wake.notify_one();
        self.cut.notify_one();
    }

    /// Waits until the socket has to end, whatever else is under way.
    pub(crate) async fn ended(&self) -> Ending {
        loop {
            self.cut.notified().await;
            if let Some(ending) = self.waiting().ending.clone() {
                return ending;
            }
        }
    }

    /// Waits until there is something to write or a reason to end.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Takes what waits, and how to end if that is so.
    pub(crate) fn take(&self) -> (VecDeque<Item>, Option<Ending>) {
        let mut waiting = self.waiting();
        (waiting.queue.take(), waiting.ending.clone())
    }
}
