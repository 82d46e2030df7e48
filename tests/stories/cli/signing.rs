//! Signing up, where one is signed in, and the end of that, from a shell.

use super::house::{House, text_of};
use chat_server::MailTransport;
use chat_tests::{Ended, Home, MailServer, Server, sdk};
use serde_json::json;

/// Signs up in a home, with a password on standard input.
async fn register(home: &Home, url: &str, name: &str) -> Ended {
    let email = format!("{name}@example.org");
    let words = ["auth", "register", name, "--email", &email, "--server", url];
    home.run_with(&words, &format!("{}\n", sdk::PASSWORD)).await
}

/// Signs ben in somewhere else.
async fn elsewhere(house: &House) -> Home {
    let (home, url) = (Home::new(), house.server.url());
    let words = ["auth", "login", "ben", "--server", &url];
    home.run_with(&words, &format!("{}\n", sdk::PASSWORD))
        .await
        .ok();
    home
}

#[tokio::test]
async fn who_registers_is_signed_in() {
    let house = House::open().await;
    let url = house.server.url();

    let made = register(&house.home, &url, "eve").await;
    let again = register(&house.home, &url, "eve").await;
    let words = ["auth", "register", "kim", "--email", "nowhere"];
    let bad = house.home.run(&words).await;

    assert!(made.stderr.contains("as eve"), "{made:?}");
    made.ok();
    let shown = house.run("eve", &["profile", "show"]).await.json();
    assert_eq!(shown[0]["email"], "eve@example.org");
    assert_eq!(again.code, Some(6), "{again:?}");
    assert_eq!(bad.code, Some(2), "{bad:?}");
}

#[tokio::test]
async fn a_device_elsewhere_is_seen_and_signed_out() {
    let house = House::open().await;
    let other = elsewhere(&house).await;

    let listed = house.ben(&["auth", "sessions"]).await;
    let there = listed.iter().find(|session| session["current"] == false);
    let id = text_of(there.unwrap(), "id");
    house
        .run("ben", &["auth", "sessions", "--end", &id])
        .await
        .ok();

    assert_eq!(listed.len(), 2);
    assert_eq!(other.run(&["profile", "show"]).await.code, Some(4));
    assert_eq!(house.ben(&["auth", "sessions"]).await.len(), 1);
    let words = ["auth", "sessions", "--end", &id];
    assert_eq!(house.run("ann", &words).await.code, Some(3));
}

#[tokio::test]
async fn signing_out_on_every_device_leaves_none() {
    let house = House::open().await;
    let other = elsewhere(&house).await;

    let out = house.run("ben", &["auth", "logout", "--all"]).await;

    assert!(out.stderr.contains("on every device"), "{out:?}");
    out.ok();
    assert_eq!(other.run(&["profile", "show"]).await.code, Some(4));
    assert_eq!(house.run("ben", &["profile", "show"]).await.code, Some(4));
    assert_eq!(house.ann(&["auth", "status"]).await.len(), 1, "ann stays");
}

#[tokio::test]
async fn an_address_is_confirmed_by_the_token_of_a_link() {
    let mut mail = MailServer::start().await;
    let server = Server::with(|config| {
        config.public_url = Some("https://chat.example.org".parse().unwrap());
        config.mail.transport = MailTransport::Smtp;
        config.mail.smtp = Some(mail.url().parse().unwrap());
        config.mail.ca_file = Some(mail.ca_file());
    })
    .await;
    let (home, url) = (Home::new(), format!("http://{}", server.address()));
    register(&home, &url, "eve").await.ok();
    mail.next().await;

    let said = home.run(&["auth", "email", "resend"]).await;
    let line = format!("{}\n", mail.next().await.token());
    let words = ["auth", "email", "confirm"];
    home.run_with(&words, &line).await.ok();
    let wrong = home.run_with(&words, "no-token\n").await;

    assert!(said.stderr.contains("auth email confirm"), "{said:?}");
    let shown = home.run(&["profile", "show"]).await.json();
    assert_eq!(shown[0]["email_verified"], json!(true));
    assert_ne!(wrong.code, Some(0), "{wrong:?}");
}
