//! How files come in: as they are or in a form, bounded in size, time and kind.

use super::path;
use base64_of::encoded;
use chat_tests::{
    Person, RawConnection, Server,
    files::{bomb, png, wav},
    until,
};
use std::path::Path;

/// Base64 of a few bytes that need no padding.
mod base64_of {
    pub(super) fn encoded(steps: [u8; 3]) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits = u32::from_be_bytes([0, steps[0], steps[1], steps[2]]);
        let letter = |shift: u32| char::from(LETTERS[(bits >> shift & 63) as usize]);
        [18, 12, 6, 0].map(letter).iter().collect()
    }
}

const FORM: (&str, &str) = ("content-type", "multipart/form-data; boundary=edge");

fn form(head: &str, bytes: &[u8]) -> Vec<u8> {
    let before = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--edge\r\nContent-Disposition: form-data; {head}\r\n\r\n"
    );
    [before.as_bytes(), bytes, b"\r\n--edge--\r\n"].concat()
}

/// Files in a directory, however deep; what marks the place is none.
fn stored(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| !path.ends_with("mark"));
    let found = paths.flat_map(|path| match path.is_dir() {
        true => stored(&path),
        false => vec![path.display().to_string()],
    });
    found.collect()
}

fn media_of(server: &Server) -> std::path::PathBuf {
    server.database_file().with_file_name("chat.db.media")
}

async fn sends(person: &Person, head: &str, body: &str) -> String {
    let mut raw = RawConnection::open(person.door.address()).await;
    let token = &person.token;
    let head = format!(
        "POST /api/v1/attachments HTTP/1.1\r\nHost: chat\r\nAuthorization: Bearer {token}\r\n{head}\r\n\r\n{body}"
    );
    raw.write(head.as_bytes()).await;
    raw.rest_text().await
}

#[tokio::test]
async fn a_file_comes_as_it_is_or_in_a_form() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let send = async |headers: &[(&str, &str)], body: Vec<u8>| {
        let sent = ann
            .door
            .bytes("POST", "/attachments", headers, Some(body))
            .await;
        let file = sent.json().ok();
        let id = file["id"].as_str().unwrap().to_owned();
        let bytes = ann.fetch(&format!("/attachments/{id}"), &[]).await.bytes;
        (file["file_name"].as_str().unwrap().to_owned(), bytes)
    };
    let named = ("content-disposition", "attachment; filename=\"b.bin\"");

    let plain = send(&[], b"hello".to_vec()).await;
    let with_header = send(&[named], b"hello".to_vec()).await;
    let head = "name=\"file\"; filename=\"../../c d.bin\"\r\nContent-Type: text/plain";
    let in_form = send(&[FORM], form(head, b"hel\r\n--lo")).await;

    assert_eq!(plain, ("file".to_owned(), b"hello".to_vec()));
    assert_eq!(with_header, ("b.bin".to_owned(), b"hello".to_vec()));
    assert_eq!(in_form, ("c d.bin".to_owned(), b"hel\r\n--lo".to_vec()));
}

#[tokio::test]
async fn a_large_file_comes_back_as_it_went() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let bytes: Vec<u8> = (0..3_000_001_u32)
        .map(|at| ((at * 31) >> 5) as u8)
        .collect();

    let file = ann.file("large.bin", bytes.clone()).await;

    assert_eq!(file.size, 3_000_001);
    assert!(ann.fetch(&path(file.id), &[]).await.bytes == bytes);
}

