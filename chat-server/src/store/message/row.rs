//! From rows to whole messages: a message with files or reactions takes one more statement for the page, not for itself.

use crate::store::{
    Conn, at, attachment, reaction, seq, unreadable,
    user::{UserRow, user},
};
use chat_core::{
    ClientId, ConversationId, Extras, Forwarded, Message, MessageId, MessageKind, Metadata,
    ReplyTo, SystemNote, UserId, text,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Begins every statement that reads messages.
macro_rules! select_message {
    () => {
        "select x.id, x.conversation_id, x.seq, x.client_id, x.kind, x.content, x.extras, x.file_count, x.is_reacted,
             x.created_at, x.expires_at, x.edited_at, x.pinned_at, x.deleted_at, x.deleted_by,
             u.id as sender_id, u.username, u.display_name, u.avatar_url, u.is_bot,
             r.id as reply_id, r.seq as reply_seq, r.sender_id as reply_sender_id, r.content as reply_content
         from messages x join users u on u.id = x.sender_id left join messages r on r.id = x.reply_to "
    };
}
pub(super) use select_message;

/// A row of [`select_message`].
#[derive(sqlx::FromRow)]
pub(super) struct MessageRow {
    id: Uuid,
    conversation_id: Uuid,
    seq: i64,
    client_id: String,
    kind: Option<String>,
    content: String,
    extras: Option<String>,
    file_count: i64,
    is_reacted: i64,
    created_at: i64,
    expires_at: Option<i64>,
    edited_at: Option<i64>,
    pinned_at: Option<i64>,
    deleted_at: Option<i64>,
    deleted_by: Option<Uuid>,
    sender_id: Uuid,
    username: String,
    display_name: String,
    avatar_url: Option<String>,
    is_bot: i64,
    reply_id: Option<Uuid>,
    reply_seq: Option<i64>,
    reply_sender_id: Option<Uuid>,
    reply_content: Option<String>,
}

/// What the column `extras` keeps: what never changes and is never looked for.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptExtras {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) forwarded_from: Option<Forwarded>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) mentions: Vec<UserId>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) mentions_all: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) system: Option<SystemNote>,
}

impl KeptExtras {
    /// As the column keeps it; none where there is nothing to keep.
    pub(crate) fn json(&self) -> Option<String> {
        (*self != Self::default()).then(|| {
            serde_json::to_string(self).expect("extras have string keys and no foreign types")
        })
    }
}

impl From<&Extras> for KeptExtras {
    fn from(extras: &Extras) -> Self {
        Self {
            metadata: extras.metadata.clone(),
            forwarded_from: extras.forwarded_from.clone(),
            mentions: extras.mentions.clone(),
            mentions_all: extras.mentions_all,
            system: extras.system.clone(),
        }
    }
}

pub(crate) fn kind_word(kind: MessageKind) -> Option<&'static str> {
    match kind {
        MessageKind::Text | MessageKind::Unknown => None,
        MessageKind::Voice => Some("voice"),
        MessageKind::System => Some("system"),
    }
}

fn kind(word: Option<&str>) -> sqlx::Result<MessageKind> {
    match word {
        None => Ok(MessageKind::Text),
        Some("voice") => Ok(MessageKind::Voice),
        Some("system") => Ok(MessageKind::System),
        Some(_) => Err(unreadable("message kind")),
    }
}

fn message(row: MessageRow) -> sqlx::Result<Message> {
    let kept: KeptExtras = match &row.extras {
        Some(json) => serde_json::from_str(json).map_err(|_| unreadable("extras of a message"))?,
        None => KeptExtras::default(),
    };
    let reply_to = match (row.reply_id, row.reply_seq, row.reply_sender_id) {
        (Some(id), Some(place), Some(sender)) => Some(ReplyTo {
            id: MessageId::new(id),
            seq: seq(place),
            sender_id: UserId::new(sender),
            excerpt: text::excerpt(row.reply_content.as_deref().unwrap_or_default()),
        }),
        _ => None,
    };
    let sender: UserRow = (
        row.sender_id,
        row.username,
        row.display_name,
        row.avatar_url,
        row.is_bot,
    );
    Ok(Message {
        id: MessageId::new(row.id),
        conversation_id: ConversationId::new(row.conversation_id),
        seq: seq(row.seq),
        client_id: ClientId::try_from(row.client_id).map_err(|_| unreadable("client id"))?,
        sender: user(sender),
        kind: kind(row.kind.as_deref())?,
        content: row.content,
        extras: Extras {
            metadata: kept.metadata,
            reply_to,
            forwarded_from: kept.forwarded_from,
            attachments: Vec::new(),
            mentions: kept.mentions,
            mentions_all: kept.mentions_all,
            reactions: Vec::new(),
            system: kept.system,
        },
        created_at: at(row.created_at),
        expires_at: row.expires_at.map(at),
        edited_at: row.edited_at.map(at),
        pinned_at: row.pinned_at.map(at),
        deleted_at: row.deleted_at.map(at),
        deleted_by: row.deleted_by.map(UserId::new),
    })
}

/// Whole messages, in the order of the rows.
pub(super) async fn messages(conn: &mut Conn, rows: Vec<MessageRow>) -> sqlx::Result<Vec<Message>> {
    let ids = |wanted: fn(&MessageRow) -> bool| -> Vec<_> {
        let rows = rows.iter().filter(|row| wanted(row));
        rows.map(|row| MessageId::new(row.id)).collect()
    };
    let with_files = ids(|row| row.file_count > 0);
    let reacted = ids(|row| row.is_reacted > 0);
    let mut files = attachment::of_messages(conn, &with_files).await?;
    let mut reactions = reaction::of_messages(conn, &reacted).await?;
    rows.into_iter()
        .map(|row| {
            let mut message = message(row)?;
            message.extras.attachments = files.remove(&message.id).unwrap_or_default();
            message.extras.reactions = reactions.remove(&message.id).unwrap_or_default();
            Ok(message)
        })
        .collect()
}
