//! The archive of one person: all that is theirs, no secrets, and no history of others.

use super::{contents, export, file, fill, talkative};
use chat_tests::Home;
use serde_json::{Value, json};

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
}

#[tokio::test]
async fn no_secret_and_nobody_elses_words_are_in_it() {
    let home = Home::new();
    let database = talkative(&home).await;
    let token = token_of(&home, &database, "ben").await;
    export(&home, &database, "all").await;
    let users = std::fs::read_to_string(home.path().join("all/users.jsonl")).unwrap();
    let rows = users
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let ben = rows
        .into_iter()
        .find(|row: &Value| row["username"] == "ben");
    let hash = ben.unwrap()["password_hash"].as_str().unwrap().to_owned();

    let words = ["export", "--user", "ben", "--database", &database, "his"];
    home.run(&words).await.ok();

    let person = std::fs::read_to_string(home.path().join("his/person.jsonl")).unwrap();
    assert!(hash.len() > 20 && token.len() > 20);
    assert!(!person.contains(&hash) && !person.contains(&token));
    assert!(person.contains("token.create"), "what he did is there");
    let messages = std::fs::read_to_string(home.path().join("all/messages.jsonl")).unwrap();
    let leaked = leaked(&person, &messages);
    assert!(leaked.is_empty(), "{leaked:?}");
}

/// Of what others said, the long texts that are in what one gets and are not there on purpose.
fn leaked(person: &str, messages: &str) -> Vec<String> {
    let (own, all) = (lines(person), lines(messages));
    let account = own.iter().find(|line| line["type"] == "account");
    let me = account.expect("one has an account")["id"].clone();
    let others = all.iter().filter(|row| row["sender_id"] != me);
    let texts = others.filter_map(|row| row["content"].as_str());
    let texts = texts.filter(|text| text.len() > 40 && !said(&own).any(|known| known == *text));
    let texts: Vec<_> = texts.collect();
    assert!(texts.len() > 5, "{texts:?}");
    let is_in = |text: &&str| person.contains(text);
    texts.into_iter().filter(is_in).map(str::to_owned).collect()
}

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("lines are JSON")
}

/// What is there on purpose: what one said, what one answered, and the newest message of each conversation.
fn said(own: &[Value]) -> impl Iterator<Item = &str> {
    let places = [
        "/content",
        "/reply_to/excerpt",
        "/last_message/content",
        "/last_message/reply_to/excerpt",
    ];
    let texts = own
        .iter()
        .flat_map(move |line| places.map(|at| line.pointer(at)));
    texts.flatten().filter_map(Value::as_str)
}

/// Makes a token where the seed has left people with a password.
async fn token_of(home: &Home, database: &str, name: &str) -> String {
    let (served, door) = super::serve(home, database).await;
    let person = super::sign_in(&door, name, "demo demo demo").await;
    let body = json!({"name": "a bot", "scope": "read"});
    let made = person.post("/auth/tokens", body).await.ok();
    served.process.terminate().await.ok();
    made["token"].as_str().expect("it is told once").to_owned()
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
    let reserved = home.run(&[&export[..], &["nobody", "none"]].concat()).await;

    assert!(
        imported.failed(2).contains("about one person"),
        "{imported:?}"
    );
    nobody.failed(3);
    assert!(reserved.failed(3).contains("there is no user nobody"));
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
