//! Who is connected to this process, and who hears what.
//!
//! An event becomes bytes once, whatever the number of sockets; each socket's queue holds the same bytes. Durable
//! events reach a socket in the order of their log: the hub knows the last place it told of each conversation it
//! serves, ignores what it has told, and fetches what is missing from the database.

mod deliver;
mod heal;
mod inner;
mod interest;
mod presence;
mod queue;
mod room;
mod socket;

pub(crate) use deliver::Encoded;
pub(crate) use heal::Positions;
pub(crate) use interest::Interest;
pub(crate) use queue::Item;
pub(crate) use socket::{Ending, Socket, SocketId};

use crate::{
    store::{self, Db},
    telemetry::Metrics,
};
use chat_core::{
    Close, ConversationId, Envelope, PresenceState, Seq, SessionId, Timestamp, UserId,
};
use inner::{Connected, Inner};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{sync::broadcast, time::Instant};

/// Events that a slow follower inside the program may be behind.
const FOLLOWERS_BEHIND_MOST: usize = 4096;

/// The sockets of this process.
pub(crate) struct Hub {
    inner: Mutex<Inner>,
    db: Db,
    metrics: Arc<Metrics>,
    followers: broadcast::Sender<Arc<Envelope>>,
    /// Until then nothing is fetched that is missing.
    rests_until: Mutex<Option<Instant>>,
}

/// How many sockets may be open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    pub(crate) all: usize,
    pub(crate) per_user: usize,
    pub(crate) per_address: u32,
}

/// What a socket hears of from now on.
struct Hearable {
    conversations: Vec<(ConversationId, Seq)>,
    inbox: Seq,
    /// When everything that let the user in was taken back last: a socket that is here later came later.
    cut_off_at: Option<Timestamp>,
}

