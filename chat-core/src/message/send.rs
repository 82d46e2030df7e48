//! Saying something: what a client sends, here or again elsewhere, and the answer that it is stored.

use super::{Message, MessageKind, Metadata};
use crate::{
    AttachmentId, ClientId, ConversationId, FieldErrors, Limits, MessageId, Seq, Timestamp, UserId,
    input::{input, text_type},
    text,
};
use serde::{Deserialize, Serialize};

text_type! {
    /// Text of a message: 1 to 4000 characters, something visible among them.
    MessageBody, 1..=4000, |text| match text.chars().count() {
        1..=4000 if text::is_visible(&text) => Ok(text),
        0..=4000 => Err("must show something: it is empty or invisible"),
        _ => Err("must be at most 4000 characters"),
    }
}

/// What a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SendKind {
    /// Something said, with or without files.
    Text,
    /// Something spoken: exactly one sound, and perhaps its text.
    Voice,
}

impl From<SendKind> for MessageKind {
    fn from(kind: SendKind) -> Self {
        match kind {
            SendKind::Text => Self::Text,
            SendKind::Voice => Self::Voice,
        }
    }
}

/// A stored message, and whether it had been stored before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sent {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// True when the same client id had been sent before: nothing new was stored.
    pub duplicate: bool,
}

/// The short answer to a send over the socket: stored, here. The message itself comes to the sender as to everyone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ack {
    /// The message's id.
    pub message_id: MessageId,
    /// Its place in the conversation.
    pub seq: Seq,
    /// When it was stored.
    pub created_at: Timestamp,
    /// True when the same client id had been sent before: nothing new was stored.
    pub duplicate: bool,
}

impl From<&Sent> for Ack {
    fn from(sent: &Sent) -> Self {
        Self {
            message_id: sent.message.id,
            seq: sent.message.seq,
            created_at: sent.message.created_at,
            duplicate: sent.duplicate,
        }
    }
}

input! {
    /// Says something. With the same client id again it answers with the message that is there.
    #[cfg_attr(feature = "schema", schemars(extend("anyOf" = [
        {
            "required": ["content"],
            "properties": {"content": {"type": "string"}, "kind": {"enum": ["text", null]}},
        },
        {
            "required": ["attachment_ids"],
            "properties": {"attachment_ids": {"type": "array", "minItems": 1}, "kind": {"enum": ["text", null]}},
        },
        {
            "required": ["attachment_ids", "kind"],
            "properties": {"attachment_ids": {"type": "array", "minItems": 1, "maxItems": 1}},
        },
    ])))]
    pub struct SendMessage {
        /// Where.
        pub conversation_id: ConversationId,
        /// The client's own id for this send; the server makes one when absent, and then a retry is a new message.
        pub client_id: Option<ClientId>,
        /// What; may be absent where files are sent.
        pub content: Option<MessageBody>,
        /// What it is; `text` when absent.
        pub kind: Option<SendKind>,
        /// Data of the app.
        pub metadata: Option<Metadata>,
        /// The message that it answers, in the same conversation.
        pub reply_to: Option<MessageId>,
        /// Files of the caller's, at most 10.
        #[cfg_attr(feature = "schema", schemars(length(max = 10)))]
        pub attachment_ids: Option<Vec<AttachmentId>>,
        /// Members it names, besides those whom the text names with `@username`: at most 50.
        #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
        pub mentions: Option<Vec<UserId>>,
    }
    where |send| {
        let mut errors = FieldErrors::default();
        let files = send.attachment_ids.as_ref().map_or(0, Vec::len);
        if send.content.is_none() && files == 0 {
            errors.add("content", "is required where no files are sent");
        }
        if files > Limits::ATTACHMENTS_PER_MESSAGE as usize {
            errors.add("attachment_ids", "must be at most 10");
        }
        if send.kind == Some(SendKind::Voice) && files != 1 {
            errors.add("attachment_ids", "must be exactly one sound for a voice message");
        }
        if send.mentions.as_ref().is_some_and(|named| named.len() > 50) {
            errors.add("mentions", "must be at most 50");
        }
        errors.is_empty().then_some(()).ok_or(errors)
    }
}

impl SendMessage {
    /// A text and nothing else.
    ///
    /// ```
    /// use chat_core::{ClientId, ConversationId, MessageBody, SendMessage};
    /// # let here: ConversationId = "01890a5d-ac96-774b-bcce-b302099a8057".parse()?;
    /// let hello = SendMessage {
    ///     client_id: Some(ClientId::try_from("c-1".to_owned())?),
    ///     ..SendMessage::text(here, MessageBody::parse("hello")?)
    /// };
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn text(conversation_id: ConversationId, content: MessageBody) -> Self {
        Self {
            conversation_id,
            client_id: None,
            content: Some(content),
            kind: None,
            metadata: None,
            reply_to: None,
            attachment_ids: None,
            mentions: None,
        }
    }
}

input! {
    /// Says again in other conversations what was said here, with its files and where it comes from.
    pub struct ForwardMessage {
        /// Which.
        pub message_id: MessageId,
        /// Where to: 1 to 20 conversations.
        #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 20)))]
        pub conversation_ids: Vec<ConversationId>,
        /// The client's own id for these sends, as in `message.send`.
        pub client_id: Option<ClientId>,
    }
    where |forward| match (1..=Limits::FORWARDS).contains(&forward.conversation_ids.len()) {
        true => Ok(()),
        false => Err(FieldErrors::one("conversation_ids", "must be 1 to 20")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FromInput, Input};

    #[test]
    fn a_body_shows_something_and_has_a_limit() {
        assert!(MessageBody::parse("x".repeat(4000)).is_ok());
        assert!(MessageBody::parse("ж".repeat(4000)).is_ok());
        for bad in [
            String::new(),
            " \n ".into(),
            "\u{200b}\u{feff}".into(),
            "x".repeat(4001),
        ] {
            assert!(MessageBody::parse(bad.clone()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_send_has_a_text_or_files_and_a_voice_message_one_sound() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let fields = |rest: &str| {
            let json = format!(r#"{{"conversation_id": "{id}"{rest}}}"#);
            let input = Input::from_json(json.as_bytes()).unwrap();
            SendMessage::from_input(input)
                .err()
                .map(|errors| errors.0.into_keys().collect::<Vec<_>>())
        };

        assert_eq!(fields(r#", "content": "x""#), None);
        assert_eq!(fields(&format!(r#", "attachment_ids": ["{id}"]"#)), None);
        assert_eq!(fields(""), Some(vec!["content".to_owned()]));
        assert_eq!(
            fields(r#", "content": "x", "kind": "voice""#),
            Some(vec!["attachment_ids".to_owned()])
        );
        assert_eq!(
            fields(r#", "content": "x", "kind": "system""#),
            Some(vec!["kind".to_owned()])
        );
        let large = format!(
            r#", "content": "x", "metadata": {{"a": "{}"}}"#,
            "x".repeat(4096)
        );
        assert_eq!(fields(&large), Some(vec!["metadata".to_owned()]));
    }
}
