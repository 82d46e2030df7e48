//! Names that pass for another's, passwords that whoever guesses tries first, and how people are found.

use super::{PASSWORD, confirmed, letter, login, registered, registration, with_mail};
use chat_tests::{MailServer, Person, Server};
use serde_json::{Value, json};

fn names(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    let names = items.iter().map(|user| user["username"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

async fn found(person: &Person, q: &str) -> Vec<String> {
    let q: String = q.bytes().map(|byte| format!("%{byte:02X}")).collect();
    names(&person.get(&format!("/users?q={q}")).await.ok())
}

#[tokio::test]
async fn a_name_that_looks_like_a_taken_one_is_taken() {
    let server = Server::start().await;
    registered(&server, "scope").await;
    registered(&server, "ann1").await;

    for name in ["\u{455}\u{441}\u{43e}\u{440}\u{435}", "annl", "SCOPE"] {
        let mut body = registration("somebody");
        body["username"] = json!(name);
        let answer = server.post("/auth/register", body).await;
        assert_eq!(answer.problem(), (409, "taken"), "{name}");
        assert_eq!(answer.fields(), ["username"], "{name}");
    }
}

#[tokio::test]
async fn one_signs_in_with_a_name_however_it_is_typed() {
    let server = Server::start().await;
    registered(&server, "zoë").await;

    for identifier in ["zoë", "ZOË", "zoe\u{308}", " \u{ff3a}oë "] {
        let answer = login(&server, identifier, PASSWORD).await;
        assert_eq!(answer.status, 200, "{identifier}: {answer:?}");
    }
}

#[tokio::test]
async fn passwords_that_everybody_tries_first_are_refused_with_all_that_is_wrong() {
    let server = Server::start().await;
    for (password, fields) in [
        ("12345678", vec!["display_name", "password"]),
        ("PassWord1", vec!["display_name", "password"]),
    ] {
        let mut body = registration("ann");
        body["password"] = json!(password);
        body["display_name"] = json!(" ");
        let answer = server.post("/auth/register", body).await;
        assert_eq!((answer.status, answer.fields()), (422, fields));
    }

    for (username, email) in [
        ("hannelore", "h@example.org"),
        ("hanne", "hannelore@example.org"),
    ] {
        let body = json!({"username": username, "email": email, "password": "Hannelore"});
        let answer = server.post("/auth/register", body).await;
        assert_eq!((answer.status, answer.fields()), (422, vec!["password"]));
    }
}

#[tokio::test]
async fn a_password_that_is_the_name_is_named_with_whatever_else_is_wrong() {
    let server = Server::start().await;
    registered(&server, "hannelore").await;
    let boss = server.admin("boss").await;

    for (username, email, wrong) in [
        ("hannelore", "free@example.org", ["password", "username"]),
        ("Hannelore", "hannelore", ["email", "password"]),
        (
            "hanne lore",
            "hannelore@example.org",
            ["password", "username"],
        ),
    ] {
        let body = json!({"username": username, "email": email, "password": "Hannelore"});
        for answer in [
            server.post("/auth/register", body.clone()).await,
            boss.post("/admin/users", body).await,
        ] {
            assert_eq!((answer.status, answer.fields()), (422, wrong.to_vec()));
        }
    }
}

#[tokio::test]
async fn people_are_found_in_every_script_by_the_beginning_of_a_word() {
    let server = Server::start().await;
    let ann = registered(&server, "ann").await;
    let marina = registered(&server, "марина").await;
    let named = json!({"display_name": "Марина ЁЛКИНА"});
    marina.patch("/users/me", named).await.ok();

    for q in ["МАР", "ёлки", "Ёлк", "марина ё", "Марина"] {
        assert_eq!(found(&ann, q).await, ["марина"], "{q}");
    }
    for q in ["арина", "лкина", "%", "_", "nobody"] {
        assert!(found(&ann, q).await.is_empty(), "{q}");
    }
    assert_eq!(found(&ann, "ＡＮＮ").await, ["ann"]);
}

#[tokio::test]
async fn an_exact_address_finds_who_has_confirmed_it_and_wants_to_be_found_so() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let ann = registered(&server, "ann").await;
    letter(&mut mail, "Confirm").await;
    let bob = confirmed(&server, &mut mail, "bob").await;

    let before = found(&ann, "bob@example.org").await;
    for person in [&ann, &bob] {
        let show = json!({"found_by_email": true});
        person.patch("/users/me/settings", show).await.ok();
    }

    assert!(before.is_empty(), "nobody has to say that they do not");
    assert_eq!(found(&ann, "Bob@Example.org").await, ["bob"]);
    assert!(found(&ann, "bob@example").await.is_empty());
    assert!(found(&bob, "ann@example.org").await.is_empty());
}

#[tokio::test]
async fn accounts_of_before_are_found_and_compared_like_new_ones() {
    let server = Server::start().await;
    registered(&server, "scope").await;
    let mut database = server.database().await;
    let before = "update users set skeleton = null, search_text = null";
    database.run(before, &[]).await.unwrap();

    let server = server.stop().await.start().await;
    let ann = registered(&server, "ann").await;
    let mut body = registration("somebody");
    body["username"] = json!("\u{455}\u{441}\u{43e}\u{440}\u{435}");
    let alike = server.post("/auth/register", body).await;

    assert_eq!(found(&ann, "sco").await, ["scope"]);
    assert_eq!(alike.problem(), (409, "taken"));
}
