//! Files: stored once, read by whom a message shows them to, and by nobody else.

mod coming;
mod devices;
mod going;
mod keeping;
mod resuming;

use chat_core::{Attachment, AttachmentId, ConversationId, Message};
use chat_tests::{Person, Server, files::png};
use serde_json::json;

/// Says a file.
async fn show(person: &Person, place: ConversationId, file: &Attachment) -> Message {
    let body = json!({"content": "look", "attachment_ids": [file.id]});
    person.send(place, body).await.ok_message()
}

fn path(id: AttachmentId) -> String {
    format!("/attachments/{id}")
}

async fn status(person: &Person, id: AttachmentId) -> u16 {
    person.fetch(&path(id), &[]).await.status
}

#[tokio::test]
async fn a_file_is_its_owners_alone_until_a_message_shows_it_to_members() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;
    let mut socket = server.another_device(&bob).await.socket().await;
    let file = ann.file("a.txt", "hello").await;
    let phone = server.another_device(&ann).await;

    let before = (status(&phone, file.id).await, status(&bob, file.id).await);
    show(&phone, group, &file).await;

    assert_eq!(before, (200, 404));
    let told = socket.next_event("message.new").await;
    assert_eq!(told["data"]["attachments"][0]["id"], json!(file.id));
    assert_eq!(bob.fetch(&path(file.id), &[]).await.bytes, b"hello");
    for hidden in ["", "/thumbnail", "/info"] {
        let answer = eve.fetch(&format!("{}{hidden}", path(file.id)), &[]).await;
        assert_eq!(answer.json().problem(), (404, "not_found"));
    }
    assert_eq!(
        server
            .get(&format!("/attachments/{}", file.id))
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn whoever_is_no_member_any_more_reads_no_file_of_theirs() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let (of_ann, of_bob) = (ann.file("a", "hello").await, bob.file("b", "hello").await);
    show(&ann, group, &of_ann).await;
    show(&bob, group, &of_bob).await;

    ann.remove(group, &bob).await.ok();

    assert_eq!(status(&bob, of_ann.id).await, 404);
    assert_eq!(status(&bob, of_bob.id).await, 404, "nor what was theirs");
    assert_eq!(status(&ann, of_bob.id).await, 200);
}

#[tokio::test]
async fn a_file_goes_with_the_last_message_that_shows_it() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (group, direct) = (ann.group(&[&bob]).await, ann.direct(&bob).await);
    let file = ann.file("a.txt", "hello").await;
    let first = show(&ann, group, &file).await;
    let forward = json!({"conversation_ids": [direct], "client_id": "again"});
    let forwarded = bob
        .post(&format!("/messages/{}/forward", first.id), forward)
        .await;
    let second = forwarded.ok()["items"][0]["id"].clone();

    ann.unsay(first.id).await.ok();
    let between = (status(&ann, file.id).await, status(&bob, file.id).await);
    bob.delete(&format!("/messages/{}", second.as_str().unwrap()))
        .await
        .ok();

    assert_eq!(between, (200, 200));
    assert_eq!(
        (status(&ann, file.id).await, status(&bob, file.id).await),
        (404, 404)
    );
    let body = json!({"content": "again", "attachment_ids": [file.id]});
    assert_eq!(ann.send(group, body).await.fields(), ["attachment_ids"]);
}

#[tokio::test]
async fn a_file_in_a_conversation_that_is_deleted_is_gone() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let file = ann.file("a.txt", "hello").await;
    show(&ann, group, &file).await;

    ann.delete(&format!("/conversations/{group}")).await.ok();

    assert_eq!(status(&ann, file.id).await, 404);
}

#[tokio::test]
async fn a_repeated_send_shows_its_file_once() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let file = ann.file("a.txt", "hello").await;
    let body = json!({"content": "x", "client_id": "1", "attachment_ids": [file.id]});

    let first = ann.send(group, body.clone()).await;
    let again = ann.send(group, body).await;

    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(again.ok_message().extras.attachments, [file]);
}

#[tokio::test]
async fn nobody_sends_a_file_of_somebody_else() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let file = ann.file("a.txt", "hello").await;
    show(&ann, group, &file).await;

    let body = json!({"content": "mine", "attachment_ids": [file.id]});
    let sent = bob.send(group, body).await;

    assert_eq!(
        (sent.problem(), sent.fields()),
        ((422, "invalid"), vec!["attachment_ids"])
    );
}

#[tokio::test]
async fn a_picture_is_told_with_its_size_its_blur_and_a_small_one_of_it() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let file = ann.file("a.png", png(1_200, 600, &[])).await;

    let small = ann
        .fetch(&format!("{}/thumbnail", path(file.id)), &[])
        .await;
    let info = ann.get(&format!("{}/info", path(file.id))).await.ok();

    assert_eq!((file.width, file.height), (Some(1_200), Some(600)));
    assert!(file.has_thumbnail && file.blurhash.is_some());
    assert_eq!(small.header("content-type"), "image/webp");
    assert_eq!(&small.bytes[8..12], b"WEBP");
    assert_eq!(info, serde_json::to_value(&file).unwrap());
}
