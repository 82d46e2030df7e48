//! Redis is killed, starts again empty, is paused, cannot be reached, or loses what it should carry: nothing that was
//! acknowledged is lost, and everybody hears of everything within seconds.

use super::{House, expect_redis, hears, metric};
use chat_tests::{Crowd, RedisServer, Server, Setup, Way, checker, until, within};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// Messages of all together while a fault lasts, and after it.
pub(super) const WHILE_IT_LASTS: u64 = 60;
/// The longest that somebody may not hear of something, whatever happens to Redis: six seconds, and time to work; also for
/// a machine that stands still for a moment.
const HEARD_WITHIN: Duration = Duration::from_secs(25);

pub(super) async fn crowd_of(house: &House) -> Crowd {
    let doors = house.servers.iter().map(|server| server.address());
    let doors: Vec<_> = doors.map(|address| format!("http://{address}")).collect();
    Crowd::gather(&doors).await
}

/// Everybody talks before, during and after; in the end everybody knows the same, in time.
pub(super) async fn endures(house: &House, crowd: Crowd) {
    crowd.reaches(crowd.acknowledged() + WHILE_IT_LASTS).await;
    let (history, felt) = crowd.history_and_felt().await;
    let servers = house.servers.len();
    eprintln!("{servers} processes: {felt}");

    assert_eq!(checker::faults(&history), []);
    assert!(felt.seen < HEARD_WITHIN, "{felt} of {servers}");
}

async fn under(way: Way) {
    let house = House::with(3, |config| config.heads_check_ms = 1_000).await;
    let crowd = crowd_of(&house).await;
    crowd.reaches(WHILE_IT_LASTS).await;

    house.ways[0].set(way);
    house.ways[1].set(way);

    endures(&house, crowd).await;
}

#[tokio::test]
async fn redis_lets_messages_get_lost() {
    under(Way::Deaf).await;
}

#[tokio::test]
async fn redis_says_everything_twice() {
    under(Way::Doubled).await;
}

#[tokio::test]
async fn redis_says_things_in_another_order() {
    under(Way::Reordered).await;
}

#[tokio::test]
async fn redis_says_something_else_than_it_was_told() {
    under(Way::Garbled).await;
}

#[tokio::test]
async fn redis_cannot_be_reached_by_some() {
    under(Way::Cut).await;
}

#[tokio::test]
async fn redis_does_not_answer_some() {
    under(Way::Held).await;
}

#[tokio::test]
async fn redis_is_killed_and_stays_away() {
    let mut house = House::of(3).await;
    let crowd = crowd_of(&house).await;
    crowd.reaches(WHILE_IT_LASTS).await;

    house.redis.kill().await;

    endures(&house, crowd).await;
    expect_redis(&house.servers[0], "away", None).await;
}

#[tokio::test]
async fn redis_is_killed_and_comes_back_empty() {
    let mut house = House::of(3).await;
    let crowd = crowd_of(&house).await;
    crowd.reaches(WHILE_IT_LASTS).await;

    house.redis.kill().await;
    crowd.reaches(2 * WHILE_IT_LASTS).await;
    house.redis.start_again().await;
    house.expect_together().await;

    endures(&house, crowd).await;
}

#[tokio::test]
async fn redis_is_paused_and_goes_on() {
    let house = House::of(3).await;
    let crowd = crowd_of(&house).await;
    crowd.reaches(WHILE_IT_LASTS).await;

    house.redis.pause();
    expect_redis(&house.servers[2], "away", None).await;
    crowd.reaches(crowd.acknowledged() + WHILE_IT_LASTS).await;
    house.redis.go_on();
    house.expect_together().await;

    endures(&house, crowd).await;
}

