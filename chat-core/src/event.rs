//! Everything a server may say without being asked, and how it may be treated on the way.

use crate::{
    BlockChange, ContactChange, Conversation, ConversationChange, ConversationId, Limits, Mark, Me,
    MemberChange, Message, MessageDeleted, MessageEdited, My, PinChange, Presence, ReactionChange,
    Seq, SessionId, Timestamp, Typing, User, UserId, told,
};
use serde::{Deserialize, Serialize, de, ser::SerializeStruct};
use serde_json::Value;

/// How an event may be treated when a queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Part of a log: never merged, never dropped; a position finds it again.
    Durable,
    /// Only the newest of its kind matters: a newer one replaces an older one that waits.
    LatestWins,
    /// Steers the socket itself.
    Control,
}

macro_rules! events {
    ($(#[doc = $doc:literal] $name:ident($data:ty) = $type:literal, $class:ident;)*) => {
        /// Everything a server may say. A type this version does not know reads as [`Event::Unknown`].
        #[derive(Debug, Clone, PartialEq)]
        #[expect(
            clippy::large_enum_variant,
            reason = "nearly all events are messages; the width of the rare conversation costs less than a box for each"
        )]
        #[non_exhaustive]
        pub enum Event {
            $(#[doc = $doc] $name($data),)*
            /// Said by a newer server; a client counts it and goes on.
            Unknown {
                /// Its type on the wire.
                kind: String,
            },
        }

        impl Event {
            /// Every event that this version knows: its type on the wire and its class.
            pub const KINDS: &'static [(&'static str, Class)] = &[$(($type, Class::$class),)*];

            /// Its type on the wire.
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$name(_) => $type,)*
                    Self::Unknown { kind } => kind,
                }
            }

            /// How it may be treated when a queue is full.
            pub const fn class(&self) -> Class {
                match self {
                    $(Self::$name(_) => Class::$class,)*
                    Self::Unknown { .. } => Class::Durable,
                }
            }

            fn serialize_data<S: SerializeStruct>(&self, to: &mut S) -> Result<(), S::Error> {
                match self {
                    $(Self::$name(data) => to.serialize_field("data", data),)*
                    Self::Unknown { .. } => Ok(()),
                }
            }

            fn deserialize(kind: String, data: Value) -> Result<Self, serde_json::Error> {
                match kind.as_str() {
                    $($type => serde_json::from_value(data).map(Self::$name),)*
                    _ => Ok(Self::Unknown { kind }),
                }
            }

            /// Every event: its type, its class, its sentence and the schema of its data.
            #[cfg(feature = "schema")]
            pub fn schemas(
                generator: &mut schemars::SchemaGenerator,
            ) -> Vec<(&'static str, Class, &'static str, schemars::Schema)> {
                vec![$(($type, Class::$class, $doc.trim_ascii(), generator.subschema_for::<$data>()),)*]
            }
        }
    };
}

events! {
    /// The first frame of a socket.
    Ready(Ready) = "ready", Control;
    /// Something was said.
    MessageNew(Message) = "message.new", Durable;
    /// A message has another text.
    MessageEdited(MessageEdited) = "message.edited", Durable;
    /// A message is a tombstone.
    MessageDeleted(MessageDeleted) = "message.deleted", Durable;
    /// Somebody put an emoji under a message.
    ReactionAdded(ReactionChange) = "reaction.added", Durable;
    /// Somebody took an emoji back.
    ReactionRemoved(ReactionChange) = "reaction.removed", Durable;
    /// A message was pinned.
    MessagePinned(PinChange) = "message.pinned", Durable;
    /// A pinned message was let go.
    MessageUnpinned(PinChange) = "message.unpinned", Durable;
    /// Somebody came.
    MemberJoined(MemberChange) = "member.joined", Durable;
    /// Somebody left or was taken out.
    MemberLeft(MemberChange) = "member.left", Durable;
    /// Somebody has another role.
    MemberChanged(MemberChange) = "member.changed", Durable;
    /// A conversation is the user's from now on. In the inbox.
    ConversationNew(Conversation) = "conversation.new", Durable;
    /// Title, description, picture or the time that messages stay changed.
    ConversationChanged(ConversationChange) = "conversation.changed", Durable;
    /// A conversation is no longer the user's. In the inbox.
    ConversationDeleted(Gone) = "conversation.deleted", Durable;
    /// The user's own marks moved or their preferences changed, on whichever device. In the inbox.
    MyChanged(MyChanged) = "my.changed", Durable;
    /// The user's own account or settings changed, on whichever device. In the inbox.
    MeChanged(Me) = "me.changed", Durable;
    /// A contact of the user's came, changed or went, on whichever device. In the inbox.
    ContactChanged(ContactChange) = "contact.changed", Durable;
    /// The user blocked somebody or let them in again, on whichever device. In the inbox.
    BlockChanged(BlockChange) = "block.changed", Durable;
    /// A stored event that can no longer be read. It has its place, so that nothing after it is held up.
    Unreadable(Unreadable) = "unreadable", Durable;
    /// Somebody read up to a place.
    Read(Mark) = "read", LatestWins;
    /// Somebody's device stored everything up to a place.
    Delivered(Mark) = "delivered", LatestWins;
    /// Somebody writes, or stopped.
    Typing(Typing) = "typing", LatestWins;
    /// Somebody came or went.
    Presence(Presence) = "presence", LatestWins;
    /// Somebody's profile changed.
    UserChanged(User) = "user.changed", LatestWins;
    /// The socket was too slow: fetch from your positions.
    Resync(Resync) = "resync", Control;
}

