//! Reports: a member shows a message to those who look after the server. What was said stays with the report.

use chat_core::MessageId;
use chat_tests::{Answer, HeldClock, Person, Server, unknown_id, until};
use serde_json::{Value, json};

async fn report(who: &Person, message: MessageId, reason: &str) -> Answer {
    let path = format!("/messages/{message}/report");
    who.post(&path, json!({"reason": reason})).await
}

async fn list(who: &Person, query: &str) -> Value {
    who.get(&format!("/admin/reports{query}")).await.ok()
}

#[tokio::test]
async fn what_was_said_stays_with_the_report() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let root = server.admin("root1").await;
    let group = ann.group(&[&bob]).await;
    let file = server.database().await.file_of(bob.id.uuid(), false).await;
    let body = json!({"content": "buy now", "attachment_ids": [file]});
    let said = bob.send(group, body).await.ok_message();

    let made = report(&ann, said.id, "spam").await;
    bob.edit(said.id, "nothing").await.ok();
    bob.unsay(said.id).await.ok();

    assert_eq!(made.status, 201);
    let seen = list(&root, "").await["items"][0].clone();
    assert_eq!(seen["id"], made.body["report_id"]);
    assert_eq!(
        (&seen["reason"], &seen["state"]),
        (&json!("spam"), &json!("open"))
    );
    assert_eq!(seen["reporter"]["id"], json!(ann.id));
    assert_eq!(seen["message"]["sender"]["id"], json!(bob.id));
    assert_eq!(seen["message"]["content"], "buy now");
    assert_eq!(seen["message"]["attachments"][0]["id"], json!(file));
}

#[tokio::test]
async fn a_second_report_by_the_same_member_changes_nothing() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let root = server.admin("root1").await;
    let group = ann.group(&[&bob]).await;
    let said = bob.say(group, "buy now").await.id;

    let first = report(&ann, said, "spam").await.ok();
    let second = report(&ann, said, "scam").await.ok();
    bob.unsay(said).await.ok();
    let third = report(&ann, said, "gone").await.ok();

    assert_eq!((&second, &third), (&first, &first));
    let items = list(&root, "").await["items"].clone();
    assert_eq!(items.as_array().map(Vec::len), Some(1));
    assert_eq!(items[0]["reason"], "spam");
}

#[tokio::test]
async fn what_cannot_be_reported() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;
    let (said, gone) = (bob.say(group, "1").await.id, bob.say(group, "2").await.id);
    bob.unsay(gone).await.ok();
    ann.patch(&format!("/conversations/{group}"), json!({"title": "New"}))
        .await
        .ok();
    let note = bob.look(group).await.last_message.unwrap().id;

    let unknown = report(&eve, MessageId::new(unknown_id()), "spam").await;
    assert_eq!(
        report(&eve, said, "spam").await.without_id(),
        unknown.without_id()
    );
    assert_eq!(unknown.status, 404);
    for message in [gone, note] {
        assert_eq!(
            report(&ann, message, "spam").await.problem(),
            (409, "conflict")
        );
    }
    for reason in ["", " ", &"x".repeat(1001)] {
        assert_eq!(report(&ann, said, reason).await.fields(), ["reason"]);
    }
    bob.leave(group).await.ok();
    assert_eq!(
        report(&bob, said, "spam").await.problem(),
        (404, "not_found")
    );
}

#[tokio::test]
async fn whoever_looks_after_the_server_decides() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let root = server.admin("root1").await;
    let group = ann.group(&[&bob]).await;
    let said = bob.say(group, "buy now").await.id;
    let id = report(&ann, said, "spam").await.ok()["report_id"].clone();
    let path = format!("/admin/reports/{}", id.as_str().unwrap());

    let decided = root
        .patch(&path, json!({"state": "resolved", "note": "deleted"}))
        .await
        .ok();

    assert_eq!(
        (&decided["decided_by"], &decided["note"]),
        (&json!(root.id), &json!("deleted"))
    );
    assert_eq!(root.get(&path).await.ok(), decided);
    assert_eq!(list(&root, "").await["items"], json!([]));
    assert_eq!(list(&root, "?state=resolved").await["items"][0], decided);
    let open = root.patch(&path, json!({"state": "open"})).await.ok();
    assert_eq!(
        (open.get("decided_by"), open.get("decided_at")),
        (None, None)
    );
    let unknown = format!("/admin/reports/{}", unknown_id());
    assert_eq!(root.get(&unknown).await.problem(), (404, "not_found"));
    assert_eq!(
        root.patch(&unknown, json!({"state": "open"})).await.status,
        404
    );
}

#[tokio::test]
async fn the_newest_come_first_by_pages() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let root = server.admin("root1").await;
    let group = ann.group(&[&bob]).await;
    let mut made = Vec::new();
    for nth in 0..5 {
        let said = bob.say(group, &nth.to_string()).await.id;
        made.insert(
            0,
            report(&ann, said, "spam").await.ok()["report_id"].clone(),
        );
    }

    let first = list(&root, "?limit=3").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = list(&root, &format!("?limit=3&cursor={cursor}")).await;

    let pages = [&first, &second].map(|page| page["items"].as_array().unwrap().clone());
    let seen: Vec<_> = pages
        .concat()
        .iter()
        .map(|report| report["id"].clone())
        .collect();
    assert_eq!((seen, &second["next_cursor"]), (made, &Value::Null));
}

#[tokio::test]
async fn the_files_of_a_reported_message_stay_for_those_who_decide() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| ()).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let root = server.admin("root1").await;
    let group = ann.group(&[&bob]).await;
    let file = bob.file("a.txt", "planted").await;
    let body = json!({"attachment_ids": [file.id]});
    let said = bob.send(group, body).await.ok_message();
    let made = report(&ann, said.id, "spam").await.ok();
    let of_report = format!("/admin/reports/{}", made["report_id"].as_str().unwrap());
    let path = format!("{of_report}/attachments/{}", file.id);

    bob.unsay(said.id).await.ok();
    // Files that nobody has are collected when a server starts.
    let server = server.stop().await.start().await;

    let [root, ann] = [&root, &ann].map(|who| server.another_device(who));
    let (root, ann) = (root.await, ann.await);
    assert_eq!(root.fetch(&path, &[]).await.bytes, b"planted");
    assert_eq!(ann.fetch(&path, &[]).await.status, 403);
    let own = format!("/attachments/{}", file.id);
    assert_eq!(root.fetch(&own, &[]).await.status, 404);
    root.patch(&of_report, json!({"state": "resolved"}))
        .await
        .ok();
    clock.move_by_ms(30 * 86_400_000 + 1);
    let server = server.stop().await.start().await;
    let root = server.another_device(&root).await;
    until("the file is let go", async || {
        match root.fetch(&path, &[]).await.status {
            404 => Ok(()),
            status => Err(format!("it got {status}")),
        }
    })
    .await;
}
