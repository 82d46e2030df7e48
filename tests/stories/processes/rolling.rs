//! One process after the other is replaced, or killed, behind a balancer, while everybody talks: nothing that was
//! acknowledged is lost, and nothing that was said fails for good.

use chat_tests::{Crowd, Fleet, checker};

const PROCESSES: usize = 3;
/// Messages of all together between two changes.
const BETWEEN: u64 = 60;

#[tokio::test]
async fn processes_are_replaced_one_by_one_while_everybody_talks() {
    let mut fleet = Fleet::start().await;
    let crowd = Crowd::gather(&[fleet.url()]).await;
    crowd.reaches(BETWEEN).await;

    for nth in 0..PROCESSES {
        let old = fleet.replace(nth).await;
        let ended = old.process.terminate().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        crowd.goes_on(BETWEEN).await;
    }
    let history = crowd.history().await;

    assert_eq!(checker::faults(&history), []);
    let said: usize = history.said.values().map(Vec::len).sum();
    assert_eq!(history.stored.len(), said);
}

#[tokio::test]
async fn processes_are_killed_one_by_one_while_everybody_talks() {
    let mut fleet = Fleet::start().await;
    let crowd = Crowd::gather(&[fleet.url()]).await;
    crowd.reaches(BETWEEN).await;

    for nth in 0..PROCESSES {
        let old = fleet.replace(nth).await;
        old.process.kill().await;
        crowd.goes_on(BETWEEN).await;
    }
    let history = crowd.history().await;

    assert_eq!(checker::faults(&history), []);
    let said: usize = history.said.values().map(Vec::len).sum();
    assert_eq!(history.stored.len(), said);
}
