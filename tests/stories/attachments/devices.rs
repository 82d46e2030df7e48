//! What devices that were there all the time know of files, and what one knows that begins from nothing.

use super::show;
use chat_core::{ConversationId, MessageKind};
use chat_tests::{
    Device, HeldClock, Person, Server,
    files::{png, wav},
};
use serde_json::json;

/// Two devices of everybody: one is told of what happens, the other asks for it later.
async fn devices(people: [&Person; 2]) -> Vec<Device> {
    let mut devices = Vec::new();
    for person in people {
        devices.push(Device::live(person).await);
        devices.push(Device::away(person).await);
    }
    devices
}

/// How many files each device sees with the messages of a conversation, once it knows what a fresh one knows.
async fn seen(devices: &mut [Device], place: ConversationId) -> Vec<Vec<usize>> {
    let mut seen = Vec::new();
    for device in devices {
        device.expect_fresh().await;
        let known = device.state.conversation(place).unwrap();
        let said = known.messages().filter(|m| m.kind != MessageKind::System);
        seen.push(said.map(|m| m.extras.attachments.len()).collect());
    }
    seen
}

#[tokio::test]
async fn files_come_and_go_with_their_messages_on_every_device() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (group, direct) = (ann.group(&[&bob]).await, ann.direct(&bob).await);
    let mut devices = devices([&ann, &bob]).await;
    let picture = ann.file("a.png", png(40, 30, &[])).await;
    let sound = ann.file("b.wav", wav()).await;

    let shown = show(&ann, group, &picture).await;
    let voice = json!({"kind": "voice", "attachment_ids": [sound.id]});
    let spoken = ann.send(group, voice).await.ok_message();
    let forward = json!({"conversation_ids": [direct]});
    let path = format!("/messages/{}/forward", shown.id);
    bob.post(&path, forward).await.ok();
    assert_eq!(seen(&mut devices, group).await, vec![[1, 1]; 4]);

    ann.edit(shown.id, "look here").await.ok();
    ann.unsay(spoken.id).await.ok();
    assert_eq!(seen(&mut devices, group).await, vec![[1, 0]; 4]);
    ann.unsay(shown.id).await.ok();
    assert_eq!(seen(&mut devices, group).await, vec![[0, 0]; 4]);
    assert_eq!(seen(&mut devices, direct).await, vec![[1]; 4]);
}

#[tokio::test]
async fn files_of_a_message_whose_time_is_up_are_gone_from_every_device() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| ()).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let direct = ann.direct(&bob).await;
    let timer = json!({"message_ttl_s": 5});
    let path = format!("/conversations/{direct}");
    ann.patch(&path, timer).await.ok();
    let shown = show(&ann, direct, &ann.file("a.png", png(40, 30, &[])).await).await;
    let mut devices = devices([&ann, &bob]).await;

    clock.move_by_ms(5_000);
    bob.told_gone(&shown).await;

    assert_eq!(seen(&mut devices, direct).await, vec![[0]; 4]);
}
