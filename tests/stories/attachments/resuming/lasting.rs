//! How long uploads last, and what ends them: crashes, time, accounts, and what is not allowed.

use super::super::{path, status};
use super::{MIB, begin, content, file, half_sent, kept, no_parts, send};
use chat_tests::{HeldClock, Server, Setup};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn what_is_begun_counts_as_what_is_kept() {
    let server = Server::with(|config| config.limits.storage_bytes_per_user = 1_000).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let upload = begin(&ann, "u1", 600).await;

    let refused = ann
        .post("/uploads", json!({"client_id": "u2", "length": 500}))
        .await;
    let whole = ann.upload("", "x".repeat(500)).await;
    begin(&bob, "u2", 500).await;
    ann.delete(&format!("/uploads/{}", upload.id)).await.ok();

    assert_eq!(
        (refused.problem(), whole.problem()),
        ((413, "too_large"), (413, "too_large"))
    );
    assert_eq!(
        ann.upload("", "x".repeat(500)).await.status,
        201,
        "there is room again"
    );
}

#[tokio::test]
async fn what_nothing_comes_to_makes_room_for_another() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| ()).await;
    let ann = server.person("ann").await;
    for nth in 0..20 {
        begin(&ann, &format!("u{nth}"), 5).await;
        // Each has its own moment, and the minute's calls are not used up.
        clock.move_by_ms(10_000);
    }
    let full = ann
        .post("/uploads", json!({"client_id": "new", "length": 5}))
        .await;

    clock.move_by_ms(HOUR_MS - 190_000);
    let ann = server.another_device(&ann).await;
    let begun = begin(&ann, "new", 5).await;

    assert_eq!(full.problem(), (409, "conflict"));
    assert!(!begun.existing);
    // The oldest had to go, and there is no room for it again.
    let oldest = ann
        .post("/uploads", json!({"client_id": "u0", "length": 5}))
        .await;
    assert_eq!(oldest.problem(), (409, "conflict"));
}

#[tokio::test]
async fn what_nothing_comes_to_keeps_no_small_file_out() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| ()).await;
    let ann = server.person("ann").await;
    for nth in 0..20 {
        begin(&ann, &format!("u{nth}"), 5).await;
        clock.move_by_ms(10_000);
    }
    let full = ann.upload("", "hello").await;

    clock.move_by_ms(HOUR_MS - 190_000);
    let ann = server.another_device(&ann).await;
    let stored = ann.upload("", "hello").await;

    assert_eq!(full.problem(), (409, "conflict"));
    assert!(full.body["detail"].as_str().unwrap().contains("an hour"));
    assert_eq!(stored.status, 201);
    let more = ann.upload("", "hello").await;
    assert_eq!(more.problem(), (409, "conflict"), "one had to go, not all");
}

#[tokio::test]
async fn what_is_gone_on_with_is_not_the_next_to_make_room() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |config| config.limits.storage_bytes_per_user = 10).await;
    let ann = server.person("ann").await;
    let upload = begin(&ann, "u1", 8).await;

    clock.move_by_ms(HOUR_MS + 1);
    let ann = server.another_device(&ann).await;
    let again = begin(&ann, "u1", 8).await;
    let refused = ann.upload("", "hello").await;

    assert_eq!(again.id, upload.id);
    assert_eq!(refused.problem(), (413, "too_large"));
    assert!(begin(&ann, "u1", 8).await.existing);
}

#[tokio::test]
async fn what_was_sent_is_there_after_the_server_dropped_dead() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let bytes = content(3 * MIB);
    let upload = begin(&ann, "u1", bytes.len()).await;
    let head = format!("Content-Length: {}", bytes.len());
    let _raw = half_sent(&ann, &upload, &head, &bytes[..2_500_000]).await;
    let told = kept(&ann, "u1", bytes.len(), 2 * MIB).await.offset;

    let server = server.drop_dead().await.start().await;

    let ann = ann.at(&server.door);
    let there = begin(&ann, "u1", bytes.len()).await.offset;
    assert!(there >= told, "{there} of {told}");
    let at = there as usize;
    let made = file(send(&ann, &upload, at, &bytes[at..]).await);
    assert!(ann.fetch(&path(made.id), &[]).await.bytes == bytes);
}

#[tokio::test]
async fn what_is_whole_and_no_file_yet_becomes_one_after_a_crash() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let upload = begin(&ann, "u1", 5).await;
    let chunks = "Transfer-Encoding: chunked\r\nConnection: close";
    half_sent(&ann, &upload, chunks, b"6\r\nhello!\r\n0\r\n\r\n")
        .await
        .rest()
        .await;

    let server = server.drop_dead().await.start().await;

    let ann = ann.at(&server.door);
    let whole = begin(&ann, "u1", 5).await;
    assert_eq!((whole.offset, &whole.attachment), (5, &None));
    let made = file(send(&ann, &upload, 5, b"").await);
    assert_eq!(ann.fetch(&path(made.id), &[]).await.bytes, b"hello");
}

#[tokio::test]
async fn what_could_not_be_kept_does_not_count() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let upload = begin(&ann, "u1", 5).await;
    let folder = server
        .database_file()
        .with_file_name("chat.db.media/pieces");
    // Nothing can be kept where a folder should be.
    std::fs::write(&folder, "in the way").unwrap();

    let refused = send(&ann, &upload, 0, b"hello").await;
    let told = begin(&ann, "u1", 5).await.offset;
    std::fs::remove_file(&folder).unwrap();

    assert_eq!((refused.problem(), told), ((503, "unavailable"), 0));
    let made = file(send(&ann, &upload, 0, b"hello").await);
    assert_eq!(ann.fetch(&path(made.id), &[]).await.bytes, b"hello");
}

