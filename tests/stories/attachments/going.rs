//! How files go out: whole, in parts, by a link, and never as something that runs.

use super::path;
use chat_core::FileLink;
use chat_tests::{HeldClock, Person, Server, files::png};
use serde_json::json;

const PAGE: &str = "<!doctype html><script>alert(1)</script>";

async fn link(person: &Person, id: chat_core::AttachmentId, body: serde_json::Value) -> FileLink {
    let made = person.post(&format!("{}/link", path(id)), body).await;
    assert_eq!(made.status, 201, "{made:?}");
    serde_json::from_value(made.body).unwrap()
}

/// Reads by a link, as nobody.
async fn by_link(server: &Server, link: &str) -> chat_tests::FileAnswer {
    server
        .door
        .bytes("GET", &format!("/{link}"), &[], None)
        .await
}

#[tokio::test]
async fn a_file_is_read_whole_or_in_part() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let file = ann.file("digits.txt", "0123456789").await;
    let part = async |range: &str, since: &str| {
        let headers = [("range", range), ("if-range", since)];
        let headers = &headers[..1 + usize::from(!since.is_empty())];
        let got = ann.fetch(&path(file.id), headers).await;
        let text = String::from_utf8(got.bytes.clone()).unwrap();
        (got.status, text, got.header("content-range").to_owned())
    };
    let of = |status: u16, text: &str, range: &str| (status, text.to_owned(), range.to_owned());
    let tag = format!("\"{}\"", file.id);

    assert_eq!(part("bytes=2-4", "").await, of(206, "234", "bytes 2-4/10"));
    assert_eq!(part("bytes=-3", "").await, of(206, "789", "bytes 7-9/10"));
    assert_eq!(
        part("bytes=8-99", &tag).await,
        of(206, "89", "bytes 8-9/10")
    );
    assert_eq!(
        part("bytes=2-4", "\"other\"").await,
        of(200, "0123456789", "")
    );
    assert_eq!(part("bytes=1-2,4-5", "").await.0, 200);
    let beyond = ann.fetch(&path(file.id), &[("range", "bytes=10-")]).await;
    assert_eq!(beyond.header("content-range"), "bytes */10");
    assert_eq!(beyond.json().problem(), (416, "no_such_range"));
}

#[tokio::test]
async fn a_file_that_is_known_is_not_sent_again() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let file = ann.file("a.png", png(30, 30, &[])).await;
    let small = format!("{}/thumbnail", path(file.id));

    for place in [path(file.id), small] {
        let whole = ann.fetch(&place, &[]).await;
        let head = ann.door.bytes("HEAD", &place, &[], None).await;
        let known = [("if-none-match", whole.header("etag"))];
        let again = ann.fetch(&place, &known).await;

        assert_eq!((head.status, head.bytes.len()), (200, 0));
        assert_eq!(head.header("content-length"), whole.bytes.len().to_string());
        assert_eq!((again.status, again.bytes.len()), (304, 0));
        assert!(whole.header("cache-control").starts_with("private"));
        assert!(!whole.header("last-modified").is_empty());
    }
}

#[tokio::test]
async fn a_page_that_calls_itself_a_picture_is_saved_and_never_run() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let page = ann.file("a.png", PAGE).await;
    let picture = ann.file("b.png", png(30, 30, &[])).await;
    let svg = ann
        .file("c.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
        .await;

    let page = ann.fetch(&path(page.id), &[]).await;
    let picture = ann.fetch(&path(picture.id), &[]).await;
    let svg = ann.fetch(&path(svg.id), &[]).await;

    for saved in [&page, &svg] {
        assert!(
            saved
                .header("content-disposition")
                .starts_with("attachment;"),
            "{saved:?}"
        );
        assert!(!saved.header("content-type").contains("html"), "{saved:?}");
        assert!(!saved.header("content-type").contains("svg"), "{saved:?}");
    }
    assert!(picture.header("content-disposition").starts_with("inline;"));
    assert_eq!(picture.header("content-type"), "image/png");
    for answer in [page, picture, svg] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("sandbox") && policy.contains("default-src 'none'"),
            "{policy}"
        );
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    }
}

