//! Doing it again: a call whose answer was lost can be repeated, and happens once.

mod changes;

use chat_tests::{Answer, Person, Server};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Opens a group under a key.
async fn open(person: &Person, key: &str, title: &str) -> Answer {
    let door = person.door.with("idempotency-key", key);
    let body = json!({"kind": "group", "title": title, "member_ids": []});
    door.call("POST", "/conversations", Some(body)).await
}

async fn count(person: &Person) -> usize {
    let list = person.get("/conversations").await.ok();
    list["items"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn the_same_client_id_again_gives_the_same_message() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let body = json!({"client_id": "n1", "content": "hello"});

    let first = ann.send(group, body.clone()).await;
    let again = ann.send(group, body.clone()).await;
    let over_socket = ann
        .socket()
        .await
        .call(
            "message.send",
            json!({"conversation_id": group, "client_id": "n1", "content": "hello"}),
        )
        .await
        .unwrap();

    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(
        (&first.body["duplicate"], &again.body["duplicate"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        (&again.body["id"], &again.body["seq"]),
        (&first.body["id"], &first.body["seq"])
    );
    assert_eq!(
        (&over_socket["message_id"], &over_socket["duplicate"]),
        (&first.body["id"], &json!(true))
    );
    assert_eq!(
        bob.send(group, body).await.status,
        201,
        "client ids are each sender's own"
    );
    assert_eq!(ann.look(group).await.last_seq.get(), 2);
}

#[tokio::test]
async fn sixteen_sends_of_one_message_at_once_store_it_once() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;

    let answers =
        join_all((0..16).map(|_| ann.send(group, json!({"client_id": "n1", "content": "hello"}))))
            .await;

    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![200; 15], vec![201]].concat());
    assert!(
        answers
            .iter()
            .all(|answer| answer.body["id"] == answers[0].body["id"])
    );
    assert_eq!(ann.look(group).await.last_seq.get(), 1);
}

#[tokio::test]
async fn the_same_client_id_with_another_content_is_a_conflict_even_after_an_edit() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let send = async |content: &str| {
        ann.send(group, json!({"client_id": "n1", "content": content}))
            .await
    };
    let first = send("hello").await.ok_message();

    assert_eq!(send("other").await.problem(), (409, "idempotency_conflict"));
    ann.edit(first.id, "edited").await.ok();
    assert_eq!(
        send("edited").await.problem(),
        (409, "idempotency_conflict"),
        "what was sent counts"
    );
    assert_eq!(
        send("hello").await.body["content"],
        "edited",
        "a retry gets the message as it is now"
    );
    assert_eq!(
        ann.look(group).await.last_seq.get(),
        2,
        "one message, one edit"
    );
}

#[tokio::test]
async fn a_conflict_names_the_message_that_is_there_to_its_sender_alone() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let body = |content: &str| json!({"client_id": "n1", "content": content});
    let first = bob.send(group, body("hello")).await.ok_message();

    let over_http = bob.send(group, body("other")).await;
    let mut frame = body("other");
    frame["conversation_id"] = json!(group);
    let over_socket = bob.socket().await.call("message.send", frame).await;

    assert_eq!(over_http.problem(), (409, "idempotency_conflict"));
    assert_eq!(over_http.body["message_id"], json!(first.id));
    assert_eq!(over_socket.unwrap_err()["message_id"], json!(first.id));
    bob.leave(group).await.ok();
    let outside = bob.send(group, body("other")).await;
    assert_eq!(outside.problem(), (404, "not_found"));
    assert!(outside.body.get("message_id").is_none(), "{outside:?}");
}

#[tokio::test]
async fn of_two_contents_under_one_client_id_at_once_one_is_stored_and_the_other_told_of_it() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;

    let sends = (0..16).map(|nth| {
        let content = format!("text {}", nth % 2);
        ann.send(group, json!({"client_id": "n1", "content": content}))
    });
    let answers = join_all(sends).await;

    let (stored, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status < 300);
    assert_eq!((stored.len(), refused.len()), (8, 8));
    let id = &stored[0].body["id"];
    assert!(
        refused
            .iter()
            .all(|answer| &answer.body["message_id"] == id)
    );
    assert_eq!(ann.look(group).await.last_seq.get(), 1);
}

