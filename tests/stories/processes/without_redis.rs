//! Several processes on one PostgreSQL that forgot the Redis: what is promised is kept all the same, later, and the log says
//! what is missing.

use super::hears;
use chat_tests::{HeldClock, Home, Person, Server, Setup, Socket, postgres, until};
use serde_json::json;
use std::sync::Arc;

/// Two processes, somebody at the first, and a socket of theirs at the second. None where there is no server.
async fn two() -> Option<([Server; 2], Person, Socket)> {
    postgres()?;
    let setup = Setup::new();
    let servers = [setup.clone().start().await, setup.start().await];
    let ann = servers[0].person("ann").await;
    let socket = ann.at(&servers[1].door).socket().await;
    Some((servers, ann, socket))
}

/// Waits until a process lets somebody in no more.
async fn shut_out(who: &Person) {
    until("the session has ended here, too", async || {
        match who.get("/users/me").await {
            answer if answer.status == 401 => Ok(()),
            answer => Err(format!("{answer:?}")),
        }
    })
    .await;
}

#[tokio::test]
async fn who_signs_out_at_one_process_is_out_at_the_other() {
    let Some((servers, ann, mut there)) = two().await else {
        return;
    };

    ann.post("/auth/logout", json!({})).await.ok();

    assert_eq!(there.expect_close().await.0, 4503);
    shut_out(&ann.at(&servers[1].door)).await;
}

#[tokio::test]
async fn what_is_said_changed_and_read_at_one_process_is_heard_at_the_other() {
    let Some((servers, ann, mut there)) = two().await else {
        return;
    };
    let ben = servers[0].person("ben").await;
    let group = ann.group(&[&ben]).await;
    there.next_event("conversation.new").await;

    let said = ben.say(group, "hello").await;
    hears(&mut there, "hello").await;
    ben.edit(said.id, "hello again").await.ok();
    let edited = there.next_event("message.edited").await;
    ben.read(group, 1).await;
    let read = there.next_event("read").await;

    assert_eq!(edited["data"]["content"], "hello again");
    assert_eq!(read["data"]["user_id"], json!(ben.id));
}

#[tokio::test]
async fn a_mark_is_told_once_however_often_it_is_looked_for() {
    let Some((servers, ann, mut there)) = two().await else {
        return;
    };
    let ben = servers[0].person("ben").await;
    let group = ann.group(&[&ben]).await;
    there.next_event("conversation.new").await;
    ben.say(group, "one").await;
    hears(&mut there, "one").await;
    ben.read(group, 1).await;
    there.next_event("read").await;

    // What is heard now was found by later looks, each of which finds the mark again.
    let mut kinds = Vec::new();
    for content in ["two", "three"] {
        ben.say(group, content).await;
        loop {
            let frame = there.next_any().await;
            kinds.push(frame["type"].as_str().unwrap_or_default().to_owned());
            if frame["data"]["content"] == content {
                break;
            }
        }
    }

    assert!(!kinds.iter().any(|kind| kind == "read"), "{kinds:?}");
}

#[tokio::test]
async fn a_session_ends_everywhere_whatever_the_clocks_say() {
    if postgres().is_none() {
        return;
    }
    let mut setup = Setup::new();
    let now = chat_core::Timestamp::from_ms(1_900_000_000_000);
    let clock = |ms: i64| Some(Arc::new(HeldClock::at_ms(ms)) as Arc<dyn chat_server::Clock>);
    setup.clock = clock(now.ms());
    let here = setup.clone().start().await;
    setup.clock = clock(now.plus_ms(-3_600_000).ms());
    let slow = setup.start().await;
    let ann = here.person("ann").await;
    let mut socket = ann.socket().await;

    ann.at(&slow.door)
        .post("/auth/logout", json!({}))
        .await
        .ok();

    assert_eq!(socket.expect_close().await.0, 4503);
    shut_out(&ann).await;
}

#[tokio::test]
async fn the_log_says_that_they_should_have_a_redis() {
    if postgres().is_none() {
        return;
    }
    let home = Home::new();
    let files = home.path().join("files").display().to_string();
    let more = ["--set", &format!("media.store={files}")];
    let alone = home.serve("127.0.0.1:0", &more).await;
    assert!(!alone.process.stderr().contains("redis is not set"));

    let other = home.serve("127.0.0.1:0", &more).await;

    for one in [&alone, &other] {
        until("it says so", async || {
            let said = one.process.stderr();
            let is_said = said.contains("redis is not set");
            is_said.then_some(()).ok_or(said)
        })
        .await;
    }
    alone.process.terminate().await.ok();
    other.process.terminate().await.ok();
}
