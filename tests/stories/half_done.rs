//! Calls that are only begun while whoever makes them still may: what arrives after a sign-out, or after the account is
//! gone, is not done.

use async_trait::async_trait;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Request},
};
use chat_core::{DeleteMe, UserId};
use chat_server::{Hooks, Identity};
use chat_tests::{Person, RawConnection, Server, Setup, files};
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tower::ServiceExt;

/// A call of which the server has read the head, and waits for the body.
async fn begun(server: SocketAddr, call: &str, who: &str, body: &[u8]) -> RawConnection {
    let mut connection = RawConnection::open(server).await;
    let (method, rest) = call.split_once(' ').unwrap();
    let (path, kind) = rest.split_once(' ').unwrap();
    let head = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nHost: chat\r\n{who}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\nConnection: close\r\n\r\n",
        body.len()
    );
    connection.write(head.as_bytes()).await;
    let answer = connection.head().await;
    assert!(answer.starts_with("HTTP/1.1 100"), "{answer}");
    connection.write(&body[..5]).await;
    connection
}

async fn finished(mut call: RawConnection, body: &[u8]) -> String {
    call.write(&body[5..]).await;
    call.rest_text().await
}

#[tokio::test]
async fn what_was_begun_before_a_sign_out_is_not_done_after_it() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let message = json!({"content": "too late"}).to_string().into_bytes();
    let say = format!("POST /conversations/{group}/messages application/json");
    let upload = json!({"client_id": "u1", "length": 11});
    let upload = ann.post("/uploads", upload).await.ok()["id"].clone();
    let upload = upload.as_str().unwrap();
    let part = format!("PATCH /uploads/{upload}?offset=0 application/octet-stream");
    for (call, body) in [
        (say.as_str(), message),
        ("POST /attachments text/plain", b"hello hello".to_vec()),
        (part.as_str(), b"hello hello".to_vec()),
        ("PUT /users/me/avatar image/png", files::png(64, 64, &[])),
    ] {
        let device = server.another_device(&ann).await;
        let who = format!("Authorization: Bearer {}", device.token);
        let half = begun(server.address(), call, &who, &body).await;

        device.post("/auth/logout", json!({})).await.ok();
        let answer = finished(half, &body).await;

        let refused = answer.starts_with("HTTP/1.1 401") && answer.contains("session_ended");
        assert!(refused, "{call}: {answer}");
    }
    assert!(
        !bob.history(group, "")
            .await
            .to_string()
            .contains("too late")
    );
    assert!(ann.get("/users/me").await.ok()["avatar_url"].is_null());
    let mut database = server.database().await;
    let files = "update attachments set size = size where owner_id = $1";
    assert_eq!(database.run(files, &[ann.id.uuid()]).await, Ok(0));
}

/// Believes a header, as an embedding program would a cookie of its own: there is no session that could end.
struct Believing;

#[async_trait]
impl Hooks for Believing {
    async fn identify(&self, headers: &HeaderMap) -> Option<Identity> {
        let id = headers.get("x-name")?.to_str().ok()?.to_owned();
        Some(Identity {
            username: id.clone(),
            display_name: id.clone(),
            avatar_url: None,
            id,
        })
    }
}

async fn delete(server: &Server, user: UserId) {
    let gone = DeleteMe {
        password: None,
        delete_messages: None,
    };
    server.host().call(user, gone).await.unwrap();
}

#[tokio::test]
async fn what_an_account_had_begun_leaves_nothing_at_its_tombstone() {
    let mut setup = Setup::new();
    setup.extra = Some(|builder| builder.hooks(Believing));
    let server = setup.start().await;
    let bob = server.person("bob").await;
    let contact = format!("PUT /users/{}/contact application/json", bob.id);
    let block = format!("PUT /users/{}/block application/json", bob.id);
    let mut database = server.database().await;
    for (call, body, left) in [
        (
            "PUT /users/me/avatar image/png",
            files::png(64, 64, &[]),
            "update users set role = role where id = $1 and avatar_url is not null",
        ),
        (
            "PATCH /users/me/settings application/json",
            json!({"presence": "nobody"}).to_string().into_bytes(),
            "update users set role = role where id = $1 and settings is not null",
        ),
        (
            &contact,
            json!({"favorite": true}).to_string().into_bytes(),
            "update contacts set favorite = 1 where user_id = $1",
        ),
        (
            &block,
            b"{      }".to_vec(),
            "update blocks set created_at = 1 where user_id = $1",
        ),
    ] {
        let zoya = server
            .door
            .with("x-name", "zoya")
            .get("/api/v1/users/me")
            .await
            .ok();
        let zoya: UserId = serde_json::from_value(zoya["id"].clone()).unwrap();
        let half = begun(server.address(), call, "x-name: zoya", &body).await;

        delete(&server, zoya).await;
        let answer = finished(half, &body).await;

        assert!(answer.starts_with("HTTP/1.1 404"), "{call}: {answer}");
        assert_eq!(database.run(left, &[zoya.uuid()]).await, Ok(0), "{call}");
    }
}

/// Somebody's export, page by page: the next one is made when it is asked for.
async fn pages(server: &Server, who: &Person) -> impl Stream<Item = Option<Bytes>> + Unpin {
    let request = Request::get("/api/v1/users/me/export")
        .header("authorization", format!("Bearer {}", who.token))
        .body(Body::empty());
    let answer = server.chat().router().oneshot(request.unwrap()).await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200);
    answer.into_body().into_data_stream().map(Result::ok)
}

#[tokio::test]
async fn an_export_ends_with_the_session_that_asked_for_it() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    ann.say(group, "canary").await;
    let mut pages = pages(&server, &ann).await;
    assert!(pages.next().await.flatten().is_some());

    ann.post("/auth/logout", json!({})).await.ok();

    let rest: Vec<_> = pages.collect().await;
    assert_eq!(rest, [None], "it is cut off");
}

#[tokio::test]
async fn an_export_has_every_conversation_also_those_where_something_is_said_meanwhile() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let mut groups = Vec::new();
    for _ in 0..60 {
        groups.push(bob.group(&[&ann]).await);
    }
    let mut pages = pages(&server, &ann).await;
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).contains("\"type\":\"conversation\"") {
        text.extend(pages.next().await.unwrap().unwrap());
    }

    for group in &groups {
        bob.say(*group, "meanwhile").await;
    }
    while let Some(page) = pages.next().await {
        text.extend(page.unwrap());
    }

    let lines = String::from_utf8(text).unwrap();
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let mut found: Vec<_> = lines
        .filter(|line: &Value| line["type"] == "conversation")
        .map(|line| line["id"].to_string())
        .collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), 60);
}
