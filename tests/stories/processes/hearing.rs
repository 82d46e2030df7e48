//! What happens on one process is heard on the others.

use super::{House, expect_redis, hears, metric, user_in};
use chat_tests::until;
use serde_json::json;

#[tokio::test]
async fn what_is_said_on_one_process_is_heard_on_the_others() {
    let house = House::of(3).await;
    let [ann, ben, cleo] = house.servers[0].people(["ann", "ben", "cleo"]).await;
    let group = ann.group(&[&ben, &cleo]).await;
    let mut sockets = [
        house.socket(&ann, 0).await,
        house.socket(&ben, 1).await,
        house.socket(&cleo, 2).await,
    ];

    for (server, who) in [(0, &ann), (1, &ben), (2, &cleo)] {
        let content = format!("{} is here", who.name);
        house.at(who, server).say(group, &content).await;
        for socket in &mut sockets {
            hears(socket, &content).await;
        }
    }
}

#[tokio::test]
async fn a_new_conversation_is_heard_of_on_another_process_and_then_what_is_said_in_it() {
    let house = House::of(2).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    let mut his = house.socket(&ben, 1).await;

    let group = ann.group(&[&ben]).await;
    let new = his.next_event("conversation.new").await;
    ann.say(group, "welcome").await;

    assert_eq!(new["conversation_id"], json!(group));
    hears(&mut his, "welcome").await;
}

#[tokio::test]
async fn who_writes_and_reads_is_seen_on_another_process() {
    let house = House::of(2).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    let (mut hers, mut his) = (house.socket(&ann, 0).await, house.socket(&ben, 1).await);
    ann.say(group, "hello").await;
    hears(&mut his, "hello").await;

    // What nobody listens to yet is not kept: he writes on until the other process listens.
    until("she sees that he writes", async || {
        let writes = json!({"conversation_id": group, "is_typing": true});
        his.call("typing", writes).await.unwrap();
        let told = hers.settle().await;
        let seen = told.iter().find(|event| event["type"] == "typing");
        let seen = seen.ok_or_else(|| format!("{told:?}"))?;
        assert_eq!(user_in(seen), Some(ben.id));
        Ok(())
    })
    .await;
    house.at(&ben, 1).read(group, 1).await;

    assert_eq!(hers.next_event("read").await["data"]["read_seq"], 1);
}

#[tokio::test]
async fn a_process_hears_only_of_conversations_that_it_serves() {
    let house = House::of(2).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    let (alone, both) = (ann.group(&[]).await, ann.group(&[&ben]).await);
    let mut his = house.socket(&ben, 1).await;
    ann.say(both, "begin").await;
    hears(&mut his, "begin").await;
    let before = metric(&house.servers[1], "chat_bus_heard_total").await;

    for nth in 0..20 {
        ann.say(alone, &format!("to herself {nth}")).await;
    }
    ann.say(both, "end").await;
    hears(&mut his, "end").await;

    // What is compared may be told before Redis has carried it.
    let heard = until("it is heard", async || {
        let heard = metric(&house.servers[1], "chat_bus_heard_total").await - before;
        if heard > 0.0 {
            Ok(heard)
        } else {
            Err("nothing".to_owned())
        }
    })
    .await;
    assert!(heard <= 3.0, "{heard}");
}

#[tokio::test]
async fn who_has_read_while_redis_was_away_is_seen_all_the_same() {
    let mut house = House::of(2).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    let mut hers = house.socket(&ann, 0).await;
    ann.say(group, "hello").await;
    hears(&mut hers, "hello").await;
    house.redis.kill().await;
    expect_redis(&house.servers[1], "away", None).await;

    house.at(&ben, 1).read(group, 1).await;

    assert_eq!(hers.next_event("read").await["data"]["read_seq"], 1);
}
