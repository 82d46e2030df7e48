//! Who is connected to this process, and who hears what.
//!
//! An event becomes bytes once, whatever the number of sockets; each socket's queue holds the same bytes. Durable
//! events reach a socket in the order of their log: the hub knows the last place it told of each conversation it
//! serves, ignores what it has told, and fetches what is missing from the database.

mod inner;
mod presence;
mod queue;
mod room;
mod socket;

pub(crate) use queue::Item;
pub(crate) use socket::{Ending, Socket, SocketId};

use crate::{
    Error,
    bus::{Audience, Told},
    store::{self, Db},
    telemetry::Metrics,
};
use chat_core::{
    Close, ConversationId, Envelope, Event, MergeKey, Place, Presence, Seq, ServerFrame, SessionId,
    UserId,
};
use inner::{Connected, Inner};
use room::Room;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Events that a slow follower inside the program may be behind.
const FOLLOWERS_BEHIND_MOST: usize = 4096;

/// The sockets of this process.
pub(crate) struct Hub {
    inner: Mutex<Inner>,
    db: Db,
    metrics: Arc<Metrics>,
    followers: broadcast::Sender<Arc<Envelope>>,
}

/// How many sockets may be open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    pub(crate) all: usize,
    pub(crate) per_user: usize,
    pub(crate) per_address: u32,
}

