//! `chat` and a server of another release.

use super::house::House;
use chat_tests::{Home, relay, sdk};

/// Ben's command line at a server that says everything so, with what he lists of a group of ann's and his.
async fn ben_at(house: &House, change: relay::Change) -> Home {
    house.group("Climbing").await;
    house.say("Climbing", "hello").await;
    let server = relay::Relay::listen(&house.server.url(), change).await;
    let home = Home::new();
    let login = ["auth", "login", "ben", "--server", &server];
    let typed = format!("{}\n", sdk::PASSWORD);
    home.run_with(&login, &typed).await.ok();
    home
}

/// What a list of something in the group has in it.
async fn listed(home: &Home, noun: &str) -> String {
    let list = [noun, "list", "Climbing", "-o", "plain"];
    home.run(&list).await.ok()
}

#[tokio::test]
async fn words_that_nobody_knows_are_printed_as_unknown_and_the_rest_as_it_is() {
    let house = House::open().await;
    let ben = ben_at(&house, relay::newer).await;

    let table = ["conversation", "list", "-o", "table"];
    let table = ben.run(&table).await.ok();
    let list = ["conversation", "list", "-o", "jsonl"];
    let list = ben.run(&list).await.json();
    let members = listed(&ben, "member").await;

    assert!(table.contains("Climbing"), "{table}");
    assert!(table.contains("unknown"), "{table}");
    assert_eq!(list[0]["kind"], "unknown");
    assert_eq!(list[0]["my"]["role"], "unknown");
    assert_eq!(members.matches("unknown").count(), 2, "{members}");
    assert!(listed(&ben, "message").await.contains("hello"));
}

#[tokio::test]
async fn at_a_server_that_says_only_what_it_must_one_lists_and_sends() {
    let house = House::open().await;
    let ben = ben_at(&house, relay::older).await;

    ben.run(&["message", "send", "Climbing", "hi"]).await.ok();
    let said = listed(&ben, "message").await;
    let list = ["conversation", "list", "-o", "plain"];
    let list = ben.run(&list).await.ok();

    assert!(said.contains("hello") && said.contains("hi"), "{said}");
    assert!(
        list.contains("group") && list.contains("Climbing"),
        "{list}"
    );
}
