//! The order of what is found, its pages, and what narrows it down.

use super::{ask, found, indexed, say_all, texts};
use chat_core::ConversationId;
use chat_tests::{Database, HeldClock, Person, Server};

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

/// Everything that is found, by pages.
async fn all_pages(person: &Person, query: &[(&str, &str)]) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = query.to_vec();
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = ask(person, &query).await.ok();
        seen.extend(texts(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return seen,
        }
    }
}

/// Puts many messages into a conversation, behind the back of a server that is down.
async fn fill(database: &mut Database, place: ConversationId, statement: &'static str) {
    database.run(statement, &[place.uuid()]).await.unwrap();
    let counted = "update conversations set (last_seq, last_message_seq) =
            (select max(seq), max(seq) from messages where conversation_id = $1)
        where id = $1";
    database.run(counted, &[place.uuid()]).await.unwrap();
}

/// Fills a conversation, and returns somebody who looks into it when all of it is in the index.
async fn filled(statement: &'static str) -> (Server, Person, ConversationId) {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    ann.say(group, "first").await;
    let mut database = server.database().await;
    let setup = server.stop().await;
    fill(&mut database, group, statement).await;
    let server = setup.start().await;
    let ann = server.another_device(&ann).await;
    indexed(&ann, group).await;
    (server, ann, group)
}

#[tokio::test]
async fn of_very_many_hits_none_is_left_out() {
    let (_server, ann, group) = filled(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2100)
         insert into messages (conversation_id, seq, id, sender_id, client_id, content, created_at)
         select $1, x.seq + i, randomblob(16), x.sender_id, 'c' || i,
             'word ' || case when i % 3 = 0 then 'word ' else '' end || i, x.created_at + i
         from n, messages x where x.content = 'first'",
    )
    .await;

    let mut seen = all_pages(&ann, &[("q", "word"), ("limit", "100")]).await;

    assert_eq!(
        seen[0], "word word 2100",
        "the best of the newest comes first"
    );
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 2_100);
    let latest = all_pages(
        &ann,
        &[("sender_id", &ann.id.to_string()), ("limit", "100")],
    )
    .await;
    assert_eq!(latest.len(), 2_101, "{group}");
}

#[tokio::test]
async fn of_many_long_texts_none_is_left_out() {
    let (_server, ann, _) = filled(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 400)
         insert into messages (conversation_id, seq, id, sender_id, client_id, content, created_at)
         select $1, x.seq + i, randomblob(16), x.sender_id, 'c' || i,
             'слово ' || i || ' ' || replace(replace('xxxxxxxxxxxxx', 'x', 'yyyyyyyyyyyyyyy'), 'y', 'ёжёжёжёжёжёжёжёжёжёж'), x.created_at + i
         from n, messages x where x.content = 'first'",
    )
    .await;

    let mut seen = all_pages(&ann, &[("q", "слово"), ("limit", "100")]).await;

    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 400);
}

#[tokio::test]
async fn without_words_a_sender_or_a_time_is_enough_and_the_newest_come_first() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| ()).await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let [shared, other] = [ann.group(&[&bob]).await, ann.group(&[]).await];
    ann.say(shared, "one").await;
    clock.move_by_ms(1_000);
    let two = bob.say(shared, "two").await;
    clock.move_by_ms(1_000);
    let gone = ann.say(shared, "gone").await;
    clock.move_by_ms(1_000);
    ann.say(other, "…").await;
    ann.unsay(gone.id).await.ok();
    let (by_ann, by_bob) = (ann.id.to_string(), bob.id.to_string());
    let (here, moment) = (shared.to_string(), two.created_at.to_string());

    assert_eq!(found(&ann, &[("sender_id", &by_ann)]).await, ["…", "one"]);
    assert_eq!(found(&bob, &[("sender_id", &by_ann)]).await, ["one"]);
    assert_eq!(found(&ann, &[("sender_id", &by_bob)]).await, ["two"]);
    assert_eq!(found(&ann, &[("after", &moment)]).await, ["…"]);
    assert_eq!(found(&ann, &[("before", &moment)]).await, ["one"]);
    let place = [("conversation_id", here.as_str()), ("sender_id", &by_ann)];
    assert_eq!(found(&ann, &place).await, ["one"]);
    assert_eq!(
        found(&eve, &[("sender_id", &by_ann)]).await,
        Vec::<String>::new()
    );
    assert_eq!(ask(&eve, &place).await.problem(), (404, "not_found"));
    let paged = all_pages(&ann, &[("sender_id", &by_ann), ("limit", "1")]).await;
    assert_eq!(paged, ["…", "one"]);
    let alone = ask(&ann, &[("conversation_id", &here)]).await;
    assert_eq!((alone.status, alone.fields()), (422, vec!["q"]));
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
