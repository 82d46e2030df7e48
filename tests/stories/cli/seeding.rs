//! `chat seed demo` over the network: exactly as much as was asked for, and nothing twice.

use super::serve;
use chat_client::Client;
use chat_core::{ConversationId, History, ListConversations, Secret};
use chat_tests::{Home, sdk};
use std::collections::BTreeMap;

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
