//! From the bus to whoever is here: what this process has committed and what it hears of others, one after the other, so
//! that each log is told in its order.

use crate::{
    Hooks,
    auth::{Tickets, Tokens},
    bus::{Audience, Heard, Redis, Told},
    clock::Clock,
    hub::{Encoded, Hub},
    message::Recent,
    presence::Elsewhere,
    search::Search,
    session,
};
use chat_core::{Event, Place};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};
use tokio::sync::{Notify, mpsc};

/// Everyone who is told.
pub(super) struct Pump {
    pub(super) redis: Option<Redis>,
    pub(super) hub: Arc<Hub>,
    pub(super) elsewhere: Option<Arc<Elsewhere>>,
    pub(super) recent: Option<Arc<Recent>>,
    pub(super) hooks: Arc<dyn Hooks>,
    pub(super) search: Arc<Search>,
    pub(super) tokens: Arc<Tokens>,
    pub(super) tickets: Arc<Tickets>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) access_token_s: u32,
    /// Woken when something was deleted: it is still in the database's log.
    pub(super) erased: Arc<Notify>,
}

impl Pump {
    /// Goes on until nobody can tell anything any more.
    pub(super) async fn run(
        self,
        mut own: mpsc::Receiver<Vec<Told>>,
        heard: Option<mpsc::Receiver<Heard>>,
    ) {
        // Without others nothing is ever heard.
        let (_silent, silence) = mpsc::channel(1);
        let mut heard = heard.unwrap_or(silence);
        loop {
            tokio::select! {
                told = own.recv() => {
                    let Some(batch) = told else { return };
                    for told in batch {
                        self.tell_own(told).await;
                    }
                }
                Some(heard) = heard.recv() => self.tell_heard(heard).await,
            }
        }
    }

    /// Hands what was committed here to the embedding program, to the search, to other processes and to the sockets, in
    /// this order.
    async fn tell_own(&self, told: Told) {
        if !matches!(told.envelope.place, Place::Nowhere) {
            // A fault of the embedding program must not silence the chat.
            let heard = AssertUnwindSafe(|| self.hooks.on_event(&told.envelope));
            if catch_unwind(heard).is_err() {
                tracing::error!("the hook on_event panicked");
            }
        }
        self.search.note(&told);
        if let Event::MessageDeleted(_) | Event::ConversationDeleted(_) = &told.envelope.event {
            self.erased.notify_one();
        }
        if let Some(recent) = &self.recent {
            recent.note(&told.envelope);
        }
        self.hub.tell_followers(&told.envelope);
        let Some(redis) = &self.redis else {
            return self.hub.deliver(told).await;
        };
        let encoded = Encoded::new(told.envelope.clone());
        redis.carry(&told, encoded.bytes());
        self.deliver(&told.to, &encoded).await;
    }

    async fn tell_heard(&self, heard: Heard) {
        match heard {
            Heard::Told(told, bytes) => {
                let encoded = Encoded::with(told.envelope, bytes);
                self.deliver(&told.to, &encoded).await;
            }
            Heard::Reaches(id, seq) => self.hub.reach(id, seq).await,
            Heard::InboxReaches(user, seq) => self.hub.inbox_reaches(user, seq).await,
            Heard::EndsAt(id, seq) => self.hub.ends_at(id, seq),
            Heard::InboxEndsAt(user, seq) => self.hub.inbox_ends_at(user, seq),
            Heard::CutOff(user, at) => {
                self.tickets.revoke(user, at);
                self.hub.cut_off(user, at);
            }
            Heard::Signal(signal) => {
                let now = self.clock.now();
                let until = now.plus_ms(i64::from(self.access_token_s) * 1_000);
                session::heed(&signal, &self.hub, &self.tokens, &self.tickets, now, until);
            }
        }
    }

    async fn deliver(&self, to: &Audience, encoded: &Encoded) {
        match (to, &self.elsewhere) {
            // Where somebody is on all processes takes a moment to find out; nobody else waits for that.
            (Audience::Watchers(user), Some(elsewhere)) => elsewhere.look_at(*user),
            _ => self.hub.deliver_encoded(to, encoded).await,
        }
    }
}
