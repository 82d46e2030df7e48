//! A deleted account: what goes with it, what stays for the others, and who comes next.

use super::{PASSWORD, confirmed, login, registered, registration, with_mail};
use chat_tests::{Answer, Device, MailServer, Person, Server, is_about_sqlite_only, until};
use serde_json::{Value, json};

async fn delete(person: &Person, body: Value) -> Answer {
    person.door.call("DELETE", "/users/me", Some(body)).await
}

async fn role(person: &Person, id: chat_core::ConversationId, of: &Person) -> Value {
    let members = person
        .get(&format!("/conversations/{id}/members"))
        .await
        .ok();
    let members = members["items"].as_array().unwrap().clone();
    let found = members
        .into_iter()
        .find(|member| member["user"]["id"] == json!(of.id));
    found.map_or(Value::Null, |member| member["role"].clone())
}

#[tokio::test]
async fn deleting_needs_the_password_and_ends_all_access_at_once() {
    let server = Server::start().await;
    let ann = registered(&server, "ann").await;
    let mut socket = ann.socket().await;

    let none = delete(&ann, json!({})).await;
    let wrong = delete(&ann, json!({"password": "wrong horse"})).await;
    let right = delete(&ann, json!({"password": PASSWORD})).await;

    assert_eq!((none.status, none.fields()), (422, vec!["password"]));
    assert_eq!(wrong.problem(), (401, "wrong_credentials"));
    assert_eq!(right.status, 204);
    assert_eq!(socket.expect_close().await.0, 4503);
    assert_eq!(ann.get("/users/me").await.status, 401);
    let body = json!({"refresh_token": ann.refresh_token});
    assert!([401, 403].contains(&server.post("/auth/refresh", body).await.status));
    for identifier in ["ann", "ann@example.org"] {
        let answer = login(&server, identifier, PASSWORD).await;
        assert_eq!(answer.problem(), (401, "wrong_credentials"));
    }
    let server = server.stop().await.start().await;
    assert_eq!(
        server
            .door
            .bearer(&ann.token)
            .call("GET", "/users/me", None)
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn name_and_address_are_free_again_and_nothing_personal_is_left() {
    let mut mail = MailServer::start().await;
    let server = with_mail(&mail).await;
    let ann = confirmed(&server, &mut mail, "ann").await;
    let about =
        json!({"display_name": "canary-name", "bio": "canary-bio", "status_text": "canary-status"});
    ann.patch("/users/me", about).await.ok();
    delete(&ann, json!({"password": PASSWORD})).await;

    let again = server.post("/auth/register", registration("ann")).await;

    assert_eq!(again.status, 201);
    let mut database = server.database().await;
    let left = "delete from users where id = $1 and (email is not null or pending_email is not null or bio is not null
        or status_text is not null or settings is not null or password_hash is not null or avatar_url is not null
        or last_seen_at is not null or display_name like '%canary%' or search_text like '%canary%')";
    assert_eq!(database.run(left, &[ann.id.uuid()]).await, Ok(0));
    let devices = "update sessions set ended_at = 0 where user_id = $1 and (device_name is not null or ended_at is null)";
    assert_eq!(database.run(devices, &[ann.id.uuid()]).await, Ok(0));
}

#[tokio::test]
async fn the_others_see_a_deleted_user_and_keep_what_was_said() {
    let server = Server::start().await;
    let ann = registered(&server, "ann").await;
    let bob = server.person("bob").await;
    let (direct, group) = (ann.direct(&bob).await, bob.group(&[&ann]).await);
    ann.say(direct, "hi bob").await;
    ann.say(group, "hi all").await;
    let mut device = Device::live(&bob).await;

    delete(&ann, json!({"password": PASSWORD})).await;

    let told = device.socket().next_event("user.changed").await;
    assert_eq!(told["data"]["display_name"], "Deleted user");
    assert!(
        told["data"]["username"]
            .as_str()
            .unwrap()
            .starts_with("deleted-")
    );
    for (place, said) in [(direct, "hi bob"), (group, "hi all")] {
        let page = bob.history(place, "").await;
        let found = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|message| message["content"] == said);
        assert_eq!(found.unwrap()["sender"]["display_name"], "Deleted user");
    }
    assert_eq!(bob.look(group).await.member_count, 1);
    assert_eq!(bob.look(direct).await.member_count, 2);
    let shown = bob.get(&format!("/users/{}", ann.id)).await;
    assert_eq!(shown.problem(), (404, "not_found"));
    assert!(
        bob.get("/users?q=deleted").await.ok()["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    Device::away(&bob).await.expect_fresh().await;
}

/// Everything that shows somebody's name besides what they say: a note of the system, a forward, a report, an answer that
/// is kept for a retry. Returns where bob reads it.
async fn shown_everywhere(server: &Server, who: &Person) -> (Person, chat_core::ConversationId) {
    let [bob, eve] = server.people(["bob", "eve"]).await;
    let group = bob.group(&[&eve]).await;
    bob.add(group, who).await.ok();
    bob.promote(group, who, "admin").await.ok();
    who.add(group, &server.person("kim").await).await.ok();
    let said = who.say(group, "hi all").await.id;
    let to = json!({"conversation_ids": [group]});
    bob.post(&format!("/messages/{said}/forward"), to)
        .await
        .ok();
    let report = json!({"reason": "spam"});
    eve.post(&format!("/messages/{said}/report"), report)
        .await
        .ok();
    let door = bob.door.with("idempotency-key", "k-1");
    let body = json!({"kind": "group", "title": "Other", "member_ids": [who.id]});
    door.call("POST", "/conversations", Some(body)).await.ok();
    (bob, group)
}

#[tokio::test]
async fn what_shows_a_name_shows_none_once_the_account_is_deleted() {
    let server = Server::start().await;
    let (ann, boss) = (registered(&server, "ann").await, server.admin("boss").await);
    let (bob, group) = shown_everywhere(&server, &ann).await;
    let mut devices = [Device::live(&bob).await, Device::away(&bob).await];

    delete(&ann, json!({"password": PASSWORD})).await;

    let page = bob.history(group, "").await;
    let items = page["items"].as_array().unwrap();
    let said: Vec<_> = items.iter().map(|item| &item["content"]).collect();
    let notes = [
        "The bob added Deleted user",
        "The bob made Deleted user admin",
        "Deleted user added The kim",
    ];
    assert_eq!(said[..3], notes);
    assert_eq!(items[4]["forwarded_from"]["display_name"], "Deleted user");
    let reports = boss.get("/admin/reports").await.ok();
    let sender = &reports["items"][0]["message"]["sender"];
    assert_eq!(sender["display_name"], "Deleted user");
    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn a_name_that_was_deleted_is_nowhere_in_the_database_file() {
    if is_about_sqlite_only("a server overwrites what is deleted when it vacuums") {
        return;
    }
    let server = Server::start().await;
    let ann = registered(&server, "canary").await;
    let name = json!({"display_name": "Canary Name"});
    ann.patch("/users/me", name).await.ok();
    shown_everywhere(&server, &ann).await;
    let file = server.database_file();
    let mut database = server.database().await;

    delete(&ann, json!({"password": PASSWORD})).await;

    until("all is cleared away", async || {
        let left = "update deletions set user_id = user_id";
        let left = database.run(left, &[]).await?;
        (left == 0).then_some(()).ok_or(left.to_string())
    })
    .await;
    database.close().await;
    let _kept = server.stop().await;
    let bytes = std::fs::read(&file).unwrap();
    let text = String::from_utf8_lossy(&bytes).to_lowercase();
    let found = text
        .find("canary")
        .map(|at| &text[at.saturating_sub(99)..][..150]);
    assert!(text.contains("hi all"), "it is the file");
    assert_eq!(found, None);
}

#[tokio::test]
async fn a_group_without_an_owner_goes_to_the_admin_who_was_there_longest_or_else_the_member() {
    let server = Server::start().await;
    let ann = registered(&server, "ann").await;
    let [bob, cid, dan] = server.people(["bob", "cid", "dan"]).await;
    let with_admin = ann.group(&[&bob]).await;
    for person in [&cid, &dan] {
        ann.add(with_admin, person).await.ok();
        ann.promote(with_admin, person, "admin").await.ok();
    }
    let without = ann.group(&[]).await;
    for person in [&dan, &bob] {
        ann.add(without, person).await.ok();
    }
    let alone = ann.group(&[]).await;
    let mut device = Device::live(&bob).await;

    delete(&ann, json!({"password": PASSWORD})).await;

    assert_eq!(role(&bob, with_admin, &cid).await, "owner");
    assert_eq!(role(&bob, with_admin, &dan).await, "admin");
    assert_eq!(role(&bob, without, &dan).await, "owner");
    assert_eq!(role(&bob, without, &ann).await, Value::Null);
    device.expect_fresh().await;
    let mut database = server.database().await;
    let left = "update conversations set title = title where id = $1";
    assert_eq!(database.run(left, &[alone.uuid()]).await, Ok(0));
}

#[tokio::test]
async fn what_was_said_goes_too_where_that_is_wanted() {
    let server = Server::start().await;
    let ann = registered(&server, "ann").await;
    let bob = server.person("bob").await;
    let (direct, group) = (ann.direct(&bob).await, bob.group(&[&ann]).await);
    for nth in 0..60 {
        ann.say(direct, &format!("canary {nth}")).await;
    }
    ann.say(group, "canary").await;
    bob.say(group, "mine").await;
    let mut device = Device::live(&bob).await;

    delete(&ann, json!({"password": PASSWORD, "delete_messages": true})).await;

    for place in [direct, group] {
        until("they are deleted", async || {
            let page = bob.history(place, "?limit=100").await.to_string();
            (!page.contains("canary")).then_some(()).ok_or(page)
        })
        .await;
    }
    assert!(bob.history(group, "").await.to_string().contains("mine"));
    let page = bob.history(direct, "?limit=100").await;
    let items = page["items"].as_array().unwrap();
    assert!(
        items.len() == 60
            && items
                .iter()
                .all(|message| message["deleted_at"].is_string())
    );
    device.expect_fresh().await;
}

#[tokio::test]
async fn a_deletion_that_was_cut_short_goes_on_at_the_next_start() {
    let server = Server::start().await;
    let ann = registered(&server, "ann").await;
    let bob = server.person("bob").await;
    let group = bob.group(&[&ann]).await;
    ann.say(group, "canary").await;
    let mut database = server.database().await;
    let ids = [ann.id.uuid()];
    // As the first transaction leaves it.
    let begun = "insert into deletions (user_id, delete_messages) values ($1, 1)";
    database.run(begun, &ids).await.unwrap();

    let server = server.stop().await.start().await;

    let bob = server.another_device(&bob).await;
    until("it is cleared away", async || {
        let (page, seen) = (
            bob.history(group, "").await.to_string(),
            bob.look(group).await,
        );
        (!page.contains("canary") && seen.member_count == 1)
            .then_some(())
            .ok_or(page)
    })
    .await;
}

#[tokio::test]
async fn a_deletion_that_cannot_be_finished_holds_up_no_other() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = eve.group(&[&ann, &bob]).await;
    let mut database = server.database().await;
    for person in [&ann, &bob] {
        let begun = "insert into deletions (user_id, delete_messages) values ($1, 0)";
        database.run(begun, &[person.id.uuid()]).await.unwrap();
    }
    let stuck: &[&str] = match database.is_postgres() {
        true => &[
            "create function stuck() returns trigger language plpgsql as $$ begin
                 if old.user_id = (select user_id from deletions order by user_id limit 1) then
                     raise exception 'stuck';
                 end if;
                 return old;
             end $$",
            "create trigger stuck before delete on members for each row execute function stuck()",
        ],
        false => &["create trigger stuck before delete on members
             when old.user_id = (select user_id from deletions order by user_id limit 1)
             begin select raise(abort, 'stuck'); end"],
    };
    for statement in stuck {
        database.run(statement, &[]).await.unwrap();
    }

    let server = server.stop().await.start().await;

    let eve = server.another_device(&eve).await;
    until("the other one is cleared away", async || {
        let left = eve.look(group).await.member_count;
        (left == 2).then_some(()).ok_or(left.to_string())
    })
    .await;
}

#[tokio::test]
async fn somebody_of_an_embedding_program_needs_no_password_and_comes_back_as_somebody_new() {
    let server = Server::start().await;
    let identity = chat_server::Identity {
        id: "outside-1".to_owned(),
        username: "Зоя".to_owned(),
        display_name: "Зоя".to_owned(),
        avatar_url: None,
    };
    let host = server.host();
    let zoya = host.identify(&identity).await.unwrap();
    let me = host.call(zoya, chat_core::ShowMe {}).await.unwrap();
    assert_eq!(me.user.username, "зоя");

    let gone = chat_core::DeleteMe {
        password: None,
        delete_messages: None,
    };
    host.call(zoya, gone).await.unwrap();

    let again = host.identify(&identity).await.unwrap();
    assert_ne!(again, zoya);
    let me = host.call(again, chat_core::ShowMe {}).await.unwrap();
    assert_eq!(me.user.username, "зоя");
}

#[tokio::test]
async fn the_last_admin_stays_and_an_admin_deletes_others() {
    let server = Server::start().await;
    let boss = server.admin("boss").await;
    let ann = registered(&server, "ann").await;

    let alone = delete(&boss, json!({})).await;
    let by_admin = boss.delete(&format!("/admin/users/{}", ann.id)).await;
    let again = boss.delete(&format!("/admin/users/{}", ann.id)).await;

    assert_eq!(alone.problem(), (409, "conflict"));
    assert_eq!((by_admin.status, again.status), (204, 404));
    assert_eq!(ann.get("/users/me").await.status, 401);
}
