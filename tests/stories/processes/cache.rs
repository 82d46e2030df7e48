//! The cache of newest messages in Redis: whatever lies in it, a page is what the database says.
//!
//! The last server of each house has no cache. It is the one that is believed; and what is changed there voids nothing in
//! Redis, as if the process had died right after its commit.

use super::{House, expect_redis, metric};
use chat_core::ConversationId;
use chat_tests::{HeldClock, Person, RedisServer, Server, Setup, until};
use serde_json::{Value, json};

const WITHOUT: usize = 2;

async fn house() -> House {
    House::with_each(3, |nth, config| config.redis_cache = nth != WITHOUT).await
}

/// Where the newest messages of a conversation are.
async fn key(redis: &RedisServer, group: ConversationId) -> String {
    let named = redis.ask(&["KEYS", "chat:*:processes"]).await;
    let of_all = named.strip_suffix("processes").expect("a process lives");
    format!("{of_all}recent:{group}")
}

/// Reads a conversation at a server until that comes from the cache.
async fn warm(server: &Server, who: &Person, group: ConversationId) {
    let who = who.at(&server.door);
    until("it comes from the cache", async || {
        let before = metric(server, "chat_cache_hits_total").await;
        who.history(group, "").await;
        let hits = metric(server, "chat_cache_hits_total").await - before;
        if hits > 0.0 {
            Ok(())
        } else {
            Err("it does not".to_owned())
        }
    })
    .await;
}

/// Expects the same pages of all servers, and returns the newest.
async fn expect_same(house: &House, who: &Person, group: ConversationId, when: &str) -> Value {
    for query in [
        "?before=6&limit=3",
        "?after=2&limit=4",
        "?around=5&limit=5",
        "?limit=2",
        "",
    ] {
        let wanted = house.at(who, WITHOUT).history(group, query).await;
        for server in 0..WITHOUT {
            let page = house.at(who, server).history(group, query).await;
            assert_eq!(page, wanted, "after {when}: {query:?} at {server}");
        }
    }
    house.at(who, 0).history(group, "").await
}

/// A group of two in which something was said.
async fn talk(house: &House) -> (Person, Person, ConversationId) {
    let [ann, ben] = house.servers[WITHOUT].people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    for nth in 0..8 {
        ann.say(group, &format!("number {nth}")).await;
    }
    (ann, ben, group)
}

#[tokio::test]
async fn what_one_process_has_read_another_finds_in_the_cache() {
    let house = house().await;
    let (ann, ben, group) = talk(&house).await;
    warm(&house.servers[0], &ann, group).await;

    // A look that takes longer than a tenth of a second is no hit, on a slow machine.
    until("each of the pages is found", async || {
        let before = metric(&house.servers[1], "chat_cache_hits_total").await;
        expect_same(&house, &ben, group, "nothing").await;
        match metric(&house.servers[1], "chat_cache_hits_total").await - before {
            5.0 => Ok(()),
            hits => Err(format!("{hits} of 5")),
        }
    })
    .await;
    until("what is new is put to it", async || {
        let before = metric(&house.servers[1], "chat_cache_misses_total").await;
        let said = ann.say(group, "one more").await;
        let page = expect_same(&house, &ben, group, "one more").await;
        let last = page["items"].as_array().unwrap().last().unwrap();
        assert_eq!(last["id"], json!(said.id));
        match metric(&house.servers[1], "chat_cache_misses_total").await - before {
            0.0 => Ok(()),
            missed => Err(format!("{missed} were not found")),
        }
    })
    .await;
}

