//! What was acknowledged is there, whatever became of the server.

use chat_tests::{Server, is_about_sqlite_only};
use futures_util::future::join_all;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_server_that_drops_dead_keeps_every_acknowledged_message() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let sends = (0..40).map(|nth| {
        let who = if nth % 2 == 0 { &ann } else { &bob };
        who.send(
            group,
            json!({"client_id": format!("n{nth}"), "content": format!("{nth}")}),
        )
    });
    let acknowledged: BTreeSet<_> = join_all(sends)
        .await
        .into_iter()
        .map(|answer| {
            let message = answer.ok_message();
            (message.seq, message.id, message.content)
        })
        .collect();

    let server = server.drop_dead().await.start().await;

    let door = server.door.bearer(&ann.token);
    let page = door
        .call(
            "GET",
            &format!("/conversations/{group}/messages?limit=100"),
            None,
        )
        .await
        .ok();
    let page: chat_core::MessagePage = serde_json::from_value(page).unwrap();
    let stored: BTreeSet<_> = page
        .items
        .into_iter()
        .map(|message| (message.seq, message.id, message.content))
        .collect();
    assert_eq!(stored, acknowledged);
}

#[tokio::test]
async fn numbers_go_on_where_they_were_after_a_restart() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    ann.send(group, json!({"client_id": "n1", "content": "1"}))
        .await
        .ok();

    let server = server.drop_dead().await.start().await;

    let door = server.door.bearer(&ann.token);
    let send = async |client_id: &str| {
        let body = json!({"client_id": client_id, "content": "1"});
        door.call(
            "POST",
            &format!("/conversations/{group}/messages"),
            Some(body),
        )
        .await
    };
    let (again, next) = (send("n1").await, send("n2").await);
    assert_eq!(
        (again.status, &again.body["seq"]),
        (200, &json!(1)),
        "the retry of before"
    );
    assert_eq!((next.status, &next.body["seq"]), (201, &json!(2)));
}

#[tokio::test]
async fn what_is_under_way_when_the_server_is_told_to_stop_is_finished() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let mut socket = ann.socket().await;
    let call = socket
        .begin(
            "message.send",
            json!({"conversation_id": group, "content": "last words"}),
        )
        .await;
    socket.answer(call).await.unwrap();

    let server = server.stop().await.start().await;

    let door = server.door.bearer(&ann.token);
    let page = door
        .call("GET", &format!("/conversations/{group}/messages"), None)
        .await
        .ok();
    assert_eq!(page["items"][0]["content"], "last words");
}

#[tokio::test]
async fn the_key_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    if is_about_sqlite_only("there is no file of keys") {
        return;
    }
    let server = Server::start().await;

    let file = format!("{}.keys", server.database_file().display());

    let mode = std::fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
