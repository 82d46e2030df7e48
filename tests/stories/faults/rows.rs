//! Somebody else holds rows for long, or holds them crosswise.

use super::{crowd_of, endures};
use chat_client::Client;
use chat_core::{ConversationId, SendMessage};
use chat_tests::{Crowd, Door, Fleet, PostgresServer, sdk, until, within};
use sqlx::{Connection, PgConnection};
use std::time::Duration;
use tokio::time::Instant;

/// Until it is found out who holds what, once before and once behind a process's turn (six seconds), and time to work.
const OTHERS_WAIT_MOST: Duration = Duration::from_secs(25);

async fn hold(conn: &mut PgConnection, id: ConversationId) {
    let held = sqlx::query("select id from conversations where id = $1 for update")
        .bind(id.uuid())
        .execute(conn)
        .await;
    assert_eq!(held.expect("it is held").rows_affected(), 1);
}

/// Everybody in the crowd in another group.
async fn another_group(crowd: &Crowd) -> ConversationId {
    let others: Vec<_> = crowd.clients[1..].iter().filter_map(Client::me).collect();
    sdk::group(&crowd.clients[0], &others).await
}

/// Says some things one after the other. Returns the longest that one took.
async fn says(client: &Client, id: ConversationId) -> Duration {
    let mut longest = Duration::ZERO;
    for nth in 0..8 {
        let began = Instant::now();
        let said = client.conversation(id).send(sdk::body(&format!("{nth}")));
        let stored = within("it is stored", said.stored()).await;
        stored.expect("it is stored");
        longest = longest.max(began.elapsed());
    }
    longest
}

#[tokio::test]
async fn a_conversation_that_somebody_holds_keeps_no_other_waiting() {
    let mut fleet = Fleet::on_postgres().await;
    let crowd = crowd_of(&fleet).await;
    let other = another_group(&crowd).await;
    let mut conn = fleet.postgres().connect().await.expect("a connection");
    let mut tx = conn.begin().await.expect("it begins");

    hold(&mut tx, crowd.group()).await;
    let before = crowd.acknowledged();
    let talks = crowd.clients.iter().map(|client| says(client, other));
    let took = futures_util::future::join_all(talks).await;
    let longest = took.into_iter().max().expect("somebody talked");
    let meanwhile = crowd.acknowledged() - before;
    tx.commit().await.expect("it is let go");

    eprintln!("a row held: others acknowledged after {longest:?} at most");
    assert!(longest < OTHERS_WAIT_MOST, "{longest:?}");
    // What was on its way already.
    assert!(meanwhile <= crowd.clients.len() as u64, "{meanwhile}");
    endures("a row held", crowd).await;
}

/// Waits until so many sends wait in a process for those before them.
async fn queue_of(door: &Door, wanted: f64) {
    until("sends wait", async || {
        let text = door.get("/metrics").await.ok();
        let text = text.as_str().expect("text").to_owned();
        let waiting = text
            .lines()
            .find_map(|line| line.strip_prefix("chat_writes_waiting "));
        match waiting.and_then(|count| count.parse::<f64>().ok()) {
            Some(count) if count >= wanted => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

/// Waits until a process waits for what somebody holds.
async fn waits_for_a_row(fleet: &mut Fleet) {
    let text = "select count(*) from pg_stat_activity where application_name = 'chat' and wait_event_type = 'Lock'";
    let mut conn = fleet.postgres().connect().await.expect("a connection");
    until("a process waits", async || {
        let asked: (i64,) = sqlx::query_as(text)
            .fetch_one(&mut conn)
            .await
            .expect("it answers");
        match asked {
            (0,) => Err("nobody waits".to_owned()),
            _ => Ok(()),
        }
    })
    .await;
}

#[tokio::test]
async fn sends_that_wait_in_a_circle_with_somebody_else_are_stored_all_the_same() {
    // Time to set it up: nobody gives up or looks for a circle before it is there.
    let postgres = PostgresServer::start(&["deadlock_timeout=5s"]).await;
    let patient = "postgres.lock_timeout_ms=20000".to_owned();
    let mut fleet = Fleet::on(postgres, |_| vec![patient.clone()]).await;
    let ann = sdk::registered(&fleet.ways_in()[0], "ann").await;
    let mut groups = Vec::new();
    for _ in 0..3 {
        groups.push(sdk::group(&ann, &[]).await);
    }
    groups.sort_unstable();
    let mut first = fleet.postgres().connect().await.expect("a connection");
    let mut last = fleet.postgres().patient().await;
    let mut one = first.begin().await.expect("it begins");
    let mut other = last.begin().await.expect("it begins");
    hold(&mut one, groups[0]).await;
    hold(&mut other, groups[2]).await;
    let say = |nth: usize| {
        let send = SendMessage::text(groups[nth], sdk::body("hello"));
        tokio::spawn({
            let ann = ann.clone();
            async move { ann.call(send).await }
        })
    };

    let before = say(0);
    waits_for_a_row(&mut fleet).await;
    let sends = [say(1), say(2)];
    queue_of(&fleet.doors()[0], 2.0).await;
    one.commit().await.expect("it is let go");
    before.await.expect("no panic").expect("it is stored");
    waits_for_a_row(&mut fleet).await;
    hold(&mut other, groups[1]).await;
    other.commit().await.expect("it is let go");

    for send in sends {
        send.await.expect("no panic").expect("it is stored");
    }
    let text = "select deadlocks from pg_stat_database where datname = current_database()";
    let (circles,): (i64,) = sqlx::query_as(text)
        .fetch_one(&mut first)
        .await
        .expect("it answers");
    assert_eq!(circles, 1);
}
