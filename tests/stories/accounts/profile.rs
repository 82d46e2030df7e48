//! What one tells of oneself, and who hears of a change.

use super::{PASSWORD, registered, registration};
use chat_tests::{Device, Server};
use serde_json::{Value, json};

#[tokio::test]
async fn a_changed_profile_is_told_to_who_shares_a_conversation_and_to_ones_own_devices() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    ann.direct(&bob).await;
    let mut own = server.another_device(&ann).await.socket().await;
    let (mut of_bob, mut of_eve) = (bob.socket().await, eve.socket().await);

    let new = json!({"username": "Anna.2", "display_name": "Anna", "bio": " I row. ", "status_text": "rowing"});
    let me = ann.patch("/users/me", new).await.ok();

    assert_eq!(
        (&me["username"], &me["bio"]),
        (&json!("anna.2"), &json!("I row."))
    );
    let told = of_bob.next_event("user.changed").await;
    assert_eq!(
        (&told["data"]["username"], &told["data"]["display_name"]),
        (&json!("anna.2"), &json!("Anna"))
    );
    let told = own.next_event("me.changed").await;
    assert_eq!(told["data"], me);
    assert!(told["inbox_seq"].is_u64());
    assert!(of_eve.settle().await.is_empty());
    let shown = eve.get(&format!("/users/{}", ann.id)).await.ok();
    assert_eq!(
        (&shown["bio"], &shown["status_text"]),
        (&json!("I row."), &json!("rowing"))
    );
}

#[tokio::test]
async fn what_is_absent_stays_and_an_empty_text_takes_away() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    ann.patch(
        "/users/me",
        json!({"bio": "I row.", "status_text": "rowing"}),
    )
    .await
    .ok();

    let me = ann
        .patch("/users/me", json!({"status_text": ""}))
        .await
        .ok();
    let same = ann.patch("/users/me", json!({})).await.ok();

    assert_eq!(
        (&me["bio"], &me["status_text"]),
        (&json!("I row."), &Value::Null)
    );
    assert_eq!(me, same);
    assert_eq!(me["display_name"], "The ann");
}

#[tokio::test]
async fn a_profile_is_held_to_its_rules_and_all_that_is_wrong_is_named() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let bad = json!({"username": "a", "display_name": " ", "bio": "x".repeat(501), "status_text": "a\nb", "email": "ann"});
    let answer = ann.patch("/users/me", bad).await;

    assert_eq!(answer.problem(), (422, "invalid"));
    let fields = ["bio", "display_name", "email", "status_text", "username"];
    assert_eq!(answer.fields(), fields);
    let nobody = server
        .door
        .call("PATCH", "/users/me", Some(json!({})))
        .await;
    assert_eq!(nobody.problem(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_username_can_be_changed_to_a_free_one_and_the_old_one_is_free_again() {
    let server = Server::start().await;
    let ann = registered(&server, "scope").await;
    let bob = registered(&server, "bob").await;

    for taken in ["scope", "\u{455}\u{441}\u{43e}\u{440}\u{435}"] {
        let answer = bob.patch("/users/me", json!({"username": taken})).await;
        assert_eq!((answer.status, answer.fields()), (409, vec!["username"]));
    }
    ann.patch("/users/me", json!({"username": "sc0pe"}))
        .await
        .ok();
    ann.patch("/users/me", json!({"username": "telescope"}))
        .await
        .ok();

    bob.patch("/users/me", json!({"username": "scope"}))
        .await
        .ok();
    assert_eq!(
        super::login(&server, "telescope", PASSWORD).await.status,
        200
    );
    let again = server.post("/auth/register", registration("scope")).await;
    assert_eq!(again.status, 409);
}

#[tokio::test]
async fn of_eight_who_want_to_be_called_the_same_at_once_one_is() {
    let server = Server::start().await;
    let names = ["ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal"];
    let people = server.people(names).await;

    let tries = people
        .iter()
        .map(|person| person.patch("/users/me", json!({"username": "king"})));
    let answers = futures_util::future::join_all(tries).await;

    let got = answers.iter().filter(|answer| answer.status == 200);
    assert_eq!(got.count(), 1);
}

#[tokio::test]
async fn who_was_away_knows_a_new_name_after_a_sync() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    ann.direct(&bob).await;
    let (mut own, mut of_bob) = (Device::away(&ann).await, Device::away(&bob).await);

    ann.patch("/users/me", json!({"display_name": "Anna"}))
        .await
        .ok();

    own.expect_fresh().await;
    of_bob.expect_fresh().await;
}
