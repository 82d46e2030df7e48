//! Another password: by the one until now, or by a mailed link. Whoever was signed in is not any more.

use super::{PASSWORD, confirmed, letter, login, registered, registration, seen, with_mail};
use chat_tests::{Answer, HeldClock, MailServer, Opening, Person, Server, Setup};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::sync::Arc;

const NEW: &str = "another battery staple";

async fn change(person: &Person, current: &str, new: &str) -> Answer {
    let body = json!({"current_password": current, "new_password": new});
    person.post("/auth/password/change", body).await
}

async fn reset(server: &Server, email: &str) -> Answer {
    server
        .post("/auth/password/reset", json!({"email": email}))
        .await
}

async fn confirm(server: &Server, token: &str, new: &str) -> Answer {
    let body = json!({"token": token, "new_password": new});
    server.post("/auth/password/reset/confirm", body).await
}

async fn refresh(server: &Server, person: &Person) -> Answer {
    let body = json!({"refresh_token": person.refresh_token});
    server.post("/auth/refresh", body).await
}

#[tokio::test]
async fn another_password_ends_every_other_session_and_a_mail_says_so() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let here = confirmed(&server, &mut mail, "ann").await;
    let there = super::person(&server, login(&server, "ann", PASSWORD).await);
    let mut socket = there.socket().await;
    let mut own = here.socket().await;

    assert_eq!(change(&here, PASSWORD, NEW).await.status, 204);

    assert_eq!(socket.expect_close().await.0, 4503);
    assert_eq!(
        there.get("/users/me").await.problem(),
        (401, "session_ended")
    );
    assert_eq!(refresh(&server, &there).await.code(), "session_ended");
    own.call("ping", json!({})).await.unwrap();
    assert_eq!(here.get("/users/me").await.status, 200);
    assert_eq!(refresh(&server, &here).await.status, 200);
    assert_eq!(login(&server, "ann", PASSWORD).await.status, 401);
    assert_eq!(login(&server, "ann", NEW).await.status, 200);
    let note = letter(&mut mail, "Your password was changed").await;
    assert_eq!(note.to, ["ann@example.org"]);
}

