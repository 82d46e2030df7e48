//! A little of everything that a server can be asked, so that there is something to hold against its documents.

mod keeping;
mod people;
mod rooms;

use chat_core::ConversationId;
use chat_server::{Config, MailTransport};
use chat_tests::{MailServer, Opening, Person, Server, Socket, Traffic};
use serde_json::json;

/// Signing up, in and around, well and badly.
async fn signing_in(server: &Server, ann: &Person, bob: &Person) {
    let account =
        json!({"username": "cid", "email": "cid@example.org", "password": "correct horse"});
    let cid = server.post("/auth/register", account.clone()).await.ok();
    server.post("/auth/register", account).await;
    let login = json!({"identifier": "cid", "password": "correct horse", "device_name": "phone"});
    server.post("/auth/login", login).await.ok();
    server
        .post(
            "/auth/login",
            json!({"identifier": "cid", "password": "wrong"}),
        )
        .await;
    server
        .post(
            "/auth/refresh",
            json!({"refresh_token": cid["refresh_token"]}),
        )
        .await
        .ok();
    for path in [
        "/auth/session",
        "/auth/sessions",
        "/users/me",
        "/users?q=a&limit=2",
        "/conversations?limit=1",
    ] {
        ann.get(path).await.ok();
    }
    ann.get(&format!("/users/{}", bob.id)).await.ok();
    ann.post("/auth/ticket", json!({})).await.ok();
    let bot = json!({"name": "a bot", "scope": "read"});
    ann.post("/auth/tokens", bot).await.ok();
    let out = server.another_device(ann).await;
    ann.delete(&format!("/auth/sessions/{}", out.session_id))
        .await
        .ok();
    let out = server.another_device(ann).await;
    out.post("/auth/logout", json!({})).await.ok();
    out.get("/users/me").await;
}

/// Messages over HTTP, well and badly.
async fn saying(group: ConversationId, ann: &Person, bob: &Person) {
    let message = ann
        .send(group, json!({"client_id": "n1", "content": "hello"}))
        .await
        .ok_message();
    ann.send(group, json!({"client_id": "n1", "content": "hello"}))
        .await
        .ok();
    ann.send(group, json!({"client_id": "n1", "content": "other"}))
        .await;
    ann.send(group, json!({"content": ""})).await;
    ann.edit(message.id, "hello!").await.ok();
    ann.get(&format!("/messages/{}", message.id)).await.ok();
    bob.unsay(message.id).await.ok();
    for query in ["", "?before=9", "?around=1&limit=2"] {
        bob.history(group, query).await;
    }
}

/// Everything about a group over HTTP, well and badly.
async fn a_group(server: &Server, ann: &Person, bob: &Person) {
    ann.direct(bob).await;
    ann.direct(bob).await;
    let group = ann.group(&[]).await;
    let path = format!("/conversations/{group}");
    ann.add(group, bob).await.ok();
    ann.add(group, bob).await.ok();
    ann.promote(group, bob, "admin").await.ok();
    ann.patch(&path, json!({"title": "Other", "description": "About"}))
        .await
        .ok();
    saying(group, ann, bob).await;
    for (mark, seq) in [("delivered", 1), ("read", 2), ("unread", 1)] {
        bob.put(&format!("{path}/{mark}"), json!({"seq": seq}))
            .await
            .ok();
    }
    bob.post(&format!("{path}/typing"), json!({"is_typing": true}))
        .await
        .ok();
    for path in [
        path.clone(),
        format!("{path}/members?limit=1"),
        "/moon".to_owned(),
    ] {
        bob.get(&path).await;
    }
    let epoch = ann.look(group).await.epoch;
    server
        .database()
        .await
        .change(
            "update events set body = '{' where conversation_id = $1 and seq = $2",
            group.uuid(),
            3,
        )
        .await;
    ann.sync(json!({"positions": {(group.to_string()): {"epoch": epoch, "seq": 0}}, "inbox": {"epoch": epoch, "seq": 0}})).await;
    ann.sync(json!({"positions": {(group.to_string()): {"epoch": "0000000000000000", "seq": 0}}}))
        .await;
    bob.leave(group).await.ok();
    ann.remove(group, bob).await;
    ann.add(group, bob).await.ok();
    ann.remove(group, bob).await.ok();
    ann.delete(&path).await.ok();
}

