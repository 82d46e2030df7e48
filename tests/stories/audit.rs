//! The audit log: who did what to whom, from where. It can be read by admins and added to by deeds, nothing else.

use chat_tests::{Person, Server};
use serde_json::{Value, json};
use uuid::Uuid;

async fn entries(root: &Person, query: &str) -> Vec<Value> {
    let page = root.get(&format!("/admin/audit{query}")).await.ok();
    page["items"].as_array().unwrap().clone()
}

/// The newest entry of an action.
async fn newest(root: &Person, action: &str) -> Value {
    let found = entries(root, &format!("?action={action}&limit=1")).await;
    found
        .first()
        .cloned()
        .unwrap_or_else(|| panic!("nothing is noted of {action}"))
}

#[track_caller]
fn assert_noted(entry: &Value, who: &Person, target: Uuid, detail: Value) {
    assert_eq!(entry["actor_id"], json!(who.id), "{entry}");
    assert_eq!(entry["target_id"], json!(target), "{entry}");
    assert_eq!(entry["address"], "127.0.0.1", "{entry}");
    assert_eq!(entry["detail"], detail, "{entry}");
}

#[tokio::test]
async fn what_admins_do_is_noted_with_who_whom_and_from_where() {
    let server = Server::start().await;
    let root = server.admin("root1").await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let said = ann.say(group, "planted words").await.id;
    let user = format!("/admin/users/{}", ann.id);

    root.delete(&format!("/admin/messages/{said}")).await.ok();
    let reason = Some(json!({"reason": "fraud"}));
    let path = format!("/admin/conversations/{group}");
    root.door.call("DELETE", &path, reason).await.ok();
    root.delete(&format!("{user}/sessions")).await.ok();
    let what = json!({"disabled": true, "reason": "spam", "email": "ann@example.org"});
    root.patch(&user, what).await.ok();
    let made = root
        .post("/admin/users", json!({"username": "new1"}))
        .await
        .ok();

    let note = newest(&root, "admin.message.delete").await;
    assert_noted(&note, &root, said.uuid(), Value::Null);
    let note = newest(&root, "admin.conversation.delete").await;
    assert_noted(
        &note,
        &root,
        group.uuid(),
        json!("\"The group\", reason: fraud"),
    );
    let note = newest(&root, "admin.session.end").await;
    assert_noted(&note, &root, ann.id.uuid(), Value::Null);
    let note = newest(&root, "admin.user.change").await;
    assert_noted(
        &note,
        &root,
        ann.id.uuid(),
        json!("disabled, reason: spam, email"),
    );
    let note = newest(&root, "admin.user.create").await;
    assert_eq!(note["target_id"], made["id"]);
    let all = json!(entries(&root, "").await).to_string();
    assert!(
        !all.contains("planted") && !all.contains("example.org"),
        "{all}"
    );
}

#[tokio::test]
async fn what_admins_of_a_conversation_do_to_others_is_noted() {
    let server = Server::start().await;
    let root = server.admin("root1").await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob, &eve]).await;
    let (of_bob, of_ann) = (bob.say(group, "1").await.id, ann.say(group, "2").await.id);
    let path = format!("/conversations/{group}");

    ann.unsay(of_ann).await.ok();
    ann.unsay(of_bob).await.ok();
    ann.remove(group, &bob).await.ok();
    ann.put(&format!("{path}/bans/{}", eve.id), json!({}))
        .await
        .ok();
    ann.delete(&format!("{path}/bans/{}", eve.id)).await.ok();
    ann.delete(&path).await.ok();

    let from = json!(format!("from conversation {group} \"The group\""));
    assert_noted(
        &newest(&root, "message.delete").await,
        &ann,
        of_bob.uuid(),
        Value::Null,
    );
    assert_noted(
        &newest(&root, "member.remove").await,
        &ann,
        bob.id.uuid(),
        from.clone(),
    );
    assert_noted(
        &newest(&root, "ban.add").await,
        &ann,
        eve.id.uuid(),
        from.clone(),
    );
    assert_noted(
        &newest(&root, "ban.remove").await,
        &ann,
        eve.id.uuid(),
        from,
    );
    assert_noted(
        &newest(&root, "conversation.delete").await,
        &ann,
        group.uuid(),
        json!("\"The group\""),
    );
    let own = entries(&root, &format!("?target_id={of_ann}")).await;
    assert_eq!(
        own,
        [] as [Value; 0],
        "one's own message is one's own business"
    );
}