#[tokio::test]
async fn who_signs_in_with_the_old_password_while_it_changes_is_out_as_well() {
    let server = Server::start().await;
    let ann = registered(&server, "ann").await;
    let signing_in = join_all((0..12).map(|_| login(&server, "ann", PASSWORD)));

    let (changed, _) = tokio::join!(change(&ann, PASSWORD, NEW), signing_in);

    assert_eq!(changed.status, 204);
    // Who was in before it is out by it, and nobody came in after it.
    let sessions = ann.get("/auth/sessions").await.ok();
    assert_eq!(sessions["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn without_the_password_until_now_there_is_no_other_and_guesses_are_counted() {
    let server = Server::held(&HeldClock::default(), |_| {}).await;
    let ann = registered(&server, "ann").await;

    let mut answers = Vec::new();
    for guess in 0..12 {
        answers.push(change(&ann, &format!("guess {guess}"), NEW).await);
    }

    assert_eq!(answers[0].problem(), (401, "wrong_credentials"));
    let wrong = answers.iter().filter(|answer| answer.status == 401);
    assert_eq!(wrong.count(), 10);
    assert_eq!(answers[11].problem(), (429, "rate_limited"));
    assert_eq!(login(&server, "ann", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn the_new_password_is_held_to_the_rules() {
    let server = Server::start().await;
    let ann = registered(&server, "hannelore").await;

    for bad in ["short", "qwertyuiop", "HanneLore", &"x".repeat(129)] {
        let answer = change(&ann, PASSWORD, bad).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec!["new_password"]),
            "{bad}"
        );
    }
    let stranger = server
        .door
        .call("POST", "/auth/password/change", Some(json!({})))
        .await;
    assert_eq!(stranger.problem(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_reset_answers_alike_whether_or_not_there_is_an_account() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    confirmed(&server, &mut mail, "ann").await;
    registered(&server, "bob").await;

    let known = reset(&server, "ann@example.org").await;
    let pending = reset(&server, "bob@example.org").await;
    let unknown = reset(&server, "nobody@example.org").await;

    assert_eq!(known.status, 202);
    assert_eq!(seen(&known), seen(&unknown));
    assert_eq!(seen(&pending), seen(&unknown));
    for email in ["ann@example.org", "nobody@example.org"] {
        let mut statuses = Vec::new();
        for _ in 0..5 {
            statuses.push(reset(&server, email).await.status);
        }
        assert_eq!(statuses.last(), Some(&429), "{email}: {statuses:?}");
    }
}

#[tokio::test]
async fn a_reset_ends_every_session_and_every_link_of_before() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let ann = confirmed(&server, &mut mail, "ann").await;
    let ticket = ann.post("/auth/ticket", json!({})).await.ok()["ticket"].clone();
    let mut socket = ann.socket().await;
    reset(&server, "ann@example.org").await.ok();
    let first = letter(&mut mail, "Set a new").await;
    reset(&server, "ann@example.org").await.ok();
    let second = letter(&mut mail, "Set a new").await;

    assert_eq!(confirm(&server, first.token(), NEW).await.status, 422);
    assert_eq!(confirm(&server, second.token(), NEW).await.status, 204);

    assert_eq!(socket.expect_close().await.0, 4503);
    assert_eq!(ann.get("/users/me").await.problem(), (401, "session_ended"));
    assert_eq!(refresh(&server, &ann).await.code(), "session_ended");
    let path = format!("/ws?ticket={}", ticket.as_str().unwrap());
    let refused = Opening::new(&server.door).at(&path).try_open().await;
    assert_eq!(refused.err().map(|(status, _)| status), Some(401));
    assert_eq!(
        confirm(&server, second.token(), NEW).await.fields(),
        ["token"]
    );
    assert_eq!(login(&server, "ann", NEW).await.status, 200);
}

#[tokio::test]
async fn of_sixteen_resets_with_one_token_at_once_one_sets_the_password() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    confirmed(&server, &mut mail, "ann").await;
    reset(&server, "ann@example.org").await.ok();
    let letter = letter(&mut mail, "Set a new").await;

    let token = letter.token();
    let passwords: Vec<_> = (0..16).map(|nth| format!("battery staple {nth}")).collect();
    let tries = passwords.iter().map(|new| confirm(&server, token, new));
    let answers = join_all(tries).await;

    let set: Vec<_> = (0..16).filter(|nth| answers[*nth].status == 204).collect();
    assert_eq!(set.len(), 1, "{answers:?}");
    assert!(
        answers
            .iter()
            .all(|answer| [204, 422].contains(&answer.status))
    );
    assert_eq!(login(&server, "ann", &passwords[set[0]]).await.status, 200);
}

#[tokio::test]
async fn a_link_to_a_new_password_holds_half_an_hour_also_over_a_restart() {
    let mut mail = MailServer::start().await;
    let clock = HeldClock::default();
    let mut setup: Setup = with_mail(&mail).await.stop().await;
    setup.clock = Some(Arc::new(clock.clone()));
    let server = setup.start().await;
    confirmed(&server, &mut mail, "ann").await;
    reset(&server, "ann@example.org").await.ok();
    let link = letter(&mut mail, "Set a new").await;
    let server = server.stop().await.start().await;

    clock.move_by_ms(30 * 60 * 1_000);
    assert_eq!(confirm(&server, link.token(), NEW).await.status, 422);
    clock.move_by_ms(-1);

    assert_eq!(confirm(&server, link.token(), NEW).await.status, 204);
}

#[tokio::test]
async fn a_link_of_another_kind_or_nobodys_sets_no_password() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    registered(&server, "ann").await;
    let verify = letter(&mut mail, "Confirm").await;

    for token in [verify.token(), "", "made-up", &"x".repeat(100_000)] {
        let answer = confirm(&server, token, NEW).await;
        assert_eq!((answer.status, answer.fields()), (422, vec!["token"]));
    }
    let both = confirm(&server, "made-up", "short").await;
    assert_eq!(both.fields(), ["new_password"]);
}

#[tokio::test]
async fn who_forgets_a_password_before_confirming_an_address_has_confirmed_it_by_the_reset() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    registered(&server, "ann").await;
    let verify = letter(&mut mail, "Confirm").await;

    reset(&server, "ann@example.org").await.ok();
    let link = letter(&mut mail, "Set a new").await;
    confirm(&server, link.token(), NEW).await.ok();

    let me = login(&server, "ann@example.org", NEW).await.ok();
    assert_eq!(me["user"]["email_verified"], true);
    let body = json!({"token": verify.token()});
    assert_eq!(server.post("/auth/email/verify", body).await.status, 422);
}

#[tokio::test]
async fn a_reset_takes_an_address_back_that_a_thief_has_given() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let thief = confirmed(&server, &mut mail, "ann").await;
    let own = json!({"email": "thief@example.net", "current_password": PASSWORD});
    thief.patch("/users/me", own).await.ok();
    let stolen = letter(&mut mail, "Confirm").await;

    reset(&server, "thief@example.net").await.ok();
    reset(&server, "ann@example.org").await.ok();
    let link = letter(&mut mail, "Set a new").await;
    assert_eq!(link.to, ["ann@example.org"]);
    confirm(&server, link.token(), NEW).await.ok();

    let body = json!({"token": stolen.token()});
    assert_eq!(server.post("/auth/email/verify", body).await.status, 422);
    let me: Value = login(&server, "ann", NEW).await.ok();
    assert_eq!(me["user"]["email"], "ann@example.org");
}