#[tokio::test]
async fn what_is_no_file_is_refused_with_what_to_do() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let send = async |kind: &str, body: Vec<u8>| {
        let headers = [("content-type", kind)];
        let sent = ann.door.bytes("POST", "/attachments", &headers, Some(body));
        let answer = sent.await.json();
        (answer.status, answer.code().to_owned())
    };

    let empty = send("text/plain", Vec::new()).await;
    let without = send(FORM.1, form("name=\"other\"", b"x")).await;
    let broken = send(FORM.1, b"--edge\r\nnonsense".to_vec()).await;
    let edgeless = send("multipart/form-data", b"x".to_vec()).await;

    assert_eq!(
        (empty.0, without.0, broken.0, edgeless.0),
        (422, 422, 400, 415)
    );
    assert_eq!(
        ann.upload("?file_name=a%0d%0ab", "x").await.fields(),
        ["file_name"]
    );
    assert_eq!(
        ann.upload("?waveform=%25%25", "x").await.fields(),
        ["waveform"]
    );
    assert_eq!(
        ann.upload("?duration_ms=36000001", "x").await.fields(),
        ["duration_ms"]
    );
    assert_eq!(stored(&media_of(&server)), Vec::<String>::new());
}

#[tokio::test]
async fn names_lose_their_path() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    assert_eq!(ann.file("../../x", "x").await.file_name, "x");
    assert_eq!(ann.file("C:%5Cme%5Ca.txt", "x").await.file_name, "a.txt");
}

#[tokio::test]
async fn a_bomb_is_refused_and_nothing_of_it_is_kept() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let refused = ann.upload("?file_name=a.png", bomb(30_000)).await;

    assert_eq!(refused.problem(), (422, "invalid"));
    assert!(
        refused.body["detail"]
            .as_str()
            .unwrap()
            .contains("30000 x 30000")
    );
    assert_eq!(stored(&media_of(&server)), Vec::<String>::new());
}

#[tokio::test]
async fn where_a_picture_was_taken_is_not_kept() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let chunks: [(&[u8; 4], &[u8]); 2] = [
        (b"eXIf", b"II*\0\x08\0\0\0\0\0GPSMARK"),
        (b"tEXt", b"Place\0GPSMARK"),
    ];

    let file = ann.file("a.png", png(40, 30, &chunks)).await;

    let bytes = ann.fetch(&path(file.id), &[]).await.bytes;
    assert_eq!(bytes.len() as u64, file.size);
    assert!(bytes.starts_with(b"\x89PNG"));
    assert!(!bytes.windows(7).any(|part| part == b"GPSMARK"));
}

#[tokio::test]
async fn the_uploader_is_only_believed_about_what_cannot_be_measured() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let query = format!("?duration_ms=77&waveform={}", encoded([1, 2, 3]));

    let measured = ann.upload(&query, wav()).await.ok();
    let text = ann.upload(&query, "no sound").await.ok();
    let unread = ann
        .upload(&query, b"fLaC\0\0\0\x22nonsense".to_vec())
        .await
        .ok();

    assert_eq!(measured["duration_ms"], 1_000);
    assert_eq!(measured["waveform"].as_array().unwrap().len(), 64);
    assert!(text["duration_ms"].is_null() && text["waveform"].is_null());
    assert_eq!(unread["mime_type"], "audio/flac");
    assert_eq!(
        (&unread["duration_ms"], &unread["waveform"]),
        (&77.into(), &vec![1, 2, 3].into())
    );
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    let server = Server::with(|config| config.limits.attachment_bytes = 1_000).await;
    let ann = server.person("ann").await;
    let chunks = format!("{:x}\r\n{}\r\n", 1_001, "x".repeat(1_001));

    // Of the first no byte is ever sent; the second has not come to its end.
    let declared = sends(&ann, "Content-Length: 999999999999", "").await;
    let endless = sends(&ann, "Transfer-Encoding: chunked", &chunks).await;
    let fits = ann.upload("", "x".repeat(1_000)).await;

    for answer in [declared, endless] {
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert!(
            answer.contains("\"too_large\"") && answer.contains("1000 bytes"),
            "{answer}"
        );
    }
    assert_eq!(fits.status, 201);
    assert_eq!(stored(&media_of(&server)).len(), 1);
}

