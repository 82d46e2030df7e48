//! What may happen so often, or once, is counted by all processes together.
//!
//! What comes again comes so seldom that a slow machine counts the same: one more after seven seconds.

use super::{House, metric};
use chat_tests::{Opening, Person, until};
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

/// The same, where each server has told Redis what it has counted, and heard of the others, before the next one is asked.
async fn sent_in_step(house: &House, who: &Person, tries: usize) -> usize {
    let group = who.group(&[]).await;
    let profile = format!("/users/{}", who.id);
    let mut through = 0;
    for nth in 0..tries {
        let at = house.at(who, nth % 2);
        let answer = at.send(group, json!({"content": "again"})).await;
        through += usize::from(answer.status == 201);
        // Redis answers in the order in which it is asked, and says who is here only now.
        until("redis answers", async || {
            let shown = at.get(&profile).await.ok();
            match shown["presence"] == "unknown" {
                false => Ok(()),
                true => Err(shown.to_string()),
            }
        })
        .await;
    }
    through
}

/// What two servers have let through without asking: each may be one more than all of them may together.
async fn counted_alone(house: &House) -> usize {
    let mut count = 0.0;
    for server in &house.servers {
        count += metric(server, "chat_limits_counted_alone_total").await;
    }
    count as usize
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

    let began = Instant::now();
    let through = sent_in_step(&house, &ann, 3 * burst).await;

    // One or two have come again since the first; who waits too long for Redis counts alone.
    let again = began.elapsed().as_secs() as usize / 7 + 2;
    let alone = counted_alone(&house).await;
    assert!(
        (burst..=burst + again + alone).contains(&through),
        "{through} of {burst}, {again}, {alone}"
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

    let began = Instant::now();
    let through = sent_in_step(&house, &ann, 3 * burst).await;

    // Counted here at once, and told to the others a moment later.
    let again = began.elapsed().as_secs() as usize / 7 + 4;
    let alone = counted_alone(&house).await;
    assert!(
        (burst..=burst + again + alone).contains(&through),
        "{through} of {burst}, {again}, {alone}"
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
    let alone = counted_alone(&house).await;
    assert!(
        (6..=10 + again + alone).contains(&guesses),
        "{guesses}, {again}, {alone}"
    );
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
    // What comes again comes so seldom that the bucket is as good as empty for a while.
    let house = House::with(2, |config| {
        config.limits.sends_per_minute = 16;
        config.limits.burst_s = 30;
    })
    .await;
    let burst = house.servers[0].chat().config().limits.burst(16) as usize;
    let ann = house.servers[0].person("ann").await;
    let group = ann.group(&[]).await;
    assert_eq!(sent(&house, &ann, burst - 2).await, burst - 2);
    let keys = house.redis.ask(&["KEYS", "chat:*:l:*"]).await;

    // As if all of it had been noted an hour from now, in microseconds.
    for key in keys.lines() {
        house.redis.ask(&["INCRBY", key, "3600000000"]).await;
    }
    // Who waits too long for Redis counts alone, and may pass.
    let said = until("nobody passes", async || {
        match ann.send(group, json!({"content": "again"})).await {
            answer if answer.status == 429 => Ok(answer),
            answer => Err(format!("{answer:?}")),
        }
    })
    .await;

    assert!(keys.lines().count() >= 1, "{keys}");
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
