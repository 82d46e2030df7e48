//! Invites: whoever has the code comes in, while it holds, as often as it holds, unless they are kept out.

use chat_core::{Conversation, ConversationId};
use chat_tests::{Answer, Device, HeldClock, Person, Server};
use futures_util::future::join_all;
use serde_json::{Value, json};

async fn invite(who: &Person, place: ConversationId, body: Value) -> String {
    let made = who
        .post(&format!("/conversations/{place}/invites"), body)
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    made.body["code"].as_str().unwrap().to_owned()
}

async fn join(who: &Person, code: &str) -> Answer {
    who.post(&format!("/invites/{code}/join"), json!({})).await
}

async fn list(who: &Person, place: ConversationId) -> Value {
    who.get(&format!("/conversations/{place}/invites"))
        .await
        .ok()["items"]
        .clone()
}

#[tokio::test]
async fn whoever_has_the_code_comes_in() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[]).await;
    ann.say(group, "before").await;
    let code = invite(&ann, group, json!({})).await;
    let mut devices = [Device::live(&ann).await, Device::away(&ann).await];
    devices[0].expect_fresh().await;
    let (mut live, mut away) = (Device::live(&bob).await, Device::away(&bob).await);

    let shown = bob.get(&format!("/invites/{code}")).await.ok();
    let joined: Conversation = serde_json::from_value(join(&bob, &code).await.ok()).unwrap();

    assert_eq!(
        (&shown["title"], &shown["member_count"]),
        (&json!("The group"), &json!(1))
    );
    assert_eq!(shown.get("last_message"), None);
    assert_eq!(
        (joined.id, joined.member_count, joined.my.unread_count),
        (group, 2, 0)
    );
    assert_eq!(list(&ann, group).await[0]["uses"], 1);
    for device in devices.iter_mut().chain([&mut live, &mut away]) {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn only_who_may_add_members_looks_after_invites() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let (group, direct) = (ann.group(&[&bob]).await, ann.direct(&bob).await);
    let code = invite(&ann, group, json!({})).await;
    let path = format!("/conversations/{group}/invites");

    for (who, status) in [(&bob, 403), (&eve, 404)] {
        assert_eq!(who.post(&path, json!({})).await.status, status);
        assert_eq!(who.get(&path).await.status, status);
        assert_eq!(who.delete(&format!("{path}/{code}")).await.status, status);
    }
    let between = format!("/conversations/{direct}/invites");
    assert_eq!(
        ann.post(&between, json!({})).await.problem(),
        (403, "forbidden")
    );
    assert_eq!(server.get(&format!("/invites/{code}")).await.status, 401);
    assert_eq!(ann.delete(&format!("{between}/{code}")).await.status, 403);
}

#[tokio::test]
async fn of_sixteen_at_once_one_comes_in_by_an_invite_for_one() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let code = invite(&ann, group, json!({"max_uses": 1})).await;
    let mut people = Vec::new();
    for nth in 0..16 {
        people.push(server.person(&format!("person{nth:02}")).await);
    }

    let answers = join_all(people.iter().map(|who| join(who, &code))).await;

    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[404; 15][..]));
    assert_eq!(ann.look(group).await.member_count, 2);
    assert_eq!(list(&ann, group).await, json!([]));
}

#[tokio::test]
async fn who_is_in_already_uses_nothing_up() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[]).await;
    let code = invite(&ann, group, json!({"max_uses": 2})).await;

    join(&bob, &code).await.ok();
    let before = ann.look(group).await.last_seq;
    assert_eq!(join(&bob, &code).await.ok()["id"], json!(group));
    assert_eq!(join(&ann, &code).await.ok()["id"], json!(group));

    assert_eq!(
        ann.look(group).await.last_seq,
        before,
        "nobody is told of it"
    );
    assert_eq!(list(&ann, group).await[0]["uses"], 1);
}

#[tokio::test]
async fn an_invite_that_ended_looks_like_one_that_never_was() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[]).await;
    let expired = invite(&ann, group, json!({"expires_in_s": 60})).await;
    let ended = invite(&ann, group, json!({})).await;
    assert_eq!(bob.get(&format!("/invites/{expired}")).await.status, 200);

    clock.move_by_ms(60_000);
    let path = format!("/conversations/{group}/invites/{ended}");
    assert_eq!(ann.delete(&path).await.status, 204);
    assert_eq!(ann.delete(&path).await.status, 404);

    let never = join(&bob, "never").await.without_id();
    assert_eq!(never.0, 404);
    for code in [&expired, &ended] {
        assert_eq!(
            bob.get(&format!("/invites/{code}")).await.without_id(),
            never
        );
        assert_eq!(join(&bob, code).await.without_id(), never);
    }
    assert_eq!(list(&ann, group).await, json!([]));
}

#[tokio::test]
async fn who_is_kept_out_learns_nothing_by_an_invite() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let code = invite(&ann, group, json!({"max_uses": 1})).await;
    ann.put(
        &format!("/conversations/{group}/bans/{}", bob.id),
        json!({}),
    )
    .await
    .ok();

    let never = join(&bob, "never").await.without_id();

    assert_eq!(
        bob.get(&format!("/invites/{code}")).await.without_id(),
        never
    );
    assert_eq!(join(&bob, &code).await.without_id(), never);
    assert_eq!(list(&ann, group).await[0]["uses"], 0);
}

#[tokio::test]
async fn a_full_conversation_lets_nobody_in() {
    let server = Server::with(|config| config.limits.members = 2).await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;
    let code = invite(&ann, group, json!({"max_uses": 1})).await;

    assert_eq!(join(&eve, &code).await.problem(), (409, "conflict"));
    bob.leave(group).await.ok();
    assert_eq!(
        join(&eve, &code).await.status,
        200,
        "the refusal used nothing up"
    );
}

#[tokio::test]
async fn bad_wishes_are_refused_and_there_is_an_end_to_invites() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let path = format!("/conversations/{group}/invites");

    let refused = ann
        .post(&path, json!({"expires_in_s": 59, "max_uses": 0}))
        .await;
    assert_eq!(
        (refused.status, refused.fields()),
        (422, vec!["expires_in_s", "max_uses"])
    );
    assert_eq!(join(&ann, "no%20code").await.fields(), ["code"]);
    for _ in 0..50 {
        invite(&ann, group, json!({})).await;
    }
    assert_eq!(
        ann.post(&path, json!({})).await.problem(),
        (409, "conflict")
    );
    let first = ann.get(&format!("{path}?limit=30")).await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ann
        .get(&format!("{path}?limit=30&cursor={cursor}"))
        .await
        .ok();
    let count = |page: &Value| page["items"].as_array().map(Vec::len);
    assert_eq!((count(&first), count(&second)), (Some(30), Some(20)));
    assert_eq!(second["next_cursor"], Value::Null);
}

#[tokio::test]
async fn the_last_use_of_an_invite_can_be_asked_for_again() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[]).await;
    let code = invite(&ann, group, json!({"max_uses": 1})).await;

    let first = join(&bob, &code).await.ok();
    let again = join(&bob, &code).await;

    assert_eq!((&first["id"], again.status), (&json!(group), 200));
    assert_eq!(again.body["id"], first["id"]);
    assert_eq!(join(&eve, &code).await.problem(), (404, "not_found"));
}
