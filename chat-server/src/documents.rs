//! The documents a server gives of itself: OpenAPI for HTTP, AsyncAPI for the socket, and a page for people.
//!
//! All of it is made from chat-core's tables and types: nothing about a call or an event is written down twice. Only
//! makes them; serving is `http`'s. They depend on nothing but the prefix the server is mounted under.

mod asyncapi;
mod examples;
mod openapi;
mod schemas;

use chat_core::{Close, Code};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The OpenAPI 3.1 document of a server mounted under `base` (empty, or a path such as `/chat`).
pub(crate) fn openapi(base: &str) -> Value {
    let mut document = openapi::document(base.trim_end_matches('/'));
    examples::to_openapi(&mut document);
    document
}

/// What every field of the protocol is called, wherever it is: for programs in which people write such names.
pub fn field_names() -> BTreeSet<String> {
    fn collect(value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
            Value::Object(fields) => {
                if let Some(Value::Object(own)) = fields.get("properties") {
                    names.extend(own.keys().cloned());
                }
                fields.values().for_each(|value| collect(value, names));
            }
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    collect(&openapi(""), &mut names);
    collect(&asyncapi(""), &mut names);
    names
}

/// The AsyncAPI 3.0 document of a server mounted under `base` (empty, or a path such as `/chat`).
pub(crate) fn asyncapi(base: &str) -> Value {
    let mut document = asyncapi::document(base.trim_end_matches('/'));
    examples::to_asyncapi(&mut document);
    document
}

/// The page that shows both documents. It fetches them beside itself, so it works under any prefix, and needs nothing
/// from elsewhere.
pub(crate) fn page() -> &'static str {
    concat!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
        "<meta name=\"color-scheme\" content=\"light dark\">\n<title>Chat API</title>\n<style>\n",
        include_str!("documents/page.css"),
        "</style>\n</head>\n",
        include_str!("documents/page.html"),
        "<script>\n",
        include_str!("documents/page.js"),
        "</script>\n</html>\n",
    )
}

/// The nouns that calls are grouped by, in the order of a first reading.
const NOUNS: &[(&str, &str)] = &[
    ("session", "Signing in, tokens, devices."),
    ("user", "People, and one's own account and settings."),
    (
        "contact",
        "Whom one knows, and whom one has blocked. Nobody is told of either.",
    ),
    (
        "conversation",
        "Conversations between two, groups and channels. One that the caller has no part in is `not_found`, like one that does not exist.",
    ),
    (
        "member",
        "Who is in a conversation, and as what; who is kept out.",
    ),
    ("invite", "Codes that let whoever has them in."),
    ("message", "Saying something, and what was said."),
    ("reaction", "An emoji under a message."),
    (
        "attachment",
        "Files, stored once, and part of the messages that refer to them.",
    ),
    ("mark", "How far one has read and received."),
    (
        "presence",
        "Who is here, and who is writing. Best effort: may be lost, late or repeated.",
    ),
    ("sync", "Coming back: everything after one's positions."),
    (
        "admin",
        "Looking after the server: accounts, conversations, reports, the audit log. For its admins only, and all of it that \
         changes something is in the audit log.",
    ),
    ("server", "The server itself."),
];

/// The noun of a call: the first word of its name, unless that is not a noun.
fn noun(name: &'static str) -> &'static str {
    match name.split_once('.').map_or(name, |(noun, _)| noun) {
        "auth" | "ticket" | "token" | "password" | "email" => "session",
        "settings" | "avatar" => "user",
        "upload" => "attachment",
        "block" => "contact",
        "prefs" => "conversation",
        "ban" => "member",
        "read" | "unread" | "delivered" => "mark",
        "typing" => "presence",
        "history" | "search" | "pin" => "message",
        "receipt" => "mark",
        "report" | "audit" | "stats" => "admin",
        "ping" => "server",
        noun => noun,
    }
}

/// Every error there is, for the page.
fn codes() -> Value {
    let row = |code: &Code| {
        json!({
            "code": code.as_str(),
            "status": code.status(),
            "title": code.title(),
            "retryable": code.is_retryable(),
            "exit_code": code.exit_code(),
        })
    };
    Code::ALL.iter().map(row).collect()
}

/// Every closing code there is, for the page.
fn closings() -> Value {
    let row = |close: &Close| {
        json!({
            "code": close.code(),
            "reason": close.reason(),
            "comes_back": Close::comes_back(close.code()),
        })
    };
    Close::ALL.iter().map(row).collect()
}

/// What a client has to expect of a newer server. Both documents say it.
const NEWER: &str = "**A newer server** may say more than this document has: fields, types, codes, and words where an `enum` \
    lists some. A client passes over fields that it does not know, and shows a word that it does not know as such; in a call \
    only the words that are listed are taken.";

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vocabulary;
