//! The page for those who come from another chat: what it says is ours exists, and nothing of theirs is left out.
//! Of its notes only the calls are looked at: nobody can hold a sentence against a table.

mod older;
mod page;

use chat_core::{Envelope, Event, Operation};
use chat_server::Config;
use chat_tests::{Server, program, unknown_id};
use page::{Row, rows};
use serde_json::{Value, json};
use std::{collections::BTreeSet, process::Command};

/// Variables that are no settings of the server, and who reads them.
const READ_ELSEWHERE: &[(&str, &str)] = &[
    ("CHAT_CONFIG", "says which file settings are read from"),
    ("CHAT_LOG", "a flag of chat serve"),
    ("CHAT_LOG_FORMAT", "a flag of chat serve"),
    ("CHAT_SERVER", "of the clients"),
];

/// The call behind `GET /users?q=`.
fn call(text: &str) -> Option<&'static Operation> {
    let (method, path) = text.split_once(' ')?;
    let path = path.split('?').next()?;
    let matches = |operation: &&Operation| {
        operation
            .rest
            .is_some_and(|(verb, known)| verb.as_str() == method && known == path)
    };
    Operation::ALL.iter().find(matches)
}

fn is_call(text: &str) -> bool {
    text.split_once(" /")
        .is_some_and(|(method, _)| method.chars().all(|c| c.is_ascii_uppercase()))
}

fn is_event(word: &str) -> bool {
    let read = serde_json::from_value::<Envelope>(json!({"type": word, "data": {}}));
    // A type that is known complains of its empty data, if anything.
    !read.is_ok_and(|envelope| matches!(envelope.event, Event::Unknown { .. }))
}

/// Whether the settings have what the variable sets: `CHAT_LIMITS__MEMBERS` is `limits.members`.
fn is_setting(variable: &str) -> bool {
    let name = variable.split('=').next().unwrap_or_default();
    let key = name.trim_start_matches("CHAT_").to_lowercase();
    let settings = serde_json::to_value(Config::default()).unwrap();
    let known = settings
        .pointer(&format!("/{}", key.replace("__", "/")))
        .is_some();
    known || READ_ELSEWHERE.iter().any(|(read, _)| *read == name)
}

/// Whether `chat user create --admin` has such a command, and it has such flags.
fn is_command(line: &str) -> bool {
    let words: Vec<_> = line.split(' ').skip(1).collect();
    let mut command = Command::new(program("chat"));
    command.args(words.iter().take_while(|word| !word.starts_with('-')));
    let help = command.arg("--help").output().unwrap();
    let text = String::from_utf8_lossy(&help.stdout);
    let known: BTreeSet<_> = text
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .collect();
    let mut flags = words.iter().filter(|word| word.starts_with('-'));
    help.status.success() && flags.all(|flag| known.contains(flag))
}

/// Every name in a document: of fields, of parameters, and the words that a field may be.
fn names(document: &Value, into: &mut BTreeSet<String>) {
    match document {
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("properties", Value::Object(fields)) => into.extend(fields.keys().cloned()),
                    ("name" | "const", Value::String(name)) => {
                        into.insert(name.clone());
                    }
                    ("enum", Value::Array(words)) => {
                        into.extend(
                            words
                                .iter()
                                .filter_map(|word| Some(word.as_str()?.to_owned())),
                        );
                    }
                    _ => {}
                }
                names(value, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, into)),
        _ => {}
    }
}

/// What stands under *Here* and fulfils the condition.
fn ours(condition: fn(&str) -> bool) -> Vec<&'static str> {
    let rows = rows();
    let all = rows.iter().flat_map(Row::ours);
    all.filter(|text| condition(text)).collect()
}

fn is_word(text: &str) -> bool {
    !is_call(text)
        && ["/", "chat ", "CHAT_"]
            .iter()
            .all(|begin| !text.starts_with(begin))
}

