//! The handle of one conversation: say something, go further back, say how far one has read. What can be done to a
//! message that is there already is in `message.rs`.

use crate::{
    Error, NewMessage, Update, http::Http, lock, outbox::Outbox, shared::Shared, signals::MarkKind,
};
use chat_core::{
    Ack, Applied, ClientId, ConversationId, Echo, EchoStatus, MessageBody, SendMessage, Seq,
};
use std::sync::Arc;
use tokio::sync::oneshot;
use uuid::Uuid;

/// One conversation. Cheap to clone.
#[derive(Clone)]
pub struct ConversationHandle {
    shared: Arc<Shared>,
    id: ConversationId,
}

/// A message on its way. It is sent whether or not anybody holds this.
#[derive(Debug)]
pub struct SendTicket {
    client_id: ClientId,
    outcome: oneshot::Receiver<Result<Ack, Error>>,
}

impl SendTicket {
    /// The id of the send, under which its echo is found in the state.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Waits until the server has stored the message, over as many connections as that takes.
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused it for good: its echo has failed, and waits to be retried or discarded.
    /// [`Error::SignedOut`] and [`Error::Stopped`] when the connection was given up, before or after the send: the
    /// message is still queued, and is sent when the connection is started again.
    pub async fn stored(self) -> Result<Ack, Error> {
        self.outcome.await.unwrap_or(Err(Error::Stopped))
    }
}

impl std::fmt::Debug for ConversationHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ConversationHandle").field(&self.id).finish()
    }
}

impl ConversationHandle {
    pub(crate) fn new(shared: Arc<Shared>, id: ConversationId) -> Self {
        Self { shared, id }
    }

    /// Which conversation.
    pub fn id(&self) -> ConversationId {
        self.id
    }

    /// Says something: a text, or a [`NewMessage`] with more than that. Returns at once: the message shows as an echo in
    /// the state, and is sent when the connection is there, after everything that was said before it in this
    /// conversation.
    pub fn send(&self, message: impl Into<NewMessage>) -> SendTicket {
        let message = message.into().request(self.id);
        self.queue(ClientId::from(Uuid::now_v7()), message)
    }

    /// Sends a failed message again, with all that belonged to it, under its own client id. False when there is none.
    pub fn retry(&self, client_id: &ClientId) -> bool {
        if !self.has_failed(client_id) {
            return false;
        }
        let failed = lock(&self.shared.outbox).take_failed(self.id, client_id);
        let is_there = failed.is_some();
        if let Some(message) = failed {
            self.queue(client_id.clone(), message);
        }
        is_there
    }

    /// Drops a message that failed or was not sent yet. False when there is none, or when it is on its way: it may be
    /// stored already.
    pub fn discard(&self, client_id: &ClientId) -> bool {
        let is_dropped = |outbox: &mut Outbox| {
            outbox.discard(self.id, client_id) || outbox.take_failed(self.id, client_id).is_some()
        };
        if !is_dropped(&mut lock(&self.shared.outbox)) {
            return false;
        }
        lock(&self.shared.known).state.drop_echo(self.id, client_id);
        self.shared.tell(Update::Conversation(self.id));
        true
    }

    /// Says that one has read up to a place. Told when the connection is there; the newest place wins.
    pub fn mark_read(&self, seq: Seq) {
        let now_ms = self.shared.clock().elapsed_ms();
        lock(&self.shared.signals).mark(MarkKind::Read, self.id, seq, now_ms);
        self.shared.wake.notify_one();
    }

    /// Says that one writes, or stopped. Call it with every key: it is told at most every three seconds, and not at all
    /// without a connection.
    pub fn typing(&self, is_typing: bool) {
        lock(&self.shared.signals).typing(self.id, is_typing);
        self.shared.wake.notify_one();
    }

    /// Fetches up to `limit` older messages into the state. False when there are none, or when another call has brought
    /// them meanwhile.
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`].
    pub async fn load_older(&self, limit: u32) -> Result<bool, Error> {
        let asked = self
            .shared
            .read(|state| state.history_before(self.id, limit));
        let Some(asked) = asked else {
            return Ok(false);
        };
        let page = self.shared.http.call(&asked).await?;
        let applied = lock(&self.shared.known).state.apply_page(&asked, page);
        let is_changed = matches!(applied, Applied::Changed(_));
        if is_changed {
            self.shared.tell(Update::Conversation(self.id));
        }
        Ok(is_changed)
    }

    pub(crate) fn http(&self) -> &Arc<Http> {
        &self.shared.http
    }

    fn has_failed(&self, client_id: &ClientId) -> bool {
        let is_failed = |echo: &Echo| {
            &echo.client_id == client_id && matches!(echo.status, EchoStatus::Failed { .. })
        };
        self.shared
            .read(|state| state.echoes(self.id).iter().any(is_failed))
    }

    fn queue(&self, client_id: ClientId, message: SendMessage) -> SendTicket {
        let echo = Echo {
            client_id: client_id.clone(),
            conversation_id: self.id,
            content: message
                .content
                .as_ref()
                .map(MessageBody::to_string)
                .unwrap_or_default(),
            created_at: self.shared.clock().now(),
            status: EchoStatus::Pending,
        };
        let (sender, outcome) = oneshot::channel();
        // Both under one lock, so that two threads that send show in the order in which they are sent.
        let mut known = lock(&self.shared.known);
        known.state.echo(echo);
        lock(&self.shared.outbox).push(client_id.clone(), message, sender);
        drop(known);
        // A connection that is given up after this tells its own.
        self.shared.release();
        self.shared.tell(Update::Conversation(self.id));
        self.shared.wake.notify_one();
        SendTicket { client_id, outcome }
    }
}
