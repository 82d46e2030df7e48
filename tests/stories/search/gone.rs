//! What is changed, deleted or has run out is not found from that moment on, and a restart loses nothing.

use super::{ask, found, indexed, marked, say_all, texts};
use chat_tests::{Database, HeldClock, Server, until};
use serde_json::json;

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn a_deleted_text_is_not_found_any_more() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let said = say_all(&bob, group, &["canary one", "canary two", "canary three"]).await;

    bob.unsay(said[0].id).await.ok();
    ann.unsay(said[2].id).await.ok();

    for who in [&ann, &bob] {
        assert_eq!(found(who, &[("q", "canary")]).await, ["canary two"]);
    }
    ann.delete(&format!("/conversations/{group}")).await.ok();
    for who in [&ann, &bob] {
        assert_eq!(found(who, &[("q", "canary")]).await, NOTHING);
    }
}

#[tokio::test]
async fn of_a_changed_text_the_new_words_are_found_at_once_and_the_old_ones_not() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let said = say_all(&ann, group, &["old words here", "…", "stays"]).await;

    ann.edit(said[0].id, "new words here").await.ok();
    ann.edit(said[1].id, "no dots now").await.ok();
    ann.edit(said[2].id, "!!!").await.ok();

    assert_eq!(found(&ann, &[("q", "old")]).await, NOTHING);
    let page = ask(&ann, &[("q", "words here")]).await.ok();
    assert_eq!(texts(&page), ["new words here"]);
    assert_eq!(marked(&page["items"][0]), ["words", "here"]);
    assert_eq!(found(&ann, &[("q", "dots")]).await, ["no dots now"]);
    assert_eq!(found(&ann, &[("q", "stays")]).await, NOTHING);
    ann.edit(said[2].id, "stays again").await.ok();
    assert_eq!(found(&ann, &[("q", "stays")]).await, ["stays again"]);
}

#[tokio::test]
async fn a_text_changed_before_it_was_in_the_index_is_found_as_it_is() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let changed = ann.say(group, "first thought").await;
    let deleted = ann.say(group, "third thought").await;
    ann.edit(changed.id, "second thought").await.ok();
    ann.unsay(deleted.id).await.ok();
    indexed(&ann, group).await;

    assert_eq!(found(&ann, &[("q", "thought")]).await, ["second thought"]);
}

#[tokio::test]
async fn what_has_run_out_is_not_found_from_that_moment_on() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| ()).await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    say_all(&ann, group, &["brief candle stays"]).await;
    let path = format!("/conversations/{group}");
    ann.patch(&path, json!({"message_ttl_s": 60})).await.ok();
    say_all(&ann, group, &["brief candle"]).await;
    assert_eq!(found(&ann, &[("q", "brief")]).await.len(), 2);

    clock.move_by_ms(60_000);

    assert_eq!(found(&ann, &[("q", "brief")]).await, ["brief candle stays"]);
}

/// How many rows of the index have the word; no row of `conversations` is changed by it.
async fn rows_with_canary(database: &mut Database) -> u64 {
    let statement = match database.is_postgres() {
        true => {
            "update conversations set indexed_seq = indexed_seq
             where (select count(*) from search_rows where words @@ 'canary') > 0"
        }
        false => {
            "update conversations set indexed_seq = indexed_seq
             where (select count(*) from search where search match 'canary') > 0"
        }
    };
    database.run(statement, &[]).await.unwrap()
}

#[tokio::test]
async fn the_index_has_no_word_of_what_was_deleted() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let [kept, deleted] = [ann.group(&[]).await, ann.group(&[]).await];
    let said = say_all(&ann, kept, &["canary", "a canary, changed"]).await;
    say_all(&ann, deleted, &["canary there"]).await;
    let mut database = server.database().await;
    assert!(rows_with_canary(&mut database).await > 0);

    ann.unsay(said[0].id).await.ok();
    ann.edit(said[1].id, "something else").await.ok();
    ann.delete(&format!("/conversations/{deleted}")).await.ok();

    assert_eq!(rows_with_canary(&mut database).await, 0);
    if !database.is_postgres() {
        let check = "insert into search (search) values ('integrity-check')";
        database.run(check, &[]).await.unwrap();
    }
}

#[tokio::test]
async fn what_an_earlier_run_has_left_is_put_into_the_index() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    for nth in 0..150 {
        ann.say(group, &format!("left over {nth}")).await;
    }
    indexed(&ann, group).await;
    let mut database = server.database().await;
    let setup = server.stop().await;
    // As an update finds it that brings search along.
    if !database.is_postgres() {
        let all = "insert into search (search) values ('delete-all')";
        database.run(all, &[]).await.unwrap();
    }
    for statement in [
        "delete from search_rows",
        "update conversations set indexed_seq = 0",
    ] {
        database.run(statement, &[]).await.unwrap();
    }

    let server = setup.start().await;
    let ann = server.another_device(&ann).await;

    until("all of it is found", async || {
        let found = found(&ann, &[("q", "left over"), ("limit", "100")]).await;
        let oldest = self::found(&ann, &[("q", "\"left over 0\"")]).await;
        match (found.len(), oldest.len()) {
            (100, 1) => Ok(()),
            counts => Err(format!("{counts:?}")),
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_said_right_before_a_crash_is_found_after_it() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    ann.say(group, "famous last words").await;
    let setup = server.drop_dead().await;

    let server = setup.start().await;
    let ann = server.another_device(&ann).await;

    until("it is found", async || {
        match found(&ann, &[("q", "famous")]).await.len() {
            1 => Ok(()),
            count => Err(count.to_string()),
        }
    })
    .await;
}
