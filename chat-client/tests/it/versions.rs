//! Servers that are a release newer or older: what one of the two does not know is refused or passed by, and nothing else
//! suffers. Files that an older server takes only whole are in `uploads.rs`.

use crate::kit::{Far, Net, SERVER, bob, client, hall, online, said, until};
use chat_client::{Error, Progress, Status, test_kit::body};
use chat_core::{Code, ListPins, ShowMe};
use serde_json::{json, to_value};

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
    let error = json!({"code": "invalid", "detail": "there is no such type: reaction.add"});
    far.answer_with(&frame, "error", &error).await;

    let refused = like.done().await.unwrap_err();
    assert_eq!(refused.code(), Code::Invalid);
    here.send(body("indeed"));
    far.hear("message.send").await;
    assert_eq!(*client.status().borrow(), Status::Online);
}
