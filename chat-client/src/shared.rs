//! What the handles and the connection task share. Each part has its own short lock; no lock is held across an await,
//! and no two at once, except that the outbox is settled against the state.

use crate::{
    Clock, Error, Status, StopReason, Update, http::Http, lock, outbox::Outbox, signals::Signals,
    sync::Known,
};
use chat_core::{State, UserId};
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;

/// What the handles and the connection task share.
pub(crate) struct Shared {
    pub(crate) http: Arc<Http>,
    pub(crate) known: Mutex<Known>,
    pub(crate) outbox: Mutex<Outbox>,
    pub(crate) signals: Mutex<Signals>,
    /// There is something to send.
    pub(crate) wake: Notify,
    /// The network may be back, or gone.
    pub(crate) hurry: Notify,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) updates: broadcast::Sender<Update>,
    /// The client was shut down.
    pub(crate) ended: CancellationToken,
}

impl Shared {
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.http.clock
    }

    /// Reads what is known.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&State) -> R) -> R {
        read(&lock(&self.known).state)
    }

    /// Tells the listeners.
    pub(crate) fn tell(&self, update: Update) {
        // An error means that nobody listens.
        self.updates.send(update).ok();
    }

    /// Changes the status, and tells if it is another.
    pub(crate) fn set_status(&self, status: Status) {
        let changed = self.status.send_if_modified(|known| {
            let changed = *known != status;
            *known = status;
            changed
        });
        if changed {
            self.tell(Update::Status);
        }
    }

    /// When the connection was given up, tells everybody who waits for a message to be stored. The messages stay.
    pub(crate) fn release(&self) {
        let error = match *self.status.borrow() {
            Status::Stopped {
                reason: StopReason::SignedOut,
            } => Error::SignedOut,
            Status::Stopped { .. } => Error::Stopped,
            _ => return,
        };
        lock(&self.outbox).release(&error);
    }

    /// Forgets everything known, and begins anew for somebody (or nobody).
    pub(crate) fn begin(&self, me: Option<UserId>) {
        *lock(&self.known) = Known::new(me);
        *lock(&self.outbox) = Outbox::default();
        *lock(&self.signals) = Signals::default();
        self.tell(Update::Reset);
    }

    /// Lets echoes go whose message is stored and so far back in the log that it has been passed already.
    pub(crate) fn settle(&self) {
        let mut known = lock(&self.known);
        lock(&self.outbox).settle(|conversation, client_id, seq| {
            let has_echo = known
                .state
                .echoes(conversation)
                .iter()
                .any(|echo| &echo.client_id == client_id);
            let is_passed = known
                .state
                .conversation(conversation)
                .is_some_and(|conversation| conversation.position().seq >= seq);
            if has_echo && is_passed {
                known.state.drop_echo(conversation, client_id);
                self.tell(Update::Conversation(conversation));
            }
            !has_echo || is_passed
        });
    }
}
