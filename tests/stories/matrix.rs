//! Who gets which answer: every call and frame, asked by everybody there is, in every kind of conversation.
//!
//! The calls come from the table of the protocol, the answers from `matrix/answers.txt`. A call without a row there fails.
//! And whatever is `not_found` is told in the very words in which a thing that does not exist is.

mod asking;
mod world;

use asking::{Asked, ask, ask_over};
use chat_core::{ConversationKind, Operation};
use chat_tests::{Server, unknown_id};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use tokio::task::JoinSet;
use world::{Who, World};

const ANSWERS: &str = include_str!("matrix/answers.txt");

/// The rows of the table: a call, and what each column must get.
fn rows() -> BTreeMap<&'static str, Vec<&'static str>> {
    let lines = ANSWERS.lines().filter(|line| !line.starts_with('#'));
    let rows = lines.filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.collect()))
    });
    rows.collect()
}

/// Everybody who asks, and where; in the order of the columns.
const COLUMNS: &[(Who, ConversationKind)] = &[
    (Who::Nobody, ConversationKind::Group),
    (Who::Stranger, ConversationKind::Group),
    (Who::Former, ConversationKind::Group),
    (Who::Member, ConversationKind::Group),
    (Who::Admin, ConversationKind::Group),
    (Who::Keeper, ConversationKind::Group),
    (Who::Stranger, ConversationKind::Direct),
    (Who::Member, ConversationKind::Direct),
    (Who::Keeper, ConversationKind::Direct),
    (Who::Stranger, ConversationKind::Channel),
    (Who::Former, ConversationKind::Channel),
    (Who::Member, ConversationKind::Channel),
    (Who::Admin, ConversationKind::Channel),
    (Who::Keeper, ConversationKind::Channel),
];

/// Only the first columns are asked where the kind of the conversation says nothing.
const OF_A_GROUP: usize = 6;

/// Holds one call against its row: what every column gets, and whether what is hidden is told like what is not there.
async fn row(
    server: Arc<Server>,
    call: &'static Operation,
    frame: bool,
    wide: bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for (who, kind) in COLUMNS
        .iter()
        .take(if wide { COLUMNS.len() } else { OF_A_GROUP })
    {
        let world = World::new(&server, call, *kind).await;
        let caller = world.caller(&server, *who, call).await;
        if frame && caller.is_none() {
            // Who is nobody gets no further than the handshake: see there.
            found.push("401".to_owned());
            continue;
        }
        let asked = Asked {
            call,
            world: &world,
        };
        let (theirs, unknown) = match (&caller, frame) {
            (Some(caller), true) => {
                let mut socket = caller.socket().await;
                let theirs = ask_over(&mut socket, &asked, false).await;
                (theirs, ask_over(&mut socket, &asked, true).await)
            }
            (caller, _) => {
                let door = caller.as_ref().map_or(&server.door, |caller| &caller.door);
                let theirs = ask(door, &asked, false).await;
                (theirs, ask(door, &asked, true).await)
            }
        };
        found.push(match theirs == unknown || theirs.0 != 404 {
            true => theirs.0.to_string(),
            false => format!("{}!={}", theirs.1, unknown.1),
        });
    }
    found
}

/// The rows that are not as the table says, as they were found.
async fn wrong_rows(frames: bool) -> Vec<String> {
    let server =
        Arc::new(Server::with(|config| config.durability = chat_server::Durability::Relaxed).await);
    let mut asking = JoinSet::new();
    let calls = Operation::ALL.iter();
    let calls = calls.filter(|call| {
        if frames {
            call.frame
        } else {
            call.rest.is_some()
        }
    });
    for call in calls {
        let server = server.clone();
        let wide = rows()
            .get(call.name)
            .is_none_or(|row| row.len() > OF_A_GROUP);
        asking.spawn(async move { (call.name, row(server, call, frames, wide).await) });
    }
    let mut wrong = Vec::new();
    for (name, found) in asking.join_all().await {
        if rows().get(name).is_none_or(|row| *row != found) {
            wrong.push(format!("{name} {}", found.join(" ")));
        }
    }
    wrong.sort();
    wrong
}

#[tokio::test]
async fn everybody_gets_the_answer_of_the_table_over_http() {
    let wrong = wrong_rows(false).await;

    assert!(
        wrong.is_empty(),
        "not as in matrix/answers.txt:\n{}",
        wrong.join("\n")
    );
}

#[tokio::test]
async fn everybody_gets_the_answer_of_the_table_over_a_socket() {
    let wrong = wrong_rows(true).await;

    assert!(
        wrong.is_empty(),
        "not as in matrix/answers.txt:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_table_has_a_row_for_every_call_and_no_other() {
    let rows: Vec<_> = rows().into_keys().collect();
    let mut calls: Vec<_> = Operation::ALL.iter().map(|call| call.name).collect();
    calls.sort_unstable();

    assert_eq!(rows, calls);
}

#[tokio::test]
async fn whoever_looks_for_a_member_in_a_conversation_of_their_own_learns_nothing_of_others() {
    let server = Server::start().await;
    let [ann, mallory] = server.people(["ann", "mallory"]).await;
    let own = mallory.group(&[]).await;
    let of = |id: &dyn std::fmt::Display| format!("/conversations/{own}/members/{id}");

    let theirs = mallory.patch(&of(&ann.id), json!({"role": "admin"})).await;
    let unknown = mallory
        .patch(&of(&unknown_id()), json!({"role": "admin"}))
        .await;

    assert_eq!(theirs.problem(), (404, "not_found"));
    assert_eq!(theirs.without_id(), unknown.without_id());
    let (theirs, unknown) = (
        mallory.delete(&of(&ann.id)).await,
        mallory.delete(&of(&unknown_id())).await,
    );
    assert_eq!(theirs.problem(), (404, "not_found"));
    assert_eq!(theirs.without_id(), unknown.without_id());
}

#[tokio::test]
async fn a_sync_of_somebody_elses_conversation_says_what_it_says_of_an_unknown_one() {
    let server = Server::start().await;
    let [ann, mallory] = server.people(["ann", "mallory"]).await;
    let group = ann.group(&[&mallory]).await;
    ann.remove(group, &mallory).await.ok();
    let epoch = ann.look(group).await.epoch;
    let ask = async |id: uuid::Uuid| {
        let body = json!({"positions": {(id.to_string()): {"epoch": epoch, "seq": 1}}});
        let synced = mallory.sync(body).await;
        (
            synced["gone"] == json!([id]),
            synced["conversations"].clone(),
            synced["reset"].clone(),
        )
    };

    assert_eq!(ask(group.uuid()).await, ask(unknown_id()).await);
}

#[tokio::test]
async fn presence_is_only_told_of_people_one_shares_a_conversation_with() {
    let server = Server::start().await;
    let [ann, mallory] = server.people(["ann", "mallory"]).await;
    let group = ann.group(&[&mallory]).await;
    ann.remove(group, &mallory).await.ok();
    let mut socket = mallory.socket().await;

    let whom = json!({"user_ids": [ann.id, unknown_id()]});
    let watched = socket.call("presence.watch", whom).await.unwrap();

    assert_eq!(watched, json!({"items": []}));
}
