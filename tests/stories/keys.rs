//! The keys that tokens are signed with: the same ones for every process, and new ones without anybody noticing.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chat_server::{ChatServer, Config};
use chat_tests::{HeldClock, Person, Server, Setup, is_about_sqlite_only, postgres, until};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// The name of the key that an access token is signed with.
fn key_of(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// A token as nobody signs it, with a key that nobody has.
fn made_up(token: &str) -> String {
    let header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": "made up"});
    let header = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
    format!("{header}.{}", token.split_once('.').unwrap().1)
}

async fn status(server: &Server, token: &str) -> u16 {
    let door = server.door.bearer(token);
    door.call("GET", "/users/me", None).await.status
}

async fn refresh(server: &Server, person: &Person) -> String {
    let body = json!({"refresh_token": person.refresh_token});
    let pair = server.post("/auth/refresh", body).await.ok();
    pair["access_token"].as_str().unwrap().to_owned()
}

/// A setup in a minute from now, which a new key still has to wait then, and its clock.
fn soon() -> (Setup, HeldClock) {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let clock = HeldClock::at_ms(i64::try_from(since.as_millis()).unwrap() + 60_000);
    let mut setup = Setup::new();
    setup.clock = Some(Arc::new(clock.clone()));
    (setup, clock)
}

async fn rotate(config: &Config) {
    ChatServer::rotate_keys(config).await.unwrap();
}

#[tokio::test]
async fn processes_without_a_shared_file_accept_each_others_tokens() {
    if postgres().is_none() {
        return;
    }
    let setup = Setup::with_empty_database();
    assert_eq!(setup.config.key_file, None);

    let servers = join_all((0..3).map(|_| setup.clone().start())).await;

    for server in &servers {
        let name = format!("ann{}", server.address().port());
        let ann = server.person(&name).await;
        for other in &servers {
            assert_eq!(status(other, &ann.token).await, 200);
        }
        let next = refresh(&servers[0], &ann).await;
        assert_eq!(key_of(&next), key_of(&ann.token));
    }
}

#[tokio::test]
async fn a_rotation_signs_nobody_out_and_needs_no_restart() {
    let (setup, clock) = soon();
    let first = setup.clone().start().await;
    let ann = first.person("ann").await;

    rotate(&setup.config).await;
    let second = setup.clone().start().await;
    let early = second.person("eve").await;
    clock.move_by_ms(180_000);
    let late = second.another_device(&early).await;

    assert_eq!(key_of(&early.token), key_of(&ann.token));
    assert_ne!(key_of(&late.token), key_of(&ann.token));
    for token in [&ann.token, &early.token, &late.token] {
        assert_eq!(status(&first, token).await, 200);
        assert_eq!(status(&second, token).await, 200);
    }
    // The one that was asked has heard of the new key by this.
    let next = refresh(&first, &ann).await;
    assert_eq!(key_of(&next), key_of(&late.token));
}

#[tokio::test]
async fn a_new_key_is_heard_of_within_a_minute_by_a_server_that_nobody_asks() {
    // Long after: a new key signs at once.
    let server = Server::held(&HeldClock::default(), |_| {}).await;
    let ann = server.person("ann").await;
    rotate(server.chat().config()).await;
    assert_eq!(key_of(&refresh(&server, &ann).await), key_of(&ann.token));

    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();

    until("it signs with the new key", async || {
        match server.another_device(&ann).await {
            next if key_of(&next.token) == key_of(&ann.token) => Err(next.token),
            _ => Ok(()),
        }
    })
    .await;
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_at_most_every_five_seconds() {
    // Long after: a new key signs at once.
    let clock = HeldClock::default();
    let mut setup = Setup::new();
    setup.clock = Some(Arc::new(clock.clone()));
    let first = setup.clone().start().await;
    let ann = first.person("ann").await;
    assert_eq!(status(&first, &made_up(&ann.token)).await, 401);

    rotate(&setup.config).await;
    let second = setup.clone().start().await;
    let new = second.another_device(&ann).await;

    assert_ne!(key_of(&new.token), key_of(&ann.token));
    clock.move_by_ms(4_999);
    assert_eq!(status(&first, &new.token).await, 401);
    clock.move_by_ms(1);
    assert_eq!(status(&first, &new.token).await, 200);
}

#[tokio::test]
async fn a_token_of_a_removed_key_is_refused() {
    if postgres().is_none() {
        return;
    }
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    rotate(server.chat().config()).await;
    assert_eq!(status(&server, &ann.token).await, 200);

    let remove = "delete from signing_keys where signs_from = 0";
    server.database().await.run(remove, &[]).await.unwrap();
    // Whatever makes it look.
    assert_eq!(status(&server, &made_up(&ann.token)).await, 401);

    assert_eq!(status(&server, &ann.token).await, 401);
    let next = refresh(&server, &ann).await;
    assert_eq!(status(&server, &next).await, 200);
}

#[tokio::test]
async fn who_cannot_be_known_just_now_is_not_signed_out() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    let keys = server.chat().config().key_path();
    match &keys {
        Some(file) => std::fs::write(file, "{").unwrap(),
        None => {
            let away = "alter table signing_keys rename to away";
            server.database().await.run(away, &[]).await.unwrap();
        }
    }

    for _ in 0..2 {
        assert_eq!(status(&server, &made_up(&ann.token)).await, 503);
    }
    assert_eq!(status(&server, &ann.token).await, 200);
}

#[tokio::test]
async fn a_database_file_keeps_its_keys_in_a_file_beside_it() {
    if is_about_sqlite_only("there is no file of keys") {
        return;
    }
    let server = Server::start().await;

    let mut file = server.database_file().into_os_string();
    file.push(".keys");

    assert!(std::fs::metadata(file).is_ok());
    let kept = "update signing_keys set id = id";
    assert_eq!(server.database().await.run(kept, &[]).await, Ok(0));
}
