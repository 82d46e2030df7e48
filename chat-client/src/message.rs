//! A message that is to be said, with what goes with it. It knows the shape of a message and none of its rules: the server
//! refuses what does not belong together.

mod verbs;

use crate::{FileTarget, Target};
use chat_core::{
    Attachment, AttachmentId, ClientId, ConversationId, MessageBody, Metadata, SendKind,
    SendMessage, UserId,
};
use serde::{Deserialize, Serialize};

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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[must_use = "a message is said by ConversationHandle::send"]
pub struct NewMessage {
    pub(crate) content: Option<MessageBody>,
    kind: Option<SendKind>,
    metadata: Option<Metadata>,
    pub(crate) reply_to: Option<Target>,
    pub(crate) files: Vec<FileTarget>,
    /// What is known of those of the files that the server has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) stored: Vec<Attachment>,
    mentions: Vec<UserId>,
    /// The text is not the one that it was queued with.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_amended: bool,
}

impl NewMessage {
    /// A text.
    ///
    /// ```
    /// use chat_client::NewMessage;
    /// use chat_core::MessageBody;
    ///
    /// let hello = NewMessage::text(MessageBody::parse("hello")?);
    /// assert_eq!(hello.content(), "hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn text(content: MessageBody) -> Self {
        Self {
            content: Some(content),
            ..Self::default()
        }
    }

    /// A file, stored before with [`Client::upload`](crate::Client::upload).
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # use chat_core::{CreateAttachment, FileName};
    /// # let about = CreateAttachment { file_name: Some(FileName::parse("notes.txt")?), duration_ms: None, waveform: None };
    /// use chat_client::NewMessage;
    ///
    /// let notes = ann.upload(about, "text/plain", b"buy milk".as_slice()).await?;
    /// ann.conversation(group).send(NewMessage::file(notes.id)).stored().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn file(attachment: AttachmentId) -> Self {
        Self::default().attach(attachment)
    }

    /// Something spoken: a stored sound.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # use chat_core::AttachmentId;
    /// # let sound = AttachmentId::new(uuid::Uuid::now_v7());
    /// use chat_client::NewMessage;
    ///
    /// // Stored before, as a file is, with its length and waveform.
    /// let spoken = NewMessage::voice(sound);
    /// assert_eq!(spoken.files().len(), 1);
    /// # Ok(())
    /// # });
    /// ```
    pub fn voice(sound: AttachmentId) -> Self {
        Self {
            kind: Some(SendKind::Voice),
            ..Self::file(sound)
        }
    }

    /// Says this with it.
    ///
    /// ```
    /// # let photo = chat_core::AttachmentId::new(uuid::Uuid::now_v7());
    /// use chat_client::NewMessage;
    /// use chat_core::MessageBody;
    ///
    /// let shown = NewMessage::file(photo).with_text(MessageBody::parse("the garden")?);
    /// assert_eq!(shown.content(), "the garden");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_text(mut self, content: MessageBody) -> Self {
        self.content = Some(content);
        self
    }

    /// Adds a stored file; at most ten.
    ///
    /// ```
    /// # let [garden, house] = [0; 2].map(|_| chat_core::AttachmentId::new(uuid::Uuid::now_v7()));
    /// use chat_client::NewMessage;
    ///
    /// let both = NewMessage::file(garden).attach(house);
    /// assert_eq!(both.files().len(), 2);
    /// ```
    pub fn attach(mut self, attachment: AttachmentId) -> Self {
        self.files.push(FileTarget::Stored(attachment));
        self
    }

    /// Adds a file that waits in the outbox itself, put there by
    /// [`ConversationHandle::upload`](crate::ConversationHandle::upload): the message waits for it, and where the file is
    /// refused, its echo has failed with that reason.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("notes.txt");
    /// # std::fs::write(&path, "buy milk")?;
    /// use chat_client::{FileTarget, NewMessage};
    ///
    /// let here = ann.conversation(group);
    /// let upload = here.upload(&path, "notes.txt", "text/plain");
    /// let message = NewMessage::default().attach_queued(upload.key().clone());
    /// assert_eq!(message.files(), [FileTarget::Queued(upload.key().clone())]);
    /// here.send(message).stored().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn attach_queued(mut self, upload: ClientId) -> Self {
        self.files.push(FileTarget::Queued(upload));
        self
    }

    /// Answers a message of the same conversation: a stored one by its id, one that waits in the outbox by its client id.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_client::NewMessage;
    /// use chat_core::MessageBody;
    ///
    /// let here = ann.conversation(group);
    /// let question = here.send(MessageBody::parse("who comes?")?);
    /// // It needs not be stored yet.
    /// let answer = NewMessage::text(MessageBody::parse("I do")?).reply_to(question.client_id().clone());
    /// here.send(answer).stored().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn reply_to(mut self, message: impl Into<Target>) -> Self {
        self.reply_to = Some(message.into());
        self
    }

    /// What is said.
    pub fn content(&self) -> &str {
        self.content.as_ref().map_or("", MessageBody::as_str)
    }

    /// What it answers.
    pub fn answers(&self) -> Option<&Target> {
        self.reply_to.as_ref()
    }

    /// The files with it.
    pub fn files(&self) -> &[FileTarget] {
        &self.files
    }

    /// What is known of a stored file with it: all of one that waited in the outbox, and nothing of one that was put in by
    /// its id.
    ///
    /// ```
    /// # let photo = chat_core::AttachmentId::new(uuid::Uuid::now_v7());
    /// use chat_client::NewMessage;
    ///
    /// assert_eq!(NewMessage::file(photo).stored_file(photo), None);
    /// ```
    pub fn stored_file(&self, id: AttachmentId) -> Option<&Attachment> {
        self.stored.iter().find(|file| file.id == id)
    }

    /// Whether it is something spoken.
    pub fn is_voice(&self) -> bool {
        self.kind == Some(SendKind::Voice)
    }

    /// The members it names besides those whom the text names.
    pub fn named(&self) -> &[UserId] {
        &self.mentions
    }

    /// The app's data with it.
    pub fn data(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }

    /// Names a member, besides those whom the text names with `@username`.
    ///
    /// ```
    /// # let ben = chat_core::UserId::new(uuid::Uuid::now_v7());
    /// use chat_client::NewMessage;
    /// use chat_core::MessageBody;
    ///
    /// let call = NewMessage::text(MessageBody::parse("look at this")?).mention(ben);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mention(mut self, user: UserId) -> Self {
        self.mentions.push(user);
        self
    }

    /// Adds data of the app.
    ///
    /// ```
    /// use chat_client::NewMessage;
    /// use chat_core::{MessageBody, Metadata};
    ///
    /// let place = serde_json::json!({ "lat": 48.2, "lon": 16.4 });
    /// let place = Metadata::try_from(place.as_object().cloned().unwrap_or_default())?;
    /// let here = NewMessage::text(MessageBody::parse("I am here")?).metadata(place);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// The request that says it here; none while something that belongs to it is not stored itself.
    pub(crate) fn request(
        &self,
        conversation_id: ConversationId,
        client_id: ClientId,
    ) -> Option<SendMessage> {
        let files = self.files.iter().map(|file| match file {
            FileTarget::Stored(id) => Some(*id),
            FileTarget::Queued(_) => None,
        });
        let files: Vec<_> = files.collect::<Option<_>>()?;
        let reply_to = match &self.reply_to {
            Some(Target::Queued(_)) => return None,
            Some(Target::Stored(id)) => Some(*id),
            None => None,
        };
        Some(SendMessage {
            conversation_id,
            client_id: Some(client_id),
            content: self.content.clone(),
            kind: self.kind,
            metadata: self.metadata.clone(),
            reply_to,
            attachment_ids: Some(files).filter(|files| !files.is_empty()),
            mentions: Some(self.mentions.clone()).filter(|named| !named.is_empty()),
        })
    }
}