#[test]
fn every_call_it_names_exists() {
    let calls = ours(is_call);
    let told: Vec<_> = page::told().filter(|text| is_call(text)).collect();

    let all = calls.iter().chain(&told);
    let unknown: Vec<_> = all.filter(|text| call(text).is_none()).collect();

    assert!(calls.len() > 50 && told.len() > 10, "{calls:?} {told:?}");
    assert_eq!(unknown, Vec::<&&str>::new());
}

#[test]
fn every_event_it_names_exists() {
    let sends =
        |row: &Row, word| Operation::for_frame(word).is_some() && !row.there.starts_with("receive");
    let receives =
        |row: &Row, word| (is_event(word) || word == "error") && !row.there.starts_with("send");

    let events: Vec<_> = rows()
        .into_iter()
        .filter(|row| row.part == "Events")
        .collect();
    let unknown: Vec<_> = events
        .iter()
        .flat_map(|row| row.ours().map(move |word| (row, word)))
        .filter(|(row, word)| !sends(row, word) && !receives(row, word))
        .collect();

    assert!(events.len() > 20, "{}", events.len());
    assert_eq!(unknown, Vec::<(&Row, &str)>::new());
}

#[test]
fn every_setting_and_command_it_names_exists() {
    let settings = ours(|text| text.starts_with("CHAT_"));
    let commands: BTreeSet<_> = ours(|text| text.starts_with("chat ")).into_iter().collect();

    let mut unknown: Vec<_> = settings.iter().filter(|text| !is_setting(text)).collect();
    unknown.extend(commands.iter().filter(|text| !is_command(text)));

    assert!(settings.len() > 20 && commands.len() > 3);
    assert_eq!(unknown, Vec::<&&str>::new());
}

#[tokio::test]
async fn every_field_it_names_exists() {
    let server = Server::start().await;
    let mut known = BTreeSet::new();
    for document in ["/api/openapi.json", "/api/asyncapi.json"] {
        names(&server.door.get(document).await.ok(), &mut known);
    }

    let is_known =
        |word: &str| known.contains(word) || word.split('.').all(|part| known.contains(part));
    let words = ours(is_word).into_iter();
    let fields = ours(is_call).into_iter().flat_map(page::queried);
    let unknown: Vec<_> = words.chain(fields).filter(|word| !is_known(word)).collect();

    assert_eq!(unknown, Vec::<&str>::new());
}

#[tokio::test]
async fn every_path_beside_the_calls_exists() {
    let server = Server::start().await;
    let paths: BTreeSet<_> = ours(|text| text.starts_with('/')).into_iter().collect();

    assert!(paths.contains("/ws") && paths.contains("/health/ready"));
    for path in paths {
        let path = path.replace("{conversation_id}", &unknown_id().to_string());
        // Without a handshake the sockets say 426, before they look who asks for what.
        assert_ne!(server.door.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(server.door.get("/moon").await.status, 404);
}

#[test]
fn no_call_or_event_of_the_older_systems_is_left_out() {
    let rows = rows();

    for (system, names) in older::SYSTEMS {
        let there: Vec<_> = rows.iter().filter(|row| row.system == *system).collect();
        assert!(!there.is_empty(), "there is no part on {system}");
        for name in *names {
            let told = there
                .iter()
                .any(|row| row.theirs().any(|text| text == *name));
            assert!(told, "{system}: nothing is said of {name}");
        }
    }
}

#[test]
fn every_row_says_what_or_why_not() {
    for row in rows() {
        let says = row.ours().next().is_some() || (row.here == "—" && !row.note.is_empty());
        assert!(says, "{row:?}");
    }
}

#[test]
fn the_check_notices_what_does_not_exist() {
    assert!(call("GET /users?q=").is_some() && call("GET /users/you").is_none());
    assert!(call("PUT /users").is_none() && is_call("PUT /moon") && !is_call("/ws"));
    assert!(is_event("message.new") && is_event("ready") && !is_event("message.rose"));
    assert!(is_setting("CHAT_LIMITS__MEMBERS=100") && !is_setting("CHAT_LIMITS__MOONS"));
    assert!(is_command("chat seed demo --users 15") && !is_command("chat user create --moon"));
    assert!(!is_command("chat moon"));
}
