//! A database that was put back to an older state while servers run, as when one takes over that had not everything: what is
//! said from then on is told under places that were told before.

use super::{House, hears};
use chat_tests::Database;
use uuid::Uuid;

/// Takes out of a log what is behind a place.
async fn cut(database: &mut Database, group: Uuid) {
    for statement in [
        "delete from events where conversation_id = $1 and seq > 2",
        "delete from messages where conversation_id = $1 and seq > 2",
        "update conversations set last_seq = 2 where id = $1",
    ] {
        database.run(statement, &[group]).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_said_in_a_log_that_has_become_shorter_is_heard() {
    let house = House::with(2, |config| config.heads_check_ms = 1_000).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    let mut his = house.socket(&ben, 1).await;
    for content in ["one", "two", "three", "four"] {
        ann.say(group, content).await;
        hears(&mut his, content).await;
    }

    cut(&mut house.servers[0].database().await, group.uuid()).await;
    his.next_event("resync").await;
    ann.say(group, "again").await;

    hears(&mut his, "again").await;
}

#[tokio::test]
async fn a_socket_whose_inbox_has_become_shorter_is_let_go() {
    let house = House::with(2, |config| config.heads_check_ms = 1_000).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    let mut his = house.socket(&ben, 1).await;
    ann.group(&[&ben]).await;
    his.next_event("conversation.new").await;

    let mut database = house.servers[0].database().await;
    let shorter = "update users set inbox_seq = 0 where id = $1";
    database.run(shorter, &[ben.id.uuid()]).await.unwrap();

    assert_eq!(his.expect_close().await.0, 4010);
}
