//! Messages that disappear: gone for everyone at their time, from wherever they could be read, whatever happens meanwhile.

use chat_core::{ConversationId, Message};
use chat_tests::{Device, HeldClock, Person, Server, until};
use serde_json::{Value, json};

async fn set_timer(who: &Person, place: ConversationId, seconds: u32) {
    let path = format!("/conversations/{place}");
    who.patch(&path, json!({"message_ttl_s": seconds}))
        .await
        .ok();
}

async fn look(who: &Person, message: &Message) -> Value {
    who.get(&format!("/messages/{}", message.id)).await.ok()
}

/// Waits until it is told that a message is a tombstone that nobody made: it is one before that.
async fn gone(who: &Person, message: &Message) {
    who.told_gone(message).await;
    let seen = look(who, message).await;
    assert_eq!(
        (&seen["content"], &seen["deleted_by"]),
        (&json!(""), &Value::Null)
    );
}

#[tokio::test]
async fn a_timer_deletes_for_everyone_what_is_said_from_then_on() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let direct = ann.direct(&bob).await;
    let before = ann.say(direct, "stays").await;
    set_timer(&bob, direct, 60).await;
    let said = ann.say(direct, "goes").await;
    assert_eq!(said.expires_at, Some(said.created_at.plus_ms(60_000)));
    let mut socket = bob.socket().await;

    clock.move_by_ms(60_000);

    let told = socket.next_event("message.deleted").await;
    assert_eq!(told["data"]["id"], json!(said.id));
    assert_eq!(told["data"]["deleted_by"], Value::Null);
    assert_eq!(look(&bob, &before).await["content"], "stays");
}

#[tokio::test]
async fn nothing_of_it_is_left_anywhere() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let direct = ann.direct(&bob).await;
    set_timer(&ann, direct, 5).await;
    let said = ann.say(direct, "fleeting").await;
    ann.edit(said.id, "fleeting words").await.ok();
    ann.put(&format!("/messages/{}/pin", said.id), json!({}))
        .await
        .ok();
    set_timer(&ann, direct, 0).await;
    let answer = json!({"content": "what?", "reply_to": said.id});
    let answer = bob.send(direct, answer).await.ok_message();
    let mut devices = [Device::live(&bob).await, Device::away(&bob).await];

    clock.move_by_ms(5_000);
    gone(&bob, &said).await;

    for path in ["messages", "pins"] {
        let page = bob
            .get(&format!("/conversations/{direct}/{path}"))
            .await
            .ok();
        assert!(!page.to_string().contains("fleeting"), "{path}: {page}");
    }
    assert_eq!(look(&bob, &answer).await["reply_to"]["excerpt"], "");
    let synced = bob.sync(json!({"positions": {}})).await;
    assert!(!synced.to_string().contains("fleeting"));
    let history = bob
        .get(&format!("/messages/{}/history", said.id))
        .await
        .ok();
    assert_eq!(history["items"], json!([]));
    for device in &mut devices {
        device.expect_fresh().await;
    }
}

#[tokio::test]
async fn the_servers_own_limit_holds_where_it_is_shorter() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |config| config.retention_s = Some(30)).await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let kept = ann.say(group, "without a timer").await;
    set_timer(&ann, group, 3_600).await;
    let timed = ann.say(group, "with a longer one").await;
    set_timer(&ann, group, 5).await;
    let short = ann.say(group, "with a shorter one").await;

    let lives = |message: &Message| {
        message
            .expires_at
            .map(|at| at.ms() - message.created_at.ms())
    };
    assert_eq!(lives(&kept), Some(30_000));
    assert_eq!(lives(&timed), Some(30_000));
    assert_eq!(lives(&short), Some(5_000));
    clock.move_by_ms(30_000);
    gone(&ann, &kept).await;
    gone(&ann, &timed).await;
    let note = ann.history(group, "?after=1&limit=1").await["items"][0].clone();
    assert_eq!(
        (&note["kind"], &note["content"]),
        (&json!("system"), &json!(""))
    );
}

