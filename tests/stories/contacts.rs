//! Contacts and blocks: one's own, on all of one's devices, and seen by nobody else.

use chat_tests::{Device, Person, Server, unknown_id};
use serde_json::{Value, json};

fn contact_of(other: &Person) -> String {
    format!("/users/{}/contact", other.id)
}

fn block_of(other: &Person) -> String {
    format!("/users/{}/block", other.id)
}

fn names(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    let user = |item: &Value| item.get("user").unwrap_or(item)["username"].clone();
    items
        .iter()
        .map(|item| user(item).as_str().unwrap().to_owned())
        .collect()
}

/// Both pages of a list of three.
async fn both_pages(person: &Person, path: &str) -> Vec<String> {
    let first = person.get(&format!("{path}?limit=2")).await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = person
        .get(&format!("{path}?limit=2&cursor={cursor}"))
        .await
        .ok();
    assert_eq!(second["next_cursor"], Value::Null);
    [names(&first), names(&second)].concat()
}

#[tokio::test]
async fn a_contact_is_noted_changed_in_parts_and_forgotten() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;

    let new = ann.put(&contact_of(&bob), json!({})).await.ok();
    ann.put(&contact_of(&bob), json!({"nickname": " Bobby "}))
        .await
        .ok();
    let both = ann
        .put(&contact_of(&bob), json!({"favorite": true}))
        .await
        .ok();
    let plain = ann
        .put(&contact_of(&bob), json!({"nickname": ""}))
        .await
        .ok();

    assert_eq!(
        (
            &new["user"]["username"],
            &new["favorite"],
            new.get("nickname")
        ),
        (&json!("bob"), &json!(false), None)
    );
    assert_eq!(
        (&both["nickname"], &both["favorite"], &both["created_at"]),
        (&json!("Bobby"), &json!(true), &new["created_at"])
    );
    assert_eq!(
        (plain.get("nickname"), &plain["favorite"]),
        (None, &json!(true))
    );
    assert_eq!(
        ann.get("/users/me/contacts").await.ok(),
        json!({"items": [plain], "next_cursor": null})
    );
    assert_eq!(ann.delete(&contact_of(&bob)).await.status, 204);
    assert_eq!(ann.get("/users/me/contacts").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn contacts_and_blocks_come_in_pages_by_username() {
    let server = Server::start().await;
    let [ann, bob, cid, dan] = server.people(["ann", "bob", "cid", "dan"]).await;
    for other in [&dan, &bob, &cid] {
        ann.put(&contact_of(other), json!({})).await.ok();
        ann.put(&block_of(other), json!({})).await.ok();
    }

    for path in ["/users/me/contacts", "/users/me/blocks"] {
        assert_eq!(both_pages(&ann, path).await, ["bob", "cid", "dan"]);
        let refused = ann.get(&format!("{path}?cursor=moon")).await;
        assert_eq!(refused.fields(), ["cursor"]);
        assert_eq!(
            names(&bob.get(path).await.ok()),
            Vec::<String>::new(),
            "nobody else's"
        );
    }
}

#[tokio::test]
async fn favourites_come_first_over_all_pages() {
    let server = Server::start().await;
    let [ann, bob, cid, dan] = server.people(["ann", "bob", "cid", "dan"]).await;
    for (other, favorite) in [(&bob, false), (&dan, true), (&cid, false)] {
        let noted = json!({"favorite": favorite});
        ann.put(&contact_of(other), noted).await.ok();
    }

    let path = "/users/me/contacts";
    assert_eq!(both_pages(&ann, path).await, ["dan", "bob", "cid"]);
}

#[tokio::test]
async fn contacts_and_blocks_are_told_on_ones_own_devices_and_to_nobody_else() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    ann.direct(&bob).await;
    let phone = server.another_device(&ann).await;
    let (mut hers, mut his) = (phone.socket().await, bob.socket().await);

    let contact = ann.put(&contact_of(&bob), json!({})).await.ok();
    ann.put(&contact_of(&bob), json!({})).await.ok();
    ann.delete(&contact_of(&bob)).await.ok();
    ann.put(&block_of(&bob), json!({})).await.ok();
    ann.put(&block_of(&bob), json!({})).await.ok();
    ann.delete(&block_of(&bob)).await.ok();

    let told: Vec<_> = hers
        .settle()
        .await
        .into_iter()
        .map(|e| (e["type"].clone(), e["data"].clone()))
        .collect();
    let (contacts, blocks) = (json!("contact.changed"), json!("block.changed"));
    assert_eq!(
        told,
        [
            (
                contacts.clone(),
                json!({"user_id": bob.id, "contact": contact})
            ),
            (contacts, json!({"user_id": bob.id})),
            (blocks.clone(), json!({"user_id": bob.id, "blocked": true})),
            (blocks, json!({"user_id": bob.id, "blocked": false})),
        ]
    );
    assert_eq!(his.settle().await, Vec::<Value>::new());
}

