//! Processes are killed or replaced, one after another.

use super::{MESSAGES, crowd_of, endures};
use chat_core::{SearchMessages, SearchText};
use chat_tests::{Fleet, PostgresServer, sdk, until};

#[tokio::test]
async fn nothing_breaks() {
    let fleet = Fleet::on_postgres().await;
    let crowd = crowd_of(&fleet).await;

    endures("nothing breaks", crowd).await;
}

#[tokio::test]
async fn each_process_is_killed_and_started_again() {
    let mut fleet = Fleet::on_postgres().await;
    let crowd = crowd_of(&fleet).await;

    for nth in 0..fleet.places.len() {
        fleet.kill(nth).await;
        crowd.goes_on(MESSAGES).await;
        fleet.start_again(nth).await;
        crowd.goes_on(MESSAGES).await;
    }

    endures("each process killed and started again", crowd).await;
}

#[tokio::test]
async fn each_process_is_replaced() {
    let mut fleet = Fleet::on_postgres().await;
    let crowd = crowd_of(&fleet).await;

    for nth in 0..fleet.places.len() {
        let old = fleet.replace(nth).await;
        let ended = old.process.terminate().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        crowd.goes_on(MESSAGES).await;
    }

    endures("each process replaced", crowd).await;
}

#[tokio::test]
async fn all_processes_are_killed_at_once_and_started_again() {
    let mut fleet = Fleet::on_postgres().await;
    let crowd = crowd_of(&fleet).await;

    for nth in 0..fleet.places.len() {
        fleet.kill(nth).await;
    }
    for nth in 0..fleet.places.len() {
        fleet.start_again(nth).await;
    }

    endures("all processes killed and started again", crowd).await;
}

#[tokio::test]
async fn what_a_killed_process_left_out_of_the_index_is_put_in_by_another() {
    let often = |_| vec!["heads_check_ms=200".to_owned()];
    let mut fleet = Fleet::on(PostgresServer::start(&[]).await, often).await;
    let ways = fleet.ways_in();
    let ann = sdk::registered(&ways[0], "ann").await;
    let ben = sdk::registered(&ways[1], "ben").await;
    let group = sdk::group(&ann, &[ben.me().expect("he is signed in")]).await;
    sdk::online(&ann).await;

    let said = ann.conversation(group).send(sdk::body("heliotrope"));
    said.stored().await.expect("it is stored");
    fleet.kill(0).await;

    until("another process has put it in", async || {
        let search = SearchMessages {
            q: SearchText::parse("heliotrope").ok(),
            conversation_id: None,
            sender_id: None,
            before: None,
            after: None,
            limit: None,
            cursor: None,
        };
        match ben.call(search).await {
            Ok(page) if page.items.len() == 1 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}
