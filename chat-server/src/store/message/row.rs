//! From rows to whole messages: a message with files or reactions takes one more statement for the page, not for itself.

use crate::store::{
    Conn, at, attachment, reaction, seq, unreadable,
    user::{self, UserRow},
};
use chat_core::{
    Attachment, ClientId, ConversationId, Extras, Forwarded, Message, MessageId, MessageKind,
    Metadata, Reaction, ReplyTo, SystemNote, Timestamp, User, UserId, text,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

/// Names looked up by one statement.
const PEOPLE_AT_ONCE: usize = 1_024;

/// Begins every statement that reads messages.
macro_rules! select_message {
    () => {
        "select x.id, x.conversation_id, x.seq, x.client_id, x.kind, x.content, x.extras, x.file_count, x.is_reacted,
             x.created_at, x.expires_at, x.edited_at, x.pinned_at, x.deleted_at, x.deleted_by,
             u.id as sender_id, u.username, u.display_name, u.avatar_url, u.is_bot,
             r.id as reply_id, r.seq as reply_seq, r.sender_id as reply_sender_id, r.content as reply_content,
             r.expires_at as reply_expires_at
         from messages x join users u on u.id = x.sender_id left join messages r on r.id = x.reply_to "
    };
}
pub(super) use select_message;

/// A row of [`select_message`]. Written down elsewhere, it has nobody's name.
#[derive(sqlx::FromRow, Serialize, Deserialize)]
pub(super) struct MessageRow {
    pub(super) id: Uuid,
    pub(super) conversation_id: Uuid,
    pub(super) seq: i64,
    client_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    content: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    extras: Option<String>,
    file_count: i64,
    is_reacted: i64,
    created_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edited_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pinned_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_by: Option<Uuid>,
    sender_id: Uuid,
    #[serde(skip)]
    username: String,
    #[serde(skip)]
    display_name: String,
    #[serde(skip)]
    avatar_url: Option<String>,
    #[serde(skip)]
    is_bot: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_seq: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_sender_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_content: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reply_expires_at: Option<i64>,
}

/// Everything that is stored of a message itself: all but the names of those whom it shows, which may change without it.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredMessage {
    pub(super) row: MessageRow,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    files: Vec<Attachment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reactions: Vec<Reaction>,
}

/// What the column `extras` keeps: what never changes and is never looked for. Nobody's name is in it: people are looked up
/// when a message is read.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptExtras {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) forwarded_from: Option<KeptForward>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) mentions: Vec<UserId>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) mentions_all: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) system: Option<SystemNote>,
}

/// What is kept of where a message was said first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptForward {
    sender_id: UserId,
    sent_at: Timestamp,
}

impl KeptExtras {
    fn read(json: Option<&str>) -> sqlx::Result<Self> {
        match json {
            Some(json) => serde_json::from_str(json).map_err(|_| unreadable("extras of a message")),
            None => Ok(Self::default()),
        }
    }

    /// Everybody whom the message shows by name, besides its sender.
    fn shows(&self) -> impl Iterator<Item = UserId> {
        let from = self.forwarded_from.as_ref().map(|from| from.sender_id);
        let named = self.system.iter().flat_map(|note| &note.user_ids);
        from.into_iter().chain(named.copied())
    }

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
            forwarded_from: extras.forwarded_from.as_ref().map(|from| KeptForward {
                sender_id: from.sender_id,
                sent_at: from.sent_at,
            }),
            mentions: extras.mentions.clone(),
            mentions_all: extras.mentions_all,
            system: extras.system.as_ref().map(|note| SystemNote {
                names: Vec::new(),
                ..note.clone()
            }),
        }
    }
}