#[tokio::test]
async fn nobody_is_sent_away_before_the_body() {
    let server = Server::start().await;
    let mut raw = RawConnection::open(server.address()).await;

    raw.write(
        b"POST /api/v1/attachments HTTP/1.1\r\nHost: chat\r\nContent-Length: 1000000\r\n\r\n",
    )
    .await;

    assert!(raw.rest_text().await.starts_with("HTTP/1.1 401"));
}

#[tokio::test]
async fn who_hangs_up_leaves_nothing() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let media = media_of(&server);
    let mut raw = RawConnection::open(server.address()).await;
    let head = format!(
        "POST /api/v1/attachments HTTP/1.1\r\nHost: chat\r\nAuthorization: Bearer {}\r\nContent-Length: 3000000\r\n\r\n",
        ann.token
    );
    raw.write(head.as_bytes()).await;
    raw.write(&vec![7; 2_000_000]).await;
    until("it has begun", async || match stored(&media).len() {
        0 => Err("nothing".to_owned()),
        _ => Ok(()),
    })
    .await;

    drop(raw);

    until("nothing is left", async || match stored(&media) {
        left if left.is_empty() => Ok(()),
        left => Err(format!("{left:?}")),
    })
    .await;
    assert_eq!(ann.upload("", "next").await.status, 201);
}

#[tokio::test]
async fn a_body_that_falls_silent_is_ended() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let answer = sends(&ann, "Content-Length: 20", "hello").await;

    assert!(
        answer.starts_with("HTTP/1.1 408") && answer.contains("\"timeout\""),
        "{answer}"
    );
    assert_eq!(stored(&media_of(&server)), Vec::<String>::new());
}

#[tokio::test]
async fn pictures_that_carry_their_place_in_ways_unknown_here_are_refused() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heicGPSLatitude 59.3".to_vec();
    let tiff = b"II*\0\x08\0\0\0GPSLatitude 59.3".to_vec();

    for bytes in [heic, tiff] {
        let refused = ann.upload("?file_name=a.heic", bytes).await;

        assert_eq!(refused.problem(), (415, "unsupported_media_type"));
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains("send a JPEG, PNG or WebP"), "{detail}");
    }
}

#[tokio::test]
async fn an_upload_under_a_key_happens_once() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let door = ann.door.with("idempotency-key", "k1");
    let send = async |path: &'static str, text: &str| {
        let sent = door.bytes("POST", path, &[], Some(text.into())).await;
        sent.json()
    };

    let first = send("/attachments?file_name=a", "hello").await;
    let again = send("/attachments?file_name=a", "hello").await;
    let other = send("/attachments?file_name=b", "hello").await;

    assert_eq!((first.status, &first.body), (201, &again.body));
    assert_eq!(other.problem(), (409, "idempotency_conflict"));
    let kept = ann.get("/attachments").await.ok();
    assert_eq!(kept["items"], serde_json::json!([first.body]));
}

#[tokio::test]
async fn four_files_of_one_user_come_at_a_time() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let head = format!(
        "POST /api/v1/attachments HTTP/1.1\r\nHost: chat\r\nAuthorization: Bearer {}\r\n\
         Content-Length: 9\r\nExpect: 100-continue\r\n\r\n",
        ann.token
    );
    let mut open = Vec::new();
    for _ in 0..4 {
        let mut upload = chat_tests::RawConnection::open(server.door.address()).await;
        upload.write(head.as_bytes()).await;
        // It is let in, and its bytes are waited for.
        assert!(upload.head().await.starts_with("HTTP/1.1 100 "));
        open.push(upload);
    }

    let refused = ann.upload("", "x").await;

    assert_eq!(refused.problem(), (429, "rate_limited"));
    assert_eq!(bob.upload("", "x").await.status, 201);
    for upload in &mut open {
        upload.write(b"all of it").await;
        assert!(upload.head().await.starts_with("HTTP/1.1 201 "));
    }
    assert_eq!(ann.upload("", "x").await.status, 201);
}
