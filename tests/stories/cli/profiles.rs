//! Sign-ins at several servers on one machine: which of them a command is for.

use super::{create, login, serve};
use chat_tests::{Home, Serving, sdk};

/// Signs somebody in at a server under a name of this machine's.
async fn named(home: &Home, server: &Serving, user: &str, profile: &str) {
    let (url, password) = (server.url(), format!("{}\n", sdk::PASSWORD));
    let login = ["auth", "login", user, "--server", &url];
    let words = [&login[..], &["--profile", profile]].concat();
    home.run_with(&words, &password).await.ok();
}

/// Whose commands these words make them.
async fn who(home: &Home, more: &[&str]) -> String {
    let words = [&["profile", "show", "--jq", ".username"], more].concat();
    home.run(&words).await.ok().trim().to_owned()
}

#[tokio::test]
async fn sign_ins_have_names_and_one_of_them_is_meant() {
    let home = Home::new();
    create(&home, "ann", &[]).await;
    create(&home, "ben", &[]).await;
    let server = serve(&home, "127.0.0.1:0").await;
    named(&home, &server, "ann", "work").await;
    named(&home, &server, "ben", "home").await;

    assert_eq!(who(&home, &["--profile", "work"]).await, "ann");
    assert_eq!(who(&home, &[]).await, "ben");
    home.run(&["auth", "use", "work"]).await.ok();
    assert_eq!(who(&home, &[]).await, "ann");

    let status = home.run(&["auth", "status"]).await.json();
    let work = status.iter().find(|one| one["profile"] == "work");
    assert_eq!(work.unwrap()["current"], true, "{status:?}");
    let unknown = home.run(&["profile", "show", "--profile", "moon"]).await;
    assert_eq!(unknown.code, Some(3), "{unknown:?}");
}

/// A server somewhere else, where ann signs in from her home.
async fn place(me: &Home, profile: &str) -> (Home, Serving) {
    let home = Home::new();
    create(&home, "ann", &[]).await;
    let server = serve(&home, "127.0.0.1:0").await;
    named(me, &server, "ann", profile).await;
    (home, server)
}

#[tokio::test]
async fn a_profile_leads_to_its_own_server_whichever_was_used_last() {
    let me = Home::new();
    let (_here, here) = place(&me, "here").await;
    let (_there, there) = place(&me, "there").await;
    let seed = ["seed", "demo", "--users", "2", "--messages", "2"];
    let more = ["--password-file", "-", "--profile", "here"];

    let password = format!("{}\n", sdk::PASSWORD);
    me.run_with(&[&seed[..], &more[..]].concat(), &password)
        .await
        .ok();
    let again = ["auth", "login", "ann", "--profile", "here"];
    let said = me.run_with(&again, &password).await;

    assert!(said.stderr.contains(&here.address), "{said:?}");
    let find = async |profile| {
        let words = ["user", "list", "ben", "--profile", profile];
        me.run(&words).await.json().len()
    };
    assert_eq!((find("here").await, find("there").await), (1, 0));
    let elsewhere = there.url();
    let other = [&again[..], &["--server", &elsewhere]].concat();
    assert_eq!(me.run(&other).await.code, Some(6));
}

#[tokio::test]
async fn what_is_said_wins_over_a_profile_of_the_environment() {
    let me = Home::new();
    let (_here, here) = place(&me, "here").await;
    let (_there, there) = place(&me, "there").await;
    let asked = async |more: &[&str]| {
        let mut command = me.chat(&[&["auth", "sessions", "-o", "ids"], more].concat());
        let command = command.env("CHAT_PROFILE", "here");
        chat_tests::Process::start(command).ended().await
    };

    let (around, said) = (asked(&[]).await, asked(&["--server", &there.url()]).await);
    let both = asked(&["--profile", "here", "--server", &here.url()]).await;

    assert_ne!(
        around.ok(),
        said.ok(),
        "each server has a session of its own"
    );
    assert!(both.failed(2).contains("say --profile"), "{both:?}");
}

#[tokio::test]
async fn through_a_socket_nobody_signs_in() {
    let home = Home::new();
    create(&home, "ann", &[]).await;
    let server = serve(&home, "127.0.0.1:0").await;
    login(&home, &server, "ann").await;

    let refused = home.run(&["auth", "login", "ann", "--socket", "x"]).await;

    assert!(refused.failed(2).contains("nobody signs in"), "{refused:?}");
}
