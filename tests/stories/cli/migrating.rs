//! `chat migrate`: a small installation moves to PostgreSQL with everything it has.

use chat_server::{Carrying, Config, Error, carry_to_postgres};
use chat_tests::{Door, Home, Person, Serving, Setup, postgres};
use serde_json::json;

/// A database of SQLite with people who talk, whatever engine the other stories are told on.
async fn talkative(home: &Home) -> String {
    let file = format!("sqlite://{}", home.path().join("small.db").display());
    let seed = ["seed", "demo", "--messages", "80", "--database", &file];
    home.run(&seed).await.ok();
    file
}

fn config(database: &str) -> Config {
    Config {
        database: database.to_owned(),
        ..Config::default()
    }
}

#[tokio::test]
async fn everything_moves_and_the_server_goes_on_there() {
    if postgres().is_none() {
        return;
    }
    let (home, mut new) = (Home::new(), Setup::with_empty_database());
    let (old, there) = (talkative(&home).await, new.config.database.clone());
    let files = home.path().join("small.db.media");
    new.config.media.store = Some(files.display().to_string());
    let carry = [
        "migrate",
        "sqlite-to-postgres",
        "--from",
        &old,
        "--to",
        &there,
        "-o",
        "jsonl",
    ];

    let carried = home.run(&carry).await.json();

    let rows = |table: &str| {
        let line = carried.iter().find(|line| line["table"] == table);
        line.and_then(|line| line["rows"].as_u64()).unwrap()
    };
    assert_eq!((rows("users"), rows("messages")), (15, 80));
    let again = home.run(&carry).await;
    assert!(again.failed(6).contains("was moved to"), "{again:?}");
    let server = new.start().await;
    let root = server.admin("root1").await;
    let stats = root.get("/admin/stats").await.ok();
    assert_eq!(
        (&stats["messages"], &stats["users"]),
        (&80.into(), &16.into())
    );
}

#[tokio::test]
async fn what_was_broken_off_goes_on_where_it_was() {
    if postgres().is_none() {
        return;
    }
    let (home, new) = (Home::new(), Setup::with_empty_database());
    let (old, mut new) = (config(&talkative(&home).await), new.config);
    // What was broken off holds the database until PostgreSQL sees that nobody is there any more.
    new.postgres.lock_timeout_ms = 12_000;
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let mut stop = Some(stop);
    let mut until_messages = |at: Carrying| {
        if at.table == "messages" {
            stop.take().map(|stop| stop.send(()));
        }
    };

    tokio::select! {
        biased;
        _ = stopped => {}
        done = carry_to_postgres(&old, &new, &mut until_messages) => panic!("{done:?}"),
    }
    let carried = carry_to_postgres(&old, &new, &mut |_| {}).await.unwrap();

    let messages = carried.iter().find(|one| one.table == "messages").unwrap();
    assert_eq!(messages.rows, 80);
    let wrong = carry_to_postgres(&new, &old, &mut |_| {}).await;
    assert!(matches!(wrong, Err(Error::Database { .. })), "{wrong:?}");
}

/// Serves this database from the home.
async fn serve(home: &Home, database: &str) -> (Serving, Door) {
    let words = ["serve", "--listen", "127.0.0.1:0", "--database", database];
    let served = Serving::start(&mut home.chat(&words)).await;
    let door = Door::mounted(served.address.parse().expect("an address"), "");
    (served, door)
}

#[tokio::test]
async fn nobody_is_signed_out_and_the_files_are_found() {
    if postgres().is_none() {
        return;
    }
    let home = Home::new();
    let (old, new) = (
        config("sqlite://small.db").database,
        Setup::with_empty_database(),
    );
    let (served, door) = serve(&home, &old).await;
    let body =
        json!({"username": "ann", "email": "ann@example.org", "password": "a long password"});
    let made = door.call("POST", "/auth/register", Some(body)).await.ok();
    let signed_in = serde_json::from_value(made).expect("it says who signed in");
    let ann = Person::new(door, &signed_in);
    let file = ann.file("a.txt", "hello").await;
    served.process.terminate().await.ok();

    let there = &new.config.database;
    let carry = [
        "migrate",
        "sqlite-to-postgres",
        "--from",
        &old,
        "--to",
        there,
    ];
    let said = home.run(&carry).await.stderr;

    assert!(said.contains("nobody is signed out"), "{said}");
    assert!(said.contains("small.db.media to chat.media"), "{said}");
    let unmoved = ["serve", "--listen", "127.0.0.1:0", "--database", there];
    let unmoved = home.run(&unmoved).await;
    assert_eq!(unmoved.code, Some(1), "{unmoved:?}");
    assert!(
        unmoved.stderr.contains("files in chat.media"),
        "{unmoved:?}"
    );
    let move_to = home.path().join("chat.media");
    assert!(
        !move_to.exists(),
        "a start that fails leaves nothing behind"
    );
    std::fs::rename(home.path().join("small.db.media"), move_to).expect("they move");
    let (served, door) = serve(&home, there).await;
    let ann = Person::new(door, &signed_in);
    assert_eq!(ann.get("/users/me").await.status, 200);
    let refresh = json!({"refresh_token": ann.refresh_token});
    assert_eq!(ann.post("/auth/refresh", refresh).await.status, 200);
    let path = format!("/attachments/{}", file.id);
    assert_eq!(ann.fetch(&path, &[]).await.bytes, b"hello");
    served.process.terminate().await.ok();
}
