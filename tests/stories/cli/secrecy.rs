//! The password in the address of a database is shown nowhere, whatever goes wrong.

use super::NO_LIMITS;
use chat_tests::{Door, Ended, Home, Process, Serving, postgres};
use serde_json::json;

const PASSWORD: &str = "canary-pass-77d1";

#[track_caller]
fn expect_secret(ended: &Ended) {
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!said.contains(PASSWORD), "{said}");
}

#[tokio::test]
async fn no_command_shows_the_password_of_a_database() {
    let home = Home::new();
    for address in [
        format!("postgres://ann:{PASSWORD}@127.0.0.1:1/chat"),
        format!("postgres://ann@127.0.0.1:1/chat?password={PASSWORD}"),
        format!("postgres://ann:{PASSWORD}/x@127.0.0.1:1/chat"),
        format!("postgres://ann:{PASSWORD}@127.0.0.1:port/chat"),
        format!("postgres://127.0.0.1:port/chat?password={PASSWORD}"),
        format!("mysql://ann:{PASSWORD}@127.0.0.1/chat"),
    ] {
        for words in [
            &["config", "show"][..],
            &["config", "rotate-keys"],
            &["config", "adopt-files"],
            &["config", "new-epochs"],
            &["serve", "--log", "trace", "--listen", "127.0.0.1:0"],
            &["user", "create", "ann", "--no-password"],
            &["seed", "demo", "--messages", "1"],
            &["health", "--listen", "127.0.0.1:1"],
        ] {
            let database = ["--database", &address];
            expect_secret(&home.run(&[words, &database].concat()).await);
            let mut by_environment = home.chat(words);
            by_environment.env("CHAT_DATABASE", &address);
            expect_secret(&Process::start(&mut by_environment).ended().await);
        }
        let carry = ["migrate", "sqlite-to-postgres", "--from", "sqlite://no.db"];
        let to = ["--to", &address];
        expect_secret(&home.run(&[&carry[..], &to].concat()).await);
    }
}

#[tokio::test]
async fn a_server_that_runs_shows_no_password_of_its_database() {
    if postgres().is_none() {
        return;
    }
    let home = Home::new();
    let address = home
        .database()
        .replacen("postgres@", &format!("postgres:{PASSWORD}@"), 1);
    assert!(address.contains(PASSWORD), "{address}");
    let words = ["serve", "--listen", "127.0.0.1:0", "--log", "trace"];
    let mut command = home.chat(&[&words[..], NO_LIMITS].concat());
    let server = Serving::start(command.env("CHAT_DATABASE", &address)).await;
    let door = Door::mounted(server.address.parse().expect("an address"), "");

    let wrong = json!({"identifier": "ann", "password": "wrong"});
    let mut said = door
        .call("POST", "/auth/login", Some(wrong))
        .await
        .body
        .to_string();
    for path in ["/metrics", "/health/ready", "/openapi.json"] {
        said.push_str(&door.get(path).await.body.to_string());
    }

    let ended = server.process.terminate().await;
    assert_eq!(ended.code, Some(0));
    said.push_str(&ended.stderr);
    assert!(said.len() > 1_000 && !said.contains(PASSWORD), "{said}");
}
