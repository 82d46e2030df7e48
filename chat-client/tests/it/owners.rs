//! A device that changes hands: what one says stays theirs, and nothing comes into the store of another.

use crate::{
    damage::{PASSWORD, cleo, direct},
    kit::{hall, online, seq, status},
    slow::Slow,
};
use chat_client::{
    Client, Error, Owner, SqliteStore, Status, Store,
    test_kit::{HeldClock, TestServer, body},
};
use chat_core::{ListSessions, Secret};
use std::sync::atomic::Ordering;
use tempfile::TempDir;

async fn ann_on(server: &TestServer, store: impl Store) -> Client {
    let builder = Client::builder(server.url()).session(server.session("ann").await);
    builder.store(store).open().await.unwrap()
}

/// Whose things a store keeps that this client uses.
fn owner(client: &Client) -> Owner {
    Owner {
        server: client.server().clone(),
        user_id: client.me().unwrap(),
    }
}

/// What comes of everything that a user may do which only this device knows.
async fn says(client: &Client) -> [Result<(), Error>; 3] {
    let here = client.conversation(hall());
    let draft = here.set_draft(Some("a draft of ann".to_owned()));
    [
        here.send(body("by ann")).kept().await.map(drop),
        draft.kept().await,
        here.mark_read(seq(1)).kept().await,
    ]
}

#[tokio::test]
async fn what_is_said_while_somebody_else_signs_in_is_refused_and_never_theirs() {
    let (server, disk) = (TestServer::start().await, Slow::new());
    disk.may_go_on.add_permits(1);
    let client = ann_on(&server, disk.clone()).await;
    disk.loads.acquire().await.unwrap().forget();
    let signing_in = tokio::spawn({
        let client = client.clone();
        async move { client.register(cleo()).await }
    });
    disk.loads.acquire().await.unwrap().forget();

    for refused in says(&client).await {
        assert!(matches!(refused, Err(Error::SignedOut)), "{refused:?}");
    }

    disk.may_go_on.add_permits(1);
    signing_in.await.unwrap().unwrap();
    let kept = disk.disk.load(&owner(&client)).await.unwrap();
    assert_eq!((kept.outbox.len(), kept.drafts.len()), (0, 0));
    assert_eq!((kept.read_marks.len(), client.queued().len()), (0, 0));
    assert!(says(&client).await.iter().all(Result::is_ok), "cleo may");
}

#[tokio::test]
async fn who_is_signed_in_keeps_everything_where_somebody_else_could_not_be() {
    let (server, disk) = (TestServer::start().await, Slow::new());
    disk.may_go_on.add_permits(3);
    let client = ann_on(&server, disk.clone()).await;
    let ann = owner(&client);
    assert!(says(&client).await.iter().all(Result::is_ok));
    disk.fails.store(true, Ordering::Relaxed);

    let refused = client.register(cleo()).await;

    assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
    assert_eq!(owner(&client), ann);
    assert!(says(&client).await.iter().all(Result::is_ok));
    let kept = disk.disk.load(&ann).await.unwrap();
    assert_eq!((kept.outbox.len(), kept.lost), (2, 0));
    assert_eq!((kept.drafts.len(), kept.read_marks.len()), (1, 1));
}

#[tokio::test]
async fn who_is_connected_is_again_where_somebody_else_could_not_be_signed_in() {
    // The server is given some time to hear of a session that nobody uses: it stands, so that this is enough.
    let clock = HeldClock::default();
    let (server, disk) = (TestServer::held(&clock).await, Slow::new());
    disk.may_go_on.add_permits(3);
    let builder = Client::builder(server.url()).session(server.session("ann").await);
    let builder = builder.clock(clock).store(disk.clone());
    let client = builder.open().await.unwrap();
    online(&client).await;
    disk.fails.store(true, Ordering::Relaxed);

    let refused = client.register(cleo()).await;

    assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
    status(&client, |status| *status == Status::Online).await;
    let elsewhere = Client::builder(server.url()).build().unwrap();
    let password = Secret::new(PASSWORD);
    elsewhere.login("cleo", password).await.unwrap();
    let sessions = elsewhere.call(ListSessions {}).await.unwrap();
    assert_eq!(sessions.items.len(), 1, "nobody uses the other");
}

#[tokio::test]
async fn after_signing_out_nothing_comes_into_the_store_and_nobody_is_named_there() {
    let (server, dir) = (TestServer::start().await, TempDir::new().unwrap());
    let path = dir.path().join("chat.db");
    let client = ann_on(&server, SqliteStore::open(&path).await.unwrap()).await;
    assert!(says(&client).await.iter().all(Result::is_ok));

    client.logout().await.unwrap();

    for refused in says(&client).await {
        assert!(matches!(refused, Err(Error::SignedOut)), "{refused:?}");
    }
    assert_eq!(client.conversation(hall()).draft(), None);
    let file = direct(&path).await;
    for table in ["outbox", "draft", "read_mark", "meta where name = 'owner'"] {
        let text = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        let rows: i64 = sqlx::query_scalar(text).fetch_one(&file).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
}
