//! Servers that are a release newer or older: what one of the two does not know is refused or passed by, and nothing else
//! suffers. Files that an older server takes only whole are in `uploads.rs`.

use crate::{
    damage::direct,
    kit::{Far, Net, SERVER, bob, client, hall, online, said, until},
    offline::{opened, world},
};
use chat_client::{Error, Progress, SqliteStore, Status, test_kit::body};
use chat_core::{Code, ConversationKind, ListPins, ShowMe, State};
use serde_json::{Value, json, to_value};
use std::path::Path;
use tempfile::TempDir;

#[tokio::test(start_paused = true)]
async fn what_a_newer_server_says_is_counted_and_the_rest_understood() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let (far, ()) = tokio::join!(Far::accept(&mut opened), online(&client));
    let mut updates = client.updates();
    let events = ["x", "hello"].map(|text| net.world().store(bob(), text, text).0);
    let [mut unknown, mut known] = events.map(|event| to_value(event).unwrap());
    unknown["type"] = json!("message.sparkled");
    unknown["data"] = json!({ "sparkles": 7 });
    known["sparkles"] = json!(true);
    known["data"]["sparkles"] = json!(7);

    far.say(unknown).await;
    far.say(known).await;

    until(&client, &mut updates, |state| said(state) == ["hello"]).await;
    assert_eq!(net.world().syncs, 1, "nothing was missing");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_in_a_word_of_a_newer_server_ends_in_its_sentence_and_the_next_goes_out() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let here = client.conversation(hall());
    let (mut far, ()) = tokio::join!(Far::accept(&mut opened), online(&client));
    here.send(body("plain"));
    let next = here.send(body("sparkling"));

    let frame = far.hear("message.send").await;
    let error = json!({"code": "sparkles_missing", "detail": "add sparkles", "sparkles": 7});
    far.answer_with(&frame, "error", &error).await;

    let frame = far.hear("message.send").await;
    assert_eq!(frame.client_id(), next.client_id().as_str());
    let failed = Progress::Failed {
        code: Code::Unknown,
        detail: "add sparkles".to_owned(),
    };
    assert_eq!(here.queued()[0].progress, failed);
    assert_eq!(*client.status().borrow(), Status::Online);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_in_a_word_of_a_newer_server_that_says_until_when_is_asked_again_then() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let here = client.conversation(hall());
    let (mut far, ()) = tokio::join!(Far::accept(&mut opened), online(&client));
    let sent = here.send(body("sparkling"));

    let frame = far.hear("message.send").await;
    let error = json!({"code": "sparkles_scarce", "detail": "later", "retry_after_ms": 900});
    far.answer_with(&frame, "error", &error).await;

    let again = far.hear("message.send").await;
    assert_eq!(again.client_id(), sent.client_id().as_str());
    assert_eq!(here.queued().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn answers_are_known_by_their_number_wherever_it_stands() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let here = client.conversation(hall());
    let (mut far, ()) = tokio::join!(Far::accept(&mut opened), online(&client));
    let sent = here.send(body("hello"));

    let frame = far.hear("message.send").await;
    let error = json!({"code": "forbidden", "detail": "no"});
    far.say(json!({"error": error, "id": frame.id})).await;

    assert_eq!(sent.stored().await.unwrap_err().code(), Code::Forbidden);
}

fn kind(state: &State) -> Option<ConversationKind> {
    Some(state.conversation(hall())?.conversation().kind)
}

/// Makes a file one that a version has kept which did not know groups.
async fn keep_as_older(path: &Path) {
    let file = direct(path).await;
    let text = "update conversation set body = cast(replace(cast(body as text), '\"group\"', '\"unknown\"') as blob);
        update meta set body = cast('\"0.0\"' as blob) where name = 'vocabulary'";
    sqlx::raw_sql(text).execute(&file).await.unwrap();
    file.close().await;
}

#[tokio::test]
async fn what_an_older_version_kept_is_shown_and_asked_for_anew() {
    let (world, place) = (world(2), TempDir::new().unwrap());
    let path = place.path().join("chat.db");
    let open = async || opened(&world, SqliteStore::open(&path).await.unwrap()).await;
    let older = open().await;
    online(&older).await;
    older.shutdown().await;
    drop(older);
    keep_as_older(&path).await;

    world.faults.set_offline(true);
    let newer = open().await;
    assert_eq!(newer.read(kind), Some(ConversationKind::Unknown));
    assert_eq!(newer.read(said), ["m2"]);

    world.faults.set_offline(false);
    online(&newer).await;
    assert_eq!(newer.read(kind), Some(ConversationKind::Group));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_an_older_server_does_not_know_is_refused_alone() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let (_far, ()) = tokio::join!(Far::accept(&mut opened), online(&client));

    let pins = ListPins {
        conversation_id: hall(),
    };
    let refused = client.call(pins).await;

    assert!(matches!(&refused, Err(Error::Api(problem)) if problem.code == Code::NotFound));
    assert_eq!(client.call(ShowMe {}).await.unwrap().user.username, "ann");
    assert_eq!(*client.status().borrow(), Status::Online);
    assert_eq!(client.session().unwrap().server.as_str(), SERVER);
}

#[tokio::test(start_paused = true)]
async fn an_older_server_that_does_not_tell_every_limit_is_got_along_with() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let tells_one = |ready: &mut Value| ready["limits"] = json!({"message_chars": 4_000});

    let accepted = Far::accept_with(&mut opened, tells_one);
    let (_far, ()) = tokio::join!(accepted, online(&client));

    assert_eq!(*client.status().borrow(), Status::Online);
}

#[tokio::test(start_paused = true)]
async fn an_older_server_that_does_not_know_a_frame_fails_it_alone() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let here = client.conversation(hall());
    let (mut far, ()) = tokio::join!(Far::accept(&mut opened), online(&client));
    let stored = net.world().store(bob(), "x", "hello").0;
    far.tell(&stored).await;
    let mut updates = client.updates();
    until(&client, &mut updates, |state| said(state) == ["hello"]).await;
    let id = client.read(|state| {
        state
            .conversation(hall())
            .unwrap()
            .messages()
            .next()
            .unwrap()
            .id
    });
    let like = here.react(id, chat_core::Emoji::parse("👍").unwrap());

    let frame = far.hear("reaction.add").await;
    assert_eq!(frame.client_id(), like.key().as_str());
    let error = json!({"code": "invalid", "detail": "there is no such type: reaction.add"});
    far.answer_with(&frame, "error", &error).await;

    let refused = like.done().await.unwrap_err();
    assert_eq!(refused.code(), Code::Invalid);
    here.send(body("indeed"));
    far.hear("message.send").await;
    assert_eq!(*client.status().borrow(), Status::Online);
}
