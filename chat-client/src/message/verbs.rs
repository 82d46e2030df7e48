//! What can be done to a message that is there or on its way.

use crate::{ConversationHandle, Error, Target, Task, Ticket};
use chat_core::{
    ConversationId, Emoji, Empty, ForwardMessage, Message, MessageBody, MessageId, PinMessage,
    UnpinMessage,
};

/// What is done to messages of the conversation. The state learns all of it through events, like everybody.
impl ConversationHandle {
    /// Gives a message of one's own another text. One that waits in the outbox, and that nobody else knows of yet, is
    /// said with this text; for one that is on its way, the edit waits. An edit whose answer was lost is asked again under
    /// the same name, and for a day the server knows that it is done: a text that another device gave the message in
    /// between stays. The same is true of a deletion and of an emoji that came or went. After longer than a day away, and
    /// with a server older than this, it is done once more.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let sent = ann.conversation(group).send(chat_core::MessageBody::parse("helo")?).stored().await?;
    /// use chat_core::MessageBody;
    ///
    /// let here = ann.conversation(group);
    /// here.edit(sent.message_id, MessageBody::parse("hello")?).done().await?;
    /// // One that waits is named by its client id.
    /// let waiting = here.send(MessageBody::parse("goodby")?);
    /// here.edit(waiting.client_id().clone(), MessageBody::parse("goodbye")?);
    /// # Ok(())
    /// # });
    /// ```
    pub fn edit(&self, message: impl Into<Target>, content: MessageBody) -> Ticket {
        let message = message.into();
        match &message {
            Target::Queued(key) if let Some(ticket) = self.amend(key, &content) => ticket,
            _ => self.queue_task(Task::Edit { message, content }),
        }
    }

    /// Deletes a message, leaving a tombstone. One that waits in the outbox, and that nobody else knows of yet, is never
    /// sent.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let sent = ann.conversation(group).send(chat_core::MessageBody::parse("helo")?).stored().await?;
    /// ann.conversation(group).delete(sent.message_id).done().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn delete(&self, message: impl Into<Target>) -> Ticket {
        let message = message.into();
        match &message {
            Target::Queued(key) if let Some(ticket) = self.take_back(key) => ticket,
            _ => self.queue_task(Task::Delete { message }),
        }
    }

    /// Puts an emoji under a message.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, group| {
    /// # let sent = ann.conversation(group).send(chat_core::MessageBody::parse("helo")?).stored().await?;
    /// use chat_core::Emoji;
    ///
    /// ben.conversation(group).react(sent.message_id, Emoji::parse("👍")?).done().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn react(&self, message: impl Into<Target>, emoji: Emoji) -> Ticket {
        self.queue_task(Task::React {
            message: message.into(),
            emoji,
            is_on: true,
        })
    }

    /// Takes one's emoji back.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, group| {
    /// # let sent = ann.conversation(group).send(chat_core::MessageBody::parse("helo")?).stored().await?;
    /// use chat_core::Emoji;
    ///
    /// let here = ben.conversation(group);
    /// here.react(sent.message_id, Emoji::parse("👍")?);
    /// here.unreact(sent.message_id, Emoji::parse("👍")?).done().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn unreact(&self, message: impl Into<Target>, emoji: Emoji) -> Ticket {
        self.queue_task(Task::React {
            message: message.into(),
            emoji,
            is_on: false,
        })
    }

    /// Keeps a message at hand for everyone.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let sent = ann.conversation(group).send(chat_core::MessageBody::parse("helo")?).stored().await?;
    /// use chat_core::ListPins;
    ///
    /// ann.conversation(group).pin(sent.message_id).await?;
    /// let pinned = ann.call(ListPins { conversation_id: group }).await?;
    /// assert_eq!(pinned.items.len(), 1);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`]: pinning again does no harm.
    pub async fn pin(&self, message_id: MessageId) -> Result<(), Error> {
        let request = PinMessage { message_id };
        self.http().call(&request).await.map(|Empty {}| ())
    }

    /// Lets a pinned message go.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let sent = ann.conversation(group).send(chat_core::MessageBody::parse("helo")?).stored().await?;
    /// let here = ann.conversation(group);
    /// here.pin(sent.message_id).await?;
    /// here.unpin(sent.message_id).await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As for [`ConversationHandle::pin`].
    pub async fn unpin(&self, message_id: MessageId) -> Result<(), Error> {
        let request = UnpinMessage { message_id };
        self.http().call(&request).await.map(|Empty {}| ())
    }

    /// Says a message of this conversation again in others, in their order.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, group| {
    /// # let sent = ann.conversation(group).send(chat_core::MessageBody::parse("helo")?).stored().await?;
    /// # let other = chat_client::test_kit::group(&ann, &[ben.me().ok_or("nobody is signed in")?]).await;
    /// let copies = ann.conversation(group).forward(sent.message_id, vec![other]).await?;
    /// assert_eq!(copies[0].content, "helo");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`]: forwarding again may say it twice. A
    /// [`ForwardMessage`] with a client id of one's own, through [`Client::call`](crate::Client::call), can be repeated.
    pub async fn forward(
        &self,
        message_id: MessageId,
        to: Vec<ConversationId>,
    ) -> Result<Vec<Message>, Error> {
        let request = ForwardMessage {
            message_id,
            conversation_ids: to,
            client_id: None,
        };
        let list = self.http().call(&request).await?;
        Ok(list.items)
    }
}
