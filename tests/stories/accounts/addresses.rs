//! Addresses: whose they are shows in a mail, and nobody else learns it.

use super::{
    PASSWORD, confirmed, letter, login, person, registered, registration, seen, with_mail,
};
use chat_tests::{HeldClock, MailServer, Person, Server};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::sync::Arc;

const HALF_AN_HOUR_MS: i64 = 30 * 60 * 1_000;

async fn verify(server: &Server, token: &str) -> u16 {
    let body = json!({"token": token});
    server.post("/auth/email/verify", body).await.status
}

async fn is_verified(person: &Person) -> Value {
    person.get("/users/me").await.ok()["email_verified"].clone()
}

/// A sign-up with an address of one's choice.
async fn register_with(server: &Server, name: &str, email: &str) -> chat_tests::Answer {
    let mut body = registration(name);
    body["email"] = json!(email);
    server.post("/auth/register", body).await
}

#[tokio::test]
async fn a_mailed_link_confirms_an_address_and_all_devices_hear_of_it() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let ann = registered(&server, "ann").await;
    let mut other = server.another_device(&ann).await.socket().await;
    let letter = letter(&mut mail, "Confirm").await;
    assert_eq!(is_verified(&ann).await, false);

    assert_eq!(verify(&server, letter.token()).await, 204);
    assert_eq!(verify(&server, letter.token()).await, 422);

    assert_eq!(letter.to, ["ann@example.org"]);
    let link = format!("https://chat.example.org/verify#token={}", letter.token());
    assert_eq!(letter.link(), link);
    let told = other.next_event("me.changed").await;
    assert_eq!(told["data"]["email_verified"], true);
    assert_eq!(is_verified(&ann).await, true);
}

#[tokio::test]
async fn a_sign_up_does_not_tell_whose_an_address_is_and_the_owner_gets_a_mail() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    confirmed(&server, &mut mail, "ann").await;

    let free = register_with(&server, "bob1", "free@example.org").await;
    let taken = register_with(&server, "bob2", "ann@example.org").await;

    let shape = |answer: &chat_tests::Answer| {
        let (status, body, headers) = seen(answer);
        let mut fields = Vec::from_iter(body.as_object().unwrap().clone());
        fields
            .iter_mut()
            .for_each(|(_, value)| *value = value.is_string().into());
        let same = headers
            .into_iter()
            .filter(|(name, _)| name != "content-length");
        (status, fields, Vec::from_iter(same))
    };
    assert_eq!(free.status, 201);
    assert_eq!(shape(&free), shape(&taken));
    assert_eq!(taken.body["user"]["email"], "ann@example.org");
    assert_eq!(taken.body["user"]["email_verified"], false);
    let note = letter(&mut mail, "Somebody tried").await;
    assert_eq!(note.to, ["ann@example.org"]);
    assert!(!note.text.contains("#token="), "{}", note.text);
}

#[tokio::test]
async fn an_address_belongs_to_whoever_reads_its_mail_not_to_who_named_it_first() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    register_with(&server, "ann", "ann@example.org").await.ok();
    let own = letter(&mut mail, "Confirm").await;
    let thief = register_with(&server, "thief", "ann@example.org").await;
    let stolen = letter(&mut mail, "Confirm").await;

    let before = login(&server, "ann@example.org", PASSWORD).await.ok();
    assert_eq!(before["user"]["username"], "thief", "who gave it last");
    assert_eq!(verify(&server, own.token()).await, 204);

    let after = login(&server, "ann@example.org", PASSWORD).await.ok();
    assert_eq!(after["user"]["username"], "ann");
    // Somebody else has confirmed it meanwhile.
    assert_eq!(verify(&server, stolen.token()).await, 422);
    assert_eq!(thief.status, 201);
}

