//! The server is killed with SIGKILL under load, again and again: nothing that was acknowledged may be lost, doubled or
//! out of order, and in the end every client knows exactly what is stored.

use super::serve;
use chat_tests::{
    Crowd, Home,
    checker::{self, Fault},
    is_about_sqlite_only,
};

const KILLS: u64 = 5;
/// Messages of all together between two kills.
const BETWEEN_KILLS: u64 = 60;

#[tokio::test]
async fn nothing_acknowledged_is_lost_doubled_or_out_of_order() {
    let home = Home::new();
    let mut server = serve(&home, "127.0.0.1:0").await;
    let address = server.address.clone();
    let crowd = Crowd::gather(&[server.url()]).await;

    for _ in 0..KILLS {
        crowd.goes_on(BETWEEN_KILLS).await;
        server.process.kill().await;
        server = serve(&home, &address).await;
        crowd.is_back();
    }
    crowd.goes_on(BETWEEN_KILLS).await;
    let history = crowd.history().await;

    assert_eq!(checker::faults(&history), []);
    let said: usize = history.said.values().map(Vec::len).sum();
    assert_eq!(history.stored.len(), said);
    assert!(said as u64 >= (KILLS + 1) * BETWEEN_KILLS);
}

/// The story above can fail: with a server that forgets, it does.
#[tokio::test]
async fn a_database_that_forgets_is_found_out() {
    if is_about_sqlite_only("it puts files of before in the place of the database") {
        return;
    }
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;
    let address = server.address.clone();
    let crowd = Crowd::gather(&[server.url()]).await;
    let files = ["chat.db", "chat.db-wal"];
    let kept = |file: &str| home.path().join(format!("kept.{file}"));

    crowd.reaches(BETWEEN_KILLS).await;
    server.process.kill().await;
    for file in files {
        std::fs::copy(home.path().join(file), kept(file)).expect("it is there");
    }
    let server = serve(&home, &address).await;
    // From here on: before the kill there may have been any number. The copy has at most what was under way then.
    crowd.goes_on(2 * BETWEEN_KILLS).await;
    server.process.kill().await;
    for file in files {
        std::fs::rename(kept(file), home.path().join(file)).expect("it is there");
    }
    let _server = serve(&home, &address).await;
    crowd.goes_on(BETWEEN_KILLS).await;
    let faults = checker::faults(&crowd.history().await);

    let lost = faults
        .iter()
        .filter(|fault| matches!(fault, Fault::Lost(_)));
    assert!(lost.count() >= 30, "{faults:?}");
}
