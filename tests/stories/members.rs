//! Members: who may do what, the last owner, and that access ends at once.

use chat_tests::{Person, Server};
use serde_json::json;

#[tokio::test]
async fn each_role_may_do_what_the_table_says() {
    let server = Server::start().await;
    let [owner, admin, member] = server.people(["owner1", "admin1", "member1"]).await;
    let group = owner.group(&[&admin, &member]).await;
    owner.promote(group, &admin, "admin").await.ok();
    let path = format!("/conversations/{group}");
    let rename = async |who: &Person| who.patch(&path, json!({"title": who.name})).await.status;
    let bring_in = async |who: &Person| {
        let new = server.person(&format!("new-{}", who.name)).await;
        (
            who.add(group, &new).await.status,
            who.remove(group, &new).await.status,
        )
    };

    assert_eq!(
        (
            rename(&owner).await,
            rename(&admin).await,
            rename(&member).await
        ),
        (200, 200, 403)
    );
    assert_eq!(bring_in(&owner).await, (201, 204));
    assert_eq!(bring_in(&admin).await, (201, 204));
    assert_eq!(bring_in(&member).await.0, 403);
    assert_eq!(member.promote(group, &member, "admin").await.status, 403);
    assert_eq!(admin.promote(group, &member, "admin").await.status, 403);
    assert_eq!(admin.promote(group, &admin, "owner").await.status, 403);
    assert_eq!(admin.remove(group, &owner).await.status, 403);
    assert_eq!(member.remove(group, &admin).await.status, 403);
    assert_eq!(
        (
            member.delete(&path).await.status,
            admin.delete(&path).await.status
        ),
        (403, 403)
    );
    assert_eq!(owner.promote(group, &member, "admin").await.status, 200);
    assert_eq!(
        admin.remove(group, &member).await.status,
        403,
        "an admin takes out no admin"
    );
    assert_eq!(owner.remove(group, &member).await.status, 204);
    assert_eq!(owner.delete(&path).await.status, 204);
}

#[tokio::test]
async fn only_an_owner_adds_somebody_with_a_role() {
    let server = Server::start().await;
    let [owner, admin, new] = server.people(["owner1", "admin1", "new1"]).await;
    let group = owner.group(&[&admin]).await;
    owner.promote(group, &admin, "admin").await.ok();
    let path = format!("/conversations/{group}/members");

    let by_admin = admin
        .post(&path, json!({"user_ids": [new.id], "role": "owner"}))
        .await;
    let by_owner = owner
        .post(&path, json!({"user_ids": [new.id], "role": "admin"}))
        .await;

    assert_eq!(by_admin.problem(), (403, "forbidden"));
    assert_eq!(by_owner.body["items"][0]["role"], "admin");
}

#[tokio::test]
async fn who_may_delete_whose_message() {
    let server = Server::start().await;
    let [owner, admin, member, other] = server
        .people(["owner1", "admin1", "member1", "other1"])
        .await;
    let group = owner.group(&[&admin, &member, &other]).await;
    owner.promote(group, &admin, "admin").await.ok();
    let (of_owner, first, second) = (
        owner.say(group, "1").await.id,
        member.say(group, "2").await.id,
        member.say(group, "3").await.id,
    );

    assert_eq!(other.unsay(first).await.problem(), (403, "forbidden"));
    assert_eq!(other.edit(first, "x").await.problem(), (403, "forbidden"));
    assert_eq!(
        owner.edit(first, "x").await.problem(),
        (403, "forbidden"),
        "nobody puts words into another's mouth"
    );
    assert_eq!(member.unsay(first).await.status, 200);
    assert_eq!(
        admin.unsay(second).await.ok()["deleted_by"],
        json!(admin.id)
    );
    assert_eq!(admin.unsay(of_owner).await.status, 200);
}

#[tokio::test]
async fn the_last_owner_hands_over_first() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;

    assert_eq!(ann.leave(group).await.problem(), (409, "last_owner"));
    assert_eq!(
        ann.promote(group, &ann, "member").await.problem(),
        (409, "last_owner")
    );
    ann.promote(group, &bob, "owner").await.ok();
    assert_eq!(ann.leave(group).await.status, 204);
    assert_eq!(bob.look(group).await.my.role, chat_core::MemberRole::Owner);
}

#[tokio::test]
async fn the_only_member_takes_the_group_along_when_leaving() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;

    assert_eq!(ann.leave(group).await.status, 204);

    assert_eq!(
        ann.get(&format!("/conversations/{group}")).await.status,
        404
    );
}

