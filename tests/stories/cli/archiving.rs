//! `chat export` and `chat import`: what was exported is imported, and exported again it is the same.

mod broken_off;
mod own;
mod person;

use super::create;
use chat_tests::{Door, Home, Person, Serving, Setup, postgres};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// People who talk, in a database of this home, whichever engine the stories are told on.
async fn talkative(home: &Home) -> String {
    let database = home.database();
    fill(home, &database).await;
    database
}

pub(super) async fn fill(home: &Home, database: &str) {
    let seed = [
        "seed",
        "demo",
        "--messages",
        "120",
        "--users",
        "6",
        "--conversations",
        "4",
        "--until",
        "2026-01-31T18:00:00Z",
        "--database",
        database,
    ];
    home.run(&seed).await.ok();
}

/// Another database in a file of this home.
pub(super) fn file(home: &Home, name: &str) -> String {
    format!("sqlite://{}", home.path().join(name).display())
}

async fn export(home: &Home, database: &str, to: &str) -> Vec<Value> {
    home.run(&["export", "--database", database, to])
        .await
        .json()
}

async fn import(home: &Home, from: &str, database: &str) -> Vec<Value> {
    home.run(&["import", "--database", database, from])
        .await
        .json()
}

/// Every file of a directory, by its path in it.
fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![directory.to_owned()];
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(&next).expect("it is a directory") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                left.push(path);
                continue;
            }
            let name = path
                .strip_prefix(directory)
                .expect("it is below")
                .to_owned();
            found.insert(name, std::fs::read(&path).expect("it can be read"));
        }
    }
    found
}

/// Sees that two archives have the same bytes; says which file differs.
#[track_caller]
pub(super) fn assert_same(home: &Home, a: &str, b: &str) {
    let (a, b) = (
        contents(&home.path().join(a)),
        contents(&home.path().join(b)),
    );
    let names = |all: &BTreeMap<PathBuf, Vec<u8>>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&a), names(&b));
    for (name, bytes) in &a {
        assert!(bytes == &b[name], "{} differs", name.display());
    }
    assert!(a.len() > 26, "{:?}", names(&a));
}

#[tokio::test]
async fn what_was_exported_is_imported_and_exported_again_it_is_the_same() {
    let home = Home::new();
    let database = talkative(&home).await;
    let there = file(&home, "new.db");

    let exported = export(&home, &database, "first").await;
    let imported = import(&home, "first", &there).await;
    export(&home, &there, "second").await;

    assert_eq!(exported, imported);
    assert_same(&home, "first", "second");
    let count = |part: &str| {
        let line = exported.iter().find(|line| line["part"] == part);
        line.and_then(|line| line["count"].as_u64()).unwrap()
    };
    assert_eq!((count("users"), count("messages")), (6, 120));
    assert!(count("files") > 3 && count("reactions") > 3 && count("revisions") > 0);
}

