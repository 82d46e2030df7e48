//! `chat seed demo`, over the network and straight in a database: exactly as much as was asked for, nothing twice, and the
//! same for the same seed.

use super::serve;
use chat_client::Client;
use chat_core::{ConversationId, History, ListConversations, Secret};
use chat_tests::{Home, Terminal, program, sdk};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Every message that these people can see, counted by conversation.
async fn counted(server: &str, people: &[String]) -> BTreeMap<ConversationId, usize> {
    let mut seers = BTreeMap::new();
    for name in people {
        let client = sdk::client(server);
        client
            .login(name, Secret::new("demo demo demo"))
            .await
            .expect("they sign in");
        let all = ListConversations {
            limit: Some(100),
            cursor: None,
        };
        let conversations = client.call(all).await.expect("a page").items;
        seers.extend(
            conversations
                .into_iter()
                .map(|known| (known.id, client.clone())),
        );
    }
    let mut counts = BTreeMap::new();
    for (id, client) in seers {
        counts.insert(id, messages(&client, id).await);
    }
    counts
}

async fn messages(client: &Client, conversation_id: ConversationId) -> usize {
    let (mut count, mut before) = (0, None);
    loop {
        let ask = History {
            conversation_id,
            before,
            after: None,
            around: None,
            limit: Some(100),
        };
        let page = client.call(ask).await.expect("a page");
        count += page.items.len();
        before = page.items.first().map(|message| message.seq);
        if !page.has_before {
            return count;
        }
    }
}

#[tokio::test]
async fn fifteen_people_say_three_hundred_things_once() {
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;
    let url = server.url();
    let words = [
        "seed",
        "demo",
        "--users",
        "15",
        "--messages",
        "300",
        "--server",
        &url,
    ];

    let people = home.run(&words).await.json();
    let names: Vec<_> = people
        .iter()
        .filter_map(|line| line["username"].as_str().map(str::to_owned))
        .collect();
    let first = counted(&url, &names).await;
    home.run(&words).await.ok();
    let second = counted(&url, &names).await;

    assert_eq!((names.len(), first.values().sum::<usize>()), (15, 300));
    assert_eq!(first, second);
}

#[tokio::test]
async fn straight_in_the_database_it_is_the_same() {
    let home = Home::new();
    let database = home.database();
    let people = home
        .run(&[
            "seed",
            "demo",
            "--users",
            "4",
            "--messages",
            "60",
            "--database",
            &database,
        ])
        .await
        .json();
    let server = serve(&home, "127.0.0.1:0").await;

    let names: Vec<_> = people
        .iter()
        .filter_map(|line| line["username"].as_str().map(str::to_owned))
        .collect();

    assert_eq!(names, ["ann", "ben", "chloe", "dmitri"]);
    assert_eq!(
        counted(&server.url(), &names).await.values().sum::<usize>(),
        60
    );
}

/// The lines of a part of what is in a database after seeding it; twice, where `again` says so.
async fn seeded(home: &Home, name: &str, seed: &str, again: bool) -> impl Fn(&str) -> Vec<Value> {
    let database = format!("sqlite://{name}.db");
    let size = ["--users", "8", "--messages", "200", "--seed", seed];
    let until = ["--until", "2026-01-31T18:00:00Z", "--database", &database];
    for _ in 0..1 + u8::from(again) {
        let words = [&["seed", "demo"][..], &size[..], &until[..]].concat();
        home.run(&words).await.ok();
    }
    home.run(&["export", "--database", &database, name])
        .await
        .ok();
    let archive = home.path().join(name);
    move |part| {
        let text = std::fs::read_to_string(archive.join(format!("{part}.jsonl")));
        let lines = text.expect("it is in the archive");
        let read = |line| serde_json::from_str(line).expect("lines are JSON");
        lines.lines().map(read).collect()
    }
}

/// What was said and what became of it, without what is left to chance: ids.
fn talk(part: &impl Fn(&str) -> Vec<Value>) -> Vec<String> {
    let mut talk: Vec<_> = part("messages")
        .iter()
        .map(|line| {
            let about = [
                "client_id",
                "content",
                "created_at",
                "edited_at",
                "file_count",
                "seq",
            ];
            let words = about.map(|name| line[name].to_string());
            format!("{} {}", words.join(" "), line["reply_to"].is_null())
        })
        .collect();
    let reactions = part("reactions");
    talk.extend(
        reactions
            .iter()
            .map(|line| format!("{} {}", line["emoji"], line["at"])),
    );
    let members = part("members");
    talk.extend(
        members
            .iter()
            .map(|line| format!("read {}", line["read_seq"])),
    );
    talk.sort();
    talk
}

#[tokio::test]
async fn the_same_seed_makes_the_same_and_another_makes_other_talk() {
    let home = Home::new();

    let one = talk(&seeded(&home, "one", "7", false).await);
    let same = talk(&seeded(&home, "same", "7", true).await);
    let other = talk(&seeded(&home, "other", "8", false).await);

    assert_eq!(one, same);
    assert_ne!(one, other);
    assert!(
        one.iter().filter(|line| line.contains("demo-7")).count() == 200,
        "{one:?}"
    );
}