impl Hub {
    pub(crate) fn new(db: Db, metrics: Arc<Metrics>) -> Self {
        Self {
            inner: Mutex::default(),
            db,
            metrics,
            followers: broadcast::Sender::new(FOLLOWERS_BEHIND_MOST),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Follows every durable event of this process's bus.
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
            let ids = match self.hearable(&socket).await {
                Ok(ids) => ids,
                Err(close) => {
                    self.disconnect(&socket);
                    return Err(close);
                }
            };
            if self.subscribe(&socket, &ids, before) {
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
        if let Some(address) = socket.address() {
            let open = inner.addresses.entry(address).or_default();
            if *open >= caps.per_address {
                return Err(Close::TooMany);
            }
            *open += 1;
        }
        let devices = inner.users.entry(socket.user_id()).or_default();
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

    /// The conversations that a socket hears of.
    async fn hearable(&self, socket: &Socket) -> Result<Vec<ConversationId>, Close> {
        let user = socket.user_id();
        let found = match socket.only() {
            Some(id) => self
                .is_member(id, user)
                .await
                .map(|member| member.then(|| vec![id])),
            None => self.conversations(user).await.map(Some),
        };
        match found {
            Ok(ids) => ids.ok_or(Close::NotSignedIn),
            Err(error) => {
                tracing::error!(%error, "a socket could not learn its conversations");
                Err(Close::PositionLost)
            }
        }
    }

    async fn conversations(&self, user: UserId) -> sqlx::Result<Vec<ConversationId>> {
        let mut conn = self.db.read().await?;
        let heads = store::conversation::heads(&mut conn, user).await?;
        Ok(heads.into_iter().map(|(id, _)| id).collect())
    }

    async fn is_member(&self, id: ConversationId, user: UserId) -> sqlx::Result<bool> {
        let mut conn = self.db.read().await?;
        Ok(store::conversation::standing(&mut conn, id, user)
            .await?
            .is_some())
    }

    fn changes(&self, user: UserId) -> u64 {
        self.inner()
            .users
            .get(&user)
            .map_or(0, |devices| devices.changes)
    }

    /// Makes a socket hear of conversations, unless something came or went since the list was read.
    fn subscribe(
        &self,
        socket: &Arc<Socket>,
        ids: &[ConversationId],
        unchanged_since: u64,
    ) -> bool {
        let mut inner = self.inner();
        if inner
            .users
            .get(&socket.user_id())
            .is_some_and(|devices| devices.changes != unchanged_since)
        {
            return false;
        }
        for id in ids {
            inner.enter(socket, *id);
        }
        true
    }

    /// Lets a socket go. Returns whether it was the user's last.
    pub(crate) fn disconnect(&self, socket: &Arc<Socket>) -> bool {
        let mut inner = self.inner();
        if inner.remove(socket) {
            self.metrics.sockets.dec();
        }
        !inner.users.contains_key(&socket.user_id())
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

    /// Tells every socket when to come back, each its own moment within `spread_ms`.
    pub(crate) fn go_away(&self, spread_ms: u32, random: impl Fn() -> u64) {
        let sockets = self.inner().everybody();
        for socket in sockets {
            let delay_ms = random() % (u64::from(spread_ms) + 1);
            socket.end(Ending {
                code: Close::GoingAway.code(),
                reason: delay_ms.to_string(),
            });
        }
    }

    /// Tells what came over the bus.
    pub(crate) async fn deliver(&self, told: Told) {
        match told.to {
            Audience::Members(id) => self.deliver_logged(id, told.envelope).await,
            Audience::User(user) => {
                let encoded = Encoded::new(told.envelope);
                let sockets = self.inner().devices_for(user, &encoded.envelope);
                self.push(&sockets, &encoded);
                self.tell_followers(encoded);
            }
            Audience::MembersBut(id, but) => {
                let sockets = self.inner().rooms.get(&id).map(Room::sockets);
                let mut sockets = sockets.map_or_else(Vec::new, |all| all.to_vec());
                sockets.retain(|socket| !but.contains(&socket.user_id()));
                self.push(&sockets, &Encoded::new(told.envelope));
            }
            Audience::Watchers(user) => {
                if let Event::Presence(now) = told.envelope.event {
                    self.deliver_to_watchers(user, &now).await;
                }
            }
        }
    }

    /// Tells those who watch somebody what they may see, where that is something else than they were shown before.
    async fn deliver_to_watchers(&self, user: UserId, now: &Presence) {
        let pairs: Vec<_> = self.viewers(user).map(|viewer| (user, viewer)).collect();
        let sights = async {
            let mut conn = self.db.read().await?;
            store::presence::sights(&mut conn, &pairs).await
        };
        match sights.await {
            Ok(sights) => {
                for sight in sights {
                    let presence = sight.of(now.state);
                    let watchers = self.show(&presence, sight.viewer_id);
                    let envelope = Envelope::passing(None, Event::Presence(presence));
                    self.push(&watchers, &Encoded::new(envelope));
                }
            }
            Err(error) => tracing::warn!(%error, "presence could not be told"),
        }
    }

    async fn deliver_logged(&self, id: ConversationId, envelope: Envelope) {
        let Place::Log(seq) = envelope.place else {
            let sockets = self.inner().rooms.get(&id).map(Room::sockets);
            if let Some(sockets) = sockets {
                self.push(&sockets, &Encoded::new(envelope));
            }
            return;
        };
        let told = self.inner().rooms.get(&id).map(Room::told);
        match told {
            None => self.tell_followers(Encoded::new(envelope)),
            Some(Some(told)) if seq <= told => {}
            Some(Some(told)) if seq > told.next() => {
                if let Err(error) = self.heal(id, told, seq).await {
                    tracing::error!(%error, conversation = %id, "missing events could not be fetched; its sockets resync");
                    self.resync(id, seq);
                }
            }
            Some(_) => self.deliver_next(id, seq, envelope),
        }
    }

    fn deliver_next(&self, id: ConversationId, seq: Seq, envelope: Envelope) {
        let sockets = self.inner().rooms.get_mut(&id).map(|room| {
            room.set_told(seq);
            room.sockets()
        });
        let encoded = Encoded::new(envelope);
        if let Some(sockets) = sockets {
            self.push(&sockets, &encoded);
        }
        self.tell_followers(encoded);
    }

    /// Fetches what the bus lost between two places, and tells it in order.
    async fn heal(&self, id: ConversationId, told: Seq, to: Seq) -> Result<(), Error> {
        self.metrics.healed.inc();
        let mut conn = self.db.snapshot().await?;
        let mut from = told;
        while from < to {
            let page = store::event::after(&mut conn, id, from, 256).await?;
            let Some(last) = page.last().map(|envelope| envelope.place) else {
                return Err(Error::Internal(
                    "the log ends before a place that was told".to_owned(),
                ));
            };
            for envelope in page {
                if let Place::Log(seq) = envelope.place {
                    self.deliver_next(id, seq, envelope);
                }
            }
            if let Place::Log(seq) = last {
                from = seq;
            }
        }
        Ok(())
    }

    fn resync(&self, id: ConversationId, seq: Seq) {
        if let Some(room) = self.inner().rooms.get_mut(&id) {
            room.set_told(seq);
            room.sockets().iter().for_each(|socket| socket.resync());
        }
    }

    fn push(&self, sockets: &[Arc<Socket>], encoded: &Encoded) {
        let mut resyncs = 0;
        for socket in sockets {
            resyncs += u64::from(!socket.push(encoded.item()));
        }
        self.metrics.deliveries.inc_by(sockets.len() as u64);
        self.metrics.resyncs.inc_by(resyncs);
    }

    fn tell_followers(&self, encoded: Encoded) {
        if self.followers.receiver_count() > 0 {
            // An error only says that the last follower has just gone.
            let _ = self.followers.send(Arc::new(encoded.envelope));
        }
    }
}

/// An event and, once somebody hears it, its bytes.
struct Encoded {
    envelope: Envelope,
    bytes: std::cell::OnceCell<Utf8Bytes>,
    key: Option<MergeKey>,
}

impl Encoded {
    fn new(envelope: Envelope) -> Self {
        Self {
            key: envelope.merge_key(),
            envelope,
            bytes: std::cell::OnceCell::new(),
        }
    }

    fn item(&self) -> Item {
        let bytes = self
            .bytes
            .get_or_init(|| ServerFrame::encode_event(&self.envelope).into());
        Item::event(bytes.clone(), self.envelope.event.class(), self.key)
    }
}

#[cfg(test)]
mod tests;