impl From<MessageBody> for NewMessage {
    fn from(content: MessageBody) -> Self {
        Self::text(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat_core::MessageId;
    use uuid::Uuid;

    #[test]
    fn a_message_carries_what_was_put_into_it_and_nothing_else() {
        let here = ConversationId::new(Uuid::from_u128(1));
        let sound = AttachmentId::new(Uuid::from_u128(2));
        let body = MessageBody::parse("hello").unwrap();

        let key = ClientId::from(Uuid::from_u128(9));
        let voice = NewMessage::voice(sound)
            .with_text(body.clone())
            .reply_to(MessageId::new(Uuid::from_u128(3)))
            .mention(UserId::new(Uuid::from_u128(4)));
        let asked = voice.request(here, key.clone()).unwrap();

        assert_eq!(
            (asked.kind, asked.attachment_ids),
            (Some(SendKind::Voice), Some(vec![sound]))
        );
        assert_eq!(
            (asked.content, asked.mentions.map(|m| m.len())),
            (Some(body.clone()), Some(1))
        );
        let plain = NewMessage::from(body.clone()).request(here, key.clone());
        let said = SendMessage {
            client_id: Some(key.clone()),
            ..SendMessage::text(here, body)
        };
        assert_eq!(plain, Some(said));
        assert_eq!(voice.attach_queued(key.clone()).request(here, key), None);
    }
}
