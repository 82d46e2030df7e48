//! Files that come in parts: what came is kept, whatever breaks, and becomes one file with its own bytes.

mod lasting;

use super::path;
use chat_core::{Attachment, Upload};
use chat_tests::{Answer, Person, RawConnection, Server, until};
use serde_json::{Value, json};
use std::path::PathBuf;

const MIB: usize = 1 << 20;

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
async fn a_link_that_lets_few_bytes_through_at_a_time_brings_a_file_all_the_same() {
    let server = Server::with(|config| config.durability = chat_server::Durability::Relaxed).await;
    let ann = server.person("ann").await;
    let bytes = content(300 * 7);
    let upload = begin(&ann, "u1", bytes.len()).await;

    for (nth, part) in bytes[..bytes.len() - 7].chunks(7).enumerate() {
        send(&ann, &upload, nth * 7, part).await.ok();
    }
    let parts = parts_of(&server);
    let made = file(send(&ann, &upload, bytes.len() - 7, &bytes[bytes.len() - 7..]).await);

    assert_eq!(parts, 257, "not one for each");
    assert!(ann.fetch(&path(made.id), &[]).await.bytes == bytes);
    no_parts(&server).await;
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
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let upload = begin(&ann, "u1", 5).await;

    let declared = send(&ann, &upload, 0, b"hello!").await;
    let untouched = begin(&ann, "u1", 5).await.offset;
    let chunks = "Transfer-Encoding: chunked\r\nConnection: close";
    let raw = half_sent(&ann, &upload, chunks, b"6\r\nhello!\r\n0\r\n\r\n");
    let poured = raw.await.rest_text().await;

    assert_eq!((declared.problem(), untouched), ((413, "too_large"), 0));
    assert!(poured.starts_with("HTTP/1.1 413"), "{poured}");
    // All of it is there: what was too much of it is not.
    let made = file(send(&ann, &upload, 5, b"").await);
    assert_eq!(ann.fetch(&path(made.id), &[]).await.bytes, b"hello");
}

#[tokio::test]
async fn what_could_never_be_a_file_is_not_begun() {
    let server = Server::with(|config| config.limits.attachment_bytes = 1_000).await;
    let ann = server.person("ann").await;
    let begun = async |field: &str, value: Value| {
        let mut body = json!({"client_id": "u1", "length": 5});
        body[field] = value;
        ann.post("/uploads", body).await
    };

    for (field, value) in [
        ("length", json!(0)),
        ("mime_type", json!("x".repeat(256))),
        ("fingerprint", json!("a b")),
        ("duration_ms", json!(36_000_001)),
        ("waveform", json!("%%")),
    ] {
        assert_eq!(begun(field, value).await.fields(), [field]);
    }
    let large = begun("length", json!(1_001)).await;
    assert_eq!(large.problem(), (413, "too_large"));
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
