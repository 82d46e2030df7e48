//! Conversations: opening, finding again, changing, deleting.

use chat_tests::{HeldClock, Server, unknown_id, until};
use futures_util::future::join_all;
use serde_json::{Value, json};

#[tokio::test]
async fn the_direct_conversation_of_a_pair_is_found_again_by_both() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let open = |other: chat_core::UserId| json!({"kind": "direct", "member_ids": [other]});

    let first = ann.post("/conversations", open(bob.id)).await;
    let again = ann.post("/conversations", open(bob.id)).await;
    let other = bob.post("/conversations", open(ann.id)).await;

    assert_eq!((first.status, again.status, other.status), (201, 200, 200));
    assert_eq!(
        (&first.body["existing"], &again.body["existing"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        (&first.body["id"], &first.body["id"]),
        (&again.body["id"], &other.body["id"])
    );
    assert_eq!(first.body["my"]["role"], "member", "the two are equal");
}

#[tokio::test]
async fn eight_who_open_one_direct_conversation_at_once_open_exactly_one() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;

    let opened = join_all((0..8).map(|nth| {
        let (one, other) = if nth % 2 == 0 {
            (&ann, &bob)
        } else {
            (&bob, &ann)
        };
        one.post(
            "/conversations",
            json!({"kind": "direct", "member_ids": [other.id]}),
        )
    }))
    .await;

    let mut statuses: Vec<_> = opened.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 201]);
    assert!(
        opened
            .iter()
            .all(|answer| answer.body["id"] == opened[0].body["id"])
    );
    assert_eq!(
        ann.get("/conversations").await.ok()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_group_has_an_owner_and_everybody_named_once() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;

    let named = json!({"kind": "group", "title": " Here ", "description": "About", "member_ids": [bob.id, ann.id, bob.id, cid.id]});
    let made = ann.post("/conversations", named).await.ok();

    assert_eq!(
        (&made["title"], &made["description"], &made["member_count"]),
        (&json!("Here"), &json!("About"), &json!(3))
    );
    assert_eq!(made["my"]["role"], "owner");
    let seen = bob
        .get(&format!("/conversations/{}", made["id"].as_str().unwrap()))
        .await
        .ok();
    assert_eq!(seen["my"]["role"], "member");
    assert_eq!(seen["members"], made["members"]);
}

#[tokio::test]
async fn a_conversation_that_makes_no_sense_is_refused_with_the_field() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;

    for (body, field) in [
        (json!({"kind": "direct", "member_ids": []}), "member_ids"),
        (
            json!({"kind": "direct", "member_ids": [ann.id]}),
            "member_ids",
        ),
        (
            json!({"kind": "direct", "member_ids": [bob.id], "title": "No"}),
            "title",
        ),
        (
            json!({"kind": "direct", "member_ids": [bob.id], "description": "No"}),
            "description",
        ),
        (
            json!({"kind": "direct", "member_ids": [unknown_id()]}),
            "member_ids",
        ),
        (
            json!({"kind": "group", "member_ids": [unknown_id()]}),
            "member_ids",
        ),
        (json!({"kind": "group", "member_ids": ["x"]}), "member_ids"),
        (
            json!({"kind": "group", "member_ids": vec![unknown_id(); 3], "title": " \u{200b} "}),
            "title",
        ),
        (
            json!({"kind": "group", "member_ids": [], "title": "a\u{1b}[31m"}),
            "title",
        ),
        (json!({"kind": "moon", "member_ids": []}), "kind"),
    ] {
        let answer = ann.post("/conversations", body.clone()).await;
        assert_eq!(
            (answer.problem(), answer.fields()),
            ((422, "invalid"), vec![field]),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_title_changes_for_everyone_and_the_same_title_changes_nothing() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let mut socket = bob.socket().await;

    for title in ["Two", "Two", "Three"] {
        ann.patch(&format!("/conversations/{group}"), json!({"title": title}))
            .await
            .ok();
    }

    let (first, second) = (
        socket.next_event("conversation.changed").await,
        socket.next_event("conversation.changed").await,
    );
    assert_eq!(
        (&first["data"]["title"], &second["data"]["title"]),
        (&json!("Two"), &json!("Three"))
    );
    assert_eq!(first["data"]["by"], json!(ann.id));
    assert_eq!(
        second["seq"].as_u64().unwrap(),
        first["seq"].as_u64().unwrap() + 2,
        "what is said of it stands between"
    );
}

#[tokio::test]
async fn an_empty_description_takes_it_away_and_an_absent_one_stays() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let path = format!("/conversations/{}", ann.group(&[]).await);
    let description =
        |body: Value| async { ann.patch(&path, body).await.ok()["description"].clone() };

    assert_eq!(description(json!({"description": "About"})).await, "About");
    assert_eq!(description(json!({"title": "Other"})).await, "About");
    assert_eq!(
        description(json!({"title": null, "description": null})).await,
        "About"
    );
    assert_eq!(description(json!({"description": ""})).await, Value::Null);
}

