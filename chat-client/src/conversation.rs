//! The handle of one conversation: say something, change it, go further back, say how far one has read.

use crate::{Error, Update, lock, shared::Shared, signals::MarkKind};
use chat_core::{
    Ack, Applied, ClientId, ConversationId, DeleteMessage, Echo, EchoStatus, EditMessage, Message,
    MessageBody, MessageId, Seq,
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

    /// Says something. Returns at once: the message shows as an echo in the state, and is sent when the connection is
    /// there, after everything that was said before it in this conversation.
    pub fn send(&self, content: MessageBody) -> SendTicket {
        self.queue(ClientId::from(Uuid::now_v7()), content)
    }

    /// Sends a failed message again, under its own client id. False when there is none.
    pub fn retry(&self, client_id: &ClientId) -> bool {
        let failed = self.shared.read(|state| {
            let mut echoes = state.echoes(self.id).iter();
            let echo = echoes.find(|echo| &echo.client_id == client_id)?;
            let is_failed = matches!(echo.status, EchoStatus::Failed { .. });
            is_failed.then(|| echo.content.clone())
        });
        match failed.map(MessageBody::parse) {
            Some(Ok(content)) => {
                self.queue(client_id.clone(), content);
                true
            }
            _ => false,
        }
    }

    /// Drops a message that failed or was not sent yet. False when there is none, or when it is on its way: it may be
    /// stored already.
    pub fn discard(&self, client_id: &ClientId) -> bool {
        let was_queued = lock(&self.shared.outbox).discard(self.id, client_id);
        let mut known = lock(&self.shared.known);
        let mut echoes = known.state.echoes(self.id).iter();
        let is_failed = echoes.any(|echo| {
            &echo.client_id == client_id && matches!(echo.status, EchoStatus::Failed { .. })
        });
        if !was_queued && !is_failed {
            return false;
        }
        known.state.drop_echo(self.id, client_id);
        drop(known);
        self.shared.tell(Update::Conversation(self.id));
        true
    }

    /// Gives a message of one's own another text. The state learns it through the event, like everybody.
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`]: editing again does no harm.
    pub async fn edit(
        &self,
        message_id: MessageId,
        content: MessageBody,
    ) -> Result<Message, Error> {
        let request = EditMessage {
            message_id,
            content,
        };
        self.shared.http.call(&request).await
    }

    /// Deletes a message, leaving a tombstone. The state learns it through the event, like everybody.
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`]: deleting again does no harm.
    pub async fn delete(&self, message_id: MessageId) -> Result<Message, Error> {
        self.shared.http.call(&DeleteMessage { message_id }).await
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

    fn queue(&self, client_id: ClientId, content: MessageBody) -> SendTicket {
        let echo = Echo {
            client_id: client_id.clone(),
            conversation_id: self.id,
            content: content.as_str().to_owned(),
            created_at: self.shared.clock().now(),
            status: EchoStatus::Pending,
        };
        let (sender, outcome) = oneshot::channel();
        // Both under one lock, so that two threads that send show in the order in which they are sent.
        let mut known = lock(&self.shared.known);
        known.state.echo(echo);
        lock(&self.shared.outbox).push(self.id, client_id.clone(), content, sender);
        drop(known);
        // A connection that is given up after this tells its own.
        self.shared.release();
        self.shared.tell(Update::Conversation(self.id));
        self.shared.wake.notify_one();
        SendTicket { client_id, outcome }
    }
}
