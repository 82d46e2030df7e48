//! Three processes on a PostgreSQL and a Redis of their own, two people at each, and one conversation in which everybody
//! talks while something breaks. The checker judges what each of them lived through, and what is stored.

mod commits;
mod judging;
mod postgres;
mod processes;
mod redis;
mod rows;

use chat_tests::{Crowd, Fleet, checker};

/// Messages of all together before a fault, while it lasts, and after it.
const MESSAGES: u64 = 90;

/// Everybody talks already.
async fn crowd_of(fleet: &Fleet) -> Crowd {
    let crowd = Crowd::gather(&fleet.ways_in()).await;
    crowd.goes_on(MESSAGES).await;
    crowd
}

/// Everybody goes on talking; in the end nothing is missing anywhere, and everything that was said is stored.
async fn endures(fault: &str, crowd: Crowd) {
    crowd.goes_on(MESSAGES).await;
    let (history, felt) = crowd.history_and_felt().await;
    let said: usize = history.said.values().map(Vec::len).sum();
    eprintln!("{fault}: {felt}, of {said} messages");

    assert_eq!(checker::faults(&history), []);
    assert_eq!(history.stored.len(), said);
}