#[tokio::test]
async fn a_deed_that_is_refused_is_not_noted() {
    let server = Server::start().await;
    let root = server.admin("root1").await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;

    bob.remove(group, &ann).await;
    bob.delete(&format!("/conversations/{group}")).await;
    let off = json!({"disabled": true});
    root.patch(&format!("/admin/users/{}", root.id), off).await;
    root.post("/admin/users", json!({"username": "bob"})).await;

    let noted = entries(&root, "?action=admin").await;
    assert_eq!(
        noted.len(),
        1,
        "only that the program made root1: {noted:?}"
    );
    assert_eq!(
        entries(&root, &format!("?actor_id={}", bob.id)).await,
        [] as [Value; 0]
    );
}

#[tokio::test]
async fn the_newest_come_first_by_pages_and_by_what_is_looked_for() {
    let server = Server::start().await;
    let root = server.admin("root1").await;
    let ann = server.person("ann").await;
    let path = format!("/admin/users/{}", ann.id);
    for nth in 0..5 {
        root.patch(&path, json!({"display_name": format!("Ann {nth}")}))
            .await
            .ok();
    }
    root.delete(&format!("{path}/sessions")).await.ok();

    let all = entries(&root, "").await;
    let ids: Vec<_> = all
        .iter()
        .map(|entry| entry["id"].as_u64().unwrap())
        .collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1] + 1), "{ids:?}");
    let first = root.get("/admin/audit?limit=4").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = entries(&root, &format!("?cursor={cursor}")).await;
    let pages = [first["items"].as_array().unwrap().clone(), rest].concat();
    assert_eq!(pages, all);
    assert_eq!(entries(&root, "?action=admin.user.change").await.len(), 5);
    assert_eq!(
        entries(&root, &format!("?actor_id={}", ann.id)).await.len(),
        0
    );
    assert_eq!(
        entries(&root, &format!("?target_id={}&action=admin", ann.id))
            .await
            .len(),
        6
    );
    assert_eq!(entries(&root, "?action=%25").await.len(), 0);
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_it() {
    let server = Server::start().await;
    let root = server.admin("root1").await;
    let ann = server.person("ann").await;
    root.delete(&format!("/admin/users/{}/sessions", ann.id))
        .await
        .ok();
    let before = entries(&root, "").await;
    let mut file = server.database().await;

    let by_engine: &[&str] = match file.is_postgres() {
        true => &[
            "insert into audit (id, at, actor_id, action) overriding system value values (1, 0, $1, 'nothing')
             on conflict (id) do update set actor_id = excluded.actor_id",
        ],
        false => &[
            "insert or replace into audit (id, at, actor_id, action) values (1, 0, $1, 'nothing')",
            "insert into audit (id, at, actor_id, action) values (1, 0, $1, 'nothing')
             on conflict (id) do update set actor_id = excluded.actor_id",
        ],
    };
    let both = [
        "update audit set actor_id = $1",
        "delete from audit where actor_id <> $1",
    ];
    for statement in both.iter().chain(by_engine) {
        let refused = file.run(statement, &[ann.id.uuid()]).await;
        assert!(
            refused
                .as_ref()
                .is_err_and(|why| why.contains("only be added to")),
            "{refused:?}"
        );
    }

    assert_eq!(entries(&root, "").await, before);
}

#[tokio::test]
async fn whoever_gets_a_role_is_noted() {
    let server = Server::start().await;
    let root = server.admin("root1").await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;

    // The program itself has made root1.
    let note = newest(&root, "admin.user.create").await;
    assert_eq!(
        (&note["target_id"], &note["actor_id"], &note["detail"]),
        (&json!(root.id), &Value::Null, &json!("role admin"))
    );
    ann.promote(group, &bob, "owner").await.ok();
    let note = newest(&root, "member.change").await;
    let detail = format!("role owner, in conversation {group} \"The group\"");
    assert_noted(&note, &ann, bob.id.uuid(), json!(detail));
    let new = json!({"username": "new1", "role": "admin"});
    root.post("/admin/users", new).await.ok();
    assert_eq!(
        newest(&root, "admin.user.create").await["detail"],
        "role admin"
    );
    let before = entries(&root, "").await.len();
    root.patch(&format!("/admin/users/{}", bob.id), json!({}))
        .await;
    assert_eq!(entries(&root, "").await.len(), before, "nothing was done");
}