#[tokio::test]
async fn who_was_away_is_told_contacts_and_blocks_as_they_are_now() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    let before = ann.sync(json!({})).await["inbox"].clone();
    ann.put(&contact_of(&bob), json!({})).await.ok();
    ann.put(&contact_of(&cid), json!({})).await.ok();
    ann.put(&block_of(&cid), json!({})).await.ok();
    ann.delete(&contact_of(&cid)).await.ok();
    ann.patch("/users/me/settings", json!({"notify": "nothing"}))
        .await
        .ok();

    let position = json!({"inbox": {"epoch": before["epoch"], "seq": before["to"]}});
    let synced = ann.sync(position).await;

    let events = synced["inbox"]["events"].as_array().unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|e| (e["type"].as_str().unwrap(), e["data"]["user_id"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            ("contact.changed", json!(bob.id)),
            ("block.changed", json!(cid.id)),
            ("contact.changed", json!(cid.id)),
            ("me.changed", Value::Null),
        ]
    );
    assert_eq!(events[2]["data"], json!({"user_id": cid.id}));
    assert_eq!(events[3]["data"]["settings"]["notify"], "nothing");
    assert!(events.iter().all(|e| e.get("conversation_id").is_none()));
    assert_eq!(synced.get("own"), None);
}

#[tokio::test]
async fn who_has_no_place_in_their_inbox_gets_all_that_is_their_own() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    let contact = ann
        .put(&contact_of(&bob), json!({"nickname": "B"}))
        .await
        .ok();
    ann.put(&block_of(&cid), json!({})).await.ok();

    let own = ann.sync(json!({})).await["own"].clone();
    let other_life = json!({"inbox": {"epoch": "0000000000000000", "seq": 0}});

    assert_eq!(own["me"], ann.get("/users/me").await.ok());
    assert_eq!(
        (&own["contacts"], &own["blocked"]),
        (&json!([contact]), &json!([cid.id]))
    );
    assert_eq!(ann.sync(other_life).await["own"], own);
}

#[tokio::test]
async fn of_contacts_blocks_and_settings_an_old_state_and_what_came_since_are_a_fresh_one() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    let direct = ann.direct(&bob).await;
    ann.put(&contact_of(&cid), json!({})).await.ok();
    ann.put(&block_of(&cid), json!({})).await.ok();
    let phone = server.another_device(&ann).await;
    let mut devices = [
        Device::live(&ann).await,
        Device::away(&ann).await,
        Device::live(&phone).await,
        Device::away(&bob).await,
    ];

    ann.put(
        &contact_of(&bob),
        json!({"nickname": "B", "favorite": true}),
    )
    .await
    .ok();
    ann.delete(&contact_of(&cid)).await.ok();
    ann.put(&block_of(&bob), json!({})).await.ok();
    ann.delete(&block_of(&cid)).await.ok();
    ann.patch("/users/me/settings", json!({"presence": "nobody"}))
        .await
        .ok();
    ann.say(direct, "and in between").await;
    ann.read(direct, 1).await;

    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn oneself_and_nobody_are_refused() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let nobody = unknown_id();

    for what in ["contact", "block"] {
        let oneself = ann
            .put(&format!("/users/{}/{what}", ann.id), json!({}))
            .await;
        assert_eq!(
            (oneself.problem(), oneself.fields()),
            ((422, "invalid"), vec!["user_id"])
        );
        let path = format!("/users/{nobody}/{what}");
        assert_eq!(
            ann.put(&path, json!({})).await.problem(),
            (404, "not_found")
        );
        assert_eq!(ann.delete(&path).await.problem(), (404, "not_found"));
    }
    let path = format!("/users/{nobody}/contact");
    let invisible = ann
        .put(&path, json!({"nickname": "\u{200b}", "favorite": 1}))
        .await;
    assert_eq!(invisible.fields(), ["favorite", "nickname"]);
}