#[tokio::test]
async fn parts_that_are_lost_are_told_and_the_file_begins_anew() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let upload = begin(&ann, "u1", 5).await;
    send(&ann, &upload, 0, b"hell").await.ok();
    let folder = server
        .database_file()
        .with_file_name("chat.db.media/pieces");
    std::fs::remove_dir_all(folder).unwrap();

    let refused = send(&ann, &upload, 4, b"o").await;

    assert_eq!(refused.problem(), (409, "conflict"));
    assert!(
        refused.body["detail"]
            .as_str()
            .unwrap()
            .contains("begin it again")
    );
    assert_eq!(begin(&ann, "u1", 5).await.offset, 0);
}

#[tokio::test]
async fn another_process_goes_on_where_one_has_stopped() {
    let setup = Setup::new();
    let one = setup.clone().start().await;
    if !one.database().await.is_postgres() {
        return;
    }
    let other = setup.start().await;
    let ann = one.person("ann").await;
    let there = ann.at(&other.door);
    let bytes = content(2 * MIB);
    let upload = begin(&ann, "u1", bytes.len()).await;
    send(&ann, &upload, 0, &bytes[..MIB]).await.ok();

    let made = file(send(&there, &upload, MIB, &bytes[MIB..]).await);

    assert!(ann.fetch(&path(made.id), &[]).await.bytes == bytes);
}

#[tokio::test]
async fn a_piece_that_comes_keeps_nobody_from_writing() {
    let server = Server::start().await;
    let mut other = server.database().await;
    if !other.is_postgres() {
        return;
    }
    let ann = server.person("ann").await;
    let bytes = content(2 * MIB);
    let upload = begin(&ann, "u1", bytes.len()).await;
    // Whoever writes beside others holds this: who has to be alone waits until it is let go.
    let beside = "select pg_advisory_lock_shared(1667785076)";
    other.run(beside, &[]).await.unwrap();

    let sent = send(&ann, &upload, 0, &bytes[..MIB]).await;

    assert_eq!(sent.ok()["offset"], MIB);
}

#[tokio::test]
async fn a_picture_that_is_none_is_refused_and_its_upload_is_gone() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let bytes = [b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 500]].concat();
    let upload = begin(&ann, "u1", bytes.len()).await;

    let refused = send(&ann, &upload, 0, &bytes).await;
    let gone = send(&ann, &upload, bytes.len(), b"").await;

    assert_eq!(refused.problem(), (422, "invalid"));
    assert_eq!(gone.problem(), (404, "not_found"));
    no_parts(&server).await;
}

#[tokio::test]
async fn what_is_not_whole_within_a_day_is_forgotten() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| ()).await;
    let ann = server.person("ann").await;
    let upload = begin(&ann, "u1", 10).await;
    send(&ann, &upload, 0, b"hello").await.ok();

    clock.move_by_ms(24 * HOUR_MS + 1);
    let ann = server.another_device(&ann).await;
    let over = send(&ann, &upload, 5, b"hello").await;
    let server = server.stop().await.start().await;

    assert_eq!(over.problem(), (404, "not_found"));
    no_parts(&server).await;
    let ann = server.another_device(&ann).await;
    assert_eq!(begin(&ann, "u1", 10).await.offset, 0);
}

#[tokio::test]
async fn an_upload_is_in_its_owners_export_and_goes_with_the_account() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let upload = begin(&ann, "u1", 10).await;
    send(&ann, &upload, 0, b"hello").await.ok();

    let export = ann.fetch("/users/me/export", &[]).await.bytes;
    let gone = chat_core::DeleteMe {
        password: None,
        delete_messages: None,
    };
    server.host().call(ann.id, gone).await.unwrap();
    let server = server.stop().await.start().await;

    let lines = String::from_utf8(export).unwrap();
    let line = lines
        .lines()
        .find(|line| line.contains("\"type\":\"upload\""));
    let line: Value = serde_json::from_str(line.unwrap()).unwrap();
    assert_eq!(
        (&line["id"], &line["offset"], &line["length"]),
        (&json!(upload.id), &json!(5), &json!(10))
    );
    no_parts(&server).await;
}

#[tokio::test]
async fn what_came_of_a_body_that_falls_silent_is_kept() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let upload = begin(&ann, "u1", 10).await;

    let silent = half_sent(&ann, &upload, "Content-Length: 10", b"hello");
    let answer = silent.await.rest_text().await;

    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert_eq!(begin(&ann, "u1", 10).await.offset, 5);
    let made = file(send(&ann, &upload, 5, b"world").await);
    assert_eq!(status(&ann, made.id).await, 200);
}

#[tokio::test]
async fn an_upload_is_its_owners_alone() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let upload = begin(&ann, "u1", 10).await;

    let sent = send(&bob, &upload, 0, b"hello").await;
    let dropped = bob.delete(&format!("/uploads/{}", upload.id)).await;
    let own = begin(&bob, "u1", 10).await;

    assert_eq!(
        (sent.problem(), dropped.problem()),
        ((404, "not_found"), (404, "not_found"))
    );
    assert!(own.id != upload.id && !own.existing);
    assert_eq!(begin(&ann, "u1", 10).await.id, upload.id);
}
