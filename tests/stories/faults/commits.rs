//! The answers to commits get lost: what is stored then, nobody knows who has not looked.

use super::{MESSAGES, crowd_of, endures};
use chat_tests::{Fleet, Way, until};

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_neither_lost_nor_done_twice() {
    let fleet = Fleet::on_postgres().await;
    let crowd = crowd_of(&fleet).await;

    let ways: Vec<_> = (0..fleet.places.len())
        .map(|nth| fleet.to_postgres(nth))
        .collect();
    ways.iter().for_each(|way| way.set(Way::WithoutCommits));
    until("commits get lost everywhere", async || {
        match ways.iter().map(|way| way.dropped()).min() {
            Some(3..) => Ok(()),
            fewer => Err(format!("{fewer:?} commits")),
        }
    })
    .await;
    ways.iter().for_each(|way| way.set(Way::Open));
    crowd.goes_on(MESSAGES).await;

    endures("answers to commits lost", crowd).await;
}