/// The names in an object.
fn names(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("it is an object");
    let mut names: Vec<_> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn what_is_in_an_archive_is_told_whole_to_programs() {
    let home = Home::new();
    let database = home.database();
    create(&home, "ann", &[]).await;
    let exported = async |to: &str, format: &str| {
        let words = ["export", "--database", &database, to, "-o", format];
        home.run(&words).await.ok()
    };

    let csv = exported("one", "csv").await;
    let plain = exported("two", "plain").await;

    assert_eq!(csv.lines().next(), Some("part,count,bytes,sha256"));
    let users = plain.lines().next().expect("a line");
    let cells: Vec<_> = users.split('\t').collect();
    assert_eq!((cells[0], cells[1], cells[3].len()), ("users", "1", 64));
    assert!(csv.contains(cells[3]), "{csv}");
}

#[tokio::test]
async fn what_programs_read_keeps_its_names() {
    let home = Home::new();
    let database = home.database();
    create(&home, "ann", &[]).await;

    let lines = export(&home, &database, "archive").await;

    let manifest = std::fs::read_to_string(home.path().join("archive/manifest.json"));
    let manifest: Value = serde_json::from_str(&manifest.expect("it is there")).expect("JSON");
    let top = [
        "files", "format", "kind", "made_by", "parts", "shape", "version",
    ];
    assert_eq!(names(&manifest), top);
    assert_eq!(names(&manifest["files"]), ["bytes", "missing"]);
    let part = ["bytes", "file", "lines", "name", "sha256"];
    assert_eq!(names(&manifest["parts"][0]), part);
    assert_eq!(names(&lines[0]), ["bytes", "count", "part", "sha256"]);
    let parts: Vec<_> = lines
        .iter()
        .filter_map(|line| line["part"].as_str())
        .collect();
    assert!(
        !parts.contains(&"signing_keys") && !parts.contains(&"media_store"),
        "{parts:?}"
    );
}

#[tokio::test]
async fn from_a_file_to_a_server_and_back_it_stays_the_same() {
    if postgres().is_none() {
        return;
    }
    let (home, mut server) = (Home::new(), Setup::with_empty_database());
    let (small, back) = (file(&home, "small.db"), file(&home, "back.db"));
    fill(&home, &small).await;

    export(&home, &small, "one").await;
    let place = home.path().join("server.media").display().to_string();
    server.config.media.store = Some(place.clone());
    let place = format!("media.store={place}");
    let on_server = ["--database", &server.config.database, "--set", &place];
    let words = [&["import", "one"][..], &on_server[..]].concat();
    home.run(&words).await.ok();
    let words = [&["export", "two"][..], &on_server[..]].concat();
    home.run(&words).await.ok();
    import(&home, "two", &back).await;
    export(&home, &back, "three").await;

    assert_same(&home, "one", "two");
    assert_same(&home, "one", "three");
    let server = server.start().await;
    let root = server.admin("root1").await;
    // The audit log goes on behind what came along.
    let off = json!({"disabled": true});
    let ann = root.get("/admin/users?q=ann").await.ok()["items"][0]["id"].clone();
    root.patch(&format!("/admin/users/{}", ann.as_str().unwrap()), off)
        .await
        .ok();
}

/// The conversations of somebody by their ids: each with its epoch and its title.
async fn lives(person: &Person) -> BTreeMap<String, (Value, Value)> {
    let all = person.get("/conversations").await.ok();
    let about = |one: &Value| {
        let life = (one["epoch"].clone(), one["title"].clone());
        (one["id"].to_string(), life)
    };
    all["items"]
        .as_array()
        .expect("a page")
        .iter()
        .map(about)
        .collect()
}

/// A server on a database of this home.
async fn serve(home: &Home, database: &str) -> (Serving, Door) {
    let words = ["serve", "--listen", "127.0.0.1:0", "--database", database];
    let served = Serving::start(&mut home.chat(&words)).await;
    let door = Door::mounted(served.address.parse().expect("an address"), "");
    (served, door)
}

pub(super) async fn sign_in(door: &Door, name: &str, password: &str) -> Person {
    let body = json!({"identifier": name, "password": password});
    let answer = door.call("POST", "/auth/login", Some(body)).await.ok();
    let signed_in = serde_json::from_value(answer).expect("it says who signed in");
    Person::new(door.clone(), &signed_in)
}

#[tokio::test]
async fn people_sign_in_where_it_was_imported_and_begin_anew() {
    let home = Home::new();
    let (old, new) = (file(&home, "old.db"), file(&home, "new.db"));
    fill(&home, &old).await;
    // Its server goes on meanwhile.
    let (served, door) = serve(&home, &old).await;
    let ann = sign_in(&door, "ann", "demo demo demo").await;
    let before = lives(&ann).await;

    export(&home, &old, "archive").await;
    import(&home, "archive", &new).await;
    let (again, door) = serve(&home, &new).await;
    let ann = sign_in(&door, "ann", "demo demo demo").await;
    let after = lives(&ann).await;

    assert!(
        before.keys().eq(after.keys()) && before.len() == 4,
        "{before:?} {after:?}"
    );
    for (id, (epoch, title)) in &before {
        assert!(
            *epoch != after[id].0 && *title == after[id].1,
            "{before:?} {after:?}"
        );
    }
    served.process.terminate().await.ok();
    again.process.terminate().await.ok();
}

#[tokio::test]
async fn files_are_the_same_byte_for_byte() {
    let home = Home::new();
    let (old, new) = (file(&home, "old.db"), file(&home, "new.db"));
    let (served, door) = serve(&home, &old).await;
    create_in(&home, &old).await;
    let ann = sign_in(&door, "ann", chat_tests::sdk::PASSWORD).await;
    let sent = ann.file("a.txt", "hello, files").await;

    export(&home, &old, "archive").await;
    served.process.terminate().await.ok();
    import(&home, "archive", &new).await;
    let (served, door) = serve(&home, &new).await;
    let ann = sign_in(&door, "ann", chat_tests::sdk::PASSWORD).await;

    let read = ann.fetch(&format!("/attachments/{}", sent.id), &[]).await;
    assert_eq!(read.bytes, b"hello, files");
    served.process.terminate().await.ok();
}

async fn create_in(home: &Home, database: &str) {
    let words = ["user", "create", "ann", "--database", database];
    let input = format!("{}\n", chat_tests::sdk::PASSWORD);
    home.run_with(&words, &input).await.ok();
}

#[tokio::test]
async fn a_damaged_archive_is_refused_before_anything_is_imported() {
    let home = Home::new();
    let database = talkative(&home).await;
    export(&home, &database, "archive").await;
    home.run(&["import", "--check", "archive"]).await.ok();
    let part = home.path().join("archive/messages.jsonl");
    let text = std::fs::read_to_string(&part).expect("it is there");

    std::fs::write(&part, text.replacen("\"content\":\"", "\"content\":\"!", 1))
        .expect("it is ours");

    let checked = home.run(&["import", "--check", "archive"]).await;
    assert!(checked.failed(2).contains("messages.jsonl"), "{checked:?}");
    let there = file(&home, "new.db");
    let imported = home.run(&["import", "--database", &there, "archive"]).await;
    assert!(imported.failed(2).contains("another copy"), "{imported:?}");
    assert!(!home.path().join("new.db").exists());
}

#[tokio::test]
async fn an_import_wants_an_empty_database_and_an_export_a_new_directory() {
    let home = Home::new();
    let database = talkative(&home).await;
    export(&home, &database, "archive").await;

    let full = home
        .run(&["import", "--database", &database, "archive"])
        .await;
    let again = home
        .run(&["export", "--database", &database, "archive"])
        .await;
    let nowhere = home
        .run(&["export", "--database", "sqlite://no.db", "x"])
        .await;

    assert!(full.failed(6).contains("not empty"), "{full:?}");
    assert!(again.failed(6).contains("another directory"), "{again:?}");
    assert!(nowhere.failed(3).contains("no such file"), "{nowhere:?}");
    assert!(!home.path().join("no.db").exists());
    let missing = ["import", "--database", "sqlite://no.db", "missing"];
    home.run(&missing).await.failed(3);
    assert!(!home.path().join("no.db.lock").exists());
}

#[tokio::test]
async fn an_archive_of_a_newer_version_is_refused() {
    let home = Home::new();
    let database = talkative(&home).await;
    export(&home, &database, "archive").await;
    let path = home.path().join("archive/manifest.json");
    let manifest = std::fs::read_to_string(&path).expect("it is there");
    let there = file(&home, "new.db");
    for (old, new, why) in [
        ("\"version\": 1", "\"version\": 2", "use a newer one"),
        ("\"shape\": ", "\"shape\": 9", "import it with that version"),
        ("chat-archive", "zip", "no archive"),
    ] {
        std::fs::write(&path, manifest.replacen(old, new, 1)).expect("it is ours");
        let refused = home.run(&["import", "--database", &there, "archive"]).await;
        assert!(refused.failed(2).contains(why), "{refused:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_an_archive() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let database = home.database();
    create(&home, "ann", &[]).await;

    export(&home, &database, "archive").await;

    let mode = |path: &str| {
        let about = std::fs::metadata(home.path().join(path)).expect("it is there");
        about.permissions().mode() & 0o777
    };
    assert_eq!(mode("archive"), 0o700);
    assert_eq!(
        [mode("archive/users.jsonl"), mode("archive/manifest.json")],
        [0o600; 2]
    );
}