#[tokio::test]
async fn what_ran_out_while_the_server_was_down_is_gone_before_the_first_read() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    set_timer(&ann, group, 60).await;
    let mut said = Vec::new();
    for nth in 0..250 {
        said.push(ann.say(group, &nth.to_string()).await);
    }

    let setup = server.stop().await;
    clock.move_by_ms(60_000);
    let server = setup.start().await;
    let ann = server.another_device(&ann).await;

    for message in [&said[0], &said[249]] {
        let at = message.expires_at.map(|at| at.to_string());
        assert_eq!(look(&ann, message).await["deleted_at"], json!(at));
    }
    let left = ann.history(group, "?limit=100").await.to_string();
    assert!(!left.contains(r#""content":"2"#), "{left}");
}

#[tokio::test]
async fn a_message_that_cannot_be_read_goes_too_and_holds_nothing_up() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    set_timer(&ann, group, 60).await;
    let broken = ann.say(group, "broken").await;
    let statement = "update messages set extras = '{' where conversation_id = $1 and seq = $2";
    let mut file = server.database().await;
    assert_eq!(
        file.change(statement, group.uuid(), broken.seq.get()).await,
        1
    );
    clock.move_by_ms(1);
    let whole = ann.say(group, "whole").await;
    let mut socket = ann.socket().await;

    clock.move_by_ms(60_000);

    for message in [&broken, &whole] {
        let told = socket.next_event("message.deleted").await;
        assert_eq!(told["data"]["id"], json!(message.id));
        gone(&ann, message).await;
    }
}

#[tokio::test]
async fn a_broken_row_of_a_member_it_names_holds_nothing_up() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    set_timer(&ann, group, 60).await;
    let [named, other, taken_back] = [
        ann.say(group, "@bob").await,
        ann.say(group, "nobody").await,
        ann.say(group, "@bob, forget it").await,
    ];
    let statement = "update members set prefs = '{' where conversation_id = $1 and user_id = $2";
    let mut file = server.database().await;
    let ids = [group.uuid(), bob.id.uuid()];
    assert_eq!(file.run(statement, &ids).await, Ok(1));

    ann.unsay(taken_back.id).await.ok();
    clock.move_by_ms(60_000);

    gone(&ann, &named).await;
    gone(&ann, &other).await;
}

#[tokio::test]
async fn thousands_that_run_out_together_are_gone_at_once() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    set_timer(&ann, group, 60).await;
    ann.say(group, "canary first").await;
    let mut file = server.database().await;
    let setup = server.stop().await;
    let more = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)
        insert into messages (conversation_id, seq, id, sender_id, client_id, content, created_at, expires_at)
        select $1, x.seq + i, randomblob(16), x.sender_id, 'c' || i, 'canary ' || i, x.created_at, x.expires_at
        from n, messages x where x.content = 'canary first'";
    assert_eq!(file.run(more, &[group.uuid()]).await, Ok(5_000));
    let counted =
        "update conversations set last_seq = last_seq + 5000, last_message_seq = last_seq + 5000
        where id = $1";
    file.run(counted, &[group.uuid()]).await.unwrap();
    let server = setup.start().await;
    let ann = server.another_device(&ann).await;
    let shown = ann.history(group, "?limit=100").await.to_string();
    assert!(shown.contains("canary 5000"), "{shown}");

    clock.move_by_ms(60_000);

    let history = ann.history(group, "?limit=100").await;
    let conversations = ann.get("/conversations").await.ok();
    let synced = ann.sync(json!({"positions": {}})).await;
    for seen in [history, conversations, synced] {
        assert!(!seen.to_string().contains("canary"), "{seen}");
    }
    until("their rows have followed", async || {
        let left = "update conversations set title = title
            where (select count(*) from messages where expires_at is not null) > 0";
        match file.run(left, &[]).await {
            Ok(0) => Ok(()),
            left => Err(format!("{left:?}")),
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_cannot_be_read_from_that_moment_on() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    set_timer(&ann, group, 60).await;
    let file = ann.file("secret.txt", "secret plan").await;
    ann.send(group, json!({"attachment_ids": [file.id]}))
        .await
        .ok();
    let path = format!("/attachments/{}", file.id);
    assert_eq!(bob.fetch(&path, &[]).await.status, 200);

    clock.move_by_ms(60_000);

    for who in [&ann, &bob] {
        assert_eq!(who.fetch(&path, &[]).await.status, 404);
    }
}

#[tokio::test]
async fn only_a_time_that_makes_sense_is_taken() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;
    let path = format!("/conversations/{group}");

    for bad in [json!(4), json!(31_536_001), json!(-1), json!("60")] {
        let refused = ann.patch(&path, json!({"message_ttl_s": bad})).await;
        assert_eq!(
            (refused.status, refused.fields()),
            (422, vec!["message_ttl_s"])
        );
    }
    let timer = json!({"message_ttl_s": 60});
    assert_eq!(
        bob.patch(&path, timer.clone()).await.problem(),
        (403, "forbidden")
    );
    assert_eq!(
        eve.patch(&path, timer.clone()).await.problem(),
        (404, "not_found")
    );
    let mut devices = [Device::live(&bob).await, Device::away(&bob).await];
    assert_eq!(ann.patch(&path, timer).await.ok()["message_ttl_s"], 60);
    for device in &mut devices {
        device.expect_fresh().await;
    }
}