#[tokio::test]
async fn a_name_stays_in_its_header() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let file = ann.file("%D0%B6%22%3B%20x%3Dy.txt", "hello").await;

    let answer = ann.fetch(&path(file.id), &[]).await;

    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"__; x=y.txt\"; filename*=UTF-8''%D0%B6%22%3B%20x%3Dy.txt"
    );
}

#[tokio::test]
async fn a_link_opens_its_file_to_whoever_has_it_until_it_runs_out() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| ()).await;
    let ann = server.person("ann").await;
    let file = ann.file("a.png", png(30, 30, &[])).await;
    let made = link(&ann, file.id, json!({"expires_in_s": 60})).await;
    // Exposed to be followed.
    let small = made.thumbnail_url.unwrap();
    let (url, small) = (made.url.expose(), small.expose());

    let (whole, thumbnail) = (by_link(&server, url).await, by_link(&server, small).await);
    let forged = by_link(&server, &url.replace("expires=19", "expires=29")).await;
    let other = by_link(&server, &url.replace('?', "/thumbnail?")).await;
    clock.move_by_ms(60_000);
    let late = by_link(&server, url).await.json();

    assert_eq!((whole.status, whole.bytes.len() as u64), (200, file.size));
    assert_eq!(whole.header("cross-origin-resource-policy"), "cross-origin");
    assert_eq!(thumbnail.status, 200);
    assert_eq!((forged.status, other.status), (404, 404));
    assert_eq!(late.problem(), (401, "token_expired"));
    assert!(late.body["detail"].as_str().unwrap().contains("link"));
}

#[tokio::test]
async fn a_link_does_not_outlive_the_message_and_strangers_make_none() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;
    let file = ann.file("a.txt", "hello").await;
    let message = super::show(&ann, group, &file).await;
    let made = link(&bob, file.id, json!({})).await;
    let before = by_link(&server, made.url.expose()).await.status;

    ann.unsay(message.id).await.ok();

    assert_eq!(before, 200);
    assert_eq!(by_link(&server, made.url.expose()).await.status, 404);
    let place = format!("{}/link", path(file.id));
    assert_eq!(
        eve.post(&place, json!({})).await.problem(),
        (404, "not_found")
    );
    let long = ann.file("b.txt", "hello").await;
    let place = format!("{}/link", path(long.id));
    for wrong in [0, 86_401] {
        let answer = ann.post(&place, json!({"expires_in_s": wrong})).await;
        assert_eq!(answer.fields(), ["expires_in_s"]);
    }
    let half = ann
        .fetch(&format!("{}?expires=1", path(long.id)), &[])
        .await;
    assert_eq!(half.json().fields(), ["signature"]);
}

#[tokio::test]
async fn a_link_holds_no_longer_than_its_maker_may_read_and_is_signed_in() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob, &eve]).await;
    let file = ann.file("a.txt", "hello").await;
    super::show(&ann, group, &file).await;
    let (of_bob, of_eve) = (
        link(&bob, file.id, json!({})).await,
        link(&eve, file.id, json!({})).await,
    );
    let of_ann = link(&ann, file.id, json!({})).await;
    let status = async |made: &FileLink| by_link(&server, made.url.expose()).await.status;
    assert_eq!((status(&of_bob).await, status(&of_eve).await), (200, 200));

    ann.remove(group, &bob).await.ok();
    eve.post("/auth/logout", json!({})).await.ok();

    assert_eq!((status(&of_bob).await, status(&of_eve).await), (404, 404));
    assert_eq!(status(&of_ann).await, 200);
    let by = |url: &str| url.split('&').nth(1).unwrap().to_owned();
    let (theirs, own) = (of_bob.url.expose(), of_ann.url.expose());
    let forged = theirs.replace(&by(theirs), &by(own));
    assert_eq!(by_link(&server, &forged).await.status, 404);
}