#[tokio::test]
async fn a_link_that_was_mailed_to_an_address_of_before_sets_no_password() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let boss = server.admin("boss").await;
    let ann = confirmed(&server, &mut mail, "ann").await;
    let kim = registered(&server, "kim").await;
    let mut links = Vec::new();
    for email in ["ann@example.org", "kim@example.org"] {
        reset(&server, email).await.ok();
        links.push(letter(&mut mail, "Set a new").await);
    }

    let path = format!("/admin/users/{}", ann.id);
    let moved = json!({"email": "new-ann@example.org"});
    boss.patch(&path, moved).await.ok();
    let corrected = json!({"email": "the-right-kim@example.org", "current_password": PASSWORD});
    kim.patch("/users/me", corrected).await.ok();

    for link in links {
        let answer = confirm(&server, link.token(), NEW).await;
        assert_eq!((answer.status, answer.fields()), (422, vec!["token"]));
    }
    for name in ["ann", "kim"] {
        assert_eq!(login(&server, name, PASSWORD).await.status, 200);
    }
}

#[tokio::test]
async fn switching_an_account_off_takes_its_links_with_it() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let boss = server.admin("boss").await;
    let ann = confirmed(&server, &mut mail, "ann").await;
    reset(&server, "ann@example.org").await.ok();
    let link = letter(&mut mail, "Set a new").await;

    for disabled in [true, false] {
        let body = json!({"disabled": disabled});
        boss.patch(&format!("/admin/users/{}", ann.id), body)
            .await
            .ok();
    }

    assert_eq!(confirm(&server, link.token(), NEW).await.status, 422);
    assert_eq!(login(&server, "ann", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn tokens_are_stored_by_their_hashes_only() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let mut body = registration("ann");
    body["password"] = json!("canary password");
    server.post("/auth/register", body).await.ok();
    let link = letter(&mut mail, "Confirm").await;

    let file = server.database_file();
    let directory = file.parent().unwrap().to_owned();
    let (token, _setup) = (link.token().to_owned(), server.stop().await);
    let files = std::fs::read_dir(directory).unwrap().map(Result::unwrap);
    for file in files.filter(|entry| entry.file_type().unwrap().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        for secret in [token.as_bytes(), b"canary password"] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret));
        }
    }
}
