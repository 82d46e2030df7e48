//! How much one may keep, and what becomes of files that nobody has.

use super::{path, show, status};
use chat_tests::{HeldClock, Server, files::png, unknown_id, until};
use serde_json::json;
use std::path::Path;

const DAY_MS: i64 = 86_400_000;

/// Waits until only so many files are in a folder of the store.
async fn left(media: &Path, folder: &str, wanted: usize) {
    let folder = media.join(folder);
    until("files are collected", async || {
        let count = std::fs::read_dir(&folder).map_or(0, Iterator::count);
        match count == wanted {
            true => Ok(()),
            false => Err(format!("{count} are left")),
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_that_no_message_shows_is_collected_after_a_day() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| ()).await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let unused = ann.file("a.png", png(30, 30, &[])).await;
    let shown = ann.file("b.png", png(30, 30, &[])).await;
    show(&ann, group, &shown).await;
    let media = server.database_file().with_file_name("chat.db.media");

    // A server looks when it starts, and then every minute.
    clock.move_by_ms(DAY_MS + 1);
    let server = server.stop().await.start().await;

    left(&media, "attachments", 1).await;
    left(&media, "thumbnails", 1).await;
    let ann = server.another_device(&ann).await;
    assert_eq!(
        (status(&ann, unused.id).await, status(&ann, shown.id).await),
        (404, 200)
    );
}

/// Leaves a file in the place of the files, as a crash two days ago would have.
fn leave_behind(media: &Path, name: &str) {
    let path = media.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "of a crash").unwrap();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(172_800);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(long_ago).unwrap();
}

#[tokio::test]
async fn no_picture_outlives_its_row_and_nothing_half_written_stays() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let put = ann
        .door
        .bytes("PUT", "/users/me/avatar", &[], Some(png(30, 30, &[])));
    let shown = put.await.json().ok()["avatar_url"].clone();
    let media = server.database_file().with_file_name("chat.db.media");
    let id = unknown_id();
    for name in [
        format!("avatars/{id}-64.webp"),
        format!("avatars/{id}-256.webp#1"),
        format!("attachments/{id}#1"),
        format!("thumbnails/{id}.webp#2"),
    ] {
        leave_behind(&media, &name);
    }

    let server = server.stop().await.start().await;

    left(&media, "avatars", 3).await;
    left(&media, "attachments", 0).await;
    left(&media, "thumbnails", 0).await;
    let path = format!("/{}", shown.as_str().unwrap());
    let seen = server.door.bytes("GET", &path, &[], None).await;
    assert_eq!(seen.status, 200);
}

#[tokio::test]
async fn the_bytes_of_a_deleted_message_go_at_once_and_orphans_are_found() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let (file, fresh) = (ann.file("a", "hello").await, ann.file("b", "hello").await);
    let message = show(&ann, group, &file).await;
    let media = server.database_file().with_file_name("chat.db.media");
    leave_behind(&media, &format!("attachments/{}", unknown_id()));

    ann.unsay(message.id).await.ok();
    let server = server.stop().await.start().await;

    left(&media, "attachments", 1).await;
    let ann = server.another_device(&ann).await;
    assert_eq!(ann.fetch(&path(fresh.id), &[]).await.bytes, b"hello");
}

#[tokio::test]
async fn the_files_of_a_user_have_a_bound() {
    let server = Server::with(|config| config.limits.storage_bytes_per_user = 1_000).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[]).await;
    let file = ann.file("a", "x".repeat(600)).await;
    let message = show(&ann, group, &file).await;

    let refused = ann.upload("", "x".repeat(500)).await;
    let of_bob = bob.upload("", "x".repeat(500)).await;
    ann.unsay(message.id).await.ok();

    assert_eq!(refused.problem(), (413, "too_large"));
    assert!(
        refused.body["detail"]
            .as_str()
            .unwrap()
            .contains("600 of 1000 bytes")
    );
    assert_eq!(of_bob.status, 201);
    assert_eq!(
        ann.upload("", "x".repeat(500)).await.status,
        201,
        "there is room again"
    );
}

#[tokio::test]
async fn uploads_that_come_together_share_the_bound() {
    let server = Server::with(|config| config.limits.storage_bytes_per_user = 1_000).await;
    let ann = server.person("ann").await;

    let sent = (0..6).map(|_| ann.upload("", "x".repeat(400)));
    let answers = futures_util::future::join_all(sent).await;

    let stored = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(stored, 2);
    let media = server.database_file().with_file_name("chat.db.media");
    left(&media, "attachments", 2).await;
    left(&media, "uploads", 0).await;
}

