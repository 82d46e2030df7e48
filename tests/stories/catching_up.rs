//! Coming back: everything that was missed, in order, whole, or a clear word that it cannot be so.

use chat_core::{ConversationId, State, Synced};
use chat_tests::{Device, HeldClock, Person, Server, unknown_id};
use serde_json::{Value, json};

fn at(id: ConversationId, epoch: impl serde::Serialize, seq: u64) -> Value {
    json!({"positions": {(id.to_string()): {"epoch": epoch, "seq": seq}}})
}

fn places(stretch: &Value) -> Vec<u64> {
    stretch["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect()
}

async fn chatter(person: &Person, id: ConversationId, count: usize) {
    for nth in 0..count {
        person.say(id, &format!("{nth}")).await;
    }
}

#[tokio::test]
async fn from_nothing_come_all_conversations_newest_first_with_their_last_message() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (older, newer) = (ann.group(&[&bob]).await, ann.group(&[&bob]).await);
    chatter(&ann, older, 3).await;
    clock.move_by_ms(1);
    chatter(&ann, newer, 2).await;

    let synced = bob.sync(json!({})).await;

    let new = synced["new"].as_array().unwrap();
    assert_eq!(
        new.iter().map(|c| &c["id"]).collect::<Vec<_>>(),
        [&json!(newer), &json!(older)]
    );
    assert_eq!(
        new.iter()
            .map(|c| &c["last_message"]["content"])
            .collect::<Vec<_>>(),
        [&json!("1"), &json!("2")]
    );
    assert_eq!(
        new.iter()
            .map(|c| &c["my"]["unread_count"])
            .collect::<Vec<_>>(),
        [&json!(2), &json!(3)]
    );
    assert_eq!(
        (&synced["more"], &synced["inbox"]["events"]),
        (&json!(false), &json!([]))
    );
}

#[tokio::test]
async fn what_was_missed_comes_in_order_without_a_hole() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let first = ann.say(group, "1").await;
    let epoch = bob.look(group).await.epoch;
    ann.say(group, "2").await;
    ann.edit(first.id, "one").await.ok();
    ann.patch(
        &format!("/conversations/{group}"),
        json!({"title": "Other"}),
    )
    .await
    .ok();
    ann.unsay(first.id).await.ok();

    let synced = bob.sync(at(group, epoch, 1)).await;

    let stretch = &synced["conversations"][0];
    let kinds: Vec<_> = stretch["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "message.new",
            "message.edited",
            "conversation.changed",
            "message.new",
            "message.deleted"
        ]
    );
    assert_eq!(places(stretch), [2, 3, 4, 5, 6]);
    assert_eq!(
        (&stretch["from"], &stretch["to"], &stretch["head"]),
        (&json!(1), &json!(6), &json!(6))
    );
}

#[tokio::test]
async fn a_small_limit_gives_whole_pages_until_there_is_no_more() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let groups = [
        ann.group(&[&bob]).await,
        ann.group(&[&bob]).await,
        ann.group(&[&bob]).await,
    ];
    let mut state = State::new(bob.id);
    let mut rounds = 0;
    for round in 0..2 {
        loop {
            let body = json!({"positions": state.positions(), "inbox": state.inbox(), "limit": 2});
            let synced: Synced = serde_json::from_value(bob.sync(body).await).unwrap();
            let told: usize = synced
                .conversations
                .iter()
                .map(|stretch| stretch.events.len())
                .sum();
            assert!(told + synced.new.len() <= 2, "{synced:?}");
            rounds += 1;
            if !state.apply_sync(synced) {
                break;
            }
        }
        for group in groups.iter().filter(|_| round == 0) {
            chatter(&ann, *group, 5).await;
        }
    }

    assert!(
        rounds >= 10,
        "{rounds} rounds for 3 conversations and 15 messages, two at a time"
    );
    for group in groups {
        let known = state.conversation(group).unwrap();
        let said: Vec<_> = known
            .messages()
            .map(|message| message.content.as_str())
            .collect();
        assert_eq!(said, ["0", "1", "2", "3", "4"]);
    }
}

#[tokio::test]
async fn the_limit_is_brought_into_its_range() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let epoch = ann.look(group).await.epoch;
    chatter(&ann, group, 3).await;
    let ask = async |limit: Value| {
        let mut body = at(group, epoch, 0);
        body["limit"] = limit;
        places(&ann.sync(body).await["conversations"][0]).len()
    };

    assert_eq!(
        (
            ask(json!(0)).await,
            ask(json!(100_000)).await,
            ask(Value::Null).await
        ),
        (1, 3, 3)
    );
}

#[tokio::test]
async fn a_position_beyond_the_end_is_reset() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let epoch = ann.look(group).await.epoch;

    let synced = ann.sync(at(group, epoch, 9_007_199_254_740_991)).await;

    assert_eq!(synced["reset"][0]["reason"], "ahead");
}

