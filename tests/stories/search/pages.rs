//! The order of what is found, its pages, and what narrows it down.

use super::{ask, found, indexed, say_all, texts};
use chat_tests::{HeldClock, Server};

#[tokio::test]
async fn the_best_comes_first_and_of_equals_the_newest() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let long = format!("tea, and then {}", "something else ".repeat(20));
    let texts = [
        "tea for two",
        "tea tea tea",
        &long,
        "two for tea",
        "teacups for two",
    ];
    say_all(&ann, group, &texts).await;

    let order = found(&ann, &[("q", "tea")]).await;

    assert_eq!(order[..3], ["tea tea tea", "two for tea", "tea for two"]);
    assert_eq!(order.len(), 5);
}

#[tokio::test]
async fn pages_have_everything_once_whatever_comes_meanwhile() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let said: Vec<_> = (0..25)
        .map(|n| format!("{} n{n}", "word ".repeat(1 + n % 3)))
        .collect();
    let said: Vec<_> = said.iter().map(String::as_str).collect();
    say_all(&ann, group, &said).await;

    let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let query = [("q", "word"), ("limit", "7"), ("cursor", &cursor)];
        let page = ask(&ann, &query[..if pages == 0 { 2 } else { 3 }])
            .await
            .ok();
        seen.extend(texts(&page));
        pages += 1;
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        next.clone_into(&mut cursor);
        say_all(&ann, group, &["word word word word"]).await;
    }

    assert_eq!((pages, seen.len()), (4, 25));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25);
}

#[tokio::test]
async fn a_sender_and_a_time_narrow_it_down() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| ()).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let early = ann.say(group, "early lunch").await.created_at.to_string();
    clock.move_by_ms(60_000);
    let noon = bob.say(group, "noon lunch").await.created_at.to_string();
    clock.move_by_ms(60_000);
    let late = ann.say(group, "late lunch").await.created_at.to_string();
    indexed(&ann, group).await;
    let (ann_id, bob_id) = (ann.id.to_string(), bob.id.to_string());
    let lunch =
        async |rest: &[(&str, &str)]| found(&bob, &[&[("q", "lunch")], rest].concat()).await;

    assert_eq!(
        lunch(&[]).await,
        ["late lunch", "noon lunch", "early lunch"]
    );
    assert_eq!(
        lunch(&[("sender_id", &ann_id)]).await,
        ["late lunch", "early lunch"]
    );
    assert_eq!(
        lunch(&[("before", &late)]).await,
        ["noon lunch", "early lunch"]
    );
    assert_eq!(
        lunch(&[("after", &early)]).await,
        ["late lunch", "noon lunch"]
    );
    assert_eq!(
        lunch(&[("after", &early), ("before", &late)]).await,
        ["noon lunch"]
    );
    let none = [("sender_id", bob_id.as_str()), ("after", &noon)];
    assert_eq!(lunch(&none).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_the_system_says_is_not_found() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[]).await;
    ann.add(group, &bob).await.ok();
    say_all(&ann, group, &["welcome bob"]).await;

    assert_eq!(found(&ann, &[("q", "bob")]).await, ["welcome bob"]);
    assert_eq!(found(&ann, &[("q", "added")]).await, Vec::<String>::new());
}
