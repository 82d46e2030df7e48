//! Files that come in parts: what came is kept, whatever breaks, and becomes one file with its own bytes.

use super::{path, status};
use chat_core::{Attachment, Upload};
use chat_tests::{Answer, Database, HeldClock, Person, RawConnection, Server, Setup, until};
use serde_json::{Value, json};
use std::path::PathBuf;

const MIB: usize = 1 << 20;
const HOUR_MS: i64 = 3_600_000;

/// Bytes of which no two stretches are alike.
fn content(length: usize) -> Vec<u8> {
    (0..length as u32)
        .map(|at| ((at * 31) >> 5) as u8)
        .collect()
}

async fn begin(who: &Person, name: &str, length: usize) -> Upload {
    let body = json!({"client_id": name, "length": length, "file_name": "a.bin"});
    serde_json::from_value(who.post("/uploads", body).await.ok()).unwrap()
}

async fn send(who: &Person, upload: &Upload, offset: usize, bytes: &[u8]) -> Answer {
    let path = format!("/uploads/{}?offset={offset}", upload.id);
    let sent = who.door.bytes("PATCH", &path, &[], Some(bytes.to_vec()));
    sent.await.json()
}

/// Begins to send bytes, of which only some are sent.
async fn half_sent(who: &Person, upload: &Upload, head: &str, bytes: &[u8]) -> RawConnection {
    let mut raw = RawConnection::open(who.door.address()).await;
    let head = format!(
        "PATCH /api/v1/uploads/{}?offset=0 HTTP/1.1\r\nHost: chat\r\nAuthorization: Bearer {}\r\n{head}\r\n\r\n",
        upload.id, who.token
    );
    raw.write(head.as_bytes()).await;
    raw.write(bytes).await;
    raw
}

/// Waits until so many bytes are kept.
async fn kept(who: &Person, name: &str, length: usize, wanted: usize) -> Upload {
    until("so much is kept", async || {
        let upload = begin(who, name, length).await;
        match upload.offset as usize >= wanted {
            true => Ok(upload),
            false => Err(format!("{upload:?}")),
        }
    })
    .await
}

fn file(answer: Answer) -> Attachment {
    serde_json::from_value(answer.ok()["attachment"].clone()).unwrap()
}

/// What lies in the folder of parts.
fn parts_of(server: &Server) -> usize {
    let folder: PathBuf = server
        .database_file()
        .with_file_name("chat.db.media/pieces");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

async fn no_parts(server: &Server) {
    until("nothing is left", async || match parts_of(server) {
        0 => Ok(()),
        left => Err(format!("{left} parts")),
    })
    .await;
}

async fn files_of(who: &Person) -> usize {
    let page = who.get("/attachments").await.ok();
    page["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn what_came_before_a_break_is_kept_and_the_rest_makes_the_file() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let bytes = content(3 * MIB + 7);
    let upload = begin(&ann, "u1", bytes.len()).await;
    let head = format!("Content-Length: {}", bytes.len());

    drop(half_sent(&ann, &upload, &head, &bytes[..2_500_000]).await);
    let again = kept(&ann, "u1", bytes.len(), 2_500_000).await;
    let made = file(send(&ann, &upload, 2_500_000, &bytes[2_500_000..]).await);

    assert_eq!((again.id, again.offset), (upload.id, 2_500_000));
    assert_eq!(
        (made.size, made.file_name.as_str()),
        (bytes.len() as u64, "a.bin")
    );
    assert!(ann.fetch(&path(made.id), &[]).await.bytes == bytes);
    no_parts(&server).await;
}

#[tokio::test]
async fn what_does_not_begin_where_the_server_is_is_not_kept() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let upload = begin(&ann, "u1", 10).await;
    let first = send(&ann, &upload, 0, b"01234").await.ok();

    let behind = send(&ann, &upload, 3, b"34567").await;
    let beyond = send(&ann, &upload, 7, b"789").await;

    assert_eq!(
        (&first["offset"], &first["attachment"]),
        (&json!(5), &Value::Null)
    );
    assert_eq!(
        (behind.problem(), beyond.problem()),
        ((409, "conflict"), (409, "conflict"))
    );
    assert!(
        behind.body["detail"]
            .as_str()
            .unwrap()
            .contains("has 5 bytes")
    );
    let made = file(send(&ann, &upload, 5, b"56789").await);
    assert_eq!(ann.fetch(&path(made.id), &[]).await.bytes, b"0123456789");
}

#[tokio::test]
async fn of_two_that_send_the_same_at_once_there_is_one_file() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let bytes = content(3 * MIB);
    let upload = begin(&ann, "u1", bytes.len()).await;

    let (one, other) = tokio::join!(
        send(&ann, &upload, 0, &bytes),
        send(&ann, &upload, 0, &bytes)
    );

    let statuses = [one.status, other.status];
    assert!(statuses.contains(&200), "{one:?} {other:?}");
    assert!(
        statuses.iter().all(|status| [200, 409].contains(status)),
        "{statuses:?}"
    );
    let made = begin(&ann, "u1", bytes.len()).await.attachment.unwrap();
    assert!(ann.fetch(&path(made.id), &[]).await.bytes == bytes);
    assert_eq!(files_of(&ann).await, 1);
}

