//! Making an account and signing in, and what that gives away to somebody who guesses.

mod addresses;
mod deleting;
mod disabling;
mod exporting;
mod names;
mod passwords;
mod profile;
mod programs;

use chat_core::SignedIn;
use chat_server::{Config, MailTransport};
use chat_tests::{Answer, HeldClock, Letter, MailServer, Person, Server, unknown_id};
use serde_json::{Value, json};

/// The password of everybody who registers here.
const PASSWORD: &str = "correct horse";

/// What a good sign-up says.
fn registration(name: &str) -> Value {
    json!({"username": name, "email": format!("{name}@example.org"), "password": PASSWORD})
}

/// Somebody from the answer to a sign-up or sign-in.
fn person(server: &Server, answer: Answer) -> Person {
    let signed_in: SignedIn = serde_json::from_value(answer.ok()).unwrap();
    Person::new(server.door.clone(), &signed_in)
}

/// Somebody who has registered, with a password and an address that is not confirmed.
async fn registered(server: &Server, name: &str) -> Person {
    let answer = server.post("/auth/register", registration(name)).await;
    person(server, answer)
}

async fn login(server: &Server, identifier: &str, password: &str) -> Answer {
    let login = json!({"identifier": identifier, "password": password});
    server.post("/auth/login", login).await
}

/// A server that sends its mail there.
async fn with_mail(mail: &MailServer) -> Server {
    let set = |config: &mut Config| {
        config.public_url = Some("https://chat.example.org".parse().unwrap());
        config.mail.transport = MailTransport::Smtp;
        config.mail.smtp = Some(mail.url().parse().unwrap());
        config.mail.ca_file = Some(mail.ca_file());
    };
    Server::with(set).await
}

/// The next mail with a subject that begins so.
async fn letter(mail: &mut MailServer, subject: &str) -> Letter {
    loop {
        let letter = mail.next().await;
        if letter
            .header("subject")
            .unwrap_or_default()
            .starts_with(subject)
        {
            return letter;
        }
    }
}

/// Somebody who has confirmed their address.
async fn confirmed(server: &Server, mail: &mut MailServer, name: &str) -> Person {
    let person = registered(server, name).await;
    let letter = letter(mail, "Confirm").await;
    let opened = json!({"token": letter.token()});
    server.post("/auth/email/verify", opened).await.ok();
    person
}

/// What an answer shows to whoever compares: everything but what is different in each.
fn seen(answer: &Answer) -> (u16, Value, Vec<(String, String)>) {
    let headers = answer.headers.iter().filter_map(|(name, value)| {
        let differs = ["x-request-id", "date"].contains(&name.as_str());
        (!differs).then(|| (name.to_string(), value.to_str().unwrap().to_owned()))
    });
    let (status, body) = answer.without_id();
    (status, body, headers.collect())
}

#[tokio::test]
async fn who_registers_is_signed_in() {
    let server = Server::start().await;

    let answer = server.post("/auth/register", registration("ann")).await;

    assert_eq!(answer.status, 201);
    let token = answer.body["access_token"].as_str().unwrap();
    let me = server
        .door
        .bearer(token)
        .call("GET", "/users/me", None)
        .await
        .ok();
    assert_eq!(
        (&me["username"], &me["email"]),
        (&json!("ann"), &json!("ann@example.org"))
    );
    assert_eq!(me["role"], "user");
}

