//! The promise that everything rests on, against the real server: an older snapshot plus the events since equals a fresh
//! snapshot, for every action, on a device that listens and on one that was away.

use chat_core::{ConversationId, Message};
use chat_server::{Hooks, Identity};
use chat_tests::{Device, Person, Server, Setup};
use serde_json::json;

/// A group of twelve, of which a snapshot shows ten, with something said in it.
struct World {
    server: Server,
    /// Owner.
    ann: Person,
    /// Among the first ten.
    bob: Person,
    /// Beyond the first ten.
    last: Person,
    group: ConversationId,
    message: Message,
}

async fn world() -> World {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let mut last = None;
    for nth in 0..10 {
        let person = server.person(&format!("person{nth:02}")).await;
        ann.add(group, &person).await.ok();
        last = Some(person);
    }
    let message = ann.say(group, "hello").await;
    bob.say(group, "hi").await;
    bob.read(group, 5).await;
    World {
        server,
        ann,
        bob,
        last: last.unwrap(),
        group,
        message,
    }
}

/// Two devices of ann's and two of bob's, one of each with a socket and one without: after the action all of them know
/// what a fresh device knows.
async fn every_device_is_fresh_after(action: impl AsyncFnOnce(&World)) {
    let world = world().await;
    let mut devices = Vec::new();
    for person in [&world.ann, &world.bob, &world.last] {
        devices.push(Device::live(person).await);
        devices.push(Device::away(person).await);
    }

    action(&world).await;

    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn after_a_message() {
    every_device_is_fresh_after(async |w| drop(w.ann.say(w.group, "more").await)).await;
}

#[tokio::test]
async fn after_many_messages_of_everyone() {
    every_device_is_fresh_after(async |w| {
        for nth in 0..15 {
            let who = [&w.ann, &w.bob, &w.last][nth % 3];
            who.say(w.group, "more").await;
        }
    })
    .await;
}

#[tokio::test]
async fn after_an_edit() {
    every_device_is_fresh_after(async |w| drop(w.ann.edit(w.message.id, "hello!").await.ok()))
        .await;
}

#[tokio::test]
async fn after_an_edit_of_the_newest_message() {
    every_device_is_fresh_after(async |w| {
        let newest = w.bob.say(w.group, "newest").await;
        w.bob.edit(newest.id, "the newest").await.ok();
    })
    .await;
}

#[tokio::test]
async fn after_a_deletion() {
    every_device_is_fresh_after(async |w| drop(w.ann.unsay(w.message.id).await.ok())).await;
}

#[tokio::test]
async fn after_the_deletion_of_an_unread_newest_message() {
    every_device_is_fresh_after(async |w| {
        let newest = w.bob.say(w.group, "newest").await;
        w.bob.edit(newest.id, "the newest").await.ok();
        w.ann.unsay(newest.id).await.ok();
    })
    .await;
}

#[tokio::test]
async fn after_somebody_joined() {
    every_device_is_fresh_after(async |w| {
        let new = w.server.person("newcomer").await;
        w.ann.add(w.group, &new).await.ok();
        new.say(w.group, "here I am").await;
    })
    .await;
}

#[tokio::test]
async fn after_one_of_the_first_ten_left_and_another_moved_up() {
    every_device_is_fresh_after(async |w| assert_eq!(w.bob.leave(w.group).await.status, 204)).await;
}

#[tokio::test]
async fn after_one_beyond_the_first_ten_was_taken_out() {
    every_device_is_fresh_after(async |w| {
        assert_eq!(w.ann.remove(w.group, &w.last).await.status, 204)
    })
    .await;
}

#[tokio::test]
async fn after_somebody_left_read_and_came_back() {
    every_device_is_fresh_after(async |w| {
        w.bob.read(w.group, 12).await;
        w.bob.leave(w.group).await.ok();
        w.ann.say(w.group, "without bob").await;
        w.ann.add(w.group, &w.bob).await.ok();
        w.ann.say(w.group, "with bob").await;
    })
    .await;
}

#[tokio::test]
async fn after_the_one_who_moved_up_got_a_role_and_left() {
    every_device_is_fresh_after(async |w| {
        w.bob.leave(w.group).await.ok();
        w.ann.promote(w.group, &w.last, "admin").await.ok();
        w.last.leave(w.group).await.ok();
    })
    .await;
}

#[tokio::test]
async fn after_a_role_was_given() {
    every_device_is_fresh_after(async |w| {
        w.ann.promote(w.group, &w.bob, "owner").await.ok();
        w.ann.promote(w.group, &w.last, "admin").await.ok();
        w.bob.promote(w.group, &w.ann, "member").await.ok();
    })
    .await;
}

#[tokio::test]
async fn after_a_new_title_and_description() {
    every_device_is_fresh_after(async |w| {
        let path = format!("/conversations/{}", w.group);
        w.ann
            .patch(&path, json!({"title": "Other", "description": "About"}))
            .await
            .ok();
        w.ann.patch(&path, json!({"description": ""})).await.ok();
    })
    .await;
}

#[tokio::test]
async fn after_reading() {
    every_device_is_fresh_after(async |w| {
        w.ann.read(w.group, 12).await;
        w.bob.say(w.group, "unread").await;
        w.last.read(w.group, 13).await;
    })
    .await;
}

#[tokio::test]
async fn after_marking_unread() {
    every_device_is_fresh_after(async |w| {
        w.ann.read(w.group, 12).await;
        w.ann
            .put(
                &format!("/conversations/{}/unread", w.group),
                json!({"seq": 12}),
            )
            .await
            .ok();
        w.bob
            .put(
                &format!("/conversations/{}/unread", w.group),
                json!({"seq": 1}),
            )
            .await
            .ok();
    })
    .await;
}

#[tokio::test]
async fn after_a_delivery() {
    every_device_is_fresh_after(async |w| {
        for person in [&w.ann, &w.bob, &w.last] {
            person
                .put(
                    &format!("/conversations/{}/delivered", w.group),
                    json!({"seq": 12}),
                )
                .await
                .ok();
        }
    })
    .await;
}

#[tokio::test]
async fn after_new_conversations() {
    every_device_is_fresh_after(async |w| {
        let group = w.bob.group(&[&w.ann]).await;
        w.bob.say(group, "and here").await;
        let direct = w.last.direct(&w.ann).await;
        w.ann.say(direct, "and there").await;
    })
    .await;
}

#[tokio::test]
async fn after_the_conversation_was_deleted() {
    every_device_is_fresh_after(async |w| {
        let path = format!("/conversations/{}", w.group);
        assert_eq!(w.ann.delete(&path).await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn after_all_of_it_at_once() {
    every_device_is_fresh_after(async |w| {
        let chatter = async |person: &Person| {
            for _ in 0..5 {
                let message = person.say(w.group, "x").await;
                person.edit(message.id, "y").await.ok();
                person.read(w.group, message.seq.get()).await;
            }
        };
        let moving = async {
            let new = w.server.person("newcomer").await;
            w.ann.add(w.group, &new).await.ok();
            w.ann.remove(w.group, &new).await.ok();
            w.ann.promote(w.group, &w.last, "admin").await.ok();
        };
        futures_util::future::join4(chatter(&w.ann), chatter(&w.bob), chatter(&w.last), moving)
            .await;
    })
    .await;
}

/// People of an embedding program, who say in a header who they are.
struct Outside;

#[async_trait::async_trait]
impl Hooks for Outside {
    async fn identify(&self, headers: &axum::http::HeaderMap) -> Option<Identity> {
        let name = headers.get("x-outside-name")?.to_str().ok()?;
        Some(Identity {
            id: "outside-1".to_owned(),
            username: "outsider".to_owned(),
            display_name: name.to_owned(),
            avatar_url: None,
        })
    }
}

#[tokio::test]
async fn after_the_embedding_program_gave_somebody_another_name() {
    let mut setup = Setup::new();
    setup.extra = Some(|builder| builder.hooks(Outside));
    let server = setup.start().await;
    let ann = server.person("ann").await;
    let as_outsider = |name: &str| server.door.with("x-outside-name", name);
    let group = as_outsider("Old")
        .call(
            "POST",
            "/conversations",
            Some(json!({"kind": "group", "member_ids": [ann.id]})),
        )
        .await
        .ok();
    let path = format!("/conversations/{}/messages", group["id"].as_str().unwrap());
    as_outsider("Old")
        .call("POST", &path, Some(json!({"content": "hi"})))
        .await
        .ok();
    let mut devices = [Device::live(&ann).await, Device::away(&ann).await];

    as_outsider("New")
        .call("POST", &path, Some(json!({"content": "it is me"})))
        .await
        .ok();

    for device in &mut devices {
        device.expect_fresh().await;
    }
}
