//! The JSON of each kind of record, as others have come to rely on it: names and kinds of values, not the values.
//!
//! Names may come; none may go. After a change that is meant: `CHAT_GOLDEN=write` in front of the test, and read the
//! difference.

use super::house::House;
use serde_json::{Map, Value, json};
use std::{env, fs, path::Path};

const GOLDEN: &str = include_str!("golden/records.json");

/// Commands, each with one kind of record. They are run one after the other.
const COMMANDS: &[&[&str]] = &[
    &["user", "list", "ben"],
    &["user", "show", "ben"],
    &["user", "show", "ben", "--account"],
    &["user", "create", "eve", "--remote", "--generate-password"],
    &["user", "sessions", "ben"],
    &["user", "reset-password", "ben"],
    &["conversation", "create", "--title", "Climbing", "ben"],
    &["conversation", "list"],
    &["conversation", "members", "Climbing"],
    &["conversation", "show", "Climbing", "--any"],
    &["message", "send", "Climbing", "hello @ben"],
    &["message", "list", "Climbing"],
    &["message", "search", "--from", "ann"],
    &["invite", "create", "Climbing", "--expires", "7d"],
    &["invite", "list", "Climbing"],
    &["audit", "list", "-n", "1"],
    &[
        "token",
        "create",
        "ci",
        "--scope",
        "read",
        "--expires",
        "1d",
    ],
    &["token", "list"],
    &["auth", "status"],
    &["auth", "sessions"],
    &["profile", "show"],
    &["settings", "show"],
];

/// A value by what it is.
fn kind(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kinds = fields
                .iter()
                .map(|(name, value)| (name.clone(), kind(value)));
            Value::Object(kinds.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().take(1).map(kind).collect(),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!("number"),
        Value::Bool(_) => json!("bool"),
        Value::Null => json!("null"),
    }
}

#[tokio::test]
async fn records_have_the_names_they_had() {
    let house = House::open().await;
    let mut now = Map::new();
    for words in COMMANDS {
        let printed = house
            .run("ann", &[*words, &["-o", "json"]].concat())
            .await
            .ok();
        let document: Value = serde_json::from_str(&printed).expect("it is one document");
        assert_eq!(document["version"], 1, "{words:?}");
        now.insert(words.join(" "), kind(&document["items"][0]));
    }
    let now = Value::Object(now);

    if env::var_os("CHAT_GOLDEN").is_some_and(|word| word == "write") {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("stories/cli/golden/records.json");
        let text = serde_json::to_string_pretty(&now).unwrap();
        fs::write(file, format!("{text}\n")).unwrap();
        return;
    }
    let golden: Value = serde_json::from_str(GOLDEN).expect("the golden file is JSON");
    assert_eq!(now, golden);
}
