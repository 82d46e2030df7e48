//! What is only so on PostgreSQL: several servers on one database, connections that die, and servers that will not do.

mod held;
mod unanswered;

use chat_server::{ChatServer, Config, Error};
use chat_tests::{Database, Person, Server, Setup, postgres, until};
use futures_util::future::join_all;
use serde_json::json;

/// Ends every connection to the database but this one.
const CUT: &str = "with cut as (select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()) update users set role = role
    where (select count(*) from cut) < 0";

/// Whether there is no server to tell the story with. Says so.
fn is_without_server() -> bool {
    let none = postgres().is_none();
    if none {
        eprintln!("only told on PostgreSQL");
    }
    none
}

async fn refusal(config: Config) -> String {
    match ChatServer::builder().config(config).build().await {
        Ok(_) => panic!("it starts"),
        Err(error @ Error::Database { .. }) => error.to_string(),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn processes_that_start_at_once_bring_the_database_up_to_date_once() {
    if is_without_server() {
        return;
    }
    let setup = Setup::with_empty_database();

    let servers = join_all((0..4).map(|_| setup.clone().start())).await;

    let ann = servers[0].person("ann").await;
    let group = ann.group(&[]).await;
    let there = servers[3].another_device(&ann).await;
    assert_eq!(there.look(group).await.member_count, 1);
}

/// Says twenty things, reacts to each, and marks them read.
async fn talk(who: &Person, group: chat_core::ConversationId) {
    for nth in 0..20 {
        let message = who.say(group, &format!("{} {nth}", who.name)).await;
        let reaction = format!("/messages/{}/reactions/%F0%9F%91%8D", message.id);
        let read = format!("/conversations/{group}/read");
        let (reacted, read) = tokio::join!(
            who.put(&reaction, json!({})),
            who.put(&read, json!({"seq": message.seq})),
        );
        assert!(reacted.status < 300, "{reacted:?}");
        assert!(read.status < 300, "{read:?}");
    }
}

#[tokio::test]
async fn several_servers_keep_one_order() {
    if is_without_server() {
        return;
    }
    let mut setup = Setup::new();
    // Nobody gives up: all of them want the same rows at once.
    setup.config.postgres.lock_timeout_ms = 30_000;
    let servers = join_all((0..3).map(|_| setup.clone().start())).await;
    let people = servers[0].people(["ann", "bob", "eve"]).await;
    let [ann, bob, eve] = &people;
    let others = [bob, eve];
    let groups = join_all((0..3).map(|_| ann.group(&others))).await;
    let mut devices = Vec::new();
    for server in &servers {
        for person in &people {
            devices.push(server.another_device(person).await);
        }
    }

    let talks = devices
        .iter()
        .flat_map(|device| groups.iter().map(|group| talk(device, *group)));
    join_all(talks).await;

    for group in groups {
        let last = ann.look(group).await.last_seq.get();
        // Each says twenty things, and each is reacted to once.
        assert_eq!(last, 9 * 20 * 2);
        let epoch = ann.look(group).await.epoch;
        let from = json!({"positions": {(group.to_string()): {"epoch": epoch, "seq": 0}}});
        let synced = ann.sync(from).await;
        let events = synced["conversations"][0]["events"].as_array().unwrap();
        let places: Vec<_> = events
            .iter()
            .map(|event| event["seq"].as_u64().unwrap())
            .collect();
        assert!(
            places.iter().copied().eq(1..=places.len() as u64),
            "{places:?}"
        );
    }
}

#[tokio::test]
async fn the_same_files_in_any_order_keep_no_process_waiting_for_another() {
    if is_without_server() {
        return;
    }
    let mut setup = Setup::new();
    // Nobody gives up who only waits for a slow machine; who waits in a circle is found before that.
    setup.config.postgres.lock_timeout_ms = 30_000;
    let servers = join_all((0..2).map(|_| setup.clone().start())).await;
    let ann = servers[0].person("ann").await;
    let there = servers[1].another_device(&ann).await;
    let (here, other) = (ann.group(&[]).await, ann.group(&[]).await);
    let mut files = Vec::new();
    for nth in 0..6 {
        files.push(
            ann.file(&format!("{nth}.txt"), format!("file {nth}"))
                .await
                .id,
        );
    }
    let backwards: Vec<_> = files.iter().rev().copied().collect();
    let mut database = servers[0].database().await;

    for _ in 0..20 {
        let (one, another) = tokio::join!(
            ann.send(here, json!({"attachment_ids": files})),
            there.send(other, json!({"attachment_ids": backwards})),
        );
        assert_eq!((one.status, another.status), (201, 201));
    }

    // Nobody had to be sent back: a deadlock is counted by PostgreSQL, also one that a retry hides.
    let none = "update users set role = role where (select deadlocks from pg_stat_database
        where datname = current_database()) > 0";
    assert_eq!(database.run(none, &[]).await, Ok(0));
}

#[tokio::test]
async fn connections_that_died_fail_no_send() {
    if is_without_server() {
        return;
    }
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let mut database = server.database().await;

    for nth in 0..5 {
        database.run(CUT, &[]).await.unwrap();
        ann.say(group, &format!("{nth}")).await;
    }

    assert_eq!(ann.look(group).await.last_seq.get(), 5);
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_not_ready_until_it_does() {
    if is_without_server() {
        return;
    }
    let setup = Setup::new();
    let server = setup.clone().start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let mut database = server.database().await;
    database.set("default_transaction_read_only", "on").await;
    database
        .run("set default_transaction_read_only = off", &[])
        .await
        .unwrap();
    database.run(CUT, &[]).await.unwrap();

    let refused = ann.send(group, json!({"content": "hello"})).await;

    assert_eq!(refused.problem(), (503, "unavailable"));
    assert_eq!(server.door.get("/health/ready").await.status, 503);
    let why = refusal(setup.config.clone()).await;
    assert!(why.contains("takes no writes"), "{why}");
    database.set("default_transaction_read_only", "off").await;
    database.run(CUT, &[]).await.unwrap();
    until("it is ready", async || {
        match server.door.get("/health/ready").await {
            answer if answer.status == 200 => Ok(()),
            answer => Err(format!("{answer:?}")),
        }
    })
    .await;
    ann.say(group, "hello").await;
}

#[tokio::test]
async fn a_server_that_will_not_do_is_refused_with_what_to_do() {
    if is_without_server() {
        return;
    }
    let config = |database: &str| Config {
        database: database.to_owned(),
        ..Config::default()
    };

    let away = refusal(config("postgres://ann:secret@127.0.0.1:1/chat")).await;
    assert!(away.contains("check that the server runs"), "{away}");
    assert!(!away.contains("secret"), "{away}");
    let unknown = postgres().unwrap().trim_end_matches('/').to_owned() + "/no_such_database";
    let unknown = refusal(config(&unknown)).await;
    assert!(unknown.contains("createdb"), "{unknown}");
    let setup = Setup::new();
    let server = setup.clone().start().await;
    let newer =
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
        values (9999, 'newer', true, '', 0)";
    server.database().await.run(newer, &[]).await.unwrap();
    let newer = refusal(setup.config.clone()).await;
    assert!(newer.contains("newer version (migration 9999)"), "{newer}");
}

#[tokio::test]
async fn a_database_that_was_brought_up_to_date_by_half_is_refused_with_what_to_do() {
    let cases = [
        (
            "update _sqlx_migrations set success = false where version = 2",
            "migration 2 was broken off halfway; restore the backup",
        ),
        (
            "update _sqlx_migrations set checksum = 'other' where version = 3",
            "migration 3 is not the one that this version knows",
        ),
        (
            "delete from _sqlx_migrations where version = 4",
            "a migration failed and was undone",
        ),
    ];
    for (harm, said) in cases {
        if is_without_server() {
            return;
        }
        let setup = Setup::new();
        let mut database = Database::open(&setup.config.database).await;
        database.run(harm, &[]).await.unwrap();

        let why = refusal(setup.config.clone()).await;

        assert!(why.contains(said), "{why}");
    }
}

#[tokio::test]
async fn an_older_database_is_brought_up_to_date_once_by_all_that_start() {
    if is_without_server() {
        return;
    }
    let setup = Setup::new();
    let mut database = Database::open(&setup.config.database).await;
    for older in [
        "drop table signing_keys, media_store",
        "delete from _sqlx_migrations where version = 4",
    ] {
        database.run(older, &[]).await.unwrap();
    }

    let servers = join_all((0..4).map(|_| setup.clone().start())).await;

    let ann = servers[1].person("ann").await;
    let door = servers[2].door.bearer(&ann.token);
    assert_eq!(door.call("GET", "/users/me", None).await.status, 200);
    let once = "update _sqlx_migrations set success = success where version = 4";
    assert_eq!(database.run(once, &[]).await, Ok(1));
}

#[tokio::test]
async fn a_database_that_cannot_keep_every_text_is_refused() {
    if is_without_server() {
        return;
    }

    let why = refusal(Setup::with_narrow_database().config).await;

    assert!(why.contains("LATIN1"), "{why}");
    assert!(why.contains("createdb --encoding UTF8"), "{why}");
}
