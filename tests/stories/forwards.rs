//! Forwards: the same said again elsewhere, with its files and where it comes from, once.

use chat_core::{ConversationId, Message, MessageId};
use chat_tests::{Answer, Device, Person, Server, unknown_id};
use serde_json::{Value, json};

async fn forward(who: &Person, message: MessageId, to: &[ConversationId]) -> Answer {
    let body = json!({"conversation_ids": to, "client_id": "f-1"});
    who.post(&format!("/messages/{message}/forward"), body)
        .await
}

fn copies(answer: Answer) -> Vec<Message> {
    serde_json::from_value(answer.ok()["items"].clone()).unwrap()
}

async fn count(who: &Person, place: ConversationId) -> usize {
    who.history(place, "").await["items"]
        .as_array()
        .unwrap()
        .len()
}

#[tokio::test]
async fn whoever_said_it_first_stays_who_said_it_first() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let (first, second) = (ann.group(&[&bob]).await, bob.direct(&eve).await);
    let third = eve.group(&[&bob]).await;
    let said = ann.say(first, "@bob: the news").await;

    let hop = copies(forward(&bob, said.id, &[second]).await).remove(0);
    let hop = copies(forward(&eve, hop.id, &[third]).await).remove(0);

    let from = hop.extras.forwarded_from.unwrap();
    assert_eq!((from.sender_id, from.sent_at), (ann.id, said.created_at));
    assert_eq!(from.display_name, "The ann");
    assert_eq!(
        (hop.sender.id, hop.content.as_str()),
        (eve.id, "@bob: the news")
    );
    assert!(hop.extras.mentions.is_empty(), "nobody is named there");
}

#[tokio::test]
async fn files_and_data_go_along_and_every_device_sees_it() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let (here, there) = (ann.group(&[&bob]).await, bob.group(&[&eve]).await);
    let file = server.database().await.file_of(ann.id.uuid(), false).await;
    let body = json!({"content": "see", "attachment_ids": [file], "metadata": {"a": 1}});
    let said = ann.send(here, body).await.ok_message();
    let mut devices = [Device::live(&eve).await, Device::away(&eve).await];

    let copy = copies(forward(&bob, said.id, &[there]).await).remove(0);

    assert_eq!(copy.extras.attachments, said.extras.attachments);
    assert_eq!(copy.extras.attachments.len(), 1);
    assert_eq!(copy.extras.metadata, said.extras.metadata);
    for device in &mut devices {
        device.expect_fresh().await;
    }
    ann.unsay(said.id).await.ok();
    let kept = eve.get(&format!("/messages/{}", copy.id)).await.ok();
    assert_eq!(
        kept["attachments"][0]["id"],
        json!(file),
        "the copy is its own"
    );
}

#[tokio::test]
async fn a_retry_makes_no_second_copy_whatever_became_of_the_first() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (here, one, two) = (
        ann.group(&[&bob]).await,
        ann.group(&[]).await,
        ann.direct(&bob).await,
    );
    let said = bob.say(here, "news").await;
    let ids = |answer: Answer| {
        copies(answer)
            .iter()
            .map(|copy| copy.id)
            .collect::<Vec<_>>()
    };
    let first = ids(forward(&ann, said.id, &[one, two, one]).await);
    assert_eq!(first.len(), 2, "each place once");

    bob.edit(said.id, "old news").await.ok();
    let again = ids(forward(&ann, said.id, &[one, two]).await);
    bob.unsay(said.id).await.ok();
    let after = ids(forward(&ann, said.id, &[one, two]).await);

    assert_eq!((&again, &after), (&first, &first));
    assert_eq!((count(&ann, one).await, count(&ann, two).await), (1, 1));
    let other = ann.say(here, "another").await;
    let conflict = forward(&ann, other.id, &[one]).await;
    assert_eq!(conflict.problem(), (409, "idempotency_conflict"));
}

#[tokio::test]
async fn one_place_where_it_may_not_go_sends_nothing() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (here, there) = (ann.group(&[&bob]).await, bob.group(&[]).await);
    let body = json!({"kind": "channel", "title": "News", "member_ids": [bob.id]});
    let channel = ann.post("/conversations", body).await.ok()["id"].clone();
    let channel: ConversationId = serde_json::from_value(channel).unwrap();
    let of_ann = ann.group(&[]).await;
    let unknown = ConversationId::new(unknown_id());
    let said = bob.say(here, "news").await.id;

    let refused = forward(&bob, said, &[there, channel]).await;
    assert_eq!(refused.problem(), (403, "forbidden"));
    for place in [of_ann, unknown] {
        let refused = forward(&bob, said, &[there, place]).await;
        assert_eq!(refused.problem(), (404, "not_found"));
    }

    assert_eq!(count(&bob, there).await, 0);
    assert_eq!(
        forward(&bob, said, &[]).await.fields(),
        ["conversation_ids"]
    );
    let many = vec![there; 21];
    assert_eq!(
        forward(&bob, said, &many).await.fields(),
        ["conversation_ids"]
    );
}

#[tokio::test]
async fn what_is_not_there_to_be_said_again() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let (here, there) = (ann.group(&[&bob]).await, eve.group(&[]).await);
    let (kept, gone) = (ann.say(here, "1").await.id, ann.say(here, "2").await.id);
    ann.unsay(gone).await.ok();
    ann.patch(&format!("/conversations/{here}"), json!({"title": "New"}))
        .await
        .ok();
    let note = ann.look(here).await.last_message.unwrap().id;

    assert_eq!(
        forward(&eve, kept, &[there]).await.problem(),
        (404, "not_found")
    );
    for none in [gone, note] {
        assert_eq!(
            forward(&ann, none, &[here]).await.problem(),
            (409, "conflict")
        );
    }
}

#[tokio::test]
async fn a_socket_forwards_too() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let (here, there) = (ann.group(&[&bob]).await, bob.direct(&eve).await);
    let said = ann.say(here, "news").await.id;
    let (mut socket, mut other) = (bob.socket().await, eve.socket().await);

    let body = json!({"message_id": said, "conversation_ids": [there]});
    let answer = socket.call("message.forward", body).await.unwrap();
    let told = other.next_event("message.new").await;

    assert_eq!(told["data"]["forwarded_from"]["sender_id"], json!(ann.id));
    assert_eq!(answer["items"][0]["id"], told["data"]["id"]);
    assert_ne!(told["data"]["id"], Value::Null);
}

#[tokio::test]
async fn a_forward_under_a_key_happens_once() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let (from, to) = (ann.group(&[]).await, ann.group(&[]).await);
    let message = ann.say(from, "hello").await;
    let door = ann.door.with("idempotency-key", "k1");
    let path = format!("/messages/{}/forward", message.id);
    let body = json!({"conversation_ids": [to]});

    let first = door.call("POST", &path, Some(body.clone())).await.ok();
    let again = door.call("POST", &path, Some(body)).await.ok();

    assert_eq!(first["items"][0]["id"], again["items"][0]["id"]);
    assert_eq!(ann.look(to).await.last_seq.get(), 1);
}