#[tokio::test]
async fn whatever_is_changed_is_never_read_as_it_was_before() {
    let house = house().await;
    let (ann, ben, group) = talk(&house).await;
    let said = ann.say(group, "first").await;
    let answer = json!({"content": "so?", "reply_to": said.id});
    ben.send(group, answer).await.ok();
    let at = |rest: &str| format!("/messages/{}{rest}", said.id);
    let changes = [
        "edited",
        "liked",
        "not liked",
        "pinned",
        "unpinned",
        "renamed",
        "deleted",
    ];
    for change in changes {
        warm(&house.servers[0], &ann, group).await;
        match change {
            "edited" => ann.edit(said.id, "second").await,
            "liked" => ben.put(&at("/reactions/%F0%9F%91%8D"), json!({})).await,
            "not liked" => ben.delete(&at("/reactions/%F0%9F%91%8D")).await,
            "pinned" => ann.put(&at("/pin"), json!({})).await,
            "unpinned" => ann.delete(&at("/pin")).await,
            "renamed" => {
                ann.patch("/users/me", json!({"display_name": "Queen"}))
                    .await
            }
            _ => ann.unsay(said.id).await,
        }
        .ok();
        expect_same(&house, &ben, group, change).await;
    }
    let page = expect_same(&house, &ben, group, "all").await.to_string();
    assert!(page.contains("Queen") && !page.contains("second"), "{page}");
}

#[tokio::test]
async fn whatever_happens_in_whatever_order_pages_are_those_of_the_database() {
    let house = house().await;
    let (ann, ben, group) = talk(&house).await;
    let mut said = vec![ann.say(group, "begin").await.id];
    let mut dice: u64 = 0x2545_f491_4f6c_dd1d;
    for nth in 0..40 {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let roll = dice >> 33;
        let at = house.at(&ann, (roll % 3) as usize);
        let which = said[(roll / 8) as usize % said.len()];
        match roll % 7 {
            0..=2 => said.push(at.say(group, &format!("{nth}")).await.id),
            // Some are deleted already.
            3 => drop(at.edit(which, &format!("edited {nth}")).await),
            4 => drop(at.unsay(which).await),
            5 => drop(
                at.put(
                    &format!("/messages/{which}/reactions/%F0%9F%91%8D"),
                    json!({}),
                )
                .await,
            ),
            _ => drop(house.redis.ask(&["FLUSHALL"]).await),
        }
        expect_same(&house, &ben, group, &format!("step {nth}")).await;
    }
}

#[tokio::test]
async fn a_deleted_account_and_its_name_are_not_read_from_it() {
    let house = house().await;
    let boss = house.servers[WITHOUT].admin("boss").await;
    let (ann, ben, group) = talk(&house).await;
    ben.say(group, "mine").await;
    warm(&house.servers[0], &ann, group).await;

    boss.delete(&format!("/admin/users/{}", ben.id)).await.ok();

    let page = house.at(&ann, 0).history(group, "").await;
    assert!(!page.to_string().contains("The ben"), "{page}");
    let key = key(&house.redis, group).await;
    let kept = house.redis.ask(&["GET", &key]).await;
    assert!(!kept.contains("The ben"), "names are not kept at all");
}

#[tokio::test]
async fn what_has_run_out_is_not_read_from_it() {
    let (clock, redis) = (HeldClock::default(), RedisServer::start().await);
    let mut setup = Setup::new();
    setup.clock = Some(std::sync::Arc::new(clock.clone()));
    setup.config.redis = Some(redis.url().parse().unwrap());
    setup.config.redis_cache = true;
    let server = setup.start().await;
    expect_redis(&server, "ok", Some(1)).await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let timer = json!({"message_ttl_s": 30});
    ann.patch(&format!("/conversations/{group}"), timer)
        .await
        .ok();
    let said = ann.say(group, "fleeting").await;
    ann.send(group, json!({"content": "what?", "reply_to": said.id}))
        .await
        .ok();
    warm(&server, &ann, group).await;
    let lives: i64 = redis
        .ask(&["PTTL", &key(&redis, group).await])
        .await
        .parse()
        .unwrap();

    clock.move_by_ms(30_000);
    let page = ann.history(group, "").await;

    assert!(!page.to_string().contains("fleeting"), "{page}");
    assert!(
        (1..=30_000).contains(&lives),
        "{lives}: Redis lets go of it, too"
    );
}

