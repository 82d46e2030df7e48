//! Somebody else's things: on every route and frame they are like things that do not exist.
//!
//! The calls come from the table of the protocol. A call that is new there and names a thing by its id fails these tests
//! until it is said here how it is made.

use chat_core::{ConversationId, MessageId, Operation};
use chat_tests::{Person, Server, Setup, unknown_id};
use serde_json::{Value, json};
use uuid::Uuid;

/// Fields that name a thing which may be somebody else's.
const NAMES_A_THING: &[&str] = &["conversation_id", "message_id", "session_id", "user_id"];

/// Ann's things; mallory has no part in any of them.
struct Things {
    ann: Person,
    mallory: Person,
    conversation: ConversationId,
    message: MessageId,
    /// Of mallory's own, for members that are not in it.
    own: ConversationId,
}

async fn things(server: &Server, was_member: bool) -> Things {
    let [ann, bob, mallory] = server.people(["ann", "bob", "mallory"]).await;
    let conversation = ann.group(&[&bob, &mallory]).await;
    let message = mallory.say(conversation, "mine").await.id;
    ann.remove(conversation, &mallory).await.ok();
    let own = mallory.group(&[]).await;
    match was_member {
        true => Things {
            ann,
            mallory,
            conversation,
            message,
            own,
        },
        false => {
            let conversation = ann.group(&[&bob]).await;
            let message = ann.say(conversation, "hers").await.id;
            Things {
                ann,
                mallory,
                conversation,
                message,
                own,
            }
        }
    }
}

/// The fields of a call beside its ids, so that nothing but the ids is wrong with it.
fn rest(operation: &Operation, things: &Things) -> Value {
    match operation.name {
        "conversation.show"
        | "conversation.delete"
        | "conversation.leave"
        | "member.list"
        | "member.remove"
        | "history"
        | "message.show"
        | "message.delete"
        | "session.end"
        | "user.show" => json!({}),
        "conversation.change" => json!({"title": "Mine now"}),
        "member.add" => json!({"user_ids": [things.mallory.id]}),
        "member.change" => json!({"role": "owner"}),
        "read" | "unread" | "delivered" => json!({"seq": 1}),
        "typing" => json!({"is_typing": true}),
        "message.send" | "message.edit" => json!({"content": "mine now"}),
        other => panic!("say here how {other} is called, and that it gives nothing away"),
    }
}

/// An id of somebody else's thing. Members are looked for in a conversation of one's own.
fn id_of(field: &str, operation: &Operation, things: &Things) -> Uuid {
    match field {
        "conversation_id"
            if operation.name.starts_with("member.")
                && operation.name != "member.list"
                && operation.name != "member.add" =>
        {
            things.own.uuid()
        }
        "conversation_id" => things.conversation.uuid(),
        "message_id" => things.message.uuid(),
        "session_id" => things.ann.session_id.uuid(),
        "user_id" => things.ann.id.uuid(),
        other => panic!("what is {other}?"),
    }
}

/// The calls that name a thing in their path.
fn with_a_thing() -> impl Iterator<Item = (&'static Operation, &'static str, &'static str)> {
    let with_path = Operation::ALL.iter().filter_map(|operation| {
        operation
            .rest
            .map(|(method, path)| (operation, method, path))
    });
    with_path
        .filter(|(_, _, path)| {
            Operation::path_fields(path).any(|field| NAMES_A_THING.contains(&field))
        })
        .map(|(operation, method, path)| (operation, method.as_str(), path))
}

fn fill(path: &str, mut id: impl FnMut(&str) -> Uuid) -> String {
    let mut filled = path.to_owned();
    for field in Operation::path_fields(path) {
        filled = filled.replace(&format!("{{{field}}}"), &id(field).to_string());
    }
    filled
}