/// What the column `content` keeps: nothing of what the server tells, which is made of names.
pub(super) fn kept_content(message: &Message) -> &str {
    match message.kind {
        MessageKind::System => "",
        _ => &message.content,
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

fn message(
    row: MessageRow,
    kept: KeptExtras,
    people: &HashMap<UserId, User>,
) -> sqlx::Result<Message> {
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
    let sender = user::user(sender);
    let system = kept.system.map(|note| SystemNote {
        names: { note.user_ids.iter() }
            .map(|id| user::name_of(people, *id))
            .collect(),
        ..note
    });
    Ok(Message {
        id: MessageId::new(row.id),
        conversation_id: ConversationId::new(row.conversation_id),
        seq: seq(row.seq),
        client_id: ClientId::try_from(row.client_id).map_err(|_| unreadable("client id"))?,
        kind: kind(row.kind.as_deref())?,
        content: match &system {
            Some(note) => note.sentence(&sender.display_name),
            None => row.content,
        },
        sender,
        extras: Extras {
            metadata: kept.metadata,
            reply_to,
            forwarded_from: kept.forwarded_from.map(|from| Forwarded {
                sender_id: from.sender_id,
                display_name: user::name_of(people, from.sender_id),
                sent_at: from.sent_at,
            }),
            attachments: Vec::new(),
            mentions: kept.mentions,
            mentions_all: kept.mentions_all,
            reactions: Vec::new(),
            system,
        },
        created_at: at(row.created_at),
        expires_at: row.expires_at.map(at),
        edited_at: row.edited_at.map(at),
        pinned_at: row.pinned_at.map(at),
        deleted_at: row.deleted_at.map(at),
        deleted_by: row.deleted_by.map(UserId::new),
    })
}

/// Whole messages, in the order of the rows. One whose time is up is the tombstone that it will be, whatever its row says.
pub(super) async fn messages(conn: &mut Conn, rows: Vec<MessageRow>) -> sqlx::Result<Vec<Message>> {
    let stored = gather(conn, rows).await?;
    show(conn, stored, Senders::InRows).await
}

/// Puts to each row what else is stored of its message.
pub(super) async fn gather(
    conn: &mut Conn,
    rows: Vec<MessageRow>,
) -> sqlx::Result<Vec<StoredMessage>> {
    let ids = |wanted: fn(&MessageRow) -> bool| -> Vec<_> {
        let rows = rows.iter().filter(|row| wanted(row));
        rows.map(|row| MessageId::new(row.id)).collect()
    };
    let with_files = ids(|row| row.file_count > 0);
    let reacted = ids(|row| row.is_reacted > 0);
    let mut files = attachment::of_messages(conn, &with_files).await?;
    let mut reactions = reaction::of_messages(conn, &reacted).await?;
    let stored = rows.into_iter().map(|row| {
        let id = MessageId::new(row.id);
        StoredMessage {
            files: files.remove(&id).unwrap_or_default(),
            reactions: reactions.remove(&id).unwrap_or_default(),
            row,
        }
    });
    Ok(stored.collect())
}

/// Where the names of senders are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Senders {
    /// They came with the rows.
    InRows,
    /// They are still to be looked up.
    ToLookUp,
}

/// Messages as they are to be seen now, with the names that people have now.
pub(super) async fn show(
    conn: &mut Conn,
    stored: Vec<StoredMessage>,
    senders: Senders,
) -> sqlx::Result<Vec<Message>> {
    let now = conn.now();
    let kept = stored
        .iter()
        .map(|message| KeptExtras::read(message.row.extras.as_deref()));
    let kept = kept.collect::<sqlx::Result<Vec<_>>>()?;
    let mut shown: Vec<_> = kept.iter().flat_map(KeptExtras::shows).collect();
    if senders == Senders::ToLookUp {
        shown.extend(stored.iter().map(|message| message.row.sender()));
    }
    shown.sort_unstable();
    shown.dedup();
    let mut people = HashMap::new();
    for part in shown.chunks(PEOPLE_AT_ONCE) {
        people.extend(user::by_ids(conn, part).await?);
    }
    stored
        .into_iter()
        .zip(kept)
        .map(|(stored, kept)| {
            let mut row = stored.row;
            if senders == Senders::ToLookUp {
                row.name(&people)?;
            }
            if row.reply_expires_at.is_some_and(|up| at(up) <= now) {
                row.reply_content = None;
            }
            let mut message = message(row, kept, &people)?;
            message.extras.attachments = stored.files;
            message.extras.reactions = stored.reactions;
            if let Some(up) = message.expires_at.filter(|up| *up <= now) {
                message.delete(up, None);
            }
            Ok(message)
        })
        .collect()
}

impl MessageRow {
    fn sender(&self) -> UserId {
        UserId::new(self.sender_id)
    }

    /// Puts in how the sender is called now.
    fn name(&mut self, people: &HashMap<UserId, User>) -> sqlx::Result<()> {
        let sender = people
            .get(&self.sender())
            .ok_or_else(|| unreadable("sender"))?;
        self.username.clone_from(&sender.username);
        self.display_name.clone_from(&sender.display_name);
        self.avatar_url.clone_from(&sender.avatar_url);
        self.is_bot = i64::from(sender.is_bot);
        Ok(())
    }
}