#[tokio::test]
async fn a_device_ahead_of_the_inbox_starts_over_and_so_do_the_others() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    bob.group(&[&ann]).await;
    let mut other = Device::away(&ann).await;
    let inbox = other.state.inbox().unwrap();

    let synced = ann
        .sync(json!({"inbox": {"epoch": inbox.epoch, "seq": 1_000}}))
        .await;

    assert_ne!(synced["inbox"]["epoch"], json!(inbox.epoch));
    other.expect_fresh().await;
    assert_eq!(other.state.conversations().len(), 1);
}

#[tokio::test]
async fn devices_that_are_ahead_of_the_inbox_at_once_start_the_same_life() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let known = Device::away(&ann).await.state.inbox().unwrap();
    let ahead = json!({"inbox": {"epoch": known.epoch, "seq": 1_000}});

    let syncs = (0..8).map(|_| ann.sync(ahead.clone()));
    let synced = futures_util::future::join_all(syncs).await;

    let epoch = &synced[0]["inbox"]["epoch"];
    assert_ne!(*epoch, json!(known.epoch));
    for one in &synced {
        assert_eq!(one["inbox"]["epoch"], *epoch, "renewed once");
    }
}

#[tokio::test]
async fn what_is_gone_and_what_is_new_is_said() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (left, stays) = (ann.group(&[&bob]).await, ann.group(&[&bob]).await);
    let epoch = bob.look(left).await.epoch;
    ann.remove(left, &bob).await.ok();

    let mut body = at(left, epoch, 0);
    let unknown = unknown_id();
    body["positions"][unknown.to_string()] = json!({"epoch": epoch, "seq": 0});
    let synced = bob.sync(body).await;

    let gone: Vec<_> = synced["gone"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    assert!(
        gone.len() == 2
            && gone.contains(&json!(left).to_string())
            && gone.contains(&json!(unknown).to_string())
    );
    assert_eq!(
        synced["new"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| &c["id"])
            .collect::<Vec<_>>(),
        [&json!(stays)]
    );
}

#[tokio::test]
async fn sync_is_the_same_over_the_socket() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    chatter(&ann, group, 2).await;
    let body = at(group, ann.look(group).await.epoch, 0);

    let mut over_http = ann.sync(body.clone()).await;
    let mut over_socket = ann.socket().await.call("sync", body).await.unwrap();

    over_http["server_time"] = Value::Null;
    over_socket["server_time"] = Value::Null;
    assert_eq!(over_http, over_socket);
}

#[tokio::test]
async fn with_a_time_to_compare_only_what_moved_since_is_told() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (still, marked) = (ann.group(&[&bob]).await, ann.group(&[&bob]).await);
    chatter(&ann, still, 1).await;
    chatter(&ann, marked, 1).await;
    let mut state = chat_tests::fresh(&ann).await;
    clock.move_by_ms(60_000);
    let since = ann
        .sync(json!({"positions": state.positions(), "inbox": state.inbox()}))
        .await["server_time"]
        .clone();
    clock.move_by_ms(60_000);
    bob.read(marked, 1).await;

    let synced = ann
        .sync(json!({"positions": state.positions(), "inbox": state.inbox(), "since": since}))
        .await;

    let told: Vec<_> = synced["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["conversation_id"].clone())
        .collect();
    assert_eq!(told, [json!(marked)]);
    state.apply_sync(serde_json::from_value(synced).unwrap());
    let mark = |state: &State| {
        state
            .conversation(marked)
            .unwrap()
            .conversation()
            .members
            .clone()
    };
    assert_eq!(mark(&state), mark(&chat_tests::fresh(&ann).await));
}

#[tokio::test]
async fn profiles_that_do_not_fit_come_with_the_next_answers() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let [ann, bob, cem, dan] = server.people(["ann", "bob", "cem", "dan"]).await;
    let group = ann.group(&[&bob, &cem, &dan]).await;
    let epoch = ann.look(group).await.epoch;
    let mut since = ann.sync(json!({})).await["server_time"].clone();
    for (person, name) in [(&bob, "B"), (&cem, "C"), (&dan, "D")] {
        // Closer than what is told twice to be sure.
        clock.move_by_ms(3_000);
        let change = json!({"display_name": name});
        person.patch("/users/me", change).await.ok();
    }

    let mut told = Vec::new();
    for _ in 0..3 {
        let mut asked = at(group, epoch, 0);
        asked["since"] = since;
        asked["limit"] = json!(1);
        let synced = ann.sync(asked).await;
        since = synced["server_time"].clone();
        told.push(synced["users"].as_array().unwrap().last().unwrap()["display_name"].clone());
    }

    assert_eq!(told, ["B", "C", "D"]);
}
