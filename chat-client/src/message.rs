//! Messages: one that is to be said, with what goes with it, and what can be done to one that is there. It knows the
//! shape of a message and none of its rules: the server refuses what does not belong together.

use crate::{ConversationHandle, Error};
use chat_core::{
    AddReaction, AttachmentId, ConversationId, DeleteMessage, EditMessage, Emoji, Empty,
    ForwardMessage, Message, MessageBody, MessageId, Metadata, PinMessage, RemoveReaction,
    SendKind, SendMessage, UnpinMessage, UserId,
};

/// A message to be said.
///
/// ```
/// use chat_client::NewMessage;
/// use chat_core::{AttachmentId, MessageBody, MessageId};
///
/// # fn example(question: MessageId, photo: AttachmentId) -> Result<(), &'static str> {
/// let answer = NewMessage::text(MessageBody::parse("here it is")?)
///     .reply_to(question)
///     .attach(photo);
/// # drop(answer);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a message is said by ConversationHandle::send"]
pub struct NewMessage {
    content: Option<MessageBody>,
    kind: Option<SendKind>,
    metadata: Option<Metadata>,
    reply_to: Option<MessageId>,
    attachment_ids: Vec<AttachmentId>,
    mentions: Vec<UserId>,
}

impl NewMessage {
    /// A text.
    pub fn text(content: MessageBody) -> Self {
        Self {
            content: Some(content),
            ..Self::default()
        }
    }

    /// A file, stored before with [`Client::upload`](crate::Client::upload).
    pub fn file(attachment: AttachmentId) -> Self {
        Self::default().attach(attachment)
    }

    /// Something spoken: a stored sound.
    pub fn voice(sound: AttachmentId) -> Self {
        Self {
            kind: Some(SendKind::Voice),
            ..Self::file(sound)
        }
    }

    /// Says this with it.
    pub fn with_text(mut self, content: MessageBody) -> Self {
        self.content = Some(content);
        self
    }

    /// Adds a stored file; at most ten.
    pub fn attach(mut self, attachment: AttachmentId) -> Self {
        self.attachment_ids.push(attachment);
        self
    }

    /// Answers a message of the same conversation.
    pub fn reply_to(mut self, message: MessageId) -> Self {
        self.reply_to = Some(message);
        self
    }

    /// Names a member, besides those whom the text names with `@username`.
    pub fn mention(mut self, user: UserId) -> Self {
        self.mentions.push(user);
        self
    }

    /// Adds data of the app.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// The request that says it here.
    pub(crate) fn request(self, conversation_id: ConversationId) -> SendMessage {
        let some = |is_empty: bool| (!is_empty).then_some(());
        SendMessage {
            conversation_id,
            client_id: None,
            content: self.content,
            kind: self.kind,
            metadata: self.metadata,
            reply_to: self.reply_to,
            attachment_ids: some(self.attachment_ids.is_empty()).map(|()| self.attachment_ids),
            mentions: some(self.mentions.is_empty()).map(|()| self.mentions),
        }
    }
}

impl From<MessageBody> for NewMessage {
    fn from(content: MessageBody) -> Self {
        Self::text(content)
    }
}

/// What is done to messages of the conversation. The state learns all of it through events, like everybody.
impl ConversationHandle {
    /// Gives a message of one's own another text.
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
            mentions: None,
        };
        self.http().call(&request).await
    }

    /// Deletes a message, leaving a tombstone.
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`]: deleting again does no harm.
    pub async fn delete(&self, message_id: MessageId) -> Result<Message, Error> {
        self.http().call(&DeleteMessage { message_id }).await
    }

    /// Puts an emoji under a message.
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`]: reacting again does no harm.
    pub async fn react(&self, message_id: MessageId, emoji: Emoji) -> Result<(), Error> {
        let request = AddReaction { message_id, emoji };
        self.http().call(&request).await.map(|Empty {}| ())
    }

    /// Takes one's emoji back.
    ///
    /// # Errors
    /// As for [`ConversationHandle::react`].
    pub async fn unreact(&self, message_id: MessageId, emoji: Emoji) -> Result<(), Error> {
        let request = RemoveReaction { message_id, emoji };
        self.http().call(&request).await.map(|Empty {}| ())
    }

    /// Keeps a message at hand for everyone.
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`]: pinning again does no harm.
    pub async fn pin(&self, message_id: MessageId) -> Result<(), Error> {
        let request = PinMessage { message_id };
        self.http().call(&request).await.map(|Empty {}| ())
    }

    /// Lets a pinned message go.
    ///
    /// # Errors
    /// As for [`ConversationHandle::pin`].
    pub async fn unpin(&self, message_id: MessageId) -> Result<(), Error> {
        let request = UnpinMessage { message_id };
        self.http().call(&request).await.map(|Empty {}| ())
    }

    /// Says a message of this conversation again in others, in their order.
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

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_message_carries_what_was_put_into_it_and_nothing_else() {
        let here = ConversationId::new(Uuid::from_u128(1));
        let sound = AttachmentId::new(Uuid::from_u128(2));
        let body = MessageBody::parse("hello").unwrap();

        let voice = NewMessage::voice(sound)
            .with_text(body.clone())
            .reply_to(MessageId::new(Uuid::from_u128(3)))
            .mention(UserId::new(Uuid::from_u128(4)))
            .request(here);

        assert_eq!(
            (voice.kind, voice.attachment_ids),
            (Some(SendKind::Voice), Some(vec![sound]))
        );
        assert_eq!(
            (voice.content, voice.mentions.map(|m| m.len())),
            (Some(body.clone()), Some(1))
        );
        let plain = NewMessage::from(body.clone()).request(here);
        assert_eq!(plain, SendMessage::text(here, body));
    }
}
