//! What the user says and does. Each call puts it into the outbox and returns when it is on disk: from then on it is done,
//! whether or not anybody waits, whether or not there is a network, and even if the program dies. What is wrong with an
//! argument is said at once; what the server refuses shows at the message.

use crate::{
    ChatClient, ChatError, MessageTarget, OutgoingMessage, StoredMessage,
    error::{conversation_id, message_body, parsed},
    runtime::{done, finish},
};
use chat_client::{ConversationHandle, NewMessage, Target, Ticket};
use chat_core::{Emoji, MessageBody, MessageId, Seq};

#[uniffi::export]
impl ChatClient {
    /// Says a text. Returns when it is on disk, with the id of the send: it is in the timeline, and is sent after everything
    /// that was said before it in this conversation.
    pub async fn send(&self, conversation_id: String, text: String) -> Result<String, ChatError> {
        let message = OutgoingMessage {
            text: Some(text),
            ..OutgoingMessage::default()
        };
        self.send_message(conversation_id, message).await
    }

    /// Says something, with files, as an answer, or with more. As `send`.
    pub async fn send_message(
        &self,
        conversation_id: String,
        message: OutgoingMessage,
    ) -> Result<String, ChatError> {
        let here = self.here(&conversation_id)?;
        let message = NewMessage::try_from(message)?;
        finish(async move {
            let ticket = here.send(message).kept().await?;
            Ok(ticket.client_id().to_string())
        })
        .await
    }

    /// Says something and waits until the server has stored it, over as many connections as that takes. Whoever stops
    /// waiting has still said it.
    pub async fn send_and_wait(
        &self,
        conversation_id: String,
        message: OutgoingMessage,
    ) -> Result<StoredMessage, ChatError> {
        let here = self.here(&conversation_id)?;
        let message = NewMessage::try_from(message)?;
        finish(async move { Ok(here.send(message).stored().await?.into()) }).await
    }

    /// Gives a message of one's own another text. One that nobody else knows of yet is said with this text.
    pub async fn edit(
        &self,
        conversation_id: String,
        target: MessageTarget,
        text: String,
    ) -> Result<(), ChatError> {
        let text: MessageBody = message_body(text)?;
        self.act(&conversation_id, target, |here, target| {
            here.edit(target, text)
        })
        .await
    }

    /// Deletes a message, leaving a tombstone. One that nobody else knows of yet is never sent.
    pub async fn delete(
        &self,
        conversation_id: String,
        target: MessageTarget,
    ) -> Result<(), ChatError> {
        self.act(&conversation_id, target, |here, target| here.delete(target))
            .await
    }

    /// Puts an emoji under a message.
    pub async fn react(
        &self,
        conversation_id: String,
        target: MessageTarget,
        emoji: String,
    ) -> Result<(), ChatError> {
        let emoji = self::emoji(emoji)?;
        self.act(&conversation_id, target, |here, target| {
            here.react(target, emoji)
        })
        .await
    }

    /// Takes one's emoji back.
    pub async fn unreact(
        &self,
        conversation_id: String,
        target: MessageTarget,
        emoji: String,
    ) -> Result<(), ChatError> {
        let emoji = self::emoji(emoji)?;
        self.act(&conversation_id, target, |here, target| {
            here.unreact(target, emoji)
        })
        .await
    }

    /// Says that one has read up to a place. Told when there is a connection; the newest place wins.
    pub async fn mark_read(&self, conversation_id: String, seq: u64) -> Result<(), ChatError> {
        let here = self.here(&conversation_id)?;
        let seq = Seq::try_from(seq).map_err(|rule| ChatError::invalid("seq", rule))?;
        done(async move { here.mark_read(seq).kept().await }).await
    }

    /// Keeps what one has begun to write, on this device; none takes it away.
    pub async fn set_draft(
        &self,
        conversation_id: String,
        text: Option<String>,
    ) -> Result<(), ChatError> {
        let here = self.here(&conversation_id)?;
        done(async move { here.set_draft(text).kept().await }).await
    }

    /// Says that one writes, or stopped. Call it with every key: it is told at most every three seconds, and not at all
    /// without a connection.
    pub async fn set_typing(
        &self,
        conversation_id: String,
        is_typing: bool,
    ) -> Result<(), ChatError> {
        let here = self.here(&conversation_id)?;
        finish(async move {
            here.typing(is_typing);
            Ok(())
        })
        .await
    }

    /// Keeps a message at hand for everyone.
    pub async fn pin(&self, conversation_id: String, message_id: String) -> Result<(), ChatError> {
        let here = self.here(&conversation_id)?;
        let id: MessageId = parsed("message_id", &message_id)?;
        done(async move { here.pin(id).await }).await
    }

    /// Lets a pinned message go.
    pub async fn unpin(
        &self,
        conversation_id: String,
        message_id: String,
    ) -> Result<(), ChatError> {
        let here = self.here(&conversation_id)?;
        let id: MessageId = parsed("message_id", &message_id)?;
        done(async move { here.unpin(id).await }).await
    }

    /// Says a message of this conversation again in others, in their order.
    pub async fn forward(
        &self,
        conversation_id: String,
        message_id: String,
        to: Vec<String>,
    ) -> Result<(), ChatError> {
        let here = self.here(&conversation_id)?;
        let id: MessageId = parsed("message_id", &message_id)?;
        let to = to.iter().map(|id| parsed("to", id));
        let to = to.collect::<Result<Vec<_>, _>>()?;
        done(async move { here.forward(id, to).await }).await
    }
}

impl ChatClient {
    pub(super) fn here(&self, id: &str) -> Result<ConversationHandle, ChatError> {
        Ok(self.client.conversation(conversation_id(id)?))
    }

    async fn act(
        &self,
        conversation_id: &str,
        target: MessageTarget,
        act: impl FnOnce(ConversationHandle, Target) -> Ticket + Send + 'static,
    ) -> Result<(), ChatError> {
        let here = self.here(conversation_id)?;
        let target = Target::try_from(target)?;
        done(async move { act(here, target).kept().await }).await
    }
}

fn emoji(text: String) -> Result<Emoji, ChatError> {
    Emoji::parse(text).map_err(|rule| ChatError::invalid("emoji", rule))
}
