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

/// How a connection is known to the server.
async fn pid(conn: &mut PgConnection) -> i32 {
    let asked = sqlx::query_as("select pg_backend_pid()").fetch_one(conn);
    let (pid,) = asked.await.expect("it answers");
    pid
}

/// Waits until a process waits for what this connection holds. Processes wait for each other, too, for a moment.
async fn waits_for(fleet: &mut Fleet, holder: i32) {
    let text = "select count(*) from pg_stat_activity where application_name = 'chat' and $1 = any(pg_blocking_pids(pid))";
    let mut conn = fleet.postgres().connect().await.expect("a connection");
    until("a process waits", async || {
        let asked = sqlx::query_as(text).bind(holder).fetch_one(&mut conn);
        match asked.await.expect("it answers") {
            (0_i64,) => Err("nobody waits".to_owned()),
            _ => Ok(()),
        }
    })
    .await;
}

/// Waits until the server has counted a circle: whoever found one tells of it when its transaction has ended.
async fn one_circle(conn: &mut PgConnection) {
    let text = "select deadlocks from pg_stat_database where datname = current_database()";
    until("a circle is counted", async || {
        match sqlx::query_as(text).fetch_one(&mut *conn).await {
            Ok((1_i64,)) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

#[tokio::test]
async fn sends_that_wait_in_a_circle_with_somebody_else_are_stored_all_the_same() {
    // Time to set it up: nobody gives up or looks for a circle before it is there.
    let postgres = PostgresServer::start(&["deadlock_timeout=10s"]).await;
    let patient = ["lock", "statement"].map(|what| format!("postgres.{what}_timeout_ms=30000"));
    let mut fleet = Fleet::on(postgres, |_| patient.to_vec()).await;
    let ann = sdk::registered(&fleet.ways_in()[0], "ann").await;
    let mut groups = Vec::new();
    for _ in 0..3 {
        groups.push(sdk::group(&ann, &[]).await);
    }
    groups.sort_unstable();
    let mut first = fleet.postgres().connect().await.expect("a connection");
    let mut last = fleet.postgres().patient().await;
    let (holds_first, holds_last) = (pid(&mut first).await, pid(&mut last).await);
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
    waits_for(&mut fleet, holds_first).await;
    let sends = [say(1), say(2)];
    queue_of(&fleet.doors()[0], 2.0).await;
    one.commit().await.expect("it is let go");
    before.await.expect("no panic").expect("it is stored");
    // Rows are held in the order of their ids: who waits for the last holds the one in the middle.
    waits_for(&mut fleet, holds_last).await;
    hold(&mut other, groups[1]).await;
    other.commit().await.expect("it is let go");

    for send in sends {
        send.await.expect("no panic").expect("it is stored");
    }
    one_circle(&mut first).await;
}
