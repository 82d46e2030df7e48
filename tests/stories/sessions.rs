//! Tokens, and how a session ends: at once, everywhere.

use chat_core::{ShowSession, TokenPair};
use chat_tests::{Answer, HeldClock, Opening, Person, Server, unknown_id};
use futures_util::future::join_all;
use serde_json::json;

mod many;

async fn refresh(server: &Server, token: &str) -> Answer {
    server
        .post("/auth/refresh", json!({"refresh_token": token}))
        .await
}

fn pair(answer: Answer) -> TokenPair {
    serde_json::from_value(answer.ok()).unwrap()
}

async fn status_of(person: &Person) -> u16 {
    person.get("/auth/session").await.status
}

#[tokio::test]
async fn a_refresh_gives_another_pair_that_works() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let next = pair(refresh(&server, &ann.refresh_token).await);

    assert_ne!(next.refresh_token.expose(), ann.refresh_token);
    let door = server.door.bearer(next.access_token.expose());
    assert_eq!(
        door.call("GET", "/users/me", None).await.ok()["username"],
        "ann"
    );
    assert_eq!(
        refresh(&server, next.refresh_token.expose()).await.status,
        200
    );
}

#[tokio::test]
async fn within_a_minute_a_used_refresh_token_gives_the_same_successor() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    let first = pair(refresh(&server, &ann.refresh_token).await);

    clock.move_by_ms(59_999);
    let again = pair(refresh(&server, &ann.refresh_token).await);

    assert_eq!(again.refresh_token, first.refresh_token);
    assert_eq!(status_of(&ann).await, 200);
}

#[tokio::test]
async fn a_used_refresh_token_ends_the_whole_session_and_its_socket() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    let mut socket = ann.socket().await;
    let next = pair(refresh(&server, &ann.refresh_token).await);

    clock.move_by_ms(60_001);
    let replayed = refresh(&server, &ann.refresh_token).await;

    assert_eq!(replayed.problem(), (401, "session_ended"));
    assert_eq!(socket.expect_close().await.0, 4503);
    let good = refresh(&server, next.refresh_token.expose()).await;
    assert_eq!(
        good.problem(),
        (401, "session_ended"),
        "the thief's or the owner's: both are out"
    );
    let door = server.door.bearer(next.access_token.expose());
    assert_eq!(
        door.call("GET", "/users/me", None).await.problem(),
        (401, "session_ended")
    );
}

#[tokio::test]
async fn a_refresh_token_two_generations_old_ends_the_session_even_at_once() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let first = pair(refresh(&server, &ann.refresh_token).await);
    pair(refresh(&server, first.refresh_token.expose()).await);

    let replayed = refresh(&server, &ann.refresh_token).await;

    assert_eq!(replayed.problem(), (401, "session_ended"));
    assert_eq!(status_of(&ann).await, 401);
}

#[tokio::test]
async fn sixteen_refreshes_at_once_all_get_the_one_successor() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let answers = join_all((0..16).map(|_| refresh(&server, &ann.refresh_token))).await;

    let tokens: Vec<_> = answers
        .into_iter()
        .map(|answer| pair(answer).refresh_token)
        .collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(refresh(&server, tokens[0].expose()).await.status, 200);
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut bent = ann.refresh_token.clone().into_bytes();
    bent[3] ^= 1;

    for token in [
        String::from_utf8(bent).unwrap(),
        String::new(),
        ann.token.clone(),
        "x".repeat(100_000),
    ] {
        assert_eq!(
            refresh(&server, &token).await.problem(),
            (401, "unauthenticated")
        );
    }
    assert_eq!(status_of(&ann).await, 200);
}

#[tokio::test]
async fn what_is_no_access_token_is_refused() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let parts: Vec<_> = ann.token.split('.').collect();
    // {"alg":"none","typ":…} with the same claims and no signature.
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{}.", parts[1]);
    let bent = format!("{}.{}.{}A", parts[0], parts[1], &parts[2][1..]);

    for token in [
        unsigned.as_str(),
        bent.as_str(),
        ann.refresh_token.as_str(),
        "x",
        "..",
    ] {
        let door = server
            .door
            .with("authorization", &format!("Bearer {token}"));
        let answer = door.call("GET", "/users/me", None).await;
        assert_eq!(answer.status, 401, "{token:?}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert_eq!(
            Opening::new(&door).try_open().await.err().unwrap().0,
            401,
            "{token:?}"
        );
    }
}

#[tokio::test]
async fn an_expired_access_token_is_told_apart_and_refreshed() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;

    clock.move_by_ms(601_000);

    assert_eq!(ann.get("/users/me").await.problem(), (401, "token_expired"));
    let refused = Opening::new(&ann.door).try_open().await.err().unwrap();
    assert_eq!(
        (refused.0, &refused.1["code"]),
        (401, &json!("token_expired"))
    );
    let next = pair(refresh(&server, &ann.refresh_token).await);
    let door = server.door.bearer(next.access_token.expose());
    assert_eq!(door.call("GET", "/users/me", None).await.status, 200);
}

#[tokio::test]
async fn a_session_that_rested_too_long_signs_in_again() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |config| config.session_days = 1).await;
    let ann = server.person("ann").await;

    clock.move_by_ms(86_400_001);

    assert_eq!(
        refresh(&server, &ann.refresh_token).await.problem(),
        (401, "session_ended")
    );
}

