//! Holds the words of answers and events against those that a client reads whether it knows them or not.

use super::schemas::{PLACE, Schemas};
use chat_core::Operation;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Every field of an answer or event that has a word in it. Each is read by chat-core's `told.rs`, and its `told/tests.rs`
/// reads one that nobody knows.
const WORDS: &[&str] = &[
    "Account.presence",
    "Account.role",
    "Conversation.kind",
    "ConversationInfo.kind",
    "Created.kind",
    "Gone.reason",
    "InvitePreview.kind",
    "Me.presence",
    "Me.role",
    "Member.role",
    "MemberChange.role",
    "Message.kind",
    "My.role",
    "NewToken.scope",
    "Presence.state",
    "Profile.presence",
    "Report.state",
    "Reset.reason",
    "Sent.kind",
    "Session.scope",
    "Settings.last_seen",
    "Settings.notify",
    "Settings.presence",
    "SystemNote.action",
    "User.presence",
];

/// Errors have a way of their own to read a word that nobody knows.
const CODE: &str = "Code";

/// The definitions of all answers and events.
fn told() -> Map<String, Value> {
    let mut schemas = Schemas::new();
    for operation in Operation::ALL {
        schemas.reply(operation);
    }
    schemas.events();
    match schemas.into_definitions() {
        Value::Object(definitions) => definitions,
        other => panic!("{other}"),
    }
}

fn is_word(definition: &Value) -> bool {
    let choices = definition["oneOf"].as_array();
    definition["enum"].is_array()
        || choices.is_some_and(|all| all.iter().all(|one| one["const"].is_string()))
}

#[test]
fn every_word_that_is_told_is_read_whether_it_is_known_or_not() {
    let told = told();
    let words: BTreeSet<_> = told
        .iter()
        .filter(|(name, definition)| is_word(definition) && *name != CODE)
        .map(|(name, _)| format!("{PLACE}{name}"))
        .collect();

    let mut found = BTreeSet::new();
    for (name, definition) in &told {
        let fields = definition["properties"].as_object().into_iter().flatten();
        for (field, schema) in fields {
            let refers = words
                .iter()
                .any(|word| schema.to_string().contains(&format!("\"{word}\"")));
            if refers || is_word(schema) {
                found.insert(format!("{name}.{field}"));
            }
        }
    }

    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), WORDS);
}