/// The first frame of a socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ready {
    /// Who one is here.
    pub user: Me,
    /// The session; none where the embedding program vouches for the caller.
    pub session_id: Option<SessionId>,
    /// The server's clock.
    pub server_time: Timestamp,
    /// The server pings this often, and drops a peer silent for twice as long.
    pub heartbeat_ms: u32,
    /// Sizes and rates.
    pub limits: Limits,
}

/// A conversation that is no longer the user's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gone {
    /// Which.
    pub conversation_id: ConversationId,
    /// Why.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub reason: GoneReason,
}

/// Why a conversation is no longer the user's. A newer server may tell another reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GoneReason {
    /// The user left or was taken out.
    Left,
    /// It was deleted for everyone.
    Deleted,
    /// A reason of a newer server: gone it is.
    #[serde(skip)]
    Unknown,
}

/// What is the user's own in a conversation, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MyChanged {
    /// Where.
    pub conversation_id: ConversationId,
    /// All of it.
    pub my: My,
}

/// Stands where a stored event can no longer be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unreadable {
    /// What the event was.
    pub kind: String,
}

/// Says that a socket's queue was full and was let go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Resync {
    /// Which conversations; all of them, and the inbox, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_ids: Option<Vec<ConversationId>>,
}

/// Which log an event is part of, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the conversation's log.
    Log(Seq),
    /// In the user's inbox.
    Inbox(Seq),
    /// In none: it is not kept.
    Nowhere,
}

/// An event with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Where it happened.
    pub conversation_id: Option<ConversationId>,
    /// Its place: `seq` in the conversation's log, `inbox_seq` in the inbox.
    pub place: Place,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// What happened.
    pub event: Event,
}

/// Two waiting events with the same key: only the newer one matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MergeKey(&'static str, Option<ConversationId>, UserId);

impl MergeKey {
    /// Whether a sync brings it again; what does not may simply be let go.
    pub fn is_synced(&self) -> bool {
        matches!(self.0, "read" | "delivered" | "user")
    }
}

impl Envelope {
    /// An event that is not kept.
    pub fn passing(conversation_id: Option<ConversationId>, event: Event) -> Self {
        Self {
            conversation_id,
            place: Place::Nowhere,
            at: None,
            event,
        }
    }

    /// For latest-wins events, what they are the latest of.
    pub fn merge_key(&self) -> Option<MergeKey> {
        let (kind, user) = match &self.event {
            Event::Read(mark) => ("read", mark.user_id),
            Event::Delivered(mark) => ("delivered", mark.user_id),
            Event::Typing(typing) => ("typing", typing.user_id),
            Event::Presence(presence) => ("presence", presence.user_id),
            Event::UserChanged(user) => ("user", user.id),
            _ => return None,
        };
        Some(MergeKey(kind, self.conversation_id, user))
    }
}

impl Serialize for Envelope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut frame = serializer.serialize_struct("Envelope", 5)?;
        frame.serialize_field("type", self.event.kind())?;
        if let Some(id) = self.conversation_id {
            frame.serialize_field("conversation_id", &id)?;
        }
        match self.place {
            Place::Log(seq) => frame.serialize_field("seq", &seq)?,
            Place::Inbox(seq) => frame.serialize_field("inbox_seq", &seq)?,
            Place::Nowhere => {}
        }
        if let Some(at) = self.at {
            frame.serialize_field("at", &at)?;
        }
        self.event.serialize_data(&mut frame)?;
        frame.end()
    }
}

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            r#type: String,
            conversation_id: Option<ConversationId>,
            seq: Option<Seq>,
            inbox_seq: Option<Seq>,
            at: Option<Timestamp>,
            #[serde(default)]
            data: Value,
        }
        let raw = Raw::deserialize(deserializer)?;
        Ok(Self {
            conversation_id: raw.conversation_id,
            place: match (raw.seq, raw.inbox_seq) {
                (Some(seq), _) => Place::Log(seq),
                (None, Some(seq)) => Place::Inbox(seq),
                (None, None) => Place::Nowhere,
            },
            at: raw.at,
            event: Event::deserialize(raw.r#type, raw.data).map_err(de::Error::custom)?,
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Envelope {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Envelope".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let (id, seq, at) = (
            generator.subschema_for::<ConversationId>(),
            generator.subschema_for::<Seq>(),
            generator.subschema_for::<Timestamp>(),
        );
        schemars::json_schema!({
            "type": "object",
            "description": "An event with its place. `seq` is its place in the conversation's log, `inbox_seq` in the inbox; without either it is not kept.",
            "required": ["type"],
            "properties": {
                "type": {"type": "string"},
                "conversation_id": id,
                "seq": seq.clone(),
                "inbox_seq": seq,
                "at": at,
                "data": {"type": "object"},
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_tomorrow_keeps_its_place() {
        let json = r#"{"type":"moon.rose","conversation_id":"01890a5d-ac96-774b-bcce-b302099a8057","seq":7,"data":{"x":1}}"#;

        let envelope: Envelope = serde_json::from_str(json).unwrap();

        assert_eq!(envelope.place, Place::Log(Seq::try_from(7).unwrap()));
        assert_eq!(envelope.event.kind(), "moon.rose");
    }

    #[test]
    fn an_envelope_reads_what_it_writes() {
        let gone = Gone {
            conversation_id: ConversationId::new(uuid::Uuid::nil()),
            reason: GoneReason::Left,
        };
        let envelope = Envelope {
            conversation_id: Some(gone.conversation_id),
            place: Place::Inbox(Seq::try_from(3).unwrap()),
            at: Some(Timestamp::from_ms(5)),
            event: Event::ConversationDeleted(gone),
        };

        let json = serde_json::to_string(&envelope).unwrap();

        assert_eq!(serde_json::from_str::<Envelope>(&json).unwrap(), envelope);
        assert!(
            json.starts_with(r#"{"type":"conversation.deleted","#),
            "{json}"
        );
    }
}