#[tokio::test]
async fn a_deleted_group_is_gone_for_everyone_at_once() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let message = ann.say(group, "hi").await;
    let mut socket = bob.socket().await;

    let deleted = ann.delete(&format!("/conversations/{group}")).await;

    assert_eq!(deleted.status, 204);
    let event = socket.next_event("conversation.deleted").await;
    assert_eq!(
        event["data"],
        json!({"conversation_id": group, "reason": "deleted"})
    );
    for person in [&ann, &bob] {
        assert_eq!(
            person
                .get(&format!("/conversations/{group}"))
                .await
                .problem(),
            (404, "not_found")
        );
        assert_eq!(
            person
                .get(&format!("/messages/{}", message.id))
                .await
                .problem(),
            (404, "not_found")
        );
        assert_eq!(person.get("/conversations").await.ok()["items"], json!([]));
    }
}

#[tokio::test]
async fn a_direct_conversation_can_neither_be_renamed_nor_grown_nor_left_nor_deleted() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    let direct = ann.direct(&bob).await;

    let path = format!("/conversations/{direct}");
    let answers = [
        ann.patch(&path, json!({"title": "Ours"})).await,
        ann.add(direct, &cid).await,
        ann.remove(direct, &bob).await,
        ann.promote(direct, &bob, "owner").await,
        ann.leave(direct).await,
        ann.delete(&path).await,
    ];

    for answer in answers {
        assert_eq!(answer.problem(), (403, "forbidden"));
    }
}

#[tokio::test]
async fn conversations_are_listed_newest_activity_first_by_pages() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    let mut groups = Vec::new();
    for _ in 0..5 {
        groups.push(ann.group(&[]).await);
    }
    for group in &groups {
        clock.move_by_ms(1);
        ann.say(*group, "hi").await;
    }

    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ann
            .get(&format!("/conversations?limit=2{cursor}"))
            .await
            .ok();
        found.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].clone()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }

    groups.reverse();
    assert_eq!(found, groups.iter().map(|id| json!(id)).collect::<Vec<_>>());
}

#[tokio::test]
async fn of_conversations_that_are_gone_little_is_kept_and_not_for_ever() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    let told = async |server: &Server| {
        let touched = "update inbox_events set at = at where user_id = $1";
        let mut database = server.database().await;
        database.run(touched, &[ann.id.uuid()]).await.unwrap()
    };
    for _ in 0..3 {
        let group = ann.group(&[]).await;
        let prefs = json!({"pinned": true});
        let path = format!("/conversations/{group}/prefs");
        ann.patch(&path, prefs).await.ok();
        ann.delete(&format!("/conversations/{group}")).await;
    }
    assert_eq!(told(&server).await, 3, "that it is gone");

    clock.move_by_ms(366 * 86_400_000);
    let server = server.stop().await.start().await;

    until("they are forgotten", async || match told(&server).await {
        0 => Ok(()),
        left => Err(format!("{left} are left")),
    })
    .await;
}
