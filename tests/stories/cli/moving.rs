//! `chat migrate` while a server has the file: nothing that was acknowledged stays behind, and nobody goes on there. And the
//! way back.

use super::NO_LIMITS;
use chat_server::{ChatServer, Config, carry_to_postgres};
use chat_tests::{Answer, Door, Ended, Home, Person, Serving, Setup, postgres};
use serde_json::json;

fn config(database: &str) -> Config {
    Config {
        database: database.to_owned(),
        ..Config::default()
    }
}

/// Why nobody serves a database.
async fn refusal(config: &Config) -> String {
    let builder = ChatServer::builder().config(config.clone());
    match builder.without_files().build().await {
        Ok(_) => panic!("it starts"),
        Err(error) => error.to_string(),
    }
}

async fn serve(home: &Home, database: &str) -> (Serving, Door) {
    let served = home.serve_on(database, "127.0.0.1:0", NO_LIMITS).await;
    let door = Door::mounted(served.address.parse().expect("an address"), "");
    (served, door)
}

async fn register(door: &Door) -> Person {
    let ann = json!({"username": "ann", "email": "ann@example.org", "password": "a long password"});
    let made = door.call("POST", "/auth/register", Some(ann)).await.ok();
    Person::new(
        door.clone(),
        &serde_json::from_value(made).expect("it says who signed in"),
    )
}

/// Says things until the server has the database no more. Returns how many were acknowledged, and the last answer.
async fn talk(who: Person, group: chat_core::ConversationId) -> (u64, Answer) {
    let mut acknowledged = 0;
    loop {
        let answer = who.send(group, json!({"content": "hello"})).await;
        let detail = answer.body["detail"].as_str().unwrap_or_default();
        match answer.status {
            201 => acknowledged += 1,
            503 if detail.contains("has moved") => return (acknowledged, answer),
            503 => {}
            _ => panic!("{answer:?}"),
        }
    }
}

async fn carry(home: &Home, from: &str, to: &str) -> Ended {
    let words = ["migrate", "sqlite-to-postgres", "--from", from, "--to", to];
    home.run(&words).await
}

#[tokio::test]
async fn a_live_installation_moves_and_nothing_that_was_acknowledged_stays_behind() {
    if postgres().is_none() {
        return;
    }
    let (home, new) = (Home::new(), Setup::with_empty_database());
    let (old, there) = ("sqlite://small.db", new.config.database.clone());
    let (served, door) = serve(&home, old).await;
    let ann = register(&door).await;
    let group = ann.group(&[]).await;
    let talking = tokio::spawn(talk(ann.clone(), group));

    carry(&home, old, &there).await.ok();

    let (acknowledged, last) = talking.await.expect("it ends");
    assert_eq!(last.problem(), (503, "unavailable"));
    assert_eq!(door.get("/health/ready").await.status, 503);
    served.process.terminate().await.ok();
    let anywhere = ["--listen", "127.0.0.1:0"];
    let again = home
        .run(&[&["serve", "--database", old][..], &anywhere].concat())
        .await;
    assert!(again.failed(1).contains("was moved to"), "{again:?}");
    let (from, to) = ("small.db.media", "chat.media");
    std::fs::rename(home.path().join(from), home.path().join(to)).expect("they move");
    let (served, door) = serve(&home, &there).await;
    assert_eq!(ann.at(&door).look(group).await.last_seq.get(), acknowledged);
    served.process.terminate().await.ok();
}

#[tokio::test]
async fn who_goes_back_to_the_file_begins_another_life_there() {
    if postgres().is_none() {
        return;
    }
    let (home, new) = (Home::new(), Setup::with_empty_database());
    let file = format!("sqlite://{}", home.path().join("small.db").display());
    let (served, door) = serve(&home, &file).await;
    let ann = register(&door).await;
    let group = ann.group(&[]).await;
    let epoch = ann.look(group).await.epoch;
    served.process.terminate().await.ok();
    let carried = carry_to_postgres(&config(&file), &new.config, &mut |_| {}).await;
    carried.expect("it is carried");
    let why = refusal(&config(&file)).await;
    assert!(why.contains("chat migrate undo"), "{why}");

    let undo = ["migrate", "undo", "--from", &file];
    let undone = home.run(&undo).await;

    assert!(undone.stderr.contains("1 conversations"), "{undone:?}");
    let twice = home.run(&undo).await;
    assert!(
        twice.failed(6).contains("was not carried over"),
        "{twice:?}"
    );
    let (served, door) = serve(&home, &file).await;
    ann.at(&door).say(group, "back again").await;
    assert_ne!(ann.at(&door).look(group).await.epoch, epoch);
    served.process.terminate().await.ok();
}

#[tokio::test]
async fn a_half_carried_database_is_served_by_nobody() {
    if postgres().is_none() {
        return;
    }
    let (home, setup) = (Home::new(), Setup::with_empty_database());
    let mut new = setup.config.clone();
    // What was broken off holds the database until PostgreSQL sees that nobody is there any more.
    new.postgres.lock_timeout_ms = 12_000;
    let file = format!("sqlite://{}", home.path().join("small.db").display());
    let seed = ["seed", "demo", "--messages", "80", "--database", &file];
    home.run(&seed).await.ok();
    let old = config(&file);
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let mut stop = Some(stop);
    let mut in_the_middle = |at: chat_server::Carrying| {
        if at.table == "messages" {
            stop.take().map(|stop| stop.send(()));
        }
    };

    tokio::select! {
        biased;
        _ = stopped => {}
        done = carry_to_postgres(&old, &new, &mut in_the_middle) => panic!("{done:?}"),
    }

    let why = refusal(&new).await;
    assert!(
        why.contains("half migrated: what carries the rest"),
        "{why}"
    );
    let carried = carry_to_postgres(&old, &new, &mut |_| {}).await;
    carried.expect("it goes on");
    let chat = ChatServer::builder().config(new).without_files();
    chat.build().await.expect("it is whole");
}

#[tokio::test]
async fn nothing_is_carried_to_where_a_server_runs() {
    if postgres().is_none() {
        return;
    }
    let (home, new) = (Home::new(), Setup::with_empty_database());
    let file = format!("sqlite://{}", home.path().join("small.db").display());
    let seed = ["seed", "demo", "--messages", "1", "--database", &file];
    home.run(&seed).await.ok();
    let server = new.start().await;
    let there = server.chat().config().clone();

    let refused = carry_to_postgres(&config(&file), &there, &mut |_| {}).await;

    let why = refused.expect_err("a server runs there").to_string();
    assert!(why.contains("somebody else has it"), "{why}");
    let epochs = ChatServer::renew_epochs(&there).await;
    let why = epochs.expect_err("a server runs there").to_string();
    assert!(why.contains("stop all of them first"), "{why}");
}
