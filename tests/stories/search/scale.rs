//! How it goes with many messages: 30,000, half of them in a conversation of somebody else's. It takes a while; run it with
//! `cargo test -p chat-tests --test stories scale_of_search -- --ignored --nocapture`.

use super::ask;
use chat_core::ConversationId;
use chat_tests::{Database, Person, Server, until};
use std::time::{Duration, Instant};

/// In a build without optimisation.
const LONGEST: Duration = Duration::from_secs(2);

const FILL: &str = "
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 15000)
    insert into messages (conversation_id, seq, id, sender_id, client_id, content, created_at)
    select $1, i + 100, randomblob(16), $2, 'c' || i,
        'hello word' || (i % 1000) || ' word' || (i * 7919 % 20000) || ' and the ' || (i * 31 % 5000)
            || ' common words follow here',
        1800000000000 + i
    from n";
const COUNT: &str =
    "update conversations set last_seq = 15100, last_message_seq = 15100 where id = $1";
/// Changes nothing, and touches rows only while something is missing in the index.
const LEFT: &str = "
    update users set role = role
    where exists (select 1 from conversations where last_message_seq > indexed_seq)";

/// A question, and how many hits its first page has at least.
const ASKED: &[(&str, usize)] = &[
    ("hello", 50),
    ("word7", 50),
    ("word77 common", 15),
    ("\"common words\" hel", 50),
    ("wo", 50),
    ("nothing here", 0),
    ("the hel", 50),
];

async fn fill(database: &mut Database, id: ConversationId, by: &Person) {
    let filled = database.run(FILL, &[id.uuid(), by.id.uuid()]).await;
    assert_eq!(filled, Ok(15_000));
    database.run(COUNT, &[id.uuid()]).await.unwrap();
}

/// Returns how many hits there are, and the longest of some times.
async fn times(who: &Person, query: &[(&str, &str)]) -> (usize, Duration) {
    let (mut count, mut longest) = (0, Duration::ZERO);
    for _ in 0..5 {
        let began = Instant::now();
        let page = ask(who, query).await.ok();
        longest = longest.max(began.elapsed());
        count = page["items"].as_array().unwrap().len();
    }
    (count, longest)
}

#[tokio::test]
#[ignore = "takes a while, and measures"]
async fn scale_of_search() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (group, foreign) = (ann.group(&[&bob]).await, bob.group(&[]).await);
    let mut database = server.database().await;
    let setup = server.stop().await;
    fill(&mut database, group, &ann).await;
    fill(&mut database, foreign, &bob).await;
    let began = Instant::now();
    let server = setup.start().await;
    let bob = server.another_device(&bob).await;
    let ann = server.another_device(&ann).await;
    let mut database = server.database().await;
    until("all of it is in the index", async || {
        match database.run(LEFT, &[]).await {
            Ok(0) => Ok(()),
            left => Err(format!("{left:?}")),
        }
    })
    .await;
    eprintln!("in the index after {:?}", began.elapsed());

    for (q, wanted) in ASKED {
        for who in [&bob, &ann] {
            let (count, longest) = times(who, &[("q", q)]).await;
            eprintln!("{q:24} {:4} {longest:?} ({count})", who.name);
            assert!(count >= *wanted, "{q}: {count}");
            assert!(longest < LONGEST, "{q}: {longest:?}");
        }
    }
}
