//! What people do in a conversation besides saying something.

use chat_core::ConversationId;
use chat_tests::{Person, Socket, files};
use serde_json::json;

/// Somebody who comes by an invite, is banned and may come again.
async fn at_the_door(ann: &Person, guest: &Person, place: ConversationId) {
    let path = format!("/conversations/{place}");
    let asked = json!({"expires_in_s": 3600, "max_uses": 2});
    let invite = ann.post(&format!("{path}/invites"), asked).await.ok();
    let code = invite["code"].as_str().unwrap();
    guest.get(&format!("/invites/{code}")).await.ok();
    guest
        .post(&format!("/invites/{code}/join"), json!({}))
        .await
        .ok();
    guest.get("/invites/nobodys").await;
    ann.get(&format!("{path}/invites?limit=1")).await.ok();
    ann.delete(&format!("{path}/invites/{code}")).await.ok();
    let ban = format!("{path}/bans/{}", guest.id);
    ann.put(&ban, json!({"reason": "sells shoes"})).await.ok();
    guest
        .post(&format!("/invites/{code}/join"), json!({}))
        .await;
    ann.get(&format!("{path}/bans")).await.ok();
    ann.delete(&ban).await.ok();
}

/// A channel: its picture, its timer, what one has set for oneself.
pub(super) async fn a_channel(ann: &Person, bob: &Person, guest: &Person) {
    let asked =
        json!({"kind": "channel", "title": "News", "member_ids": [bob.id], "message_ttl_s": 3600});
    let made = ann.post("/conversations", asked).await.ok();
    let place: ConversationId = serde_json::from_value(made["id"].clone()).unwrap();
    let path = format!("/conversations/{place}");
    at_the_door(ann, guest, place).await;
    let picture = Some(files::png(64, 64, &[]));
    ann.door
        .bytes("PUT", &format!("{path}/avatar"), &[], picture)
        .await
        .json()
        .ok();
    ann.delete(&format!("{path}/avatar")).await.ok();
    bob.patch(
        &format!("{path}/prefs"),
        json!({"pinned": true, "draft": "hm", "nickname": "N"}),
    )
    .await
    .ok();
    ann.say(place, "@all news").await;
    bob.send(place, json!({"content": "may I?"})).await;
    let epoch = bob.look(place).await.epoch;
    bob.sync(json!({"positions": {(place.to_string()): {"epoch": epoch, "seq": 0}}}))
        .await;
}

/// Everything around one message, over HTTP.
pub(super) async fn around_a_message(ann: &Person, bob: &Person) {
    let (group, other) = (ann.group(&[bob]).await, bob.group(&[]).await);
    let message = ann.say(group, "hello there").await;
    let path = format!("/messages/{}", message.id);
    bob.put(&format!("{path}/reactions/👍"), json!({}))
        .await
        .ok();
    bob.put(&format!("{path}/reactions/no"), json!({})).await;
    ann.get(&format!("{path}/reactions/👍?limit=1")).await.ok();
    bob.delete(&format!("{path}/reactions/👍")).await.ok();
    ann.put(&format!("{path}/pin"), json!({})).await.ok();
    ann.get(&format!("/conversations/{group}/pins")).await.ok();
    ann.delete(&format!("{path}/pin")).await.ok();
    ann.edit(message.id, "hello everybody").await.ok();
    bob.get(&format!("{path}/history")).await.ok();
    bob.read(group, 99).await;
    ann.get(&format!("{path}/receipts")).await.ok();
    let to = json!({"conversation_ids": [other], "client_id": "f1"});
    bob.post(&format!("{path}/forward"), to).await.ok();
    bob.get("/search?q=everyb&limit=1").await.ok();
    bob.get(&format!(
        "/search?q=hello&conversation_id={group}&sender_id={}",
        ann.id
    ))
    .await
    .ok();
    bob.get("/search").await;
    bob.post(&format!("{path}/report"), json!({"reason": "rude"}))
        .await
        .ok();
}

/// The same over a socket, as far as a socket can.
pub(super) async fn around_a_message_by_frames(ann: &Person, bob: &Person, socket: &mut Socket) {
    let (group, other) = (ann.group(&[bob]).await, ann.group(&[]).await);
    let message = bob.say(group, "hello there").await.id;
    let of = |emoji: &str| json!({"message_id": message, "emoji": emoji});
    for (kind, data) in [
        ("reaction.add", of("🎉")),
        ("reaction.remove", of("🎉")),
        ("message.pin", json!({"message_id": message})),
        ("message.unpin", json!({"message_id": message})),
        (
            "message.forward",
            json!({"message_id": message, "conversation_ids": [other]}),
        ),
        (
            "prefs.change",
            json!({"conversation_id": group, "archived": true}),
        ),
    ] {
        let answer = socket.call(kind, data).await;
        answer.unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
}
