//! How fast it is; run by hand: `cargo test -p chat-tests --test stories figures -- --ignored --nocapture`.

use super::House;
use chat_tests::{Door, Fleet, Person, Way, sdk};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, interval};

/// Messages whose way is measured.
const MESSAGES: usize = 2_000;
/// Between two of them.
const EVERY: Duration = Duration::from_millis(5);

#[tokio::test]
#[ignore = "measures, and takes a while"]
async fn from_one_process_to_another() {
    let fleet = Fleet::start().await;
    let doors: Vec<Door> = fleet.doors();
    let (ann, ben) = (
        registered(&doors[0], "ann").await,
        registered(&doors[0], "ben").await,
    );
    let group = ann.group(&[&ben]).await;
    for (name, server) in [("the same process", 0), ("another process", 1)] {
        let (mut hers, mut his) = (ann.socket().await, ben.at(&doors[server]).socket().await);
        let (mut ways, mut pace) = (Vec::with_capacity(MESSAGES), interval(EVERY));
        for nth in 0..MESSAGES {
            pace.tick().await;
            let began = Instant::now();
            let send = json!({"conversation_id": group, "content": format!("{name} {nth}")});
            hers.begin("message.send", send).await;
            his.next_event("message.new").await;
            ways.push(began.elapsed());
        }
        ways.sort_unstable();
        let at = |part: f64| ways[(part * (MESSAGES - 1) as f64) as usize];
        eprintln!(
            "from a send to its event at {name}: median {:?}, 99th percentile {:?}, most {:?}",
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }
}

pub(super) async fn registered(door: &Door, name: &str) -> Person {
    let account = json!({
        "username": name, "email": format!("{name}@example.org"), "password": sdk::PASSWORD,
    });
    let answer = door
        .call("POST", "/auth/register", Some(account))
        .await
        .ok();
    let signed_in = serde_json::from_value(answer).expect("somebody signed in");
    Person::new(door.clone(), &signed_in)
}

#[tokio::test]
#[ignore = "measures, and takes a while"]
async fn how_long_a_fault_is_felt() {
    for way in [Way::Open, Way::Cut, Way::Held, Way::Deaf] {
        let house = House::of(2).await;
        let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
        let group = ann.group(&[&ben]).await;
        let (mut hers, mut his) = (house.socket(&ann, 0).await, house.socket(&ben, 1).await);
        ann.say(group, "before").await;
        hers.next_event("message.new").await;
        his.next_event("message.new").await;
        house.ways.iter().for_each(|each| each.set(way));
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for nth in 0..12 {
            let began = Instant::now();
            ann.say(group, &format!("{nth}")).await;
            hers.next_event("message.new").await;
            here.push(began.elapsed().as_millis());
            his.next_event("message.new").await;
            there.push(began.elapsed().as_millis());
        }
        eprintln!("{way:?}: heard here after {here:?} ms, on the other process after {there:?} ms");
    }
}

/// Pages of the newest messages, of plain ones and of those with reactions and replies, one after the other and many at once.
#[tokio::test]
#[ignore = "measures, and takes a while"]
async fn how_long_a_page_takes_with_and_without_the_cache() {
    let house = House::with_each(2, |nth, config| config.redis_cache = nth == 1).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    let (plain, rich) = (ann.group(&[&ben]).await, ann.group(&[&ben]).await);
    let mut last = ann.say(rich, "begin").await.id;
    for nth in 0..120 {
        ann.say(plain, &format!("{nth} {}", "word ".repeat(20)))
            .await;
        let answer = json!({"content": "word ".repeat(20), "reply_to": last});
        last = ann.send(rich, answer).await.ok_message().id;
        let liked = format!("/messages/{last}/reactions/%F0%9F%91%8D");
        ben.put(&liked, json!({})).await.ok();
    }
    for (what, group) in [("plain", plain), ("with reactions and replies", rich)] {
        for (how, server) in [("without", 0), ("with", 1), ("without", 0), ("with", 1)] {
            let who = house.at(&ann, server);
            let mut times = Vec::new();
            for _ in 0..500 {
                let began = Instant::now();
                who.history(group, "").await;
                times.push(began.elapsed());
            }
            times.sort_unstable();
            let began = Instant::now();
            let many = (0..16).map(|_| async {
                for _ in 0..100 {
                    who.history(group, "").await;
                }
            });
            futures_util::future::join_all(many).await;
            let rate = 1_600.0 / began.elapsed().as_secs_f64();
            let (median, late) = (times[250], times[494]);
            eprintln!(
                "{what}, {how}: median {median:?}, 99th percentile {late:?}, {rate:.0} a second"
            );
        }
    }
}
