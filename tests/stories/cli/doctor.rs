//! `chat doctor`: what it finds, what it says to do, and that it changes nothing.

use super::{create, serve};
use chat_tests::Home;
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt};

/// What it says of everything.
async fn findings(home: &Home, code: i32, more: &[&str]) -> Vec<Value> {
    let database = home.database();
    let words = [&["doctor", "--database", &database][..], more].concat();
    let ended = home.run(&words).await;
    assert_eq!(ended.code, Some(code), "{ended:#?}");
    let lines = ended.stdout.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("lines are JSON")
}

#[track_caller]
fn state<'a>(findings: &'a [Value], check: &str) -> &'a str {
    let found = findings.iter().find(|one| one["check"] == check);
    found
        .and_then(|one| one["state"].as_str())
        .unwrap_or_else(|| panic!("no {check}: {findings:#?}"))
}

#[tokio::test]
async fn a_sound_machine_is_called_sound_and_nothing_is_made() {
    let home = Home::new();

    let before = findings(&home, 0, &["--listen", "127.0.0.1:0"]).await;

    for check in [
        "configuration",
        "database",
        "migrations",
        "files",
        "port",
        "disk",
    ] {
        assert_eq!(state(&before, check), "ok", "{check}");
    }
    assert_eq!(state(&before, "terminal"), "skipped");
    let made = fs::read_dir(home.path())
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name());
    let made: Vec<_> = made.filter(|name| name != "tmp").collect();
    assert!(made.is_empty(), "{made:?}");
}

#[tokio::test]
async fn a_server_that_runs_is_recognised_with_its_version_and_clock() {
    let home = Home::new();
    create(&home, "ann", &[]).await;
    let server = serve(&home, "127.0.0.1:0").await;

    let url = server.url();
    let found = findings(&home, 0, &["--listen", &server.address, "--server", &url]).await;

    for check in [
        "port",
        "database",
        "migrations",
        "clock",
        "server",
        "version of the server",
    ] {
        assert_eq!(state(&found, check), "ok", "{check}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_with_what_to_do() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let settings = home.path().join("chat.toml");
    fs::write(&settings, "redis = \"redis://127.0.0.1:1\"\n").unwrap();
    fs::set_permissions(&settings, fs::Permissions::from_mode(0o644)).unwrap();
    let more = ["--listen", &address, "--server", "http://127.0.0.1:1"];

    let found = findings(&home, 1, &more).await;

    for (check, expected) in [
        ("port", "problem"),
        ("redis", "problem"),
        ("server", "problem"),
        ("settings file", "warning"),
    ] {
        assert_eq!(state(&found, check), expected, "{check}: {found:#?}");
    }
    let without = found
        .iter()
        .find(|one| one["state"] == "problem" && one["advice"].is_null());
    assert_eq!(without, None, "each problem has an advice");
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_is_a_problem_and_the_rest_is_looked_at() {
    let home = Home::new();

    let found = findings(&home, 1, &["--set", "moon=full"]).await;

    assert_eq!(state(&found, "configuration"), "problem");
    assert_eq!(state(&found, "version"), "ok");
}

#[tokio::test]
async fn a_database_that_others_may_read_is_told() {
    let home = Home::new();
    let file = home.path().join("open.db");
    let database = format!("sqlite://{}", file.display());
    fs::write(&file, "").unwrap();
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(&file, open).unwrap();

    let words = ["doctor", "--database", &database, "--listen", "127.0.0.1:0"];
    let found = home.run(&words).await.json();

    assert_eq!(state(&found, "database file"), "warning");
}

#[tokio::test]
async fn files_that_others_may_read_and_a_log_beside_the_database_are_told() {
    let home = Home::new();
    let database = format!("sqlite://{}", home.path().join("own.db").display());
    let file = |name: &str, mode| {
        let path = home.path().join(name);
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    file("own.db", 0o600);
    file("own.db-wal", 0o644);
    let media = home.path().join("own.db.media");
    fs::create_dir(&media).unwrap();
    fs::set_permissions(&media, fs::Permissions::from_mode(0o755)).unwrap();

    let words = ["doctor", "--database", &database, "--listen", "127.0.0.1:0"];
    let found = home.run(&words).await.json();

    assert_eq!(state(&found, "database file"), "warning");
    assert_eq!(state(&found, "files"), "warning");
    let advice = found.iter().find(|one| one["check"] == "files").unwrap();
    assert!(advice["advice"].as_str().unwrap().starts_with("chmod 700"));
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_is_a_problem() {
    let home = Home::new();
    let set = |setting: &'static str| ["--set", setting];
    let more = [
        set("media.store=s3://bucket/chat"),
        set("media.s3_endpoint=http://127.0.0.1:1"),
        set("media.s3_access_key_id=somebody"),
        set("media.s3_secret_access_key=secret"),
    ]
    .concat();

    let found = findings(
        &home,
        1,
        &[&more[..], &["--listen", "127.0.0.1:0"]].concat(),
    )
    .await;

    assert_eq!(state(&found, "files"), "problem");
}