impl Hub {
    pub(crate) fn new(db: Db, metrics: Arc<Metrics>, interest: Arc<Interest>) -> Self {
        Self {
            inner: Mutex::new(Inner::new(interest)),
            db,
            metrics,
            followers: broadcast::Sender::new(FOLLOWERS_BEHIND_MOST),
            rests_until: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Follows every durable event that this process commits.
    pub(crate) fn follow(&self) -> broadcast::Receiver<Arc<Envelope>> {
        self.followers.subscribe()
    }

    pub(crate) fn sockets(&self) -> usize {
        self.inner().sockets.len()
    }

    /// Bytes that wait to be written: to all sockets, and to the one with the most.
    pub(crate) fn waiting_bytes(&self) -> (usize, usize) {
        let sockets = self.inner().everybody();
        let waiting = sockets.iter().map(|socket| socket.waiting_bytes());
        waiting.fold((0, 0), |(all, most), bytes| (all + bytes, most.max(bytes)))
    }

    /// Lets a socket in, and makes it hear of its conversations.
    pub(crate) async fn connect(
        &self,
        make: impl FnOnce(SocketId) -> Socket,
        caps: Caps,
    ) -> Result<Arc<Socket>, Close> {
        let socket = self.admit(make, caps)?;
        self.metrics.sockets.inc();
        loop {
            let before = self.changes(socket.user_id());
            let hearable = match self.hearable(&socket).await {
                Ok(hearable) => hearable,
                Err(close) => {
                    self.disconnect(&socket);
                    return Err(close);
                }
            };
            socket.note_cut_off(hearable.cut_off_at);
            if self.subscribe(&socket, &hearable, before) {
                return Ok(socket);
            }
        }
    }

    fn admit(
        &self,
        make: impl FnOnce(SocketId) -> Socket,
        caps: Caps,
    ) -> Result<Arc<Socket>, Close> {
        let mut inner = self.inner();
        if inner.sockets.len() >= caps.all {
            return Err(Close::TooMany);
        }
        inner.next_id += 1;
        let socket = Arc::new(make(SocketId(inner.next_id)));
        if let Some(address) = socket.household() {
            let open = inner.addresses.entry(address).or_default();
            if *open >= caps.per_address {
                return Err(Close::TooMany);
            }
            *open += 1;
        }
        let devices = inner.devices(socket.user_id());
        devices.sockets.push(socket.clone());
        let full = devices.sockets.len() > caps.per_user;
        inner.sockets.insert(
            socket.id(),
            Connected {
                socket: socket.clone(),
                rooms: HashSet::new(),
                watched: Vec::new(),
            },
        );
        if full {
            inner.remove(&socket);
            return Err(Close::TooMany);
        }
        Ok(socket)
    }

    /// The conversations that a socket hears of, and how far their logs and the user's inbox reach now: what is before is
    /// the client's own business, it syncs.
    async fn hearable(&self, socket: &Socket) -> Result<Hearable, Close> {
        match self.look_for_hearable(socket).await {
            Ok(hearable) => hearable.ok_or(Close::NotSignedIn),
            Err(error) => {
                tracing::error!(%error, "a socket could not learn its conversations");
                Err(Close::PositionLost)
            }
        }
    }

    async fn look_for_hearable(&self, socket: &Socket) -> sqlx::Result<Option<Hearable>> {
        let user = socket.user_id();
        let mut conn = self.db.snapshot().await?;
        let conversations = match socket.only() {
            Some(id) => match store::conversation::standing(&mut conn, id, user).await? {
                Some(standing) => vec![(id, standing.last_seq)],
                None => return Ok(None),
            },
            None => {
                let heads = store::conversation::heads(&mut conn, user).await?;
                heads.into_iter().map(|(id, head)| (id, head.seq)).collect()
            }
        };
        let heads = store::head::of_inboxes(&mut conn, &[user]).await?;
        Ok(Some(Hearable {
            conversations,
            inbox: heads.first().map_or(Seq::ZERO, |head| head.seq),
            cut_off_at: heads.first().and_then(|head| head.cut_off_at),
        }))
    }

    fn changes(&self, user: UserId) -> u64 {
        self.inner()
            .users
            .get(&user)
            .map_or(0, |devices| devices.changes)
    }

    /// Makes a socket hear of conversations, unless something came or went since the list was read.
    fn subscribe(&self, socket: &Arc<Socket>, hearable: &Hearable, unchanged_since: u64) -> bool {
        let mut inner = self.inner();
        if let Some(devices) = inner.users.get_mut(&socket.user_id()) {
            if devices.changes != unchanged_since {
                return false;
            }
            devices.told.get_or_insert(hearable.inbox);
        }
        for (id, head) in &hearable.conversations {
            inner.enter(socket, *id, *head);
        }
        true
    }

    /// Lets a socket go. Returns whether it was the user's last, of those that others see them by.
    pub(crate) fn disconnect(&self, socket: &Arc<Socket>) -> bool {
        let mut inner = self.inner();
        if inner.remove(socket) {
            self.metrics.sockets.dec();
        }
        !socket.is_unseen() && inner.presence(socket.user_id()) == PresenceState::Offline
    }

    /// Ends the sockets of a user's sessions; without any named, all sockets of the user, also those for which the
    /// embedding program vouches.
    pub(crate) fn end_sessions(&self, user: UserId, only: Option<&[SessionId]>, close: Close) {
        let inner = self.inner();
        let sockets = inner
            .users
            .get(&user)
            .into_iter()
            .flat_map(|devices| &devices.sockets);
        let named = |socket: &Socket| match only {
            Some(sessions) => socket.session_id().is_some_and(|id| sessions.contains(&id)),
            None => true,
        };
        sockets
            .filter(|socket| named(socket))
            .for_each(|socket| socket.end(Ending::new(close)));
    }

    /// Ends the sockets of a user that were here before everything that let them in was taken back, also those for which
    /// the embedding program vouches.
    pub(crate) fn cut_off(&self, user: UserId, at: Timestamp) {
        self.here_before(user, at)
            .iter()
            .for_each(|socket| socket.end(Ending::new(Close::SessionEnded)));
    }

    /// Whether there are such sockets.
    pub(crate) fn was_here_before(&self, user: UserId, at: Timestamp) -> bool {
        !self.here_before(user, at).is_empty()
    }

    fn here_before(&self, user: UserId, at: Timestamp) -> Vec<Arc<Socket>> {
        let inner = self.inner();
        let devices = inner.users.get(&user).into_iter();
        let sockets = devices.flat_map(|devices| &devices.sockets);
        sockets
            .filter(|socket| socket.came_before_cut_off(at))
            .cloned()
            .collect()
    }

    /// Which of these sessions have a socket here, and whose they are.
    pub(crate) fn users_of(&self, sessions: &[SessionId]) -> HashMap<SessionId, UserId> {
        if sessions.is_empty() {
            return HashMap::new();
        }
        let wanted: HashSet<_> = sessions.iter().copied().collect();
        let inner = self.inner();
        let sockets = inner.sockets.values().map(|connected| &connected.socket);
        sockets
            .filter_map(|socket| Some((socket.session_id()?, socket.user_id())))
            .filter(|(session, _)| wanted.contains(session))
            .collect()
    }

    /// Tells every socket when to come back, each its own moment within `spread_ms`.
    pub(crate) fn go_away(&self, spread_ms: u32, random: impl Fn() -> u64) {
        let sockets = self.inner().everybody();
        for socket in sockets {
            socket.end(Ending::going_away(spread_ms, random()));
        }
    }
}

#[cfg(test)]
mod tests;
