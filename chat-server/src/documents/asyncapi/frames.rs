//! The frames around what is said: answers with the number of their call, events with their place.

use crate::documents::schemas::Schemas;
use chat_core::{Class, ConversationId, Seq, Timestamp};
use serde_json::{Value, json};

/// Events that are in the user's own log instead of a conversation's.
const INBOX: &[&str] = &[
    "conversation.new",
    "conversation.deleted",
    "my.changed",
    "me.changed",
    "contact.changed",
    "block.changed",
];

/// Durable events that may be in either log.
const EITHER: &[&str] = &["unreadable"];

/// The frame that answers a call.
pub(super) fn answer(name: &str, summary: &str, field: &str, schema: &Value) -> Value {
    json!({
        "name": name,
        "summary": summary,
        "correlationId": {"location": "$message.payload#/id"},
        "payload": {
            "type": "object",
            "required": ["id", field],
            "properties": {
                "id": {"type": "integer", "minimum": 0, "description": "The number of the call."},
                field: schema,
            },
        },
    })
}

/// The frame around an event's data.
pub(super) fn envelope(kind: &str, class: Class, data: &Value, schemas: &mut Schemas) -> Value {
    let id = schemas.output::<ConversationId>();
    let seq = schemas.output::<Seq>();
    let at = schemas.output::<Timestamp>();
    let mut required = vec!["type", "data"];
    let mut properties = json!({
        "type": {"type": "string", "const": kind},
        "conversation_id": id,
        "at": at,
        "data": data,
    });
    let (inbox, either) = (INBOX.contains(&kind), EITHER.contains(&kind));
    if class == Class::Durable {
        if either || !inbox {
            properties["seq"] = seq.clone();
        }
        if either || inbox {
            properties["inbox_seq"] = seq;
        }
        match (either, inbox) {
            // What cannot be read may have lost its time too.
            (true, _) => {}
            (false, true) => required.extend(["at", "inbox_seq"]),
            (false, false) => required.extend(["at", "conversation_id", "seq"]),
        }
    }
    json!({"type": "object", "required": required, "properties": properties})
}

/// The word for a class.
pub(super) const fn word(class: Class) -> &'static str {
    match class {
        Class::Durable => "durable",
        Class::LatestWins => "latest-wins",
        Class::Control => "control",
    }
}

/// What a class means, in a sentence.
pub(super) const fn treatment(class: Class) -> &'static str {
    match class {
        Class::Durable => "Durable: part of a log, never dropped; `sync` finds it again.",
        Class::LatestWins => "Latest-wins: not kept; a newer one replaces an older one that waits.",
        Class::Control => "Control: steers the socket itself; not kept.",
    }
}