/// After somebody went, nothing of the conversation reaches them, over any door.
async fn nothing_reaches(
    ann: &Person,
    bob: &Person,
    group: chat_core::ConversationId,
    end: impl AsyncFnOnce(),
) {
    let message = ann.say(group, "before").await;
    let (mut heard, mut watching) = (bob.socket().await, ann.socket().await);
    let position = json!({"positions": {(group.to_string()): {"epoch": bob.look(group).await.epoch, "seq": 0}}});

    end().await;
    let secret = ann.say(group, "secret").await;
    ann.edit(message.id, "secret").await.ok();
    ann.read(group, 2).await;

    watching.next_event("message.edited").await;
    let events = heard.settle().await;
    let gone = events
        .iter()
        .position(|event| event["type"] == "conversation.deleted")
        .expect("told that it is gone");
    let after: Vec<_> = events[gone + 1..]
        .iter()
        .filter(|event| event["conversation_id"] == json!(group))
        .collect();
    assert_eq!(after, Vec::<&serde_json::Value>::new());
    for path in [
        format!("/conversations/{group}"),
        format!("/conversations/{group}/messages"),
        format!("/messages/{}", secret.id),
        format!("/messages/{}", message.id),
    ] {
        assert_eq!(bob.get(&path).await.problem(), (404, "not_found"), "{path}");
    }
    assert_eq!(bob.edit(message.id, "x").await.status, 404);
    assert_eq!(bob.send(group, json!({"content": "x"})).await.status, 404);
    let synced = bob.sync(position).await;
    assert_eq!(
        (&synced["gone"], &synced["conversations"], &synced["new"]),
        (&json!([group]), &json!([]), &json!([]))
    );
    let mut again = bob.socket().await;
    ann.say(group, "secret").await;
    watching.next_event("message.new").await;
    assert_eq!(again.settle().await, Vec::<serde_json::Value>::new());
    let narrowed = chat_tests::Opening::new(&bob.door)
        .at(&format!("/ws/conversations/{group}"))
        .try_open()
        .await;
    assert_eq!(narrowed.err().unwrap().0, 404);
}

#[tokio::test]
async fn after_leaving_nothing_of_the_conversation_reaches_one() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;

    nothing_reaches(&ann, &bob, group, async || {
        assert_eq!(bob.leave(group).await.status, 204)
    })
    .await;
}

#[tokio::test]
async fn after_a_removal_nothing_of_the_conversation_reaches_one() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;

    nothing_reaches(&ann, &bob, group, async || {
        assert_eq!(ann.remove(group, &bob).await.status, 204)
    })
    .await;
}

#[tokio::test]
async fn who_comes_back_begins_with_everything_read_and_hears_again() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let mut socket = bob.socket().await;
    ann.remove(group, &bob).await.ok();
    ann.say(group, "without bob").await;

    ann.add(group, &bob).await.ok();
    ann.say(group, "with bob").await;

    let told = socket.next_event("conversation.new").await;
    assert_eq!(told["data"]["my"]["unread_count"], 0);
    assert_eq!(
        socket.next_event("message.new").await["data"]["content"],
        "with bob"
    );
    assert_eq!(bob.look(group).await.my.unread_count, 1);
}

#[tokio::test]
async fn who_is_added_twice_is_in_once() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[]).await;

    let first = ann
        .post(
            &format!("/conversations/{group}/members"),
            json!({"user_ids": [bob.id, bob.id]}),
        )
        .await
        .ok();
    let again = ann.add(group, &bob).await;

    assert_eq!(first["items"].as_array().unwrap().len(), 1);
    assert_eq!((again.status, &again.body["items"]), (201, &json!([])));
    assert_eq!(ann.look(group).await.member_count, 2);
}

#[tokio::test]
async fn who_cannot_be_added_is_told_by_the_field_that_names_them() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;

    for ids in [json!([]), json!([chat_tests::unknown_id()]), json!(["x"])] {
        let answer = ann
            .post(
                &format!("/conversations/{group}/members"),
                json!({"user_ids": ids}),
            )
            .await;
        assert_eq!(
            (answer.problem(), answer.fields()),
            ((422, "invalid"), vec!["user_ids"]),
            "{ids}"
        );
    }
}

#[tokio::test]
async fn members_are_listed_in_the_order_they_joined_by_pages() {
    let server = Server::start().await;
    let [ann, bob, cid, dan] = server.people(["ann", "bob", "cid", "dan"]).await;
    let group = ann.group(&[]).await;
    for person in [&dan, &bob, &cid] {
        ann.add(group, person).await.ok();
    }

    let first = ann
        .get(&format!("/conversations/{group}/members?limit=2"))
        .await
        .ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ann
        .get(&format!(
            "/conversations/{group}/members?limit=2&cursor={cursor}"
        ))
        .await
        .ok();

    let name = |page: &serde_json::Value, nth: usize| {
        page["items"][nth]["user"]["username"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        [
            name(&first, 0),
            name(&first, 1),
            name(&second, 0),
            name(&second, 1)
        ],
        ["ann", "dan", "bob", "cid"]
    );
    assert_eq!(second["next_cursor"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_group_does_not_grow_beyond_its_limit() {
    let server = Server::with(|config| config.limits.members = 3).await;
    let [ann, bob, cid, dan] = server.people(["ann", "bob", "cid", "dan"]).await;
    let group = ann.group(&[&bob, &cid]).await;

    let full = ann.add(group, &dan).await;

    assert_eq!((full.status, full.fields().len()), (422, 1));
    assert_eq!(ann.look(group).await.member_count, 3);
    let body = json!({"kind": "group", "member_ids": [bob.id, cid.id, dan.id]});
    assert_eq!(ann.post("/conversations", body).await.status, 422);
}

#[tokio::test]
async fn who_is_in_takes_no_room_of_those_who_are_added() {
    let server = Server::with(|config| config.limits.members = 3).await;
    let [ann, bob, cem, dan] = server.people(["ann", "bob", "cem", "dan"]).await;
    let group = ann.group(&[&bob]).await;
    let path = format!("/conversations/{group}/members");
    let door = ann.door.with("idempotency-key", "k-1");
    let add = async || {
        let body = json!({"user_ids": [bob.id, cem.id]});
        door.call("POST", &path, Some(body)).await
    };

    let first = add().await;
    let again = add().await;

    assert_eq!(first.body["items"][0]["user"]["id"], json!(cem.id));
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    let full = ann.add(group, &dan).await;
    assert_eq!((full.status, full.fields()), (422, vec!["user_ids"]));
}
