//! Redis is restarted empty, says nothing, or loses and doubles what it carries: for all processes, or for one.

use super::{MESSAGES, crowd_of, endures};
use chat_tests::{Fleet, Way};

async fn under(fault: &str, way: Way, places: usize) {
    let fleet = Fleet::on_postgres().await;
    let crowd = crowd_of(&fleet).await;

    for place in &fleet.places[..places] {
        place.to_redis.set(way);
    }
    crowd.goes_on(MESSAGES).await;

    endures(fault, crowd).await;
}

#[tokio::test]
async fn one_process_cannot_reach_redis() {
    under("one process without Redis", Way::Cut, 1).await;
}

#[tokio::test]
async fn redis_answers_nobody() {
    under("Redis answers nobody", Way::Held, 3).await;
}

#[tokio::test]
async fn messages_between_processes_get_lost() {
    under("messages between processes get lost", Way::Deaf, 3).await;
}

#[tokio::test]
async fn messages_between_processes_come_twice() {
    under("messages between processes come twice", Way::Doubled, 3).await;
}

#[tokio::test]
async fn redis_comes_back_empty() {
    let mut fleet = Fleet::on_postgres().await;
    let crowd = crowd_of(&fleet).await;

    fleet.redis.kill().await;
    crowd.goes_on(MESSAGES).await;
    fleet.redis.start_again().await;
    fleet.expect_together().await;

    endures("Redis restarted empty", crowd).await;
}
