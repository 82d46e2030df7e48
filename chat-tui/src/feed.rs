//! What the client tells, and the clock: for the loop of the full screen and that of the line mode.

use crate::Changes;
use chat_client::{Client, Status, Update, Updates};
use chat_core::Timestamp;
use tokio::sync::watch;

/// What time it is.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_ms(jiff::Timestamp::now().as_millisecond())
}

/// Something that the client told.
pub(crate) enum News {
    /// Something changed; nothing more will.
    Update(Option<Update>),
    /// How the connection is; nothing more is told of it.
    Status(Option<Status>),
}

/// What the client of who is signed in tells.
#[derive(Default)]
pub(crate) struct Feed {
    updates: Option<Updates>,
    status: Option<watch::Receiver<Status>>,
    /// What changed and was not looked at yet.
    pub(crate) changes: Changes,
}

impl Feed {
    /// Listens to another client from now on.
    pub(crate) fn follow(&mut self, client: &Client) {
        let mut status = client.status();
        status.mark_changed();
        self.status = Some(status);
        self.updates = Some(client.updates());
    }

    /// The next thing that the client tells; waits for ever where nobody is signed in.
    pub(crate) async fn next(&mut self) -> News {
        let Self {
            updates, status, ..
        } = self;
        tokio::select! {
            biased;
            update = next_update(updates) => News::Update(update),
            status = next_status(status) => News::Status(status),
        }
    }

    /// Takes it in. Gives the status, where that is another.
    pub(crate) fn take(&mut self, news: News) -> Option<Status> {
        match news {
            News::Update(update) => self.changed(update),
            News::Status(Some(status)) => return Some(status),
            News::Status(None) => self.status = None,
        }
        None
    }

    fn changed(&mut self, update: Option<Update>) {
        match update {
            None => self.updates = None,
            Some(Update::Conversation(id)) => {
                self.changes.conversations.insert(id);
            }
            Some(Update::Presence) => self.changes.presence = true,
            // It comes with every event, and with every draft that is kept.
            Some(Update::List) => self.changes.list = true,
            // The status has its own channel; what an event changed is told beside it.
            Some(Update::Status | Update::Event(_)) => {}
            Some(_) => self.changes.all = true,
        }
    }
}

async fn next_update(updates: &mut Option<Updates>) -> Option<Update> {
    match updates {
        Some(updates) => updates.next().await,
        None => std::future::pending().await,
    }
}

async fn next_status(status: &mut Option<watch::Receiver<Status>>) -> Option<Status> {
    match status {
        Some(status) => {
            status.changed().await.ok()?;
            Some(status.borrow_and_update().clone())
        }
        None => std::future::pending().await,
    }
}