#[tokio::test]
async fn twenty_files_may_wait_for_their_message() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let mut last = None;
    for nth in 0..20 {
        last = Some(ann.file(&format!("{nth}"), "x").await);
    }

    let refused = ann.upload("", "x").await;
    ann.delete(&path(last.unwrap().id)).await.ok();

    assert_eq!(refused.problem(), (409, "conflict"));
    assert_eq!(ann.upload("", "x").await.status, 201);
}

#[tokio::test]
async fn only_its_owner_deletes_a_file_and_only_while_no_message_shows_it() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let (shown, own) = (ann.file("a", "x").await, ann.file("b", "x").await);
    show(&ann, group, &shown).await;

    assert_eq!(
        bob.delete(&path(own.id)).await.problem(),
        (404, "not_found")
    );
    assert_eq!(
        bob.delete(&path(shown.id)).await.problem(),
        (403, "forbidden")
    );
    assert_eq!(
        ann.delete(&path(shown.id)).await.problem(),
        (409, "conflict")
    );
    assert_eq!(ann.delete(&path(own.id)).await.status, 204);
    assert_eq!(
        ann.delete(&path(own.id)).await.problem(),
        (404, "not_found")
    );
    assert_eq!(status(&bob, shown.id).await, 200);
    let body = json!({"content": "x", "attachment_ids": [own.id]});
    assert_eq!(ann.send(group, body).await.fields(), ["attachment_ids"]);
}

#[tokio::test]
async fn a_file_that_only_others_still_show_counts_as_theirs() {
    let server = Server::with(|config| config.limits.storage_bytes_per_user = 1_000).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (group, direct) = (ann.group(&[&bob]).await, ann.direct(&bob).await);
    let file = ann.file("a", "x".repeat(600)).await;
    let message = show(&ann, group, &file).await;
    let forward = format!("/messages/{}/forward", message.id);
    bob.post(&forward, json!({"conversation_ids": [direct]}))
        .await
        .ok();

    ann.unsay(message.id).await.ok();

    assert_eq!(ann.upload("", "x".repeat(500)).await.status, 201);
    let refused = bob.upload("", "x".repeat(500)).await;
    assert_eq!(refused.problem(), (413, "too_large"));
    assert_eq!(status(&ann, file.id).await, 200);
}

#[tokio::test]
async fn files_that_wait_for_a_message_are_listed_for_their_owner_by_pages() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let mut waiting = Vec::new();
    for nth in 0..5 {
        waiting.insert(0, json!(ann.file(&format!("{nth}"), "x").await.id));
    }
    let shown = ann.file("shown", "x").await;
    show(&ann, group, &shown).await;

    let first = ann.get("/attachments?limit=3").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = ann
        .get(&format!("/attachments?limit=3&cursor={cursor}"))
        .await
        .ok();

    let pages = [&first, &rest].map(|page| page["items"].as_array().unwrap().clone());
    let ids: Vec<_> = pages
        .concat()
        .iter()
        .map(|file| file["id"].clone())
        .collect();
    assert_eq!(ids, waiting);
    assert_eq!(rest["next_cursor"], json!(null));
    assert_eq!(bob.get("/attachments").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn what_others_still_show_is_theirs_when_a_conversation_goes() {
    let server = Server::with(|config| config.limits.storage_bytes_per_user = 1_000).await;
    let [ann, ben] = server.people(["ann", "ben"]).await;
    let (both, his) = (ann.group(&[&ben]).await, ben.group(&[]).await);
    let file = ann.file("a", "x".repeat(600)).await;
    let message = show(&ann, both, &file).await;
    let forward = format!("/messages/{}/forward", message.id);
    let to = json!({"conversation_ids": [his]});
    assert_eq!(ben.post(&forward, to).await.status, 201);

    let gone = ann.delete(&format!("/conversations/{both}")).await;

    assert_eq!(gone.status, 204);
    assert_eq!(ann.upload("", "x".repeat(500)).await.status, 201);
    assert_eq!(ben.upload("", "x".repeat(500)).await.status, 413);
    assert_eq!(status(&ben, file.id).await, 200);
}