#[tokio::test]
async fn a_retry_after_the_deletion_gets_the_tombstone() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let body = json!({"client_id": "n1", "content": "hello"});
    let first = ann.send(group, body.clone()).await.ok_message();
    ann.unsay(first.id).await.ok();

    let again = ann.send(group, body).await;

    assert_eq!(
        (again.status, &again.body["id"], &again.body["content"]),
        (200, &json!(first.id), &json!(""))
    );
    assert_eq!(
        ann.history(group, "").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn an_idempotency_key_makes_any_other_post_repeatable() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let first = open(&ann, "k-1", "Once").await.ok();
    let again = open(&ann, "k-1", "Once").await.ok();

    assert_eq!(first["id"], again["id"]);
    assert_eq!(count(&ann).await, 1);
    open(&ann, "k-2", "Once").await.ok();
    assert_eq!(count(&ann).await, 2, "another key is another group");
}

#[tokio::test]
async fn eight_repetitions_under_one_key_at_once_happen_once() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let answers = join_all((0..8).map(|_| open(&ann, "k-1", "Once"))).await;

    let ids: Vec<Value> = answers
        .into_iter()
        .map(|answer| answer.ok()["id"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(count(&ann).await, 1);
}

#[tokio::test]
async fn a_key_belongs_to_one_call_of_one_user() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = open(&ann, "k-1", "Once").await.ok()["id"].clone();

    let other_body = open(&ann, "k-1", "Other").await;
    let path = format!("/conversations/{}/leave", group.as_str().unwrap());
    let other_call = ann
        .door
        .with("idempotency-key", "k-1")
        .call("POST", &path, Some(json!({})))
        .await;
    let other_user = open(&bob, "k-1", "Once").await;

    assert_eq!(other_body.problem(), (409, "idempotency_conflict"));
    assert_eq!(other_call.problem(), (409, "idempotency_conflict"));
    assert_eq!(other_user.status, 201);
    assert_ne!(other_user.body["id"], group);
    assert_eq!(count(&ann).await, 1, "nothing was left");
}

#[tokio::test]
async fn a_refused_call_does_not_use_its_key_up() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    assert_eq!(open(&ann, "k-1", " ").await.status, 422);
    assert_eq!(open(&ann, "k-1", "Visible").await.status, 201);
    assert_eq!(open(&ann, &"x".repeat(129), "Long").await.status, 422);
}

#[tokio::test]
async fn a_repetition_after_a_restart_is_one_too() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let first = open(&ann, "k-1", "Once").await.ok();

    let server = server.drop_dead().await.start().await;

    let ann = Person {
        door: server.door.bearer(&ann.token),
        ..ann
    };
    assert_eq!(open(&ann, "k-1", "Once").await.ok()["id"], first["id"]);
}

#[tokio::test]
async fn every_post_that_changes_something_takes_a_key() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let keyed = |person: &Person, key: &str| person.door.with("idempotency-key", key);
    let twice = async |door: chat_tests::Door, path: String, body: Value| {
        let first = door.call("POST", &path, Some(body.clone())).await;
        let again = door.call("POST", &path, Some(body)).await;
        assert_eq!(
            (first.status, first.body),
            (again.status, again.body),
            "{path}"
        );
    };

    let dan = server.person("dan").await;
    twice(
        keyed(&ann, "k-1"),
        format!("/conversations/{group}/members"),
        json!({"user_ids": [dan.id]}),
    )
    .await;
    twice(
        keyed(&bob, "k-1"),
        format!("/conversations/{group}/leave"),
        json!({}),
    )
    .await;
    assert_eq!(ann.look(group).await.member_count, 2);
}

#[tokio::test]
async fn a_token_for_a_program_is_made_once_under_a_key() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let door = ann.door.with("idempotency-key", "k-1");
    let make = async |name: &str| {
        let body = json!({"name": name, "scope": "write"});
        door.call("POST", "/auth/tokens", Some(body)).await
    };

    let first = make("bot").await;
    let again = make("bot").await;

    assert_eq!((first.status, &first.body), (201, &again.body));
    let token = first.body["token"].as_str().unwrap();
    let bot = server.door.bearer(token);
    assert_eq!(bot.call("GET", "/users/me", None).await.status, 200);
    assert_eq!(make("other").await.problem(), (409, "idempotency_conflict"));
    let all = ann.get("/auth/sessions").await.ok();
    assert_eq!(
        all["items"].as_array().unwrap().len(),
        2,
        "hers, and the token"
    );
}
