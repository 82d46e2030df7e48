//! What is a person's own in an archive of theirs comes into an account, on another server or on the same one.

use super::{super::NO_LIMITS, create, export, file};
use chat_tests::{Ended, Home, files::png};
use serde_json::{Value, json};

/// Runs a command straight on a database as somebody.
async fn straight(home: &Home, database: &str, who: &str, words: &[&str]) -> Vec<Value> {
    let direct = format!("--direct={database}");
    home.run(&[words, &[&direct, "--as", who]].concat())
        .await
        .json()
}

/// An installation where ben has said who he is, knows ann and has blocked eve; and the archive of ben.
async fn of_ben(home: &Home) -> String {
    let database = home.database();
    for (name, more) in [
        ("ann", &["--admin"][..]),
        ("ben", &["--email", "ben@example.org"]),
        ("eve", &[]),
    ] {
        create(home, name, more).await;
    }
    std::fs::write(home.path().join("me.png"), png(64, 64, &[])).unwrap();
    let change = [
        "profile",
        "change",
        "--bio",
        "climbs",
        "--display-name",
        "Ben O.",
    ];
    for words in [
        &change[..],
        &["settings", "change", "--last-seen", "nobody"],
        &["contact", "add", "ann", "--nickname", "boss", "--favorite"],
        &["block", "add", "eve"],
        &["profile", "avatar", "me.png"],
    ] {
        straight(home, &database, "ben", words).await;
    }
    let words = ["export", "--user", "ben", "--database", &database, "his"];
    home.run(&words).await.ok();
    database
}

/// Imports it into a database, under a name.
async fn import(home: &Home, database: &str, name: &str) -> Ended {
    let words = ["import", "--user", name, "--database", database, "his"];
    home.run(&words).await
}

/// A database with an admin of its own.
async fn elsewhere(home: &Home) -> String {
    let new = file(home, "new.db");
    let words = ["user", "create", "keeper", "--admin", "--no-password"];
    home.run(&[&words[..], &["--database", &new]].concat())
        .await
        .ok();
    new
}

#[tokio::test]
async fn a_person_moves_to_another_server_without_whom_is_not_there() {
    let home = Home::new();
    of_ben(&home).await;
    let new = elsewhere(&home).await;

    let moved = import(&home, &new, "ben").await;

    assert_eq!(moved.code, Some(5), "{moved:?}");
    assert!(moved.stderr.contains("2 of those"), "{moved:?}");
    let ben = straight(&home, &new, "ben", &["profile", "show"]).await;
    assert_eq!(
        (&ben[0]["bio"], &ben[0]["display_name"], &ben[0]["email"]),
        (
            &json!("climbs"),
            &json!("Ben O."),
            &json!("ben@example.org")
        )
    );
    assert_eq!(ben[0]["settings"]["last_seen"], "nobody");
    assert!(ben[0]["avatar_url"].is_string(), "{ben:?}");
    // The same again is nothing new.
    assert_eq!(import(&home, &new, "ben").await.code, Some(5));
}

#[tokio::test]
async fn who_was_deleted_comes_back_with_all_they_knew() {
    let home = Home::new();
    let database = of_ben(&home).await;
    let delete = ["user", "delete", "ben", "--confirm", "ben"];
    straight(&home, &database, "ann", &delete).await;

    let back = import(&home, &database, "ben2").await.json();

    let counted: Vec<_> = back
        .iter()
        .map(|line| {
            (
                line["part"].as_str().unwrap(),
                line["count"].as_u64().unwrap(),
            )
        })
        .collect();
    let all = [
        ("account", 1),
        ("picture", 1),
        ("contacts", 1),
        ("blocks", 1),
    ];
    assert_eq!(counted, all);
    let known = straight(&home, &database, "ben2", &["contact", "list"]).await;
    assert_eq!(
        (&known[0]["nickname"], &known[0]["favorite"]),
        (&json!("boss"), &json!(true))
    );
    let blocked = straight(&home, &database, "ben2", &["block", "list"]).await;
    assert_eq!(blocked[0]["username"], "eve");
}

#[tokio::test]
async fn nobody_is_taken_for_somebody_else_and_nothing_for_a_person() {
    let home = Home::new();
    let database = of_ben(&home).await;
    export(&home, &database, "all").await;
    let new = elsewhere(&home).await;

    let taken = import(&home, &database, "eve").await;
    let words = ["import", "--user", "ben", "--database", &new, "all"];
    let whole = home.run(&words).await;
    let words = [
        "import",
        "--user",
        "ben",
        "--server",
        "http://127.0.0.1:9",
        "his",
    ];
    let over = home.run(&words).await;

    assert!(
        taken.failed(6).contains("may be somebody else"),
        "{taken:?}"
    );
    let eve = straight(&home, &database, "eve", &["profile", "show"]).await;
    assert_eq!(eve[0]["bio"], Value::Null);
    assert!(whole.failed(2).contains("leave out --user"), "{whole:?}");
    assert!(over.failed(2).contains("--socket"), "{over:?}");
}

#[tokio::test]
async fn a_damaged_archive_changes_nothing_and_a_server_that_runs_is_asked() {
    let home = Home::new();
    of_ben(&home).await;
    let new = elsewhere(&home).await;
    let words = [NO_LIMITS, &["--local-socket", "new.sock"]].concat();
    let _server = home.serve_on(&new, "127.0.0.1:0", &words).await;
    let import = ["import", "--user", "ben", "his", "--socket", "new.sock"];

    let beside = home
        .run(&["import", "--user", "ben", "--database", &new, "his"])
        .await;
    assert_eq!(home.run(&import).await.code, Some(5));
    let lines = home.path().join("his/person.jsonl");
    let text = std::fs::read_to_string(&lines).unwrap();
    std::fs::write(&lines, text.replace("climbs", "swims!")).unwrap();
    let damaged = home.run(&import).await;

    assert!(beside.failed(6).contains("its server runs"), "{beside:?}");
    assert!(damaged.failed(2).contains("person.jsonl"), "{damaged:?}");
}