#[tokio::test]
async fn a_list_holds_two_thousand_and_says_so() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let mut database = server.database().await;
    let users = match database.is_postgres() {
        true => {
            "insert into users (id, username, display_name, role, created_at, inbox_epoch)
             select gen_random_uuid(), 'many' || i, 'Many', 'user', 0, 0
             from generate_series(1, $2) i where $1 is not null"
        }
        false => {
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < $2)
             insert into users (id, username, display_name, role, created_at, inbox_epoch)
             select randomblob(16), 'many' || i, 'Many', 'user', 0, 0 from n where $1 is not null"
        }
    };
    database.change(users, ann.id.uuid(), 2_000).await;
    for list in [
        "insert into contacts select $1, id, null, 0, 0 from users where created_at < $2",
        "insert into blocks select $1, id, 0 from users where created_at < $2",
    ] {
        assert_eq!(database.change(list, ann.id.uuid(), 1).await, 2_000);
    }

    for path in [contact_of(&bob), block_of(&bob)] {
        let full = ann.put(&path, json!({})).await;
        assert_eq!(full.problem(), (409, "conflict"));
        assert!(full.body["detail"].as_str().unwrap().contains("2000"));
    }
    assert_eq!(
        ann.sync(json!({})).await["own"]["contacts"]
            .as_array()
            .unwrap()
            .len(),
        2_000
    );
}

#[tokio::test]
async fn who_is_blocked_cannot_write_directly_until_let_in_again() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let direct = ann.direct(&bob).await;
    let mut his = bob.socket().await;

    ann.put(&block_of(&bob), json!({})).await.ok();
    let refused = bob.send(direct, json!({"content": "hi"})).await;
    let frame = json!({"conversation_id": direct, "content": "hi"});
    let over_socket = his.call("message.send", frame).await.unwrap_err();

    assert_eq!(refused.problem(), (403, "forbidden"));
    assert_eq!(over_socket["code"], "forbidden");
    assert!(
        !refused.body.to_string().contains("block"),
        "they are not told why"
    );
    ann.say(direct, "I may").await;
    ann.delete(&block_of(&bob)).await.ok();
    bob.say(direct, "hi").await;
}

#[tokio::test]
async fn who_is_blocked_reaches_nobody_by_way_of_messages_that_are_there() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let direct = ann.direct(&bob).await;
    let his = bob.say(direct, "hi").await.id;
    let hers = ann.say(direct, "hello").await.id;
    let elsewhere = bob.group(&[]).await;
    let other = bob.say(elsewhere, "read this").await.id;
    ann.put(&block_of(&bob), json!({})).await.ok();

    let forward = json!({"conversation_ids": [direct]});
    for refused in [
        bob.post(&format!("/messages/{other}/forward"), forward)
            .await,
        bob.edit(his, "hi again").await,
        bob.put(&format!("/messages/{hers}/reactions/👍"), json!({}))
            .await,
        bob.put(&format!("/messages/{his}/pin"), json!({})).await,
    ] {
        assert_eq!(refused.problem(), (403, "forbidden"));
        assert!(!refused.body.to_string().contains("block"), "{refused:?}");
    }
    assert_eq!(
        bob.unsay(his).await.status,
        200,
        "what is one's own can be taken back"
    );
    assert_eq!(
        ann.history(direct, "").await["items"][1]["reactions"],
        Value::Null
    );
}

#[tokio::test]
async fn each_of_two_blocks_is_ones_own() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let direct = ann.direct(&bob).await;
    ann.put(&block_of(&bob), json!({})).await.ok();
    bob.put(&block_of(&ann), json!({})).await.ok();

    ann.delete(&block_of(&bob)).await.ok();

    bob.say(direct, "hi").await;
    assert_eq!(ann.send(direct, json!({"content": "hi"})).await.status, 403);
    assert_eq!(
        ann.delete(&block_of(&bob)).await.problem(),
        (404, "not_found")
    );
    assert_eq!(names(&bob.get("/users/me/blocks").await.ok()), ["ann"]);
}

#[tokio::test]
async fn who_is_blocked_opens_no_conversation_and_adds_nobody() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    ann.put(&block_of(&bob), json!({})).await.ok();
    let group = bob.group(&[]).await;

    let direct = json!({"kind": "direct", "member_ids": [ann.id]});
    assert_eq!(bob.post("/conversations", direct).await.status, 403);
    assert_eq!(bob.add(group, &ann).await.status, 403);
    let found = ann.direct(&bob).await;

    assert_eq!(bob.send(found, json!({"content": "hi"})).await.status, 403);
}