#[tokio::test]
async fn a_socket_whose_token_runs_out_is_told_to_refresh() {
    // The time of day is held, so that it has not run out before the socket is open.
    let server = Server::held(&HeldClock::default(), |config| config.access_token_s = 5).await;
    let ann = server.person("ann").await;

    let mut socket = ann.socket().await;

    assert_eq!(
        socket.expect_close().await,
        (4001, "access token expired".to_owned())
    );
}

#[tokio::test]
async fn signing_out_ends_the_session_its_tokens_and_its_socket_and_no_other() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let phone = server.another_device(&ann).await;
    let (mut socket, mut other) = (ann.socket().await, phone.socket().await);

    let out = ann.post("/auth/logout", json!({})).await;

    assert_eq!(out.status, 204);
    assert_eq!(
        socket.expect_close().await,
        (4503, "session ended".to_owned())
    );
    assert_eq!(ann.get("/users/me").await.problem(), (401, "session_ended"));
    assert_eq!(
        refresh(&server, &ann.refresh_token).await.problem(),
        (401, "session_ended")
    );
    assert_eq!(status_of(&phone).await, 200);
    assert!(other.call("ping", json!({})).await.is_ok());
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_and_socket() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let phone = server.another_device(&ann).await;
    let (mut socket, mut other) = (ann.socket().await, phone.socket().await);

    ann.post("/auth/logout", json!({"all": true})).await.ok();

    assert_eq!(
        (socket.expect_close().await.0, other.expect_close().await.0),
        (4503, 4503)
    );
    assert_eq!((status_of(&ann).await, status_of(&phone).await), (401, 401));
}

#[tokio::test]
async fn devices_are_listed_and_one_is_ended_from_another() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    clock.move_by_ms(1_000);
    let phone = server.another_device(&ann).await;
    let mut socket = phone.socket().await;

    let list = ann.get("/auth/sessions").await.ok();
    let ended = ann
        .delete(&format!("/auth/sessions/{}", phone.session_id))
        .await;

    let current: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|session| &session["current"])
        .collect();
    assert_eq!(
        current,
        [&json!(false), &json!(true)],
        "newest first, and the one that asks is marked"
    );
    assert_eq!(ended.status, 204);
    assert_eq!(socket.expect_close().await.0, 4503);
    assert_eq!((status_of(&ann).await, status_of(&phone).await), (200, 401));
    let again = ann
        .delete(&format!("/auth/sessions/{}", phone.session_id))
        .await;
    assert_eq!(again.problem(), (404, "not_found"));
}

#[tokio::test]
async fn a_session_that_ended_stays_ended_when_the_server_starts_again() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    ann.post("/auth/logout", json!({})).await.ok();

    let server = server.stop().await.start().await;

    let door = server.door.bearer(&ann.token);
    assert_eq!(
        door.call("GET", "/users/me", None).await.problem(),
        (401, "session_ended")
    );
}

#[tokio::test]
async fn a_session_survives_a_restart() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let server = server.stop().await.start().await;

    assert_eq!(
        server
            .door
            .bearer(&ann.token)
            .call("GET", "/users/me", None)
            .await
            .status,
        200
    );
    assert_eq!(refresh(&server, &ann.refresh_token).await.status, 200);
}

#[tokio::test]
async fn who_asks_is_told_user_and_session() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let who = ann.call(ShowSession {}).await;

    // A GET has no body; the typed call sends one, and that is fine.
    let who = who.unwrap();
    assert_eq!(
        (who.user.user.id, who.session.unwrap().id),
        (ann.id, ann.session_id)
    );
    assert_eq!(
        server.get("/auth/session").await.problem(),
        (401, "unauthenticated")
    );
}

#[tokio::test]
async fn a_ticket_opens_one_socket_once() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    let opening = || async {
        let ticket = ann.post("/auth/ticket", json!({})).await.ok()["ticket"]
            .as_str()
            .unwrap()
            .to_owned();
        Opening::new(&server.door).at(&format!("/ws?ticket={ticket}"))
    };

    let (first, late) = (opening().await, opening().await);

    assert_eq!(first.clone().open().await.ready["user"]["username"], "ann");
    assert_eq!(
        first.try_open().await.err().unwrap().0,
        401,
        "a second time"
    );
    clock.move_by_ms(30_000);
    assert_eq!(late.try_open().await.err().unwrap().0, 401, "too late");
}

#[tokio::test]
async fn a_ticket_of_an_ended_session_opens_nothing() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let ticket = ann.post("/auth/ticket", json!({})).await.ok()["ticket"]
        .as_str()
        .unwrap()
        .to_owned();

    ann.post("/auth/logout", json!({})).await.ok();

    let refused = Opening::new(&server.door)
        .at(&format!("/ws?ticket={ticket}"))
        .try_open()
        .await;
    assert_eq!(refused.err().unwrap().0, 401);
}

#[tokio::test]
async fn somebody_elses_session_is_like_one_that_does_not_exist() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;

    let theirs = ann
        .delete(&format!("/auth/sessions/{}", bob.session_id))
        .await;
    let unknown = ann
        .delete(&format!("/auth/sessions/{}", unknown_id()))
        .await;

    assert_eq!(theirs.problem(), (404, "not_found"));
    assert_eq!(theirs.without_id(), unknown.without_id());
    assert_eq!(status_of(&bob).await, 200);
}