#[tokio::test]
async fn without_redis_a_send_does_not_wait_and_the_others_hear_of_it_within_seconds() {
    let house = House::of(2).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    let (mut hers, mut his) = (house.socket(&ann, 0).await, house.socket(&ben, 1).await);
    ann.say(group, "before").await;
    hears(&mut his, "before").await;
    hears(&mut hers, "before").await;
    house.redis.pause();

    let began = Instant::now();
    for _ in 0..30 {
        ann.say(group, "meanwhile").await;
        hears(&mut hers, "meanwhile").await;
    }
    let here = began.elapsed();
    hears(&mut his, "meanwhile").await;

    // Whoever waits for Redis waits for a second each time.
    assert!(here < Duration::from_secs(25), "{here:?}");
    house.redis.go_on();
}

#[tokio::test]
async fn when_redis_goes_nobody_waits_for_a_long_period_to_be_over() {
    let mut house = House::with(2, |config| config.heads_check_ms = 3_600_000).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    let mut his = house.socket(&ben, 1).await;
    ann.say(group, "before").await;
    hears(&mut his, "before").await;

    house.redis.kill().await;
    ann.say(group, "meanwhile").await;

    hears(&mut his, "meanwhile").await;
}

#[tokio::test]
async fn what_is_lost_without_a_word_is_heard_within_a_period() {
    let house = House::with(2, |config| config.heads_check_ms = 1_000).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    let mut his = house.socket(&ben, 1).await;
    ann.say(group, "before").await;
    hears(&mut his, "before").await;
    house.ways[1].set(Way::Deaf);

    ann.say(group, "lost").await;
    ann.group(&[&ben]).await;
    hears(&mut his, "lost").await;
    within(
        "a lost entry of his inbox",
        his.next_event("conversation.new"),
    )
    .await;

    // By comparing it may be found before the word of it was on its way.
    until("the word of it is lost", async || {
        let is_lost = house.ways[1].dropped() > 0;
        is_lost.then_some(()).ok_or_else(|| "not yet".to_owned())
    })
    .await;
    assert!(metric(&house.servers[1], "chat_bus_gaps_total").await >= 2.0);
}

/// The stories above can fail: where nothing is compared, what is lost stays lost, while others find it.
#[tokio::test]
async fn without_comparing_what_is_lost_stays_lost() {
    let house = House::with_each(3, |nth, config| {
        config.heads_check_ms = [5_000, 3_600_000, 1_000][nth];
    })
    .await;
    let [ann, ben, cleo] = house.servers[0].people(["ann", "ben", "cleo"]).await;
    let group = ann.group(&[&ben, &cleo]).await;
    let (mut his, mut hers) = (house.socket(&ben, 1).await, house.socket(&cleo, 2).await);
    house.ways[1..].iter().for_each(|way| way.set(Way::Deaf));

    // The first may be found by the comparing with which listening begins, and more by that after a Redis that was slow.
    let mut nth = 0;
    let lost = until("something stays lost", async || {
        nth += 1;
        let content = format!("lost {nth}");
        his.settle().await;
        ann.say(group, &content).await;
        hears(&mut hers, &content).await;
        let heard = his.settle().await;
        let is_heard = |frame: &Value| frame["data"]["content"] == content.as_str();
        match heard.iter().any(is_heard) {
            true => Err(format!("{heard:?}")),
            false => Ok(content),
        }
    })
    .await;

    house.ways[1].set(Way::Open);
    ann.say(group, "found").await;
    while his.next_event("message.new").await["data"]["content"] != lost.as_str() {}
    hears(&mut his, "found").await;
}

#[tokio::test]
async fn a_server_starts_without_redis_and_finds_it_later() {
    let mut redis = RedisServer::start().await;
    redis.kill().await;
    let mut setup = Setup::new();
    setup.config.redis = Some(redis.url().parse().unwrap());
    let servers: [Server; 2] = [setup.clone().start().await, setup.start().await];
    let [ann, ben] = servers[0].people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    let mut his = ben.at(&servers[1].door).socket().await;

    ann.say(group, "alone").await;
    hears(&mut his, "alone").await;
    assert_eq!(metric(&servers[0], "chat_redis_up").await, 0.0);
    redis.start_again().await;

    for server in &servers {
        expect_redis(server, "ok", Some(2)).await;
    }
    ann.say(group, "together").await;
    hears(&mut his, "together").await;
}
