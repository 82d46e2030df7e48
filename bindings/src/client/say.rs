//! What the user says and does. Each call puts it into the outbox and returns when it is on disk: from then on it is done,
//! whether or not anybody waits, whether or not there is a network, and even if the program dies. What is wrong with an
//! argument is said at once; what the server refuses shows at the message.

use crate::{
    ChatClient, ChatError, MessageTarget, OutgoingMessage, StoredMessage,
    error::{here, message_body, parsed},
};
use chat_client::{ConversationHandle, NewMessage, Target, Ticket};
use chat_core::{Emoji, MessageBody, MessageId, Seq};

#[uniffi::export]
impl ChatClient {
    /// Says a text. Returns when it is on disk, with the id of the send: it is in the timeline, and is sent after everything
    /// that was said before it in this conversation.
    pub async fn send(&self, conversation_id: String, text: String) -> Result<String, ChatError> {
        self.send_message(conversation_id, OutgoingMessage::of(text))
            .await
    }

    /// Says something, with files, as an answer, or with more. As `send`.
    pub async fn send_message(
        &self,
        conversation_id: String,
        message: OutgoingMessage,
    ) -> Result<String, ChatError> {
        self.finish(move |client| async move {
            let here = here(&client, &conversation_id)?;
            let message = NewMessage::try_from(message)?;
            let ticket = here.send(message).kept().await?;
            Ok(ticket.client_id().to_string())
        })
        .await
    }

    /// Says something and waits until the server has stored it, over as many connections as that takes. Whoever stops
    /// waiting has still said it; so has whoever is told that there is nothing to wait for, because the connection was given
    /// up or the server refused it: the error says `Never` then, `outbox` shows the message, and `retry` and `discard` take
    /// its key. Called again, it would be said twice. Only an error that says otherwise means that nothing was queued.
    pub async fn send_and_wait(
        &self,
        conversation_id: String,
        message: OutgoingMessage,
    ) -> Result<StoredMessage, ChatError> {
        self.finish(move |client| async move {
            let here = here(&client, &conversation_id)?;
            let message = NewMessage::try_from(message)?;
            let ticket = here.send(message).kept().await?;
            let key = ticket.client_id().clone();
            match ticket.stored().await {
                Ok(stored) => Ok(stored.into()),
                Err(error) if here.queued().iter().any(|queued| queued.key == key) => {
                    Err(ChatError::of_queued(error, &key))
                }
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// Gives a message of one's own another text. One that nobody else knows of yet is said with this text.
    pub async fn edit(
        &self,
        conversation_id: String,
        target: MessageTarget,
        text: String,
    ) -> Result<(), ChatError> {
        self.act(conversation_id, target, |here, target| {
            let text: MessageBody = message_body(text)?;
            Ok(here.edit(target, text))
        })
        .await
    }

    /// Deletes a message, leaving a tombstone. One that nobody else knows of yet is never sent.
    pub async fn delete(
        &self,
        conversation_id: String,
        target: MessageTarget,
    ) -> Result<(), ChatError> {
        self.act(conversation_id, target, |here, target| {
            Ok(here.delete(target))
        })
        .await
    }

    /// Puts an emoji under a message.
    pub async fn react(
        &self,
        conversation_id: String,
        target: MessageTarget,
        emoji: String,
    ) -> Result<(), ChatError> {
        self.act(conversation_id, target, |here, target| {
            Ok(here.react(target, self::emoji(emoji)?))
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
        self.act(conversation_id, target, |here, target| {
            Ok(here.unreact(target, self::emoji(emoji)?))
        })
        .await
    }

    /// Says that one has read up to a place. Told when there is a connection; the newest place wins.
    pub async fn mark_read(&self, conversation_id: String, seq: u64) -> Result<(), ChatError> {
        self.finish(move |client| async move {
            let here = here(&client, &conversation_id)?;
            let seq = Seq::try_from(seq).map_err(|rule| ChatError::invalid("seq", rule))?;
            here.mark_read(seq).kept().await?;
            Ok(())
        })
        .await
    }

    /// Keeps what one has begun to write, on this device; none takes it away, and what was begun on another device, too, until
    /// there is another text there.
    pub async fn set_draft(
        &self,
        conversation_id: String,
        text: Option<String>,
    ) -> Result<(), ChatError> {
        self.finish(move |client| async move {
            let here = here(&client, &conversation_id)?;
            here.set_draft(text).kept().await?;
            Ok(())
        })
        .await
    }

    /// Says that one writes, or stopped. Call it with every key: it is told at most every three seconds, and not at all
    /// without a connection.
    pub async fn set_typing(
        &self,
        conversation_id: String,
        is_typing: bool,
    ) -> Result<(), ChatError> {
        self.finish(move |client| async move {
            here(&client, &conversation_id)?.typing(is_typing);
            Ok(())
        })
        .await
    }

    /// Keeps a message at hand for everyone.
    pub async fn pin(&self, conversation_id: String, message_id: String) -> Result<(), ChatError> {
        self.finish(move |client| async move {
            let here = here(&client, &conversation_id)?;
            let id: MessageId = parsed("message_id", &message_id)?;
            here.pin(id).await?;
            Ok(())
        })
        .await
    }

    /// Lets a pinned message go.
    pub async fn unpin(
        &self,
        conversation_id: String,
        message_id: String,
    ) -> Result<(), ChatError> {
        self.finish(move |client| async move {
            let here = here(&client, &conversation_id)?;
            let id: MessageId = parsed("message_id", &message_id)?;
            here.unpin(id).await?;
            Ok(())
        })
        .await
    }

    /// Says a message of this conversation again in others, in their order.
    pub async fn forward(
        &self,
        conversation_id: String,
        message_id: String,
        to: Vec<String>,
    ) -> Result<(), ChatError> {
        self.finish(move |client| async move {
            let here = here(&client, &conversation_id)?;
            let id: MessageId = parsed("message_id", &message_id)?;
            let to = to.iter().map(|id| parsed("to", id));
            here.forward(id, to.collect::<Result<Vec<_>, _>>()?).await?;
            Ok(())
        })
        .await
    }
}

impl ChatClient {
    /// Does something to a message.
    async fn act(
        &self,
        conversation_id: String,
        target: MessageTarget,
        act: impl FnOnce(ConversationHandle, Target) -> Result<Ticket, ChatError> + Send + 'static,
    ) -> Result<(), ChatError> {
        self.finish(move |client| async move {
            let here = here(&client, &conversation_id)?;
            let ticket = act(here, Target::try_from(target)?)?;
            ticket.kept().await?;
            Ok(())
        })
        .await
    }
}

fn emoji(text: String) -> Result<Emoji, ChatError> {
    Emoji::parse(text).map_err(|rule| ChatError::invalid("emoji", rule))
}
