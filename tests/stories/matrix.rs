//! Who gets which answer: every call and frame, and what stands beside them, asked by everybody there is, in every kind of
//! conversation.
//!
//! The calls come from the table of the protocol, the answers from `matrix/answers.txt`. A call without a row there fails.
//! And whatever is `not_found` is told in the very words in which a thing that does not exist is.

mod asking;
mod beside;
mod world;

use asking::Question;
use chat_core::{ConversationKind, Operation, Secret};
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
    (Who::Banned, ConversationKind::Group),
    (Who::Member, ConversationKind::Group),
    (Who::Admin, ConversationKind::Group),
    (Who::Owner, ConversationKind::Group),
    (Who::Keeper, ConversationKind::Group),
    (Who::Stranger, ConversationKind::Direct),
    (Who::Member, ConversationKind::Direct),
    (Who::Keeper, ConversationKind::Direct),
    (Who::Stranger, ConversationKind::Channel),
    (Who::Former, ConversationKind::Channel),
    (Who::Banned, ConversationKind::Channel),
    (Who::Member, ConversationKind::Channel),
    (Who::Admin, ConversationKind::Channel),
    (Who::Owner, ConversationKind::Channel),
    (Who::Keeper, ConversationKind::Channel),
];

/// Only the first columns are asked where the kind of the conversation says nothing.
const OF_A_GROUP: usize = 8;

/// What every column gets. What is hidden has to be told like what is not there.
async fn row(server: Arc<Server>, question: Question) -> Vec<String> {
    let name = question.name();
    let narrow = rows().get(name).is_some_and(|row| row.len() == OF_A_GROUP);
    let columns = COLUMNS
        .len()
        .min(if narrow { OF_A_GROUP } else { usize::MAX });
    let mut found = Vec::new();
    for (who, kind) in &COLUMNS[..columns] {
        let world = World::new(&server, name, *kind).await;
        let caller = world.caller(&server, *who, name).await;
        let (theirs, unknown) = question.ask(&server, &world, caller.as_ref()).await;
        found.push(match theirs == unknown || theirs.0 != 404 {
            true => theirs.0.to_string(),
            false => format!("{}!={}", theirs.1, unknown.1),
        });
    }
    found
}

/// The rows that are not as the table says, as they were found.
async fn wrong_rows(questions: impl Iterator<Item = Question>) -> String {
    let set = |config: &mut chat_server::Config| {
        config.durability = chat_server::Durability::Relaxed;
        config.metrics_token = Some(Secret::new("of-nobody-who-asks-here"));
    };
    let server = Arc::new(Server::with(set).await);
    let mut asking = JoinSet::new();
    for question in questions {
        let server = server.clone();
        asking.spawn(async move { (question.name(), row(server, question).await) });
    }
    let mut wrong = Vec::new();
    for (name, found) in asking.join_all().await {
        if rows().get(name).is_none_or(|row| *row != found) {
            wrong.push(format!("{name} {}", found.join(" ")));
        }
    }
    wrong.sort();
    wrong.join("\n")
}

#[tokio::test]
async fn everybody_gets_the_answer_of_the_table_over_http() {
    let calls = Operation::ALL.iter().filter(|call| call.rest.is_some());
    let wrong = wrong_rows(calls.map(Question::Http)).await;

    assert!(wrong.is_empty(), "not as in matrix/answers.txt:\n{wrong}");
}

#[tokio::test]
async fn everybody_gets_the_answer_of_the_table_over_a_socket() {
    let calls = Operation::ALL.iter().filter(|call| call.frame);
    let wrong = wrong_rows(calls.map(Question::Frame)).await;

    assert!(wrong.is_empty(), "not as in matrix/answers.txt:\n{wrong}");
}

#[tokio::test]
async fn everybody_gets_the_answer_of_the_table_beside_the_calls() {
    let paths = beside::PATHS.iter().copied();
    let wrong = wrong_rows(paths.map(Question::Beside)).await;

    assert!(wrong.is_empty(), "not as in matrix/answers.txt:\n{wrong}");
}

#[test]
fn the_table_has_a_row_for_every_call_and_path_and_no_other() {
    let rows: Vec<_> = rows().into_keys().collect();
    let calls = Operation::ALL.iter().map(|call| call.name);
    let mut asked: Vec<_> = calls.chain(beside::PATHS.iter().copied()).collect();
    asked.sort_unstable();

    assert_eq!(rows, asked);
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
