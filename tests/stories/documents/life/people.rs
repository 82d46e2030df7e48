//! Accounts, profiles, contacts and files: a little of each.

use chat_core::SignedIn;
use chat_tests::{Letter, MailServer, Person, Server, files, unknown_id};
use serde_json::json;

/// The next mail whose subject begins so.
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

/// Somebody with an address and a password: what is done with both.
pub(super) async fn an_account(server: &Server, mail: &mut MailServer) {
    let account =
        json!({"username": "dora", "email": "dora@example.org", "password": "correct horse"});
    let answer = server.post("/auth/register", account).await.ok();
    let signed_in: SignedIn = serde_json::from_value(answer).unwrap();
    let dora = Person::new(server.door.clone(), &signed_in);
    letter(mail, "Confirm").await;
    dora.post("/auth/email/verify/send", json!({})).await.ok();
    let token = json!({"token": letter(mail, "Confirm").await.token()});
    server.post("/auth/email/verify", token.clone()).await.ok();
    server.post("/auth/email/verify", token).await;
    let email = json!({"email": "dora@example.org"});
    server.post("/auth/password/reset", email).await.ok();
    let token = letter(mail, "Set a new password").await.token().to_owned();
    let reset = json!({"token": token, "new_password": "battery staple"});
    server
        .post("/auth/password/reset/confirm", reset)
        .await
        .ok();
    let dora = server.another_device(&dora).await;
    let change = json!({"current_password": "battery staple", "new_password": "correct horse"});
    dora.post("/auth/password/change", change.clone())
        .await
        .ok();
    dora.post("/auth/password/change", change).await;
    dora.get("/users/me/export").await.ok();
    dora.door
        .call("DELETE", "/users/me", Some(json!({"password": "wrong"})))
        .await;
    dora.door
        .call(
            "DELETE",
            "/users/me",
            Some(json!({"password": "correct horse"})),
        )
        .await
        .ok();
}

/// One's own profile and settings, and whom one knows.
pub(super) async fn a_profile(server: &Server, ann: &Person, bob: &Person) {
    ann.patch(
        "/users/me",
        json!({"bio": "climbs", "display_name": "Ann Lee"}),
    )
    .await
    .ok();
    ann.patch("/users/me", json!({"username": "bob"})).await;
    let picture = Some(files::png(64, 64, &[]));
    let me = ann
        .door
        .bytes("PUT", "/users/me/avatar", &[], picture)
        .await
        .json()
        .ok();
    server
        .get(&format!("/{}?size=64", me["avatar_url"].as_str().unwrap()))
        .await
        .ok();
    ann.door
        .bytes("PUT", "/users/me/avatar", &[], Some(b"no picture".to_vec()))
        .await;
    ann.delete("/users/me/avatar").await.ok();
    ann.get("/users/me/settings").await.ok();
    let settings = json!({"last_seen": "contacts", "notify": "mentions"});
    ann.patch("/users/me/settings", settings).await.ok();
    for (path, body) in [
        ("contact", json!({"favorite": true, "nickname": "B"})),
        ("block", json!({})),
    ] {
        let path = format!("/users/{}/{path}", bob.id);
        ann.put(&path, body.clone()).await.ok();
        ann.get("/users/me/contacts?limit=1").await.ok();
        ann.get("/users/me/blocks").await.ok();
        ann.delete(&path).await.ok();
        ann.delete(&path).await;
        ann.put(&format!("/users/{}/contact", ann.id), body).await;
    }
}

/// A file in a conversation.
pub(super) async fn a_file(server: &Server, ann: &Person, bob: &Person) {
    let direct = ann.direct(bob).await;
    let file = ann.file("a.png", files::png(400, 300, &[])).await;
    let body = json!({
        "content": "look", "attachment_ids": [file.id], "metadata": {"from": "a story"}, "mentions": [bob.id],
    });
    let message = ann.send(direct, body).await.ok_message();
    let reply = json!({"content": "nice", "reply_to": message.id});
    bob.send(direct, reply).await.ok_message();
    let path = format!("/attachments/{}", file.id);
    for path in [
        path.clone(),
        format!("{path}/thumbnail"),
        format!("{path}/info"),
    ] {
        bob.get(&path).await.ok();
    }
    let link = bob
        .post(&format!("{path}/link"), json!({"expires_in_s": 60}))
        .await
        .ok();
    server
        .get(&format!("/{}", link["url"].as_str().unwrap()))
        .await
        .ok();
    ann.delete(&path).await;
    ann.upload("?file_name=", "").await;
    bob.get(&format!("/attachments/{}", unknown_id())).await;
    let unused = ann.file("b.txt", "hello").await;
    ann.get("/attachments?limit=1").await.ok();
    ann.delete(&format!("/attachments/{}", unused.id))
        .await
        .ok();
    in_parts(ann).await;
}

/// A file that comes in parts, and one that is given up.
async fn in_parts(ann: &Person) {
    for (name, bytes) in [("u1", "hello"), ("u2", "hell")] {
        let body = json!({"client_id": name, "length": 5});
        let begun = ann.post("/uploads", body.clone()).await.ok();
        let path = format!("/uploads/{}", begun["id"].as_str().unwrap());
        let send = async |offset: usize| {
            let path = format!("{path}?offset={offset}");
            let part = Some(bytes.into());
            ann.door.bytes("PATCH", &path, &[], part).await.json()
        };
        send(0).await.ok();
        send(3).await;
        ann.post("/uploads", body).await.ok();
        ann.delete(&path).await.ok();
        ann.delete(&path).await;
    }
}
