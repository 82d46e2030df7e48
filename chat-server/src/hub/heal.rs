//! What the bus lost is fetched from the database and told in its order. Where that fails, the sockets are told to sync:
//! never a part.
//!
//! Meanwhile nobody else here is told anything, so that each log is told in its order. A database that does not answer
//! must not make that long: after one attempt too many nothing is fetched for a while, and then all that is missing.

use super::{Encoded, Hub, room::Room};
use crate::{Error, bus::Topic, store, sync};
use chat_core::{ConversationId, Place, Seq, UserId};
use std::{
    collections::HashMap,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// Entries of a log that are fetched together.
const PAGE: u32 = 256;
/// What is missing must be there within this time, ...
const DEADLINE: Duration = Duration::from_secs(2);
/// ... or nothing is fetched for this long.
const REST: Duration = Duration::from_secs(5);

/// How far the logs that this process serves were told.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    pub(crate) conversations: HashMap<ConversationId, Seq>,
    pub(crate) inboxes: HashMap<UserId, Seq>,
}

impl Hub {
    /// How far everything was told that this process serves; or of these alone.
    pub(crate) fn positions(&self, only: Option<&[Topic]>) -> Positions {
        let inner = self.inner();
        let mut positions = Positions::default();
        let Some(topics) = only else {
            let rooms = inner.rooms.iter();
            positions.conversations = rooms.map(|(id, room)| (*id, room.told())).collect();
            let users = inner.users.iter();
            positions.inboxes = users
                .filter_map(|(user, devices)| Some((*user, devices.told?)))
                .collect();
            return positions;
        };
        for topic in topics {
            match topic {
                Topic::Conversation(id) => {
                    let told = inner.rooms.get(id).map(|room| (*id, room.told()));
                    positions.conversations.extend(told);
                }
                Topic::User(user) => {
                    let told = inner.users.get(user).and_then(|devices| devices.told);
                    positions.inboxes.extend(told.map(|told| (*user, told)));
                }
                Topic::Watched(_) | Topic::Everybody => {}
            }
        }
        positions
    }

    /// A conversation's log reaches this far: what was not told of it is fetched.
    pub(crate) async fn reach(&self, id: ConversationId, seq: Seq) {
        let told = self.inner().rooms.get(&id).map(Room::told);
        let Some(told) = told.filter(|told| *told < seq) else {
            return;
        };
        if let Err(error) = self.in_time(self.heal(id, told, seq)).await {
            tracing::error!(%error, conversation = %id, "missing events could not be fetched; its sockets resync");
            // What was not told is fetched the next time, too.
            self.resync(id);
        }
    }

    /// Fetches, unless that has just taken too long.
    async fn in_time(&self, heal: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
        if self
            .rests_until()
            .is_some_and(|until| Instant::now() < until)
        {
            // Whoever was here was told to sync; the next event or the next look finds that it is missing still.
            return Ok(());
        }
        timeout(DEADLINE, heal).await.unwrap_or_else(|_| {
            *self.rests_until() = Some(Instant::now() + REST);
            Err(Error::Unavailable {
                reason: "the database does not answer in time",
                retry_after_ms: REST.as_millis() as u64,
            })
        })
    }

    pub(super) fn rests_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.rests_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A conversation's log ends before what was told of it: from here on it is told anew.
    pub(crate) fn ends_at(&self, id: ConversationId, seq: Seq) {
        tracing::error!(conversation = %id, %seq, "a log is shorter than it was; its sockets resync");
        if let Some(room) = self.inner().rooms.get_mut(&id) {
            room.set_told(seq);
        }
        self.resync(id);
    }

    /// The same of an inbox.
    pub(crate) fn inbox_ends_at(&self, user: UserId, seq: Seq) {
        tracing::error!(%user, %seq, "an inbox is shorter than it was; its sockets are let go");
        self.inner().set_inbox_told(user, seq);
        self.end_sessions(user, None, chat_core::Close::PositionLost);
    }

    /// Fetches what the bus lost between two places, and tells it in order; what is there beyond, too.
    async fn heal(&self, id: ConversationId, told: Seq, to: Seq) -> Result<(), Error> {
        self.metrics.healed.inc();
        let mut conn = self.db.snapshot().await?;
        let mut from = told;
        while from < to {
            let page = store::event::after(&mut conn, id, from, PAGE).await?;
            if page.is_empty() {
                // Whoever said so was wrong; what there is was told.
                tracing::warn!(conversation = %id, %from, %to, "another process told of a place that is not in the log");
                return Ok(());
            }
            for envelope in page {
                if let Place::Log(seq) = envelope.place {
                    self.deliver_next(id, seq, &Encoded::new(envelope));
                    from = seq;
                }
            }
        }
        Ok(())
    }

    fn resync(&self, id: ConversationId) {
        if let Some(room) = self.inner().rooms.get(&id) {
            room.sockets().iter().for_each(|socket| socket.resync());
        }
    }

    /// A user's inbox reaches this far: what was not told of it is fetched.
    pub(crate) async fn inbox_reaches(&self, user: UserId, seq: Seq) {
        let told = self.inner().users.get(&user).and_then(|known| known.told);
        let Some(told) = told.filter(|told| *told < seq) else {
            return;
        };
        if let Err(error) = self.in_time(self.heal_inbox(user, told)).await {
            tracing::error!(%error, %user, "missing entries of an inbox could not be fetched; its sockets are let go");
            self.end_sessions(user, None, chat_core::Close::PositionLost);
        }
    }

    async fn heal_inbox(&self, user: UserId, told: Seq) -> Result<(), Error> {
        self.metrics.healed.inc();
        let mut conn = self.db.snapshot().await?;
        let mut from = told;
        loop {
            let (page, more) = sync::inbox_after(&mut conn, user, from, PAGE).await?;
            for envelope in page {
                if let Place::Inbox(seq) = envelope.place {
                    self.deliver_next_to_inbox(user, seq, &Encoded::new(envelope));
                }
            }
            let Some(last) = more else { break };
            from = last;
        }
        // Of what is said twice the inbox keeps the newest: there are places without anything, perhaps the last. Where it
        // ends the database says, not who told of a place.
        if let [head] = store::head::of_inboxes(&mut conn, &[user]).await?[..] {
            self.inner().skip_inbox_to(user, head.seq);
        }
        Ok(())
    }
}