#[tokio::test]
async fn who_has_left_and_who_never_was_there_reads_nothing_from_it() {
    let house = house().await;
    let (ann, ben, group) = talk(&house).await;
    let eve = house.servers[0].person("eve").await;
    warm(&house.servers[0], &ann, group).await;

    ann.remove(group, &ben).await;

    let path = format!("/conversations/{group}/messages");
    for who in [&ben, &eve] {
        assert_eq!(
            house.at(who, 0).get(&path).await.status,
            404,
            "{}",
            who.name
        );
    }
    expect_same(&house, &ann, group, "he was taken out").await;
    house
        .at(&ann, WITHOUT)
        .delete(&format!("/conversations/{group}"))
        .await
        .ok();
    assert_eq!(house.at(&ann, 0).get(&path).await.status, 404);
}

#[tokio::test]
async fn without_redis_and_with_an_empty_one_pages_are_the_same() {
    let mut house = house().await;
    let (ann, ben, group) = talk(&house).await;
    warm(&house.servers[0], &ann, group).await;

    house.redis.kill().await;
    let last = ann.say(group, "meanwhile").await;
    expect_same(&house, &ben, group, "redis was killed").await;
    ann.unsay(last.id).await.ok();
    house.redis.start_again().await;
    house.expect_together().await;

    expect_same(&house, &ben, group, "redis came back").await;
    warm(&house.servers[1], &ben, group).await;
    house.redis.pause();
    expect_same(&house, &ben, group, "redis stands still").await;
    house.redis.go_on();
}

#[tokio::test]
async fn what_was_garbled_or_laid_there_by_others_is_not_read() {
    let house = house().await;
    let (ann, ben, group) = talk(&house).await;
    let other = ann.group(&[&ben]).await;
    ann.say(other, "elsewhere").await;
    let here = key(&house.redis, group).await;
    let there = key(&house.redis, other).await;
    for ill in [
        vec!["SETRANGE", &here, "300", "###"],
        vec!["SETRANGE", &here, "20", "#"],
        vec!["COPY", &there, &here, "REPLACE"],
        vec!["SET", &here, "0000000000000000"],
        vec!["HSET", &here, "a", "b"],
    ] {
        house.redis.ask(&["DEL", &here]).await;
        warm(&house.servers[0], &ann, group).await;
        warm(&house.servers[0], &ann, other).await;
        if ill[0] == "HSET" {
            house.redis.ask(&["DEL", &here]).await;
        }
        house.redis.ask(&ill).await;
        expect_same(&house, &ben, group, ill[0]).await;
    }
    assert!(metric(&house.servers[0], "chat_cache_refused_total").await >= 4.0);
}

#[tokio::test]
async fn another_life_of_a_conversation_voids_it() {
    let house = house().await;
    let (ann, ben, group) = talk(&house).await;
    warm(&house.servers[0], &ann, group).await;

    let mut database = house.servers[0].database().await;
    for statement in [
        "update messages set content = 'restored' where conversation_id = $1",
        "update conversations set epoch = epoch + 1 where id = $1",
    ] {
        database.run(statement, &[group.uuid()]).await.unwrap();
    }

    let page = expect_same(&house, &ben, group, "it was restored").await;
    assert_eq!(page["items"][0]["content"], "restored");
}

#[tokio::test]
async fn a_deleted_text_does_not_stay_in_redis() {
    let house = house().await;
    let (ann, _, group) = talk(&house).await;
    let said = ann.say(group, "canary").await;
    warm(&house.servers[0], &ann, group).await;
    let key = key(&house.redis, group).await;
    assert!(house.redis.ask(&["GET", &key]).await.contains("canary"));

    house.at(&ann, 1).unsay(said.id).await.ok();

    until("it is gone", async || {
        let kept = house.redis.ask(&["GET", &key]).await;
        if kept.contains("canary") {
            Err(kept)
        } else {
            Ok(())
        }
    })
    .await;
}
