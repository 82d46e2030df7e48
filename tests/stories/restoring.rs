//! A database that was put back to an older state: in another life nobody misses what is said under numbers that they know.

use chat_server::{ChatServer, NewEpochs};
use chat_tests::{Database, Home, Server, Setup};
use serde_json::json;

#[tokio::test]
async fn in_another_life_nobody_misses_what_is_said_under_a_number_they_know() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    for content in ["one", "two", "lost"] {
        ann.say(group, content).await;
    }
    let epoch = ann.look(group).await.epoch;
    let setup = server.stop().await;
    let mut database = Database::open(&setup.config.database).await;
    for older in [
        "delete from messages where conversation_id = $1 and seq > $2",
        "update conversations set last_seq = $2, last_message_seq = $2 where id = $1",
    ] {
        assert_eq!(database.change(older, group.uuid(), 2).await, 1);
    }

    let renewed = ChatServer::renew_epochs(&setup.config).await.unwrap();

    let (conversations, inboxes) = (1, 1);
    assert_eq!(
        renewed,
        NewEpochs {
            conversations,
            inboxes
        }
    );
    let server = setup.start().await;
    let ann = ann.at(&server.door);
    ann.say(group, "another").await;
    let known = json!({"positions": {(group.to_string()): {"epoch": epoch, "seq": 3}}});
    let synced = ann.sync(known).await;
    assert_eq!(synced["reset"][0]["reason"], "epoch", "{synced}");
}

#[tokio::test]
async fn every_log_gets_another_life_by_a_command() {
    let home = Home::new();
    let database = home.database();
    let seed = ["seed", "demo", "--messages", "20", "--database", &database];
    home.run(&seed).await.ok();
    let new_epochs = ["config", "new-epochs", "--database", &database];

    let said = home.run(&new_epochs).await.stderr;

    assert!(said.contains("15 inboxes begin another life"), "{said}");
}

#[tokio::test]
async fn no_log_gets_another_life_while_a_server_tells_of_it() {
    let setup = Setup::new();
    if chat_tests::postgres().is_none() {
        return;
    }
    let server = setup.start().await;

    let refused = ChatServer::renew_epochs(server.chat().config()).await;

    let why = refused.expect_err("a server runs").to_string();
    assert!(why.contains("stop all of them first"), "{why}");
}
