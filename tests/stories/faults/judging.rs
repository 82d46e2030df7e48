//! The stories beside these can fail: with a database that does not wait for its disk, and with processes that compare
//! nothing, the checker finds broken promises in the same histories.

use super::{MESSAGES, crowd_of};
use chat_tests::{
    Crowd, Fleet, PostgresServer, Way,
    checker::{self, Fault},
};
use std::time::Duration;

/// A process that is deaf and compares nothing is looked for so often: one that has no answer of Redis for a second compares
/// all the same when it has one, and hears of everything; and whoever is asked too soon does not know yet what they could.
const TRIES: usize = 3;

/// What is wrong with a history in the end. Where somebody never hears of everything, they are asked after so many seconds.
async fn faults(crowd: Crowd, patience_s: Option<u64>) -> Vec<Fault> {
    let history = match patience_s {
        Some(seconds) => crowd.history_after(Duration::from_secs(seconds)).await,
        None => crowd.history().await,
    };
    checker::faults(&history)
}

/// PostgreSQL is killed with all that it has not written; everybody goes on.
async fn faults_of_a_crash(durability: &str, patience_s: Option<u64>) -> Vec<Fault> {
    let lazy = [
        "wal_writer_delay=10s",
        "wal_buffers=16MB",
        "bgwriter_lru_maxpages=0",
    ];
    let durability = format!("durability={durability}");
    let postgres = PostgresServer::start(&lazy).await;
    let mut fleet = Fleet::on(postgres, |_| vec![durability.clone()]).await;
    let crowd = crowd_of(&fleet).await;

    fleet.postgres().write_only_what_is_waited_for().await;
    crowd.goes_on(MESSAGES).await;
    fleet.postgres().kill().await;
    fleet.postgres().start_again().await;
    crowd.goes_on(MESSAGES).await;

    faults(crowd, patience_s).await
}

#[tokio::test]
async fn a_durability_that_is_relaxed_is_found_out() {
    let faults = faults_of_a_crash("relaxed", Some(2)).await;

    let lost = faults
        .iter()
        .filter(|fault| matches!(fault, Fault::Lost(_)));
    assert!(lost.count() >= 30, "{faults:?}");
}

#[tokio::test]
async fn a_full_durability_survives_the_same() {
    assert_eq!(faults_of_a_crash("full", None).await, []);
}

/// All that Redis tells the second process gets lost, while only somebody at the first talks.
async fn faults_of_a_deaf_process(comparing_ms: u32, patience_s: Option<u64>) -> Vec<Fault> {
    let postgres = PostgresServer::start(&[]).await;
    let comparing = |nth: usize| {
        vec![format!(
            "heads_check_ms={}",
            [1_000, comparing_ms, 1_000][nth]
        )]
    };
    let fleet = Fleet::on(postgres, comparing).await;
    let crowd = crowd_of(&fleet).await;

    fleet.places[1].to_redis.set(Way::Deaf);
    crowd.only("ann").await;
    crowd.goes_on(MESSAGES).await;

    faults(crowd, patience_s).await
}

#[tokio::test]
async fn processes_that_compare_nothing_are_found_out() {
    let those_there = ["ben", "eve"].map(|name| Fault::Differs(name.to_owned()));
    let mut faults = faults_of_a_deaf_process(3_600_000, Some(4)).await;

    for _ in 1..TRIES {
        let only_differ = |fault: &Fault| matches!(fault, Fault::Differs(_));
        if faults == those_there || !faults.iter().all(only_differ) {
            break;
        }
        faults = faults_of_a_deaf_process(3_600_000, Some(4)).await;
    }

    assert_eq!(faults, those_there);
}

#[tokio::test]
async fn processes_that_compare_hear_of_everything() {
    assert_eq!(faults_of_a_deaf_process(1_000, None).await, []);
}
