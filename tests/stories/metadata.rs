//! What an app sends beside the text, and what a voice message needs.

use chat_tests::{Device, Server};
use serde_json::json;

#[tokio::test]
async fn data_of_an_app_is_kept_as_it_is() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let mut devices = [Device::live(&bob).await, Device::away(&bob).await];
    let data = json!({"z": [1, {"y": null}], "a": "ж", "n": 12345678901234567890_u64});

    let body = json!({"content": "see", "metadata": data});
    let said = ann.send(group, body).await.ok_message();

    let seen = bob.get(&format!("/messages/{}", said.id)).await.ok();
    assert_eq!(seen["metadata"], data);
    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn it_is_an_object_of_so_many_bytes() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let fits = json!({"a": "x".repeat(4096 - 8)});
    assert_eq!(fits.to_string().len(), 4096);

    for bad in [
        json!({"a": "x".repeat(4096 - 7)}),
        json!([1]),
        json!("text"),
        json!(1),
    ] {
        let refused = ann
            .send(group, json!({"content": "x", "metadata": bad}))
            .await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["metadata"]));
    }

    let sent = ann
        .send(group, json!({"content": "x", "metadata": fits}))
        .await;
    assert_eq!(sent.status, 201);
}

#[tokio::test]
async fn a_voice_message_is_one_sound_of_ones_own() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let mut files = server.database().await;
    let sound = files.file_of(ann.id.uuid(), true).await;
    let text = files.file_of(ann.id.uuid(), false).await;
    let foreign = files.file_of(bob.id.uuid(), true).await;

    for ids in [
        json!([]),
        json!([text]),
        json!([sound, text]),
        json!([foreign]),
    ] {
        let refused = ann
            .send(group, json!({"kind": "voice", "attachment_ids": ids}))
            .await;
        assert_eq!(refused.status, 422, "{ids}");
        assert!(refused.fields().contains(&"attachment_ids"), "{refused:?}");
    }
    let spoken = ann
        .send(group, json!({"kind": "voice", "attachment_ids": [sound]}))
        .await
        .ok();
    assert_eq!(
        (&spoken["kind"], &spoken["content"]),
        (&json!("voice"), &json!(""))
    );
    assert_eq!(spoken["attachments"][0]["duration_ms"], 1200);
    let twice = json!({"content": "x", "attachment_ids": [sound, sound]});
    assert_eq!(ann.send(group, twice).await.fields(), ["attachment_ids"]);
}
