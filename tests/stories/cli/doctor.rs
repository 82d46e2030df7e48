//! `chat doctor`: what it finds, what it says to do, and that it changes nothing.

use super::{create, serve};
use chat_tests::{Ended, Home, until};
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt};

/// What it says of everything.
async fn findings(home: &Home, code: i32, more: &[&str]) -> Vec<Value> {
    let database = home.database();
    let words = [&["doctor", "--database", &database][..], more].concat();
    let ended = home.run(&words).await;
    assert_eq!(ended.code, Some(code), "{ended:#?}");
    told(&ended)
}

fn told(ended: &Ended) -> Vec<Value> {
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

    let (database, url) = (home.database(), server.url());
    let address = ["--listen", &server.address, "--server", &url];
    let words = [&["doctor", "--database", &database][..], &address].concat();
    let checks = [
        "port",
        "database",
        "migrations",
        "clock",
        "server",
        "version of the server",
    ];
    // A server that answers late is not well, as on a machine that stood still for a moment: it is asked again.
    let asked = async || {
        let ended = home.run(&words).await;
        let found = told(&ended);
        let is_ok = |one: &Value, check: &str| one["check"] == check && one["state"] == "ok";
        let is_sound = |check: &&str| found.iter().any(|one| is_ok(one, check));
        match ended.code == Some(0) && checks.iter().all(is_sound) {
            true => Ok(()),
            false => Err(format!("{ended:#?}")),
        }
    };

    until("all of it is found, and sound", asked).await;
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
    // What is left out is named.
    assert_eq!(state(&found, "database"), "skipped");
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

#[tokio::test]
async fn what_a_server_could_not_make_or_read_is_a_problem() {
    let home = Home::new();
    let words = ["doctor", "--listen", "127.0.0.1:0", "--database"];
    let nowhere = "sqlite:///no/such/chat.db";
    let socket = ["--local-socket", "/no/such/chat.sock"];
    let keys = ["--set", "key_file=/no/such/chat.keys"];

    for (more, checks) in [
        (&[nowhere][..], &["database", "keys"][..]),
        (
            &["sqlite://here.db", socket[0], socket[1]],
            &["local socket"],
        ),
        (&["sqlite://here.db", keys[0], keys[1]], &["keys"]),
    ] {
        let ended = home.run(&[&words[..], more].concat()).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let found = ended.stdout.lines().map(serde_json::from_str);
        let found: Vec<Value> = found.collect::<Result<_, _>>().unwrap();
        for check in checks {
            assert_eq!(state(&found, check), "problem", "{found:#?}");
        }
    }
}

#[tokio::test]
async fn keys_that_are_gone_from_beside_a_database_are_told_before_the_server_starts() {
    let home = Home::new();
    let database = format!("sqlite://{}", home.path().join("own.db").display());
    let make = ["user", "create", "ann", "--admin", "--no-password"];
    home.run(&[&make[..], &["--database", &database]].concat())
        .await
        .ok();
    fs::remove_file(home.path().join("own.db.keys")).unwrap();

    let words = ["doctor", "--database", &database, "--listen", "127.0.0.1:0"];
    let found = home.run(&words).await.json();

    assert_eq!(state(&found, "keys"), "warning");
}

#[tokio::test]
async fn mail_that_goes_nowhere_is_told_and_no_password_with_it() {
    let home = Home::new();
    let smtp = "mail.smtp=smtp://chat:very-secret@127.0.0.1:1";
    let more = ["--set", "mail.transport=smtp", "--set", smtp];

    let found = findings(
        &home,
        1,
        &[&more[..], &["--listen", "127.0.0.1:0"]].concat(),
    )
    .await;

    assert_eq!(state(&found, "mail"), "problem");
    let text = format!("{found:?}");
    assert!(
        text.contains("127.0.0.1:1") && !text.contains("very-secret"),
        "{text}"
    );
}

#[tokio::test]
async fn a_certificate_is_looked_at_with_its_name_and_who_can_read_its_key() {
    let home = Home::new();
    let tls = chat_tests::Certificate::new();
    let (certificate, key) = (tls.certificate(), tls.key());
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let files = [
        "--tls-certificate",
        certificate,
        "--tls-key",
        key,
        "--listen",
        "127.0.0.1:0",
    ];
    let named = |host: &str| format!("public_url=https://{host}");
    let (own, other) = (named("localhost"), named("chat.example.org"));

    let sound = findings(&home, 0, &[&files[..], &["--set", &own]].concat()).await;
    let strange = findings(&home, 0, &[&files[..], &["--set", &other]].concat()).await;
    fs::set_permissions(key, fs::Permissions::from_mode(0o644)).unwrap();
    let open = findings(&home, 0, &files).await;
    tls.spoil();
    let spoilt = findings(&home, 1, &files).await;

    assert_eq!(
        (state(&sound, "tls"), state(&sound, "tls key")),
        ("ok", "ok")
    );
    assert_eq!(state(&strange, "tls"), "warning");
    assert_eq!(state(&open, "tls key"), "warning");
    assert_eq!(state(&spoilt, "tls"), "problem");
}

#[tokio::test]
async fn a_clock_is_told_also_where_there_is_nobody_to_compare_with() {
    let home = Home::new();

    let found = findings(&home, 0, &["--listen", "127.0.0.1:0"]).await;

    let clock = found.iter().find(|one| one["check"] == "clock").unwrap();
    assert!(clock["found"].as_str().unwrap().starts_with("it is 20"));
}
