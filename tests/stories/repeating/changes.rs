//! What is done to messages under the client's own id: asked again, it is not done again.

use chat_core::{ConversationId, MessageId};
use chat_tests::{Answer, Person, Server};
use futures_util::future::join_all;
use serde_json::{Value, json};

async fn world() -> (Server, Person, Person, ConversationId, MessageId) {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let message = ann.say(group, "hello").await.id;
    (server, ann, bob, group, message)
}

async fn edit(who: &Person, message: MessageId, id: &str, content: &str) -> Answer {
    let body = json!({"content": content, "client_id": id});
    who.patch(&format!("/messages/{message}"), body).await
}

/// Puts a thumb under a message, or takes it back; under an id, or under none.
async fn thumb(who: &Person, method: &'static str, message: MessageId, id: Value) -> Answer {
    let path = format!("/messages/{message}/reactions/👍");
    let body = json!({"client_id": id});
    who.door.call(method, &path, Some(body)).await
}

async fn shown(who: &Person, message: MessageId) -> Value {
    who.get(&format!("/messages/{message}")).await.ok()
}

#[tokio::test]
async fn an_edit_asked_again_is_not_done_over_a_newer_one() {
    let (_server, ann, _bob, group, message) = world().await;
    edit(&ann, message, "e1", "from the phone").await.ok();
    ann.edit(message, "from the laptop").await.ok();

    let again = edit(&ann, message, "e1", "from the phone").await.ok();
    let frame = json!({"message_id": message, "content": "from the phone", "client_id": "e1"});
    let over_socket = ann.socket().await.call("message.edit", frame).await;

    assert_eq!(again["content"], "from the laptop", "as it is by now");
    assert_eq!(over_socket.unwrap()["content"], "from the laptop");
    assert_eq!(ann.look(group).await.last_seq.get(), 3, "two edits");
    edit(&ann, message, "e2", "from the phone").await.ok();
    assert_eq!(shown(&ann, message).await["content"], "from the phone");
}

#[tokio::test]
async fn an_edit_that_changed_nothing_was_done_too() {
    let (_server, ann, _bob, _group, message) = world().await;
    edit(&ann, message, "e1", "hello").await.ok();
    ann.edit(message, "goodbye").await.ok();

    edit(&ann, message, "e1", "hello").await.ok();

    assert_eq!(shown(&ann, message).await["content"], "goodbye");
}

#[tokio::test]
async fn an_emoji_asked_for_again_stays_where_it_was_put_since() {
    let (_server, ann, bob, _group, message) = world().await;
    let count = async || {
        shown(&ann, message).await["reactions"]
            .as_array()
            .map_or(0, Vec::len)
    };

    assert_eq!(thumb(&bob, "PUT", message, json!("r1")).await.status, 204);
    assert_eq!(
        thumb(&bob, "DELETE", message, json!(null)).await.status,
        204
    );
    assert_eq!(thumb(&bob, "PUT", message, json!("r1")).await.status, 204);
    assert_eq!(count().await, 0, "it was taken back");

    thumb(&bob, "PUT", message, json!("r2")).await;
    thumb(&bob, "DELETE", message, json!("r3")).await;
    thumb(&bob, "PUT", message, json!("r4")).await;
    assert_eq!(
        thumb(&bob, "DELETE", message, json!("r3")).await.status,
        204
    );
    assert_eq!(count().await, 1, "it was given anew");
}

#[tokio::test]
async fn what_was_done_to_a_message_that_is_gone_is_answered_with_its_tombstone() {
    let (_server, ann, _bob, group, message) = world().await;
    let path = format!("/messages/{message}");
    edit(&ann, message, "e1", "changed").await.ok();
    thumb(&ann, "PUT", message, json!("r1")).await;
    let once = json!({"client_id": "d1"});
    let gone = ann.door.call("DELETE", &path, Some(once.clone())).await;
    let again = ann.door.call("DELETE", &path, Some(once)).await;

    assert_eq!(gone.ok(), again.ok());
    let edited = edit(&ann, message, "e1", "changed").await.ok();
    assert_eq!(
        (&edited["id"], &edited["content"]),
        (&json!(message), &json!(""))
    );
    assert_eq!(thumb(&ann, "PUT", message, json!("r1")).await.status, 204);
    assert_eq!(edit(&ann, message, "e2", "changed").await.status, 409);
    assert_eq!(ann.look(group).await.last_seq.get(), 4);
}

#[tokio::test]
async fn the_same_id_for_something_else_is_a_conflict() {
    let (_server, ann, bob, group, message) = world().await;
    let other = ann.say(group, "other").await.id;
    edit(&ann, message, "e1", "one").await.ok();

    let refused = (409, "idempotency_conflict");
    assert_eq!(edit(&ann, message, "e1", "two").await.problem(), refused);
    let thumbs = thumb(&ann, "PUT", message, json!("e1")).await;
    assert_eq!(thumbs.problem(), refused);
    let (path, body) = (format!("/messages/{message}"), json!({"client_id": "e1"}));
    let deletion = ann.door.call("DELETE", &path, Some(body)).await;
    assert_eq!(deletion.problem(), refused);

    let named = json!({"content": "one", "client_id": "e1", "mentions": []});
    let naming = ann.patch(&path, named).await;
    assert_eq!(naming.problem(), refused);

    assert_eq!(shown(&ann, message).await["content"], "one");
    edit(&ann, other, "e1", "two").await.ok();
    let bobs = thumb(&bob, "PUT", message, json!("e1")).await;
    assert_eq!(bobs.status, 204, "each has their own");
}

#[tokio::test]
async fn what_was_refused_does_not_use_its_id_up() {
    let (_server, ann, bob, ..) = world().await;
    let direct = ann.direct(&bob).await;
    let message = ann.say(direct, "hello").await.id;
    let block = format!("/users/{}/block", bob.id);
    ann.put(&block, json!({})).await.ok();
    let thumb = async || thumb(&bob, "PUT", message, json!("r1")).await.status;
    assert_eq!(thumb().await, 403);

    ann.delete(&block).await.ok();

    assert_eq!(thumb().await, 204);
    assert_eq!(shown(&ann, message).await["reactions"][0]["count"], 1);
}

#[tokio::test]
async fn eight_repetitions_of_an_edit_at_once_are_one() {
    let (_server, ann, _bob, group, message) = world().await;

    let answers = join_all((0..8).map(|_| edit(&ann, message, "e1", "once"))).await;

    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(ann.look(group).await.last_seq.get(), 2);
}

#[tokio::test]
async fn a_repetition_after_a_restart_is_none_either() {
    let (server, ann, _bob, _group, message) = world().await;
    edit(&ann, message, "e1", "from the phone").await.ok();
    ann.edit(message, "from the laptop").await.ok();

    let server = server.drop_dead().await.start().await;

    let ann = Person {
        door: server.door.bearer(&ann.token),
        ..ann
    };
    let again = edit(&ann, message, "e1", "from the phone").await.ok();
    assert_eq!(again["content"], "from the laptop");
}

#[tokio::test]
async fn who_has_left_gets_no_text_by_asking_again() {
    let (_server, _ann, bob, group, _message) = world().await;
    let message = bob.say(group, "mine").await.id;
    edit(&bob, message, "e1", "changed").await.ok();
    let leave = format!("/conversations/{group}/leave");
    bob.post(&leave, json!({})).await;

    assert_eq!(edit(&bob, message, "e1", "changed").await.status, 404);
}