#[tokio::test]
async fn what_it_makes_is_a_log_like_any_other() {
    let home = Home::new();
    let part = seeded(&home, "one", "1", false).await;
    let mut logs: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
    for (line, at) in part("messages")
        .iter()
        .map(|line| (line, "created_at"))
        .chain(part("events").iter().map(|line| (line, "at")))
    {
        let log = logs.entry(line["conversation_id"].to_string()).or_default();
        log.push((line["seq"].as_u64().unwrap(), line[at].as_u64().unwrap()));
    }
    for conversation in part("conversations") {
        let mut log = logs
            .remove(&conversation["id"].to_string())
            .unwrap_or_default();
        log.sort_unstable();
        let places: Vec<_> = log.iter().map(|(seq, _)| *seq).collect();
        let last = conversation["last_seq"].as_u64().unwrap();
        assert_eq!(places, (1..=last).collect::<Vec<_>>(), "{conversation}");
        let began = conversation["created_at"].as_u64().unwrap();
        assert!(log.iter().all(|(_, at)| *at >= began), "{conversation}");
    }
}

#[tokio::test]
async fn what_was_thought_up_is_said_in_its_order() {
    let home = Home::new();
    let part = seeded(&home, "one", "1", false).await;
    let mut logs: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
    for line in part("messages") {
        // `demo-SEED-…-NTH`: the last number counts what is said in a conversation.
        let name = line["client_id"].as_str().unwrap();
        let nth = name.rsplit('-').next().and_then(|nth| nth.parse().ok());
        let log = logs.entry(line["conversation_id"].to_string()).or_default();
        log.push((line["seq"].as_u64().unwrap(), nth.unwrap()));
    }
    assert_eq!(logs.len(), 10);
    for mut log in logs.into_values() {
        log.sort_unstable();
        let said: Vec<_> = log.iter().map(|(_, nth)| *nth).collect();
        assert_eq!(said, (0..log.len() as u64).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn what_it_makes_lies_in_the_past_and_has_some_of_everything() {
    let home = Home::new();
    let part = seeded(&home, "one", "1", false).await;
    // 2026-01-31T18:00:00Z, and a day more than thirty before it.
    let (to, from) = (1_769_882_400_000, 1_769_882_400_000 - 31 * 86_400_000);
    let messages = part("messages");
    let times = messages
        .iter()
        .map(|line| line["created_at"].as_u64().unwrap());
    assert!(
        times.clone().all(|at| (from..=to).contains(&at)),
        "{:?}",
        times.collect::<Vec<_>>()
    );
    assert!(
        part("users")
            .iter()
            .all(|line| line["created_at"].as_u64().unwrap() < to)
    );

    for (name, most) in [("reactions", 100), ("revisions", 30), ("attachments", 40)] {
        assert!(
            (1..most).contains(&part(name).len()),
            "{name}: {}",
            part(name).len()
        );
    }
    assert!(messages.iter().any(|line| !line["reply_to"].is_null()));
    assert!(
        part("attachments")
            .iter()
            .all(|line| line["unused_since"].is_null())
    );
    let unread: BTreeSet<_> = part("members")
        .iter()
        .map(|line| line["read_seq"].as_u64())
        .collect();
    assert!(unread.len() > 3, "{unread:?}");
}

#[tokio::test]
async fn on_a_terminal_a_bar_says_how_far_it_is_and_how_long_it_takes() {
    let terminal = Terminal::open(Home::new(), 100, 30).await;
    let chat = program("chat").display().to_string();
    let words = "seed demo --messages 4000 --database sqlite://a.db -o ids";
    // It is gone when everything is said, which may be before anybody looks.
    terminal.record("written");

    terminal.run(&format!("{chat} {words}"));

    // So many people, conversations and messages, and behind them the time that is left.
    let is_bar = |line: &str| {
        let (_, rest) = line.split_once("seeding [").unwrap_or_default();
        let rest = rest.split_once("/4025 ").map(|(_, left)| left.trim());
        rest.is_some_and(|left| left.ends_with('s') || left.ends_with('m'))
    };
    let what = "a bar with an estimate";
    terminal.wrote("written", what, is_bar).await;
}

#[tokio::test]
async fn another_machine_that_nobody_has_named_is_asked_about() {
    let home = Home::new();
    let server = serve(&home, "0.0.0.0:0").await;
    super::create(&home, "keeper", &[]).await;
    // To this program that is another machine, and yet it is here.
    let port = server.address.rsplit(':').next().unwrap();
    let url = format!("http://0.0.0.0:{port}");
    let login = ["auth", "login", "keeper", "--server", &url];
    home.run_with(&login, &format!("{}\n", sdk::PASSWORD))
        .await
        .ok();
    let seed = [
        "seed",
        "demo",
        "--users",
        "2",
        "--conversations",
        "1",
        "--messages",
        "2",
    ];

    let unasked = home.run(&seed).await;
    let nobody = home.run(&["user", "list", "-n", "all"]).await.json().len();
    let named = home.run(&[&seed[..], &["--server", &url]].concat()).await;
    let confirmed = home
        .run(&[&seed[..], &["--confirm", "0.0.0.0"]].concat())
        .await;

    assert!(
        unasked.failed(2).contains("--confirm \"0.0.0.0\""),
        "{unasked:?}"
    );
    assert!(nobody <= 1, "only the keeper is there");
    assert_eq!((named.json().len(), confirmed.json().len()), (2, 2));
}
