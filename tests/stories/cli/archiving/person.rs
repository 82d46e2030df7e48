//! The archive of one person: all that is theirs, no secrets, and no history of others.

use super::{contents, file, fill, talkative};
use chat_tests::Home;
use serde_json::Value;

#[tokio::test]
async fn it_has_what_is_theirs_and_no_secret() {
    let home = Home::new();
    let database = talkative(&home).await;
    let words = [
        "export",
        "--user",
        "ben",
        "--database",
        &database,
        "for-ben",
    ];

    home.run(&words).await.ok();
    home.run(&["import", "--check", "for-ben"]).await.ok();

    let all = contents(&home.path().join("for-ben"));
    let text = |name: &str| String::from_utf8(all[std::path::Path::new(name)].clone()).unwrap();
    let person = text("person.jsonl");
    let lines: Vec<Value> = person
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |kind: &'static str| lines.iter().filter(move |line| line["type"] == kind);
    assert_eq!(of("account").next().unwrap()["username"], "ben");
    assert!(of("message").count() > 5);
    assert!(of("message").all(|line| line["sender"]["username"] == "ben"));
    let files = of("attachment").count();
    assert!(text("files.jsonl").lines().count() >= files);
    for secret in ["argon2", "password_hash", "secret", "token"] {
        assert!(!person.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn it_cannot_be_imported_and_nobody_has_none() {
    let home = Home::new();
    let database = file(&home, "chat.db");
    fill(&home, &database).await;
    let export = ["export", "--database", &database, "--user"];
    let there = file(&home, "new.db");

    home.run(&[&export[..], &["ann", "hers"]].concat())
        .await
        .ok();
    let imported = home.run(&["import", "--database", &there, "hers"]).await;
    let nobody = home
        .run(&[&export[..], &["nobody1", "none"]].concat())
        .await;

    assert!(
        imported.failed(2).contains("about one person"),
        "{imported:?}"
    );
    nobody.failed(3);
    assert!(!home.path().join("none").exists());
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_made() {
    let home = Home::new();
    let words = [
        "export",
        "--user",
        "ann",
        "--database",
        "sqlite://no.db",
        "hers",
    ];

    let none = home.run(&words).await;

    assert!(none.failed(3).contains("no.db"), "{none:?}");
    assert!(!home.path().join("no.db").exists());
}
