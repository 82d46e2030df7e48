//! What may happen so often, or once, is counted by all processes together.
//!
//! What comes again comes so seldom that a slow machine counts the same: one more after seven seconds.

use super::{House, metric};
use chat_tests::{Opening, Person};
use serde_json::json;
use std::time::Instant;

/// Sends by turns at two servers, and says how many came through.
async fn sent(house: &House, who: &Person, tries: usize) -> usize {
    let group = who.group(&[]).await;
    let mut through = 0;
    for nth in 0..tries {
        let at = house.at(who, nth % 2);
        let answer = at.send(group, json!({"content": "again"})).await;
        through += usize::from(answer.status == 201);
    }
    through
}

#[tokio::test]
async fn who_calls_two_processes_has_one_limit() {
    let house = House::with(2, |config| {
        config.limits.sends_per_minute = 8;
        config.limits.burst_s = 60;
    })
    .await;
    let burst = house.servers[0].chat().config().limits.burst(8) as usize;
    let ann = house.servers[0].person("ann").await;

    let through = sent(&house, &ann, 3 * burst).await;

    // One or two have come again since the first.
    assert!(
        (burst..=burst + 2).contains(&through),
        "{through} of {burst}"
    );
}

#[tokio::test]
async fn a_conversation_has_one_limit_wherever_it_is_written_in() {
    let house = House::with(2, |config| {
        config.limits.conversation_sends_per_minute = 8;
        config.limits.burst_s = 60;
    })
    .await;
    let burst = house.servers[0].chat().config().limits.burst(8) as usize;
    let ann = house.servers[0].person("ann").await;

    let through = sent(&house, &ann, 3 * burst).await;

    // Counted here at once, and told to the others a moment later.
    assert!(
        (burst..=burst + 4).contains(&through),
        "{through} of {burst}"
    );
}

#[tokio::test]
async fn guesses_at_a_password_are_counted_together() {
    let house = House::of(2).await;
    house.servers[0].person("ann").await;

    let began = Instant::now();
    let mut guesses = 0;
    let guess = || json!({"identifier": "ann", "password": "not this one"});
    while house.servers[guesses % 2]
        .post("/auth/login", guess())
        .await
        .status
        == 401
    {
        guesses += 1;
    }

    // One comes again after six seconds; who waits too long for Redis counts alone, with half as many.
    let again = began.elapsed().as_secs() as usize / 6 + 1;
    assert!((6..=10 + again).contains(&guesses), "{guesses}, {again}");
}

#[tokio::test]
async fn who_signs_in_rightly_at_two_processes_is_no_guesser() {
    let house = House::of(2).await;
    let ann = json!({"username": "ann", "email": "ann@example.org", "password": "correct horse"});
    let made = house.servers[0].post("/auth/register", ann).await;
    made.ok();

    for nth in 0..24 {
        let login = json!({"identifier": "ann", "password": "correct horse"});
        let right = house.servers[nth % 2].post("/auth/login", login).await;
        assert_eq!(right.status, 200, "{nth}");
    }
}

#[tokio::test]
async fn a_clock_of_redis_that_is_set_back_keeps_nobody_out_for_long() {
    let house = House::with(2, |config| config.limits.sends_per_minute = 40).await;
    let burst = house.servers[0].chat().config().limits.burst(40) as usize;
    let ann = house.servers[0].person("ann").await;
    let group = ann.group(&[]).await;
    assert_eq!(sent(&house, &ann, burst - 2).await, burst - 2);
    let keys = house.redis.ask(&["KEYS", "chat:*:l:*"]).await;

    // As if all of it had been noted an hour from now, in microseconds.
    for key in keys.lines() {
        house.redis.ask(&["INCRBY", key, "3600000000"]).await;
    }
    let said = ann.send(group, json!({"content": "again"})).await;

    assert!(keys.lines().count() >= 1, "{keys}");
    assert_eq!(said.status, 429, "{said:?}");
    let wait = said.body["retry_after_ms"].as_u64().unwrap();
    assert!(wait < 60_000, "{wait}");
}

#[tokio::test]
async fn while_redis_is_away_each_process_has_its_share() {
    let mut house = House::with(2, |config| {
        config.limits.sends_per_minute = 16;
        config.limits.burst_s = 60;
    })
    .await;
    let burst = house.servers[0].chat().config().limits.burst(16) as usize;
    let ann = house.servers[0].person("ann").await;
    house.redis.kill().await;
    super::expect_redis(&house.servers[0], "away", None).await;
    super::expect_redis(&house.servers[1], "away", None).await;

    let began = Instant::now();
    let through = sent(&house, &ann, 3 * burst).await;

    // One comes again after four seconds.
    let most = burst + 2 + began.elapsed().as_secs() as usize / 4;
    assert!(
        (burst - 2..=most).contains(&through),
        "{through} of {burst}"
    );
    assert!(metric(&house.servers[1], "chat_limits_counted_alone_total").await > 0.0);
}

#[tokio::test]
async fn a_ticket_made_on_one_process_opens_one_socket_on_another_also_without_redis() {
    let mut house = House::of(2).await;
    let ann = house.servers[0].person("ann").await;
    house.redis.kill().await;
    let ticket = ann.post("/auth/ticket", json!({})).await.ok();
    let at = format!("/ws?ticket={}", ticket["ticket"].as_str().unwrap());
    let open = async |server: usize| {
        Opening::new(&house.servers[server].door)
            .at(&at)
            .try_open()
            .await
    };

    let (here, there) = tokio::join!(open(0), open(1));

    let refused: Vec<_> = [here, there].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0].0, 401);
    assert!(open(0).await.is_err());
}
