//! From an event to the queues of the sockets that it concerns: encoded once, in the order of its log, nothing twice.

use super::{Hub, Item, Socket, room::Room};
use crate::{
    bus::{Audience, Told},
    store,
};
use chat_core::{
    ConversationId, Envelope, Event, MergeKey, Place, PresenceState, Seq, ServerFrame, UserId,
};
use std::sync::{Arc, OnceLock};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// An event and, once somebody hears it, its bytes.
pub(crate) struct Encoded {
    pub(crate) envelope: Envelope,
    bytes: OnceLock<Utf8Bytes>,
    key: Option<MergeKey>,
}

impl Encoded {
    pub(crate) fn new(envelope: Envelope) -> Self {
        Self {
            key: envelope.merge_key(),
            envelope,
            bytes: OnceLock::new(),
        }
    }

    /// One whose bytes another process has made.
    pub(crate) fn with(envelope: Envelope, bytes: Utf8Bytes) -> Self {
        Self {
            bytes: OnceLock::from(bytes),
            ..Self::new(envelope)
        }
    }

    pub(crate) fn bytes(&self) -> &Utf8Bytes {
        self.bytes
            .get_or_init(|| ServerFrame::encode_event(&self.envelope).into())
    }

    fn item(&self) -> Item {
        Item::event(self.bytes().clone(), self.envelope.event.class(), self.key)
    }
}

impl Hub {
    /// Tells what came over the bus.
    pub(crate) async fn deliver(&self, told: Told) {
        self.deliver_encoded(&told.to, &Encoded::new(told.envelope))
            .await;
    }

    /// The same for what may have its bytes already.
    pub(crate) async fn deliver_encoded(&self, to: &Audience, encoded: &Encoded) {
        match to {
            Audience::Members(id) => match encoded.envelope.place {
                Place::Log(seq) => self.deliver_logged(*id, seq, encoded).await,
                _ => self.push_to_room(*id, &[], encoded),
            },
            Audience::MembersBut(id, but) => self.push_to_room(*id, but, encoded),
            Audience::User(user) => match encoded.envelope.place {
                Place::Inbox(seq) => self.deliver_to_inbox(*user, seq, encoded).await,
                _ => self.push_to_devices(*user, encoded),
            },
            Audience::Watchers(user) => {
                if let Event::Presence(now) = &encoded.envelope.event {
                    self.show_watchers(&[(*user, now.state)], false).await;
                }
            }
        }
    }

    /// Tells followers inside the program what this process has committed.
    pub(crate) fn tell_followers(&self, envelope: &Envelope) {
        if self.followers.receiver_count() > 0 && envelope.place != Place::Nowhere {
            // An error only says that the last follower has just gone.
            let _ = self.followers.send(Arc::new(envelope.clone()));
        }
    }

    fn push_to_room(&self, id: ConversationId, but: &[UserId], encoded: &Encoded) {
        let sockets = self.inner().rooms.get(&id).map(Room::sockets);
        let Some(sockets) = sockets else { return };
        if but.is_empty() {
            return self.push(&sockets, encoded);
        }
        let mut sockets = sockets.to_vec();
        sockets.retain(|socket| !but.contains(&socket.user_id()));
        self.push(&sockets, encoded);
    }

    fn push_to_devices(&self, user: UserId, encoded: &Encoded) {
        let sockets = self.inner().devices_for(user, &encoded.envelope);
        self.push(&sockets, encoded);
    }

    async fn deliver_logged(&self, id: ConversationId, seq: Seq, encoded: &Encoded) {
        let told = self.inner().rooms.get(&id).map(Room::told);
        match told {
            Some(told) if seq == told.next() => self.deliver_next(id, seq, encoded),
            Some(told) if seq > told => self.reach(id, seq).await,
            _ => {}
        }
    }

    pub(super) fn deliver_next(&self, id: ConversationId, seq: Seq, encoded: &Encoded) {
        let sockets = self.inner().rooms.get_mut(&id).map(|room| {
            room.set_told(seq);
            room.sockets()
        });
        let Some(sockets) = sockets else { return };
        self.push(&sockets, encoded);
        // The inbox of who comes or goes may be late or lost; the log is neither.
        match &encoded.envelope.event {
            Event::MemberLeft(change) => self.inner().evict(id, change.member.user.id),
            Event::MemberJoined(change) => self.inner().let_back(id, change.member.user.id, seq),
            _ => {}
        }
    }

    async fn deliver_to_inbox(&self, user: UserId, seq: Seq, encoded: &Encoded) {
        let told = match self.inner().users.get(&user) {
            Some(devices) => devices.told,
            None => return,
        };
        match told {
            Some(told) if seq <= told => {}
            Some(told) if seq > told.next() => self.inbox_reaches(user, seq).await,
            _ => self.deliver_next_to_inbox(user, seq, encoded),
        }
    }

    pub(super) fn deliver_next_to_inbox(&self, user: UserId, seq: Seq, encoded: &Encoded) {
        self.inner().set_inbox_told(user, seq);
        self.push_to_devices(user, encoded);
    }

    /// Tells those who watch people what they may see, where that is something else than they were shown before. While
    /// nobody can say who is elsewhere, everybody who hides looks like that too.
    pub(crate) async fn show_watchers(&self, people: &[(UserId, PresenceState)], is_dark: bool) {
        let pairs: Vec<_> = people
            .iter()
            .flat_map(|(user, _)| self.viewers(*user).map(|viewer| (*user, viewer)))
            .collect();
        if pairs.is_empty() {
            return;
        }
        let sights = async {
            let mut conn = self.db.read().await?;
            store::presence::sights(&mut conn, &pairs).await
        };
        let sights = match sights.await {
            Ok(sights) => sights,
            Err(error) => return tracing::warn!(%error, "presence could not be told"),
        };
        for sight in sights {
            let state = people.iter().find(|(user, _)| *user == sight.user_id);
            let state = state.map_or(PresenceState::Unknown, |(_, state)| *state);
            let presence = sight.of(state, is_dark);
            let watchers = self.show(&presence, sight.viewer_id);
            let envelope = Envelope::passing(None, Event::Presence(presence));
            self.push(&watchers, &Encoded::new(envelope));
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
}