#[tokio::test]
async fn one_signs_in_by_username_or_email_in_any_capitals() {
    let server = Server::start().await;
    server
        .post("/auth/register", registration("ann"))
        .await
        .ok();

    for identifier in ["ann", "ANN", " ann ", "Ann@Example.org"] {
        let login =
            json!({"identifier": identifier, "password": "correct horse", "device_name": "laptop"});
        let answer = server.post("/auth/login", login).await;
        assert_eq!(answer.status, 200, "{identifier}: {answer:?}");
        assert_eq!(answer.body["user"]["username"], "ann");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_answered_alike() {
    let server = Server::start().await;
    server
        .post("/auth/register", registration("ann"))
        .await
        .ok();

    let mut answers = Vec::new();
    for identifier in [
        "ann",
        "ann@example.org",
        "nobody",
        "nobody@example.org",
        "",
        "a b\u{202e}",
    ] {
        let login = json!({"identifier": identifier, "password": "wrong horse"});
        answers.push(server.post("/auth/login", login).await.without_id());
    }

    assert_eq!(answers[0].0, 401);
    assert_eq!(answers[0].1["code"], "wrong_credentials");
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:#?}"
    );
}

#[tokio::test]
async fn guessing_at_one_account_is_stopped_with_a_time_to_wait_whether_it_exists_or_not() {
    let server = Server::held(&HeldClock::default(), |_| {}).await;
    server
        .post("/auth/register", registration("ann"))
        .await
        .ok();

    for identifier in ["ann", "nobody"] {
        let mut statuses = Vec::new();
        for guess in 0..12 {
            let login = json!({"identifier": identifier, "password": format!("guess {guess}")});
            let answer = server.post("/auth/login", login).await;
            if answer.status == 429 {
                assert_eq!(answer.code(), "rate_limited");
                assert!(
                    answer
                        .header("retry-after")
                        .unwrap()
                        .parse::<u32>()
                        .unwrap()
                        >= 1
                );
                assert!(answer.body["retry_after_ms"].as_u64().unwrap() >= 1);
            }
            statuses.push(answer.status);
        }
        assert_eq!(
            statuses.iter().filter(|status| **status == 401).count(),
            10,
            "{statuses:?}"
        );
        assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    }
}

#[tokio::test]
async fn calls_of_nobody_are_counted_by_address() {
    // The clock is held: nothing refills, however long the passwords take.
    let server = Server::held(&HeldClock::default(), |config| {
        config.limits.anonymous_calls_per_minute = 3;
    })
    .await;

    let mut statuses = Vec::new();
    for nth in 0..5 {
        let login = json!({"identifier": format!("somebody{nth}"), "password": "guess"});
        statuses.push(server.post("/auth/login", login).await.status);
    }

    assert_eq!(statuses, [401, 401, 401, 429, 429]);
}

#[tokio::test]
async fn where_registration_is_closed_nobody_registers() {
    let server = Server::with(|config| config.open_registration = false).await;

    let answer = server.post("/auth/register", registration("ann")).await;

    assert_eq!(answer.problem(), (403, "forbidden"));
}

#[tokio::test]
async fn a_name_that_is_taken_is_named() {
    let server = Server::start().await;
    registered(&server, "ann").await;

    let again = server.post("/auth/register", registration("ANN")).await;

    assert_eq!(again.problem(), (409, "taken"));
    assert_eq!(again.fields(), ["username"]);
}

#[tokio::test]
async fn of_eight_who_want_one_name_at_once_one_gets_it() {
    let server = Server::start().await;

    let tries = (0..8).map(|nth| {
        let mut body = registration("ann");
        body["email"] = json!(format!("{nth}@example.org"));
        server.post("/auth/register", body)
    });
    let mut statuses: Vec<_> = futures_util::future::join_all(tries)
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();

    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn every_failing_field_is_named_at_once_and_nothing_is_repeated() {
    let server = Server::start().await;

    let body = json!({"username": "a b", "email": "canary-nowhere", "password": "short", "display_name": "\u{200b}"});
    let answer = server.post("/auth/register", body).await;

    assert_eq!(answer.problem(), (422, "invalid"));
    assert_eq!(
        answer.fields(),
        ["display_name", "email", "password", "username"]
    );
    let text = answer.body.to_string();
    assert!(
        !text.contains("canary") && !text.contains("short"),
        "{text}"
    );
}

#[tokio::test]
async fn look_alikes_reserved_words_and_odd_shapes_are_no_usernames() {
    let server = Server::start().await;

    for name in [
        "\u{430}nn",
        "ann\u{200b}",
        "admin",
        "Support",
        ".ann",
        "an",
        "ann\u{1b}[31m",
    ] {
        let answer = server.post("/auth/register", registration(name)).await;
        assert_eq!(answer.status, 422, "{name:?}: {answer:?}");
        assert!(
            answer.fields().contains(&"username"),
            "{name:?}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn terminal_escapes_and_direction_marks_are_no_part_of_a_name() {
    let server = Server::start().await;

    for name in [
        "a\u{1b}[31m",
        "a\u{202e}b",
        "a\u{9b}31m",
        "a\nb",
        "\u{1b}]52;c;aGk=\u{7}",
        "a\u{2066}b",
    ] {
        let mut body = registration("ann");
        body["display_name"] = json!(name);
        let answer = server.post("/auth/register", body).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec!["display_name"]),
            "{name:?}"
        );
    }
}

#[tokio::test]
async fn what_a_client_may_not_set_at_sign_up_is_ignored() {
    let server = Server::start().await;
    let id = unknown_id();

    let mut body = registration("ann");
    body["role"] = json!("admin");
    body["id"] = json!(id);
    body["created_at"] = json!("2000-01-01T00:00:00Z");
    let made = server.post("/auth/register", body).await.ok();

    let token = made["access_token"].as_str().unwrap();
    let me = server
        .door
        .bearer(token)
        .call("GET", "/users/me", None)
        .await
        .ok();
    assert_eq!(me["role"], "user");
    assert_ne!(me["id"], json!(id));
    assert!(!me["created_at"].as_str().unwrap().starts_with("2000"));
}

#[tokio::test]
async fn people_are_found_by_name_and_by_pages() {
    let server = Server::start().await;
    let [ann, ..] = server.people(["ann", "anna", "annabel", "bob"]).await;

    let first = ann.get("/users?q=ann&limit=2").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ann
        .get(&format!("/users?q=ann&limit=2&cursor={cursor}"))
        .await
        .ok();

    let names = |page: &Value| -> Vec<String> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["username"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        (names(&first), names(&second)),
        (vec!["ann".into(), "anna".into()], vec!["annabel".into()])
    );
    assert_eq!(second["next_cursor"], Value::Null);
    assert_eq!(ann.get("/users?cursor=nonsense").await.fields(), ["cursor"]);
}
