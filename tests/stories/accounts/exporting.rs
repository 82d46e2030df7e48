//! The export: everything that is kept about somebody, in lines of JSON, and nothing of what is not theirs.

use super::registered;
use chat_tests::{Person, Server, files};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The lines of somebody's export, by what they are.
async fn export(person: &Person) -> BTreeMap<String, Vec<Value>> {
    let answer = person.get("/users/me/export").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in answer.body.as_str().unwrap().lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let kind = value["type"].as_str().unwrap().to_owned();
        found.entry(kind).or_default().push(value);
    }
    found
}

#[tokio::test]
async fn an_export_has_everything_of_ones_own_and_nothing_that_others_said() {
    let server = Server::start().await;
    let ann = registered(&server, "ann").await;
    let [bob, eve] = server.people(["bob", "eve"]).await;
    let (direct, group) = (ann.direct(&bob).await, bob.group(&[&ann]).await);
    for nth in 0..120 {
        ann.say(direct, &format!("line {nth}\n\u{2028}")).await;
    }
    ann.say(group, "in the group").await;
    let gone = ann.say(group, "canary-deleted").await;
    ann.unsay(gone.id).await.ok();
    bob.say(direct, "canary-bob").await;
    ann.put(
        &format!("/users/{}/contact", bob.id),
        json!({"nickname": "Bobby"}),
    )
    .await
    .ok();
    ann.put(&format!("/users/{}/block", eve.id), json!({}))
        .await
        .ok();
    server.database().await.file_of(ann.id.uuid(), false).await;

    let found = export(&ann).await;

    let counts: Vec<_> = found
        .iter()
        .map(|(kind, all)| (kind.as_str(), all.len()))
        .collect();
    let wanted = [
        ("account", 1),
        ("attachment", 1),
        ("block", 1),
        ("contact", 1),
        ("conversation", 2),
        ("message", 121),
        ("session", 1),
    ];
    assert_eq!(counts, wanted);
    assert_eq!(found["account"][0]["email"], "ann@example.org");
    assert_eq!(found["contact"][0]["nickname"], "Bobby");
    let mut said: Vec<_> = found["message"]
        .iter()
        .map(|message| message["content"].to_string())
        .collect();
    said.sort_unstable();
    said.dedup();
    assert_eq!(said.len(), 121);
    assert!(!format!("{:?}", found["message"]).contains("canary"));
}

#[tokio::test]
async fn an_export_has_what_one_did_and_where_one_was() {
    let server = Server::start().await;
    let ann = registered(&server, "ann").await;
    let bob = server.person("bob").await;
    let (group, other) = (ann.group(&[&bob]).await, bob.group(&[&ann]).await);
    let own = ann.say(group, "canary-before").await;
    ann.edit(own.id, "after").await.ok();
    let of_bob = bob.say(group, "canary-bob").await.id;
    let reason = |text: &str| json!({"reason": text});
    ann.put(&format!("/messages/{of_bob}/reactions/👍"), json!({}))
        .await
        .ok();
    ann.post(
        &format!("/messages/{of_bob}/report"),
        reason("canary-report"),
    )
    .await
    .ok();
    ann.post(&format!("/conversations/{group}/invites"), json!({}))
        .await
        .ok();
    ann.remove(group, &bob).await.ok();
    let ban = format!("/conversations/{other}/bans/{}", ann.id);
    bob.put(&ban, reason("canary-ban")).await.ok();

    let found = export(&ann).await;

    assert_eq!(found["revision"][0]["content"], "canary-before");
    assert_eq!(found["reaction"][0]["emoji"], "👍");
    assert_eq!(found["report"][0]["reason"], "canary-report");
    assert_eq!(found["invite"][0]["conversation_id"], json!(group));
    assert_eq!(found["ban"][0]["reason"], "canary-ban");
    let deed = &found["audit"][0];
    assert_eq!(
        (&deed["action"], &deed["address"]),
        (&json!("member.remove"), &json!("127.0.0.1"))
    );
    for kind in ["revision", "reaction", "report", "invite", "ban", "audit"] {
        assert_eq!(found[kind].len(), 1, "{kind}");
    }
    assert!(!format!("{found:?}").contains("canary-bob"));
}

#[tokio::test]
async fn an_export_has_every_session_and_every_picture_that_is_still_kept() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let ended = server.another_device(&ann).await;
    ended.post("/auth/logout", json!({})).await.ok();
    for _ in 0..200 {
        server.another_device(&ann).await;
    }
    let mut pictures = Vec::new();
    for _ in 0..2 {
        let picture = Some(files::png(8, 8, &[]));
        let set = ann
            .door
            .bytes("PUT", "/users/me/avatar", &[], picture)
            .await;
        pictures.push(set.json().ok()["avatar_url"].clone());
    }

    let found = export(&ann).await;

    assert_eq!(found["session"].len(), 202);
    let ended = found["session"]
        .iter()
        .filter(|session| session["ended_at"].is_string());
    assert_eq!(ended.count(), 1);
    let kept: Vec<_> = found["avatar"]
        .iter()
        .map(|avatar| avatar["avatar_url"].clone())
        .collect();
    assert_eq!(kept, pictures);
}

#[tokio::test]
async fn an_export_is_nobodys_but_ones_own() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    ann.patch("/users/me", json!({"bio": "canary-bio"}))
        .await
        .ok();

    let nobody = server.get("/users/me/export").await;
    let of_bob = export(&bob).await;

    assert_eq!(nobody.problem(), (401, "unauthenticated"));
    assert!(!format!("{of_bob:?}").contains("canary"));
    assert_eq!(of_bob["account"][0]["id"], json!(bob.id));
}