#[tokio::test]
async fn whoever_gives_an_address_signs_in_by_it_and_does_not_learn_who_else_has_it() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let words = "quite other words";
    let mut body = registration("early");
    body["password"] = json!(words);
    confirmed(&server, &mut mail, "ann").await;
    let early = person(&server, server.post("/auth/register", body).await);
    registered(&server, "bob").await;

    for (nth, email) in ["ann@example.org", "bob@example.org", "free@example.org"]
        .into_iter()
        .enumerate()
    {
        let mut body = registration(&format!("thief{nth}"));
        (body["email"], body["password"]) = (json!(email), json!(words));
        server.post("/auth/register", body).await.ok();
        let new = login(&server, email, words).await.ok();
        assert_eq!(new["user"]["username"], format!("thief{nth}"), "{email}");
        let change = json!({"email": email, "current_password": words});
        early.patch("/users/me", change).await.ok();
        let moved = login(&server, email, words).await.ok();
        assert_eq!(moved["user"]["username"], "early", "{email}");
    }
    let owner = login(&server, "ann@example.org", PASSWORD).await.ok();
    assert_eq!(owner["user"]["username"], "ann");
}

#[tokio::test]
async fn a_link_to_confirm_is_mailed_again_on_request_and_only_the_newest_is_good() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let ann = registered(&server, "ann").await;
    let first = letter(&mut mail, "Confirm").await;

    let sent = ann.post("/auth/email/verify/send", json!({})).await;
    let second = letter(&mut mail, "Confirm").await;

    assert_eq!(sent.status, 202);
    assert_eq!(verify(&server, first.token()).await, 422);
    assert_eq!(verify(&server, second.token()).await, 204);
    let again = ann.post("/auth/email/verify/send", json!({})).await;
    assert_eq!(again.problem(), (409, "conflict"));
}

#[tokio::test]
async fn a_link_holds_half_an_hour() {
    for (ms, status) in [(HALF_AN_HOUR_MS - 1, 204), (HALF_AN_HOUR_MS, 422)] {
        let mut mail = MailServer::start().await;
        let clock = HeldClock::default();
        let mut setup = with_mail(&mail).await.stop().await;
        setup.clock = Some(Arc::new(clock.clone()));
        let server = setup.start().await;
        registered(&server, "ann").await;
        let letter = letter(&mut mail, "Confirm").await;

        clock.move_by_ms(ms);

        assert_eq!(verify(&server, letter.token()).await, status);
    }
}

#[tokio::test]
async fn of_sixteen_who_open_a_link_at_once_one_confirms() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    registered(&server, "ann").await;
    let letter = letter(&mut mail, "Confirm").await;

    let opened = join_all((0..16).map(|_| verify(&server, letter.token()))).await;

    assert_eq!(opened.iter().filter(|status| **status == 204).count(), 1);
    assert_eq!(opened.iter().filter(|status| **status == 422).count(), 15);
}

#[tokio::test]
async fn another_address_needs_the_password_and_counts_once_it_is_confirmed() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let ann = confirmed(&server, &mut mail, "ann").await;
    let change =
        |password: Value| json!({"email": "new@example.org", "current_password": password});

    let none = ann.patch("/users/me", change(Value::Null)).await;
    let wrong = ann.patch("/users/me", change(json!("wrong horse"))).await;
    let right = ann.patch("/users/me", change(json!(PASSWORD))).await;

    assert_eq!(
        (none.status, none.fields()),
        (422, vec!["current_password"])
    );
    assert_eq!(wrong.problem(), (401, "wrong_credentials"));
    assert_eq!(right.ok()["email"], "ann@example.org");
    let link = letter(&mut mail, "Confirm").await;
    assert_eq!(link.to, ["new@example.org"]);
    assert_eq!(verify(&server, link.token()).await, 204);
    assert_eq!(ann.get("/users/me").await.ok()["email"], "new@example.org");
    assert_eq!(
        login(&server, "ann@example.org", PASSWORD).await.status,
        401
    );
}

#[tokio::test]
async fn many_mails_to_one_address_are_too_many() {
    let mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let ann = registered(&server, "ann").await;

    let mut statuses = Vec::new();
    for _ in 0..6 {
        let sent = ann.post("/auth/email/verify/send", json!({})).await;
        statuses.push(sent.status);
    }

    // One went out with the sign-up.
    assert_eq!(statuses, [202, 202, 202, 202, 429, 429]);
}