#[tokio::test]
async fn an_answer_that_was_lost_can_be_asked_for_again() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let upload = begin(&ann, "u1", 5).await;
    let made = file(send(&ann, &upload, 0, b"hello").await);

    let begun = begin(&ann, "u1", 5).await;
    let sent = file(send(&ann, &upload, 0, b"hello").await);
    let ended = file(send(&ann, &upload, 5, b"").await);

    assert!(begun.existing && begun.offset == 5);
    assert_eq!(
        (begun.attachment.unwrap(), sent, ended),
        (made.clone(), made.clone(), made)
    );
    assert_eq!(files_of(&ann).await, 1);
}

#[tokio::test]
async fn another_version_of_the_file_begins_anew() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let begun = async |length: usize, print: &str| {
        let body = json!({"client_id": "u1", "length": length, "fingerprint": print});
        let answer = ann.post("/uploads", body).await;
        let upload: Upload = serde_json::from_value(answer.body.clone()).unwrap();
        send(&ann, &upload, upload.offset as usize, b"x").await.ok();
        (answer.status, upload.id, upload.offset)
    };

    let first = begun(10, "a").await;
    let again = begun(10, "a").await;
    let printed = begun(10, "b").await;
    let longer = begun(11, "b").await;

    assert_eq!(
        [first.0, again.0, printed.0, longer.0],
        [201, 200, 201, 201]
    );
    assert_eq!((again.1, again.2, printed.2, longer.2), (first.1, 1, 0, 0));
    assert!(printed.1 != first.1 && longer.1 != printed.1);
    assert_eq!(parts_of(&server), 1, "what came of the others is gone");
}

#[tokio::test]
async fn more_than_the_file_has_is_not_kept() {
    let server = Server::with(|config| config.limits.attachment_bytes = 1_000).await;
    let ann = server.person("ann").await;
    let upload = begin(&ann, "u1", 5).await;

    let declared = send(&ann, &upload, 0, b"hello!").await;
    let untouched = begin(&ann, "u1", 5).await.offset;
    let chunks = "Transfer-Encoding: chunked\r\nConnection: close";
    let raw = half_sent(&ann, &upload, chunks, b"6\r\nhello!\r\n0\r\n\r\n");
    let poured = raw.await.rest_text().await;
    let empty = ann
        .post("/uploads", json!({"client_id": "u2", "length": 0}))
        .await;
    let large = ann
        .post("/uploads", json!({"client_id": "u2", "length": 1_001}))
        .await;

    assert_eq!((declared.problem(), untouched), ((413, "too_large"), 0));
    assert!(poured.starts_with("HTTP/1.1 413"), "{poured}");
    assert_eq!(
        (empty.fields(), large.problem()),
        (vec!["length"], (413, "too_large"))
    );
    // All of it is there: what was too much of it is not.
    let made = file(send(&ann, &upload, 5, b"").await);
    assert_eq!(ann.fetch(&path(made.id), &[]).await.bytes, b"hello");
}

#[tokio::test]
async fn a_form_is_no_part_of_a_file() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let upload = begin(&ann, "u1", 5).await;
    let form = [("content-type", "multipart/form-data; boundary=edge")];
    let place = format!("/uploads/{}?offset=0", upload.id);

    let refused = ann
        .door
        .bytes("PATCH", &place, &form, Some(b"hello".to_vec()))
        .await
        .json();

    assert_eq!(refused.problem(), (415, "unsupported_media_type"));
}

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
    assert!(!begin(&ann, "u0", 5).await.existing, "the oldest had to go");
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
    if !Database::open(&setup.config.database).await.is_postgres() {
        return;
    }
    let (one, other) = (setup.clone().start().await, setup.clone().start().await);
    let ann = one.person("ann").await;
    let there = ann.at(&other.door);
    let bytes = content(2 * MIB);
    let upload = begin(&ann, "u1", bytes.len()).await;
    send(&ann, &upload, 0, &bytes[..MIB]).await.ok();

    let made = file(send(&there, &upload, MIB, &bytes[MIB..]).await);

    assert!(ann.fetch(&path(made.id), &[]).await.bytes == bytes);
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
