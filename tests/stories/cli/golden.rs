//! The JSON of each kind of record, as others have come to rely on it: names and kinds of values, not the values.
//!
//! Names may come; none may go. After a change that is meant: `CHAT_GOLDEN=write` in front of the test, and read the
//! difference.

use super::house::{House, text_of};
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

/// More of them, in words without a space, with the ids of what is there by then; each as somebody, or as nobody who is
/// signed in.
const MORE: &[(&str, &str)] = &[
    ("ben", "message edit {message} changed"),
    ("ann", "message show {message}"),
    ("ann", "message history {message}"),
    ("ann", "message receipts {message}"),
    ("ann", "message react {message} 👍"),
    ("ann", "message forward {message} Climbing"),
    ("ann", "report list"),
    ("ann", "report show {report}"),
    ("ann", "report decide {report} resolved"),
    ("ann", "attachment info {attachment}"),
    ("ann", "attachment link {attachment}"),
    ("ann", "invite show {invite}"),
    ("ann", "contact add ben"),
    ("ann", "contact list"),
    ("ann", "block add eve"),
    ("ann", "block list"),
    ("ann", "conversation mute Climbing"),
    ("ann", "conversation read Climbing"),
    ("ann", "conversation show Climbing"),
    ("ann", "user import people.csv"),
    ("ann", "stats"),
    ("", "health --server {server}"),
    ("", "config show listen"),
    ("", "doctor --database {database} --listen 127.0.0.1:0"),
    (
        "",
        "seed demo --users 2 --conversations 1 --messages 2 --database sqlite://demo.db",
    ),
    ("", "export --database {database} backup"),
    ("", "import --check backup"),
    ("", "bench rest --spawn --connections 1 --count 2"),
];

/// What the words of `MORE` mean: a message of ben's with a file, which ann has reported, and where this is.
async fn meaning(house: &House) -> Vec<(&'static str, String)> {
    for (name, text) in [("notes.txt", "notes"), ("people.csv", "username\nfay\n")] {
        fs::write(house.home.path().join(name), text).expect("it is written");
    }
    let send = "message send Climbing words --file notes.txt";
    let said = house.typed("ben", send).await.remove(0);
    let message = text_of(&said, "id");
    let report = house
        .typed("ann", &format!("message report {message} spam"))
        .await;
    let invite = house.typed("ann", "invite list Climbing").await;
    vec![
        ("{attachment}", text_of(&said["attachments"][0], "id")),
        ("{report}", text_of(&report[0], "report_id")),
        ("{invite}", text_of(&invite[0], "code")),
        ("{server}", house.server.url()),
        ("{database}", house.home.database()),
        ("{message}", message),
    ]
}

/// The first record that a command prints, by what it is.
async fn record(house: &House, who: &str, words: &[&str]) -> Value {
    let words = [words, &["-o", "json"]].concat();
    let ended = match (who, words[0]) {
        ("", "health") => super::health::ready(&house.home, &words).await,
        ("", _) => house.home.run(&words).await,
        (who, _) => house.run(who, &words).await,
    };
    let document: Value = serde_json::from_str(&ended.ok()).expect("it is one document");
    assert_eq!(document["version"], 1, "{words:?}");
    kind(&document["items"][0])
}

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
        now.insert(words.join(" "), record(&house, "ann", words).await);
    }
    let meaning = meaning(&house).await;
    for (who, line) in MORE {
        let meant = |line: String, (word, what): &(&str, String)| line.replace(word, what);
        let words = meaning.iter().fold((*line).to_owned(), meant);
        let words: Vec<_> = words.split(' ').collect();
        now.insert((*line).to_owned(), record(&house, who, &words).await);
    }
    let followed = house.typed("ann", "tail --since 1h --count 1").await;
    now.insert("tail".to_owned(), kind(&followed[0]));
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