/// Everything a device does over a socket, well and badly.
async fn over_a_socket(ann: &Person, bob: &Person, socket: &mut Socket) {
    let group = ann.group(&[bob]).await;
    let message = bob.say(group, "hi").await;
    let own = json!({"conversation_id": group, "client_id": "s1", "content": "hello"});
    let sent = socket.call("message.send", own.clone()).await.unwrap();
    let full = json!({
        "conversation_id": group, "client_id": "s2", "content": "and more", "kind": "text", "metadata": {"a": [1]},
        "reply_to": sent["message_id"], "mentions": [bob.id], "attachment_ids": [],
    });
    let calls = [
        ("message.send", own),
        ("message.send", full),
        (
            "message.edit",
            json!({"message_id": sent["message_id"], "content": "hello!"}),
        ),
        ("message.delete", json!({"message_id": sent["message_id"]})),
        (
            "conversation.create",
            json!({"kind": "direct", "member_ids": [bob.id]}),
        ),
        ("read", json!({"conversation_id": group, "seq": 1})),
        ("unread", json!({"conversation_id": group, "seq": 1})),
        ("delivered", json!({"conversation_id": group, "seq": 3})),
        (
            "typing",
            json!({"conversation_id": group, "is_typing": true}),
        ),
        ("history", json!({"conversation_id": group, "limit": 2})),
        ("sync", json!({})),
        ("presence.watch", json!({"user_ids": [bob.id]})),
        ("presence.set", json!({"state": "away"})),
        ("ping", json!({})),
    ];
    for (kind, data) in calls {
        socket
            .call(kind, data)
            .await
            .unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
    for (kind, data) in [
        ("message.send", json!({})),
        ("moon.rise", json!({})),
        (
            "message.delete",
            json!({"message_id": chat_tests::unknown_id()}),
        ),
    ] {
        socket.call(kind, data).await.unwrap_err();
    }
    bob.unsay(message.id).await.ok();
    drop(bob.socket().await);
    socket.next_event("presence").await;
}

/// Says who one is by the first frame.
async fn by_hello(server: &Server, ann: &Person) {
    let mut socket = Opening::new(&server.door).open_silent().await;
    socket
        .send(json!({"type": "hello", "data": {"token": ann.token}}))
        .await;
    socket.next_event("ready").await;
}

/// What the traffic of a little life was.
pub(super) async fn lived() -> (Server, Vec<Traffic>) {
    let mut mail = MailServer::start().await;
    let set = |config: &mut Config| {
        config.mail.transport = MailTransport::Smtp;
        config.mail.smtp = Some(mail.url().parse().expect("an address"));
        config.mail.ca_file = Some(mail.ca_file());
    };
    let server = Server::with(set).await;
    let [ann, bob, guest] = server.people(["ann", "bob", "guest"]).await;
    let mut socket = ann.socket().await;
    people::an_account(&server, &mut mail).await;
    people::a_file(&server, &ann, &bob).await;
    rooms::a_channel(&ann, &bob, &guest).await;
    rooms::around_a_message(&ann, &bob).await;
    rooms::around_a_message_by_frames(&ann, &bob, &mut socket).await;
    people::a_profile(&server, &ann, &bob).await;
    people::a_profile(&server, &bob, &ann).await;
    keeping::a_server(&server, &ann, &bob).await;
    signing_in(&server, &ann, &bob).await;
    a_group(&server, &ann, &bob).await;
    over_a_socket(&ann, &bob, &mut socket).await;
    by_hello(&server, &ann).await;
    socket.settle().await;
    let traffic = server.door.traffic().all();
    (server, traffic)
}
