//! PostgreSQL is restarted, goes away, or takes no more connections: of all processes, or of one.

use super::{MESSAGES, crowd_of, endures};
use chat_tests::{Fleet, PostgresServer, Way, until};

/// Ends what the processes have.
const CUT: &str =
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'chat%'";

async fn expect_all_ready(fleet: &Fleet, are_ready: bool) {
    for nth in 0..fleet.places.len() {
        fleet.expect_ready(nth, are_ready).await;
    }
}

#[tokio::test]
async fn postgres_is_restarted_at_once() {
    let mut fleet = Fleet::on_postgres().await;
    let crowd = crowd_of(&fleet).await;

    fleet.postgres().kill().await;
    fleet.postgres().start_again().await;

    endures("PostgreSQL restarted at once", crowd).await;
}

#[tokio::test]
async fn postgres_goes_away_and_comes_back() {
    let mut fleet = Fleet::on_postgres().await;
    let crowd = crowd_of(&fleet).await;

    fleet.postgres().kill().await;
    expect_all_ready(&fleet, false).await;
    fleet.postgres().start_again().await;
    expect_all_ready(&fleet, true).await;

    endures("PostgreSQL away until every process said so", crowd).await;
}

#[tokio::test]
async fn postgres_has_no_connection_left() {
    let postgres = PostgresServer::start(&["max_connections=60"]).await;
    let mut fleet = Fleet::on(postgres, |_| Vec::new()).await;
    let crowd = crowd_of(&fleet).await;

    let mut taken = Vec::new();
    let doors = fleet.doors();
    let postgres = fleet.postgres();
    until("others have all connections", async || {
        // The last ones who did this may not have let go of their connections yet.
        let cut = postgres.try_run(CUT).await;
        cut.map_err(|error| error.to_string())?;
        while let Ok(conn) = postgres.connect().await {
            taken.push(conn);
        }
        for door in &doors {
            let answer = door.get("/health/ready").await;
            if answer.status == 200 {
                return Err(format!("{answer:?}"));
            }
        }
        Ok(())
    })
    .await;
    drop(taken);
    expect_all_ready(&fleet, true).await;

    endures("no connection left until every process said so", crowd).await;
}

#[tokio::test]
async fn one_process_cannot_reach_postgres() {
    let fleet = Fleet::on_postgres().await;
    let crowd = crowd_of(&fleet).await;

    fleet.to_postgres(0).set(Way::Cut);
    fleet.expect_ready(0, false).await;
    crowd.goes_on(MESSAGES).await;
    fleet.expect_ready(1, true).await;
    fleet.to_postgres(0).set(Way::Open);
    fleet.expect_ready(0, true).await;

    endures("one process without PostgreSQL until it said so", crowd).await;
}

#[tokio::test]
async fn one_process_gets_no_answer_from_postgres() {
    // It may be in the middle of something, and then holds what the others write to.
    let idle = |_| vec!["postgres.idle_in_transaction_timeout_ms=3000".to_owned()];
    let fleet = Fleet::on(PostgresServer::start(&[]).await, idle).await;
    let crowd = crowd_of(&fleet).await;

    fleet.to_postgres(0).set(Way::Held);
    fleet.expect_ready(0, false).await;
    crowd.goes_on(MESSAGES).await;
    fleet.expect_ready(1, true).await;
    fleet.to_postgres(0).set(Way::Open);
    fleet.expect_ready(0, true).await;

    endures(
        "one process without answers of PostgreSQL until it said so",
        crowd,
    )
    .await;
}