async fn gives_nothing_away_over_http(things: &Things) {
    for (operation, method, path) in with_a_thing() {
        let body = rest(operation, things);
        let last = Operation::path_fields(path).last().unwrap();
        let theirs = fill(path, |field| id_of(field, operation, things));
        // Only the thing itself is unknown; where a member is looked for, the conversation is one's own both times.
        let unknown = fill(path, |field| {
            if field == last {
                unknown_id()
            } else {
                id_of(field, operation, things)
            }
        });

        let theirs = things
            .mallory
            .door
            .call(method, &theirs, Some(body.clone()))
            .await;
        let unknown = things.mallory.door.call(method, &unknown, Some(body)).await;

        assert_eq!(unknown.problem(), (404, "not_found"), "{}", operation.name);
        if operation.name == "user.show" {
            assert_eq!(theirs.ok()["username"], "ann", "people are public");
            continue;
        }
        assert_eq!(
            theirs.without_id(),
            unknown.without_id(),
            "{}",
            operation.name
        );
    }
}

async fn gives_nothing_away_over_a_socket(things: &Things) {
    let mut socket = things.mallory.socket().await;
    for (operation, _, path) in with_a_thing().filter(|(operation, ..)| operation.frame) {
        let with = |unknown: bool| {
            let mut data = rest(operation, things);
            for field in Operation::path_fields(path) {
                let id = if unknown {
                    unknown_id()
                } else {
                    id_of(field, operation, things)
                };
                data[field] = json!(id);
            }
            data
        };

        let theirs = socket.call(operation.name, with(false)).await.unwrap_err();
        let unknown = socket.call(operation.name, with(true)).await.unwrap_err();

        assert_eq!(theirs, unknown, "{}", operation.name);
        assert_eq!(theirs["code"], "not_found", "{}", operation.name);
    }
}

#[tokio::test]
async fn a_stranger_learns_nothing_over_http() {
    let server = Setup::new().start().await;

    gives_nothing_away_over_http(&things(&server, false).await).await;
}

#[tokio::test]
async fn a_former_member_learns_nothing_over_http() {
    let server = Server::start().await;

    gives_nothing_away_over_http(&things(&server, true).await).await;
}

#[tokio::test]
async fn a_stranger_learns_nothing_over_a_socket() {
    let server = Server::start().await;

    gives_nothing_away_over_a_socket(&things(&server, false).await).await;
}

#[tokio::test]
async fn a_former_member_learns_nothing_over_a_socket() {
    let server = Server::start().await;

    gives_nothing_away_over_a_socket(&things(&server, true).await).await;
}

#[tokio::test]
async fn every_call_but_signing_in_is_refused_to_nobody() {
    let server = Server::start().await;

    for operation in Operation::ALL {
        let Some((method, path)) = operation.rest else {
            continue;
        };
        let path = fill(path, |_| unknown_id());
        let answer = server
            .door
            .call(method.as_str(), &path, Some(json!({})))
            .await;
        match operation.access {
            chat_core::Access::User | chat_core::Access::Admin => assert_eq!(
                answer.problem(),
                (401, "unauthenticated"),
                "{}",
                operation.name
            ),
            chat_core::Access::Anonymous => {
                assert_eq!(answer.problem(), (422, "invalid"), "{}", operation.name)
            }
        }
    }
}

#[tokio::test]
async fn a_sync_of_somebody_elses_conversation_says_what_it_says_of_an_unknown_one() {
    let server = Server::start().await;
    let things = things(&server, true).await;
    let epoch = things.ann.look(things.conversation).await.epoch;
    let ask = async |id: Uuid| {
        let body = json!({"positions": {(id.to_string()): {"epoch": epoch, "seq": 1}}});
        let synced = things.mallory.sync(body).await;
        (
            synced["gone"] == json!([id]),
            synced["conversations"].clone(),
            synced["reset"].clone(),
        )
    };

    assert_eq!(
        ask(things.conversation.uuid()).await,
        ask(unknown_id()).await
    );
}

#[tokio::test]
async fn presence_is_only_told_of_people_one_shares_a_conversation_with() {
    let server = Server::start().await;
    let things = things(&server, true).await;
    let mut socket = things.mallory.socket().await;

    let watched = socket
        .call(
            "presence.watch",
            json!({"user_ids": [things.ann.id, unknown_id()]}),
        )
        .await
        .unwrap();

    assert_eq!(watched, json!({"items": []}));
}
