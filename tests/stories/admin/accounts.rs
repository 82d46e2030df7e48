//! Accounts in the hands of those who look after the server: found, made, switched off and on, signed out.

use chat_core::{Close, SignedIn};
use chat_tests::{Device, Person, Server, unknown_id};
use futures_util::future::join;
use serde_json::{Value, json};

async fn change(root: &Person, whom: &Person, what: Value) -> chat_tests::Answer {
    root.patch(&format!("/admin/users/{}", whom.id), what).await
}

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|account| account["username"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn accounts_are_found_by_name_word_address_role_and_state() {
    let server = Server::start().await;
    let root = server.admin("root1").await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let new =
        json!({"username": "eve", "email": "eve@example.org", "display_name": "Ева Ёлка 50%"});
    root.post("/admin/users", new).await.ok();
    change(&root, &bob, json!({"disabled": true})).await.ok();
    let found = async |query: &str| {
        let page = root.get(&format!("/admin/users?{query}")).await.ok();
        names(&page).join(" ")
    };

    assert_eq!(found("").await, "ann bob eve root1");
    assert_eq!(found("q=an").await, "ann");
    assert_eq!(
        found("q=THE").await,
        "ann bob root1",
        "a word of the display name"
    );
    assert_eq!(
        found("q=ёлк").await,
        "eve",
        "in any script, whatever the case"
    );
    assert_eq!(found("q=50%25").await, "eve");
    assert_eq!(
        (found("q=a_n").await, found("q=%25").await),
        (String::new(), String::new())
    );
    assert_eq!(found("q=Eve%40example.org").await, "eve");
    assert_eq!(
        found("q=eve%40example").await,
        "",
        "an address only as a whole"
    );
    assert_eq!(found("role=admin").await, "root1");
    assert_eq!(
        (found("disabled=true").await, found("disabled=false").await),
        ("bob".into(), "ann eve root1".into())
    );
    let page = root.get("/admin/users?limit=3").await.ok();
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(found(&format!("limit=3&cursor={cursor}")).await, "root1");
    assert_eq!(
        root.get(&format!("/admin/users/{}", ann.id)).await.ok()["session_count"],
        1
    );
}

#[tokio::test]
async fn an_account_is_made_for_a_person_or_a_program() {
    let server = Server::start().await;
    let root = server.admin("root1").await;
    let new = json!({"username": "robot", "password": "correct horse battery", "is_bot": true, "role": "admin"});

    let made = root.post("/admin/users", new.clone()).await;

    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(
        (&made.body["is_bot"], &made.body["role"]),
        (&json!(true), &json!("admin"))
    );
    let sign_in = json!({"identifier": "robot", "password": "correct horse battery"});
    let signed_in: SignedIn =
        serde_json::from_value(server.post("/auth/login", sign_in).await.ok()).unwrap();
    let robot = Person::new(server.door.clone(), &signed_in);
    assert_eq!(robot.get("/admin/stats").await.status, 200);
    assert_eq!(
        root.post("/admin/users", new).await.problem(),
        (409, "taken")
    );
    let bad = root
        .post("/admin/users", json!({"username": "x", "email": "no"}))
        .await;
    assert_eq!(bad.fields(), ["email", "username"]);
    let unknown = format!("/admin/users/{}", unknown_id());
    assert_eq!(root.get(&unknown).await.problem(), (404, "not_found"));
    assert_eq!(
        root.patch(&unknown, json!({})).await.problem(),
        (404, "not_found")
    );
}

#[tokio::test]
async fn switching_off_ends_sessions_and_sockets_and_switching_on_lets_in_again() {
    let server = Server::start().await;
    let root = server.admin("root1").await;
    let ann = server.person("ann").await;
    let group = ann.group(&[&root]).await;
    let mut socket = ann.socket().await;
    let refresh = json!({"refresh_token": ann.refresh_token});

    let off = change(&root, &ann, json!({"disabled": true, "reason": "spam"}))
        .await
        .ok();

    assert_eq!(socket.expect_close().await.0, Close::AccountDisabled.code());
    assert_eq!(
        (&off["disabled_reason"], &off["session_count"]),
        (&json!("spam"), &json!(0))
    );
    assert_eq!(ann.get("/users/me").await.status, 401);
    assert_eq!(ann.send(group, json!({"content": "x"})).await.status, 401);
    let refused = server.post("/auth/refresh", refresh.clone()).await;
    assert_eq!(refused.problem(), (403, "account_disabled"));
    assert!(server.host().session(ann.id, None).await.is_err());
    let on = change(&root, &ann, json!({"disabled": false})).await.ok();
    assert_eq!(
        (on.get("disabled_at"), on.get("disabled_reason")),
        (None, None)
    );
    assert_eq!(
        server.post("/auth/refresh", refresh).await.status,
        401,
        "what ended stays ended"
    );
    let ann = server.another_device(&ann).await;
    assert_eq!(ann.send(group, json!({"content": "x"})).await.status, 201);
}

#[tokio::test]
async fn the_last_admin_stays() {
    let server = Server::start().await;
    let (root, other) = (server.admin("root1").await, server.admin("root2").await);
    let off = json!({"disabled": true});

    let at_once = join(
        change(&root, &other, off.clone()),
        change(&other, &root, off),
    )
    .await;

    let mut statuses = [at_once.0.status, at_once.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!([401, 403, 409].contains(&statuses[1]), "{statuses:?}");
    let (stays, gone) = match at_once.0.status {
        200 => (&root, &other),
        _ => (&other, &root),
    };
    for what in [json!({"disabled": true}), json!({"role": "user"})] {
        assert_eq!(
            change(stays, stays, what).await.problem(),
            (409, "conflict")
        );
    }
    let demoted = change(stays, gone, json!({"role": "user"})).await;
    assert_eq!(
        demoted.status, 200,
        "who is switched off is no admin who could be missed"
    );
}

#[tokio::test]
async fn a_role_holds_from_the_next_call_on() {
    let server = Server::start().await;
    let root = server.admin("root1").await;
    let ann = server.person("ann").await;

    change(&root, &ann, json!({"role": "admin"})).await.ok();
    assert_eq!(ann.get("/admin/stats").await.status, 200);
    change(&ann, &root, json!({"role": "user"})).await.ok();

    assert_eq!(root.get("/admin/stats").await.problem(), (403, "forbidden"));
}

#[tokio::test]
async fn another_name_is_seen_by_everybody_and_on_ones_own_devices() {
    let server = Server::start().await;
    let root = server.admin("root1").await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    ann.say(group, "hello").await;
    let mut devices = [
        Device::live(&bob).await,
        Device::live(&ann).await,
        Device::away(&ann).await,
    ];

    let what = json!({"display_name": "Anna", "email": "anna@example.org"});
    let changed = change(&root, &ann, what).await.ok();

    assert_eq!(
        (&changed["display_name"], &changed["email"]),
        (&json!("Anna"), &json!("anna@example.org"))
    );
    let found = root.get("/admin/users?q=anna").await.ok();
    assert_eq!(names(&found), ["ann"]);
    let taken = change(&root, &bob, json!({"email": "anna@example.org"})).await;
    assert_eq!(
        (taken.problem(), taken.fields()),
        ((409, "taken"), vec!["email"])
    );
    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn somebody_is_signed_out_everywhere() {
    let server = Server::start().await;
    let root = server.admin("root1").await;
    let ann = server.person("ann").await;
    let second = server.another_device(&ann).await;
    let (mut one, mut two) = (ann.socket().await, second.socket().await);
    let path = format!("/admin/users/{}/sessions", ann.id);
    assert_eq!(
        root.get(&path).await.ok()["items"].as_array().map(Vec::len),
        Some(2)
    );

    assert_eq!(root.delete(&path).await.status, 204);

    assert_eq!(one.expect_close().await.0, Close::SessionEnded.code());
    assert_eq!(two.expect_close().await.0, Close::SessionEnded.code());
    assert_eq!(ann.get("/users/me").await.status, 401);
    assert_eq!(root.get(&path).await.ok()["items"], json!([]));
    let unknown = format!("/admin/users/{}/sessions", unknown_id());
    assert_eq!(root.get(&unknown).await.problem(), (404, "not_found"));
    assert_eq!(root.delete(&unknown).await.problem(), (404, "not_found"));
}
